#include "oci-pack/output_file.hpp"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <memory>
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

}  // namespace

OutputFile::OutputFile(const std::string& path, bool replace) : name_(path), replace_(replace) {
    if (path == "-")
        use_standard_output();
    else
        use_file(path);
}

void OutputFile::use_standard_output() {
    name_ = "standard output";
    fd_ = STDOUT_FILENO;
    if (::isatty(fd_) == 1)
        throw Error(Error::Parts{.object = name_,
                                 .reason = "an archive isn't written to a terminal",
                                 .hint = "name a file with -o, or redirect the output"});
    note_place(fd_);
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
    // a symbolic link that leads to nothing is something, too
    struct stat link {};
    if (!replace_ && ::lstat(path.c_str(), &link) == 0)
        refuse_existing(path);
    if (exists) {
        replaced_device_ = status.st_dev;
        replaced_inode_ = status.st_ino;
    }
    // what a symbolic link leads to is replaced, not the link
    make_file(exists ? resolved(path) : path);
}

void OutputFile::make_file(const std::string& path) {
    std::string folder(archive::directory_of(path));
    if (folder.empty())
        folder = path.starts_with('/') ? "/" : ".";
    file_name_ = archive::name_of(path);
    folder_ = UniqueFd(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!folder_)
        throw Error::last("open the folder", folder);
    file_.emplace(folder_.get(), folder);
    fd_ = file_->fd();
    note_place(folder_.get());
}

void OutputFile::note_place(int fd) {
    struct stat status {};
    if (::fstat(fd, &status) != 0)
        throw Error::last("stat", name_);
    if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode))
        return;
    device_ = status.st_dev;
    inode_ = status.st_ino;
}

bool OutputFile::is_in(const struct stat& status) const {
    return (inode_ != 0 && device_ == status.st_dev && inode_ == status.st_ino) ||
           (replaced_inode_ != 0 && replaced_device_ == status.st_dev && replaced_inode_ == status.st_ino);
}

bool OutputFile::is_same(const OutputFile& other) const {
    return inode_ != 0 && device_ == other.device_ && inode_ == other.inode_ &&
           file_name_ == other.file_name_;
}

// Calls some(bytes), which writes some of them, until all are written.
template <class Some>
void OutputFile::write_all(std::string_view bytes, const Some& some) {
    while (!bytes.empty()) {
        archive::check_interrupt();
        const ssize_t written = some(bytes);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            throw Error::last("write", name_);
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
}

void OutputFile::write(std::string_view bytes) {
    write_all(bytes, [this](std::string_view rest) { return ::write(fd_, rest.data(), rest.size()); });
}

void OutputFile::write_at(std::string_view bytes, std::uint64_t offset) {
    const std::uint64_t end = offset + bytes.size();
    write_all(bytes, [this, end](std::string_view rest) {
        return ::pwrite(fd_, rest.data(), rest.size(), static_cast<off_t>(end - rest.size()));
    });
}

void OutputFile::commit() {
    if (!file_)
        return;
    const bool named = replace_ ? file_->name_over(file_name_) : file_->name_new(file_name_);
    if (!named && errno == EEXIST)
        refuse_existing(name_);
    if (!named)
        throw Error::last("create", name_);
}

}  // namespace ocikit::pack
