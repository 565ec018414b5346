#include "archive/bundle_check.hpp"

#include <algorithm>
#include <sys/stat.h>

#include <ocikit/bundle.hpp>
#include <ocikit/document.hpp>
#include <ocikit/error.hpp>

#include "archive/entry_path.hpp"

namespace ocikit::archive {

namespace {

// what a document may have at most; Document tells that it is too large
constexpr std::size_t most_config = DocumentLimits{}.size + 1;

[[noreturn]] void refuse(const std::string& path, const std::string& reason) {
    throw Error(Error::Parts{.object = path, .reason = "refused: " + reason});
}

}  // namespace

void check_config_link(const Entry& entry) {
    if (!entry.hard_link)
        return;
    if (entry.path == config_file_name)
        refuse(entry.path, "it is not a regular file");
    if (entry.link == config_file_name)
        refuse(entry.path, "it is a hard link to config.json, which the container could change through it");
}

void BundleCheck::add(const Entry& entry, Reader& content) {
    outer_.see(entry.path);
    check_config_link(entry);
    if (entry.path.empty()) {
        if (!S_ISDIR(entry.mode) || entry.hard_link)
            throw Error("refused: the top of the archive is not a directory");
        return;
    }
    ++entries_;
    bytes_ += entry.size;
    add_parents(entry.path);
    const mode_t type = type_of(entry);
    if (!types_.add(entry.path, type)) {
        if (*types_.find(entry.path) != 0 || type != S_IFDIR)
            refuse(entry.path, "it is in the archive twice");
        types_.set(entry.path, type);
    }
    if (entry.hard_link || type != S_IFREG)
        return;
    if (entry.path == config_file_name)
        return read_config(entry, content);
    // so that it is whole
    content.content(entry, [](std::string_view, std::uint64_t) {});
}

mode_t BundleCheck::type_of(const Entry& entry) const {
    if (!entry.hard_link)
        return entry.mode & S_IFMT;
    const auto target = types_.find(entry.link);
    if (!target)
        refuse(entry.path, "it is a hard link to '" + entry.link + "', which isn't in the archive before it");
    if (*target == 0 || S_ISDIR(*target))
        refuse(entry.path, "it is a hard link to a directory");
    return *target;
}

void BundleCheck::read_config(const Entry& entry, Reader& content) {
    content.content(entry, [&](std::string_view bytes, std::uint64_t offset) {
        if (offset >= most_config)
            return;
        config_.resize(static_cast<std::size_t>(offset));
        config_ += bytes.substr(0, most_config - config_.size());
    });
    // it may end in a hole
    config_.resize(static_cast<std::size_t>(std::min<std::uint64_t>(entry.size, most_config)));
}

void BundleCheck::add_parents(const std::string& path) {
    if (directory_of(path) == last_parent_)
        return;
    for (std::size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
        const std::string_view parent = std::string_view(path).substr(0, slash);
        if (types_.add(parent, 0))
            continue;
        const mode_t type = *types_.find(parent);
        if (S_ISLNK(type))
            refuse(path, "its path leads through a symbolic link");
        if (type != 0 && !S_ISDIR(type))
            refuse(path, "its path leads through a file that is no directory");
    }
    last_parent_ = directory_of(path);
}

const std::string& BundleCheck::finish() const {
    const auto file = types_.find(config_file_name);
    if (!file)
        outer_.refuse();
    if (!S_ISREG(*file))
        refuse(config_file_name, "it is not a regular file");
    return config_;
}

bool BundleCheck::has_directory(const std::string& path) const {
    const auto type = types_.find(path);
    return type && (*type == 0 || S_ISDIR(*type));
}

}  // namespace ocikit::archive
