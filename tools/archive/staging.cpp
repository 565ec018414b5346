#include "archive/staging.hpp"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ocikit/bundle.hpp>
#include <ocikit/error.hpp>

#include "archive/beneath.hpp"
#include "archive/directory_list.hpp"

namespace ocikit::archive {

namespace {

std::string random_name() {
    unsigned long long number = 0;
    if (::getrandom(&number, sizeof number, 0) != static_cast<ssize_t>(sizeof number))
        throw Error::last("get a random number", {});
    char text[17];
    std::snprintf(text, sizeof text, "%016llx", number);
    return std::string(".ocikit.") + text;
}

}  // namespace

Staging::Staging(const std::string& destination) : destination_(destination) {
    // closed to others: a root filesystem has set-user-ID programs
    made_ = ::mkdir(destination.c_str(), 0700) == 0;
    if (!made_ && errno != EEXIST)
        throw Error::last("create", destination);
    outer_ = UniqueFd(::open(destination.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!outer_)
        throw Error::last("open", destination);
    if (!made_ && !list_directory(outer_.get(), destination).empty())
        throw Error(Error::Parts{.object = destination,
                                 .code = ENOTEMPTY,
                                 .hint = "name a directory that is empty or doesn't exist"});
    try {
        make_inner();
    } catch (const Error&) {
        if (made_)
            ::rmdir(destination.c_str());
        throw;
    }
}

void Staging::make_inner() {
    inner_name_ = random_name();
    if (::mkdirat(outer_.get(), inner_name_.c_str(), 0700) != 0)
        throw Error::last("create a directory in", destination_);
    inner_ = UniqueFd(
        ::openat(outer_.get(), inner_name_.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!inner_)
        throw Error::last("open a directory in", destination_);
}

Staging::~Staging() {
    if (inner_name_.empty())
        return;
    for (const std::string& name : moved_)
        remove_tree(outer_.get(), name);
    remove_tree(outer_.get(), inner_name_);
    if (made_)
        ::rmdir(destination_.c_str());
}

void Staging::commit(const std::function<void(int)>& finish) {
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

void Staging::move_up(const std::string& name) {
    // nothing that somebody has put there meanwhile is replaced
    if (::renameat2(inner_.get(), name.c_str(), outer_.get(), name.c_str(), RENAME_NOREPLACE) != 0)
        throw Error::last("move into place", destination_ + "/" + name);
    moved_.push_back(name);
}

}  // namespace ocikit::archive
