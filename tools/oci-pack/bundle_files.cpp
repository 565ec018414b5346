#include "oci-pack/bundle_files.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

#include <ocikit/bundle.hpp>
#include <ocikit/error.hpp>

#include "archive/beneath.hpp"
#include "archive/entry_path.hpp"
#include "oci-pack/host_paths.hpp"

namespace ocikit::pack {

namespace {

UniqueFd open_bundle(const std::string& bundle) {
    UniqueFd fd(::open(bundle.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd)
        throw Error::last("open", {});
    return fd;
}

bool is_in(const std::string& path, const std::string& directory) {
    return path == directory || path.starts_with(directory + "/");
}

}  // namespace

BundleFiles::BundleFiles(const std::string& bundle, Selection selection, Warn warn)
    : selection_(std::move(selection)),
      warn_(std::move(warn)),
      directory_(open_bundle(bundle)),
      config_file_(archive::open_beneath(directory_.get(), config_file_name, O_RDONLY | O_NONBLOCK)),
      document_(Document::load(config_file_.get(), config_file_name)),
      config_(read_bundle_config(document_, RootPlace::anywhere)) {
    open_root();
    select_includes();
    if (!selection_.tell_of_host)
        return;
    for (const std::string& text : host_paths(document_, config_.config, root_, includes_))
        warn_(text);
}

void BundleFiles::open_root() {
    std::string why = " is outside the bundle";
    if (!config_.root_is_outside) {
        root_ = config_.root;
        root_fd_ = archive::try_open_beneath(directory_.get(), root_, O_RDONLY | O_DIRECTORY);
        if (!root_fd_ && errno != ELOOP)
            throw Error::last("open", root_);
        if (root_fd_)
            return;
        config_.root_is_outside = true;
        why = " is reached through a symbolic link";
    }
    root_ = default_root;
    root_fd_ = UniqueFd(::openat(directory_.get(), config_.root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!root_fd_)
        throw Error::last("open the root", config_.root);
    if (selection_.tell_of_host)
        warn_("the root " + config_.root + why + ": archived as " + root_);
}

// Sorted, and without those that others contain.
void BundleFiles::select_includes() {
    std::vector<std::string> paths;
    for (const std::string& text : selection_.include) {
        archive::EntryPath parsed = archive::parse_entry_path(text);
        if (parsed.fault != archive::EntryPath::Fault::none || parsed.path.empty())
            throw Error(Error::Parts{.operation = "include",
                                     .object = text,
                                     .reason = "it is not in the bundle",
                                     .hint = "name it as it is called there, such as `hooks`"});
        if (is_in(root_, parsed.path))
            throw Error(Error::Parts{.operation = "include",
                                     .object = text,
                                     .reason = "it holds the root directory, or is called like it"});
        if (config_.root_is_outside && is_in(parsed.path, root_))
            throw Error(Error::Parts{.operation = "include",
                                     .object = text,
                                     .reason = "its place is taken by the root " + config_.root});
        if (!archive::try_open_beneath(directory_.get(), parsed.path, O_PATH | O_NOFOLLOW)) {
            if (errno == ELOOP)
                throw Error(Error::Parts{.operation = "include",
                                         .object = text,
                                         .reason = "a symbolic link is in its path",
                                         .hint = "name it by the directory that it is in"});
            throw Error::last("include", text);
        }
        if (parsed.path != config_file_name && !is_in(parsed.path, root_))
            paths.push_back(std::move(parsed.path));
    }
    std::sort(paths.begin(), paths.end());
    for (std::string& path : paths) {
        if (includes_.empty() || !is_in(path, includes_.back()))
            includes_.push_back(std::move(path));
    }
}

void BundleFiles::visit(const VisitConfig& config, const Visit& file) {
    visit_config(config);
    const Visit adjusted = [&](archive::Entry& entry, int fd, const struct stat& status) {
        adjust(entry, selection_.adjustments);
        file(entry, fd, status);
    };
    Walker walker(adjusted, warn_, selection_.others);
    visit_parents(root_, adjusted);
    walker.directory(root_fd_, root_);
    for (const std::string& path : includes_) {
        visit_parents(path, adjusted);
        walker.at(directory_.get(), path);
    }
}

// The bytes that were checked, not what the file may be by now.
void BundleFiles::visit_config(const VisitConfig& config) {
    struct stat status {};
    if (::fstat(config_file_.get(), &status) != 0)
        throw Error::last("stat", config_file_name);
    archive::Entry entry = entry_of(config_file_.get(), config_file_name);
    if (!S_ISREG(entry.mode))
        throw Error(Error::Parts{.object = config_file_name, .reason = "it is not a regular file"});
    adjust(entry, selection_.adjustments);
    const std::string text = config_.root_is_outside ? with_root_path(document_, root_) : document_.text();
    entry.size = text.size();
    config(entry, text, status);
}

// For a/b/root: a and b, unless they had their entries already.
void BundleFiles::visit_parents(const std::string& path, const Visit& file) {
    for (std::size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
        const std::string parent = path.substr(0, slash);
        if (!parents_.insert(parent).second)
            continue;
        const UniqueFd fd = archive::open_beneath(directory_.get(), parent, O_RDONLY | O_DIRECTORY);
        archive::Entry entry = entry_of(fd.get(), parent);
        file(entry, -1, {});
    }
}

}  // namespace ocikit::pack
