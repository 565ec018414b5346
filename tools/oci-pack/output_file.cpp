#include "oci-pack/output_file.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <memory>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

#include <ocikit/error.hpp>

#include "archive/entry_path.hpp"
#include "archive/interrupt.hpp"

namespace ocikit::pack {

namespace {

std::string resolved(const std::string& path) {
    const std::unique_ptr<char, void (*)(void*)> real(::realpath(path.c_str(), nullptr), std::free);
    if (!real)
        throw Error::last("resolve", path);
    return real.get();
}

[[noreturn]] void refuse_existing(const std::string& path) {
    throw Error(Error::Parts{.object = path, .code = EEXIST, .hint = "--force replaces it"});
}

// Gives `from` the name `to`, which must not exist.
bool rename_new(const std::string& from, const std::string& to) {
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0)
        return true;
    if (errno != EINVAL)
        return false;
    // rename(2): EINVAL from file systems without that flag, such as NFS
    return ::link(from.c_str(), to.c_str()) == 0 && ::unlink(from.c_str()) == 0;
}

}  // namespace

OutputFile::OutputFile(const std::string& path, bool replace) : name_(path), replace_(replace) {
    if (path == "-")
        use_standard_output();
    else
        use_file(path);
    struct stat status {};
    if (::fstat(fd_, &status) != 0)
        throw Error::last("stat", name_);
    regular_ = S_ISREG(status.st_mode);
    device_ = status.st_dev;
    inode_ = status.st_ino;
}

OutputFile::~OutputFile() {
    if (!temporary_.empty())
        ::unlink(temporary_.c_str());
}

void OutputFile::use_standard_output() {
    name_ = "standard output";
    fd_ = STDOUT_FILENO;
    if (::isatty(fd_) == 1)
        throw Error(Error::Parts{.object = name_,
                                 .reason = "an archive isn't written to a terminal",
                                 .hint = "name a file with -o, or redirect the output"});
}

void OutputFile::use_file(const std::string& path) {
    struct stat status {};
    const bool exists = ::stat(path.c_str(), &status) == 0;
    if (!exists && errno != ENOENT)
        throw Error::last("stat", path);
    if (exists && !S_ISREG(status.st_mode)) {
        owned_ = UniqueFd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
        fd_ = owned_.get();
        if (!owned_)
            throw Error::last("open", path);
        return;
    }
    if (exists && !replace_)
        refuse_existing(path);
    // what a symbolic link leads to is replaced, not the link
    path_ = exists ? resolved(path) : path;
    create_temporary();
}

void OutputFile::create_temporary() {
    std::string folder(archive::directory_of(path_));
    if (folder.empty())
        folder = path_.starts_with('/') ? "/" : ".";
    std::string pattern = folder + "/." + std::string(archive::name_of(path_)) + ".XXXXXX";
    owned_ = UniqueFd(::mkostemp(pattern.data(), O_CLOEXEC));
    if (!owned_)
        throw Error::last("create a file in", folder);
    temporary_ = pattern;
    fd_ = owned_.get();
    // mkostemp(3) makes it for its owner alone; it shall be as open(2) would make it
    const mode_t mask = ::umask(0);
    ::umask(mask);
    if (::fchmod(fd_, 0666 & ~mask) != 0)
        throw Error::last("set the mode of", temporary_);
}

void OutputFile::write(std::string_view bytes) {
    while (!bytes.empty()) {
        archive::check_interrupt();
        const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            throw Error::last("write", name_);
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
}

void OutputFile::commit() {
    if (temporary_.empty())
        return;
    // file systems with delayed allocation (NFS, quotas) tell a full disk here
    const int fd = owned_.release();
    if (::close(fd) != 0)
        throw Error::last("write", name_);
    const bool renamed =
        replace_ ? ::rename(temporary_.c_str(), path_.c_str()) == 0 : rename_new(temporary_, path_);
    if (!renamed && errno == EEXIST)
        refuse_existing(path_);
    if (!renamed)
        throw Error::last("rename", path_);
    temporary_.clear();
}

}  // namespace ocikit::pack
