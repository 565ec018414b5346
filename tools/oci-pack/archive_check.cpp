#include "oci-pack/archive_check.hpp"

#include <algorithm>
#include <sys/stat.h>
#include <utility>

#include <ocikit/bundle.hpp>
#include <ocikit/error.hpp>

#include "archive/entry_path.hpp"

namespace ocikit::pack {

namespace {

// what a document may have at most; Document tells that it is too large
constexpr std::size_t most_config = (std::size_t{16} << 20) + 1;

[[noreturn]] void refuse(const std::string& path, const std::string& reason) {
    throw Error(Error::Parts{.object = path, .reason = "refused: " + reason});
}

}  // namespace

void check_config_link(const archive::Entry& entry) {
    if (!entry.hard_link)
        return;
    if (entry.path == config_file_name)
        refuse(entry.path, "it is not a regular file");
    if (entry.link == config_file_name)
        refuse(entry.path, "it is a hard link to config.json, which the container could change through it");
}

void ArchiveCheck::add(const archive::Entry& entry, archive::Reader& content) {
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
    mode_t type = entry.mode & S_IFMT;
    if (entry.hard_link) {
        const auto target = types_.find(entry.link);
        if (!target)
            refuse(entry.path,
                   "it is a hard link to '" + entry.link + "', which isn't in the archive before it");
        type = *target;
        if (type == 0 || S_ISDIR(type))
            refuse(entry.path, "it is a hard link to a directory");
    }
    if (!types_.add(entry.path, type)) {
        if (*types_.find(entry.path) != 0 || type != S_IFDIR)
            refuse(entry.path, "it is in the archive twice");
        types_.set(entry.path, type);
    }
    if (entry.hard_link || type != S_IFREG)
        return;
    const bool is_config = entry.path == config_file_name;
    content.content(entry, [&](std::string_view bytes, std::uint64_t offset) {
        if (!is_config || offset >= most_config)
            return;
        config_.resize(static_cast<std::size_t>(offset));
        config_ += bytes.substr(0, most_config - config_.size());
    });
    if (is_config)  // which may end in a hole
        config_.resize(static_cast<std::size_t>(std::min<std::uint64_t>(entry.size, most_config)));
}

void ArchiveCheck::add_parents(const std::string& path) {
    if (archive::directory_of(path) == last_parent_)
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
    last_parent_ = archive::directory_of(path);
}

BundleConfig ArchiveCheck::finish() const {
    const auto file = types_.find(config_file_name);
    if (!file)
        outer_.refuse();
    if (!S_ISREG(*file))
        throw Error(Error::Parts{.object = config_file_name, .reason = "refused: it is not a regular file"});
    const Document document = Document::parse(config_, config_file_name);
    BundleConfig config = read_bundle_config(document, RootPlace::inside);
    const auto root = types_.find(config.root);
    if (!root || (*root != 0 && !S_ISDIR(*root)))
        throw Error(Error::Parts{
            .object = config.root,
            .reason = "refused: the root directory that config.json names is not in the archive"});
    return config;
}

}  // namespace ocikit::pack
