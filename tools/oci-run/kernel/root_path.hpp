// Everything below a container's root directory is opened here, and nowhere else.
//
// A path of config.json is looked up as if the root were already the process's
// root: `..` and absolute links stay inside (openat2(2), RESOLVE_IN_ROOT), links of
// /proc that jump are refused. What comes back is a descriptor; no step after it
// uses the path again, so that a link swapped meanwhile changes nothing
// (CVE-2021-30465, CVE-2024-45310, CVE-2025-52881).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

#include <ocikit/unique_fd.hpp>

namespace ocikit::run {

class RootPath {
  public:
    // fd: the root directory; not owned, must outlive this.
    explicit RootPath(int fd) : fd_(fd) {}

    int fd() const { return fd_; }

    // What is done with symbolic links: followed; or also made what one names that leads
    // nowhere (an image's /etc/localtime); or none may be on the way.
    enum class Links { follow, complete, refuse };
    // An O_PATH (or other) descriptor of path; throws Error.
    UniqueFd open(std::string_view path, std::uint64_t flags, Links links = Links::follow) const;
    // The same, with no descriptor and errno set where it can't be opened.
    UniqueFd try_open(std::string_view path, std::uint64_t flags, Links links = Links::follow) const;

    // The directory at path, made with its parents (mode 0755) where missing. Links into
    // a procfs or to the root itself lead to an error.
    UniqueFd make_directory(std::string_view path, Links links = Links::follow);
    // The file at path, made empty (mode 0644) with its parents where missing; of
    // any type but a directory.
    UniqueFd make_file(std::string_view path, Links links = Links::follow);

    // What is at path, be it a symbolic link; no descriptor if nothing is there.
    UniqueFd open_link(std::string_view path) const;
    // A symbolic link at path, with its parents; or one that is there already and leads to the same.
    void make_link(std::string_view path, const std::string& target);

    // What was made in the root filesystem itself, in that order: to be taken back if the
    // rest fails. Relative, but with a leading slash what is neither directory nor file. What is in a mount
    // below it goes with the mount, or isn't the container's.
    const std::vector<std::string>& made() const { return made_; }
    // The same for a node or link at path, in the directory parent.
    void add_made_node(int parent, std::string_view path);
    // A mount now covers this path.
    void add_mount(std::string_view path);
    // A mount now covers the root: what is looked up or made from here on is in it.
    void enter(UniqueFd mount);

    // Takes a descriptor that is done with. The first ones stay open until execve(2)
    // closes them all at once: a close(2) each would be a seventh of init's system calls.
    void leave_open(UniqueFd fd);

  private:
    UniqueFd open_target(std::string_view path, std::uint64_t flags, Links links) const;
    UniqueFd make_parent(std::string_view path, std::string& leaf, Links links);
    UniqueFd make_named_parent(std::string_view path, std::string& leaf, Links links);
    std::string where_link_leads(std::string_view path, int parent, const std::string& leaf);
    bool is_in_root_itself(int parent, std::string_view path) const;
    void add_made(int parent, std::string_view path);
    bool is_below_mount(std::string_view path) const;

    int fd_;
    UniqueFd entered_;
    unsigned links_completed_ = 0;
    std::vector<std::string> mounts_;
    std::vector<std::string> made_;
    std::vector<UniqueFd> left_open_;
};

// The directory that is to be a container's root; throws Error, also if it is the process's own.
UniqueFd open_root_directory(const std::string& path);
void refuse_own_root(int directory, const std::string& path);

// Removes what a RootPath has made (by its made()), last first; what isn't empty or
// isn't there stays as it is.
void remove_made(int root, const std::vector<std::string>& made);

}  // namespace ocikit::run
