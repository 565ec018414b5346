#include "archive/staging.hpp"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <ocikit/bundle.hpp>
#include <ocikit/error.hpp>

#include "archive/acl.hpp"
#include "archive/beneath.hpp"
#include "archive/directory_list.hpp"
#include "archive/entry_path.hpp"
#include "archive/new_file.hpp"

namespace ocikit::archive {

namespace {

std::string without_slashes(std::string path) {
    while (path.size() > 1 && path.ends_with('/'))
        path.pop_back();
    return path;
}

// What is in the directory is to be as the archive has it: the folder's default access control
// list and set-group-ID bit are not to be handed down to it.
bool inherit_nothing(int fd) {
    for (const char* name : {default_list, access_list}) {
        if (::fremovexattr(fd, name) != 0 && errno != ENODATA && errno != ENOTSUP)
            return false;
    }
    return ::fchmod(fd, 0700) == 0;
}

}  // namespace

Staging::Staging(const std::string& destination) : destination_(without_slashes(destination)) {
    outer_ = UniqueFd(::open(destination_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    exists_ = static_cast<bool>(outer_);
    if (!outer_ && errno != ENOENT)
        throw Error::last("open", destination_);
    if (exists_)
        folder_ = destination_;
    else
        open_folder();
    if (exists_ && !list_directory(outer_.get(), destination_).empty())
        throw Error(Error::Parts{.object = destination_,
                                 .code = ENOTEMPTY,
                                 .hint = "name a directory that is empty or doesn't exist"});
    make_inner();
}

// The one that the destination is to be made in.
void Staging::open_folder() {
    struct stat status {};
    if (::lstat(destination_.c_str(), &status) == 0)
        throw Error(Error::Parts{
            .object = destination_, .code = EEXIST, .hint = "it is a symbolic link that leads to nothing"});
    folder_ = directory_of(destination_);
    if (folder_.empty())
        folder_ = destination_.starts_with('/') ? "/" : ".";
    outer_ = UniqueFd(::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!outer_)
        throw Error::last("create", destination_);
}

void Staging::make_inner() {
    std::string name = temporary_name();
    // closed to others: a root filesystem has set-user-ID programs
    if (::mkdirat(outer_.get(), name.c_str(), 0700) != 0)
        throw exists_ ? Error::last("create a directory in", destination_)
                      : Error::last("create", destination_);
    inner_name_ = std::move(name);
    inner_ = UniqueFd(
        ::openat(outer_.get(), inner_name_.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!inner_ || !inherit_nothing(inner_.get())) {
        const int code = errno;
        ::unlinkat(outer_.get(), inner_name_.c_str(), AT_REMOVEDIR);
        throw Error(Error::Parts{.operation = "open a directory in", .object = folder_, .code = code});
    }
}

Staging::~Staging() {
    if (inner_name_.empty())
        return;
    for (const std::string& name : moved_)
        remove_tree(outer_.get(), name);
    remove_tree(outer_.get(), inner_name_);
}

void Staging::commit(const std::function<void(int)>& finish) {
    if (!exists_) {
        finish(inner_.get());
        return become_destination();
    }
    for (const DirectoryEntry entry : list_directory(inner_.get(), destination_)) {
        if (entry.name != config_file_name)
            move_up(std::string(entry.name));
    }
    finish(outer_.get());
    move_up(config_file_name);
    if (::unlinkat(outer_.get(), inner_name_.c_str(), AT_REMOVEDIR) != 0)
        throw Error::last("remove the temporary directory in", destination_);
    inner_name_.clear();
}

// Nothing that somebody has put there meanwhile is replaced.
void Staging::become_destination() {
    const std::string name(name_of(destination_));
    int result = ::renameat2(outer_.get(), inner_name_.c_str(), outer_.get(), name.c_str(), RENAME_NOREPLACE);
    // rename(2): file systems without that flag, such as NFS; a directory replaces only an empty one
    if (result != 0 && errno == EINVAL)
        result = ::renameat(outer_.get(), inner_name_.c_str(), outer_.get(), name.c_str());
    if (result != 0)
        throw Error::last("move into place", destination_);
    inner_name_.clear();
}

void Staging::move_up(const std::string& name) {
    if (::renameat2(inner_.get(), name.c_str(), outer_.get(), name.c_str(), RENAME_NOREPLACE) != 0)
        throw Error::last("move into place", destination_ + "/" + name);
    moved_.push_back(name);
}

}  // namespace ocikit::archive
