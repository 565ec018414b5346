#include "oci-gen/output_file.hpp"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>

#include <ocikit/error.hpp>
#include <ocikit/unique_fd.hpp>

#include "common/output.hpp"

namespace ocikit::gen {

namespace {

Error exists(const std::string& path) {
    return Error(Error::Parts{
        .operation = {}, .object = path, .reason = {}, .code = EEXIST, .hint = "--force replaces it"});
}

mode_t file_mode() {
    const mode_t mask = ::umask(0);
    ::umask(mask);
    return 0666 & ~mask;
}

// A file beside the target; removed unless it took the target's name.
class TemporaryFile {
  public:
    explicit TemporaryFile(const std::string& target) : target_(target), path_(target + ".XXXXXX") {
        fd_.reset(::mkostemp(path_.data(), O_CLOEXEC));
        if (!fd_)
            throw Error::last("create", target);
    }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    ~TemporaryFile() {
        if (!path_.empty())
            ::unlink(path_.c_str());
    }

    void write(std::string_view text) {
        cli::write_all(fd_.get(), text, target_);
        // before the name: else a crash could leave an empty file of that name
        if (::fchmod(fd_.get(), file_mode()) != 0 || ::fsync(fd_.get()) != 0)
            throw Error::last("write", target_);
    }

    void take_name(bool replace) {
        if (replace) {
            if (::rename(path_.c_str(), target_.c_str()) != 0)
                throw Error::last("replace", target_);
            path_.clear();
            return;
        }
        // unlike rename(2) it fails if somebody has made the file in the meantime
        if (::link(path_.c_str(), target_.c_str()) != 0)
            throw errno == EEXIST ? exists(target_) : Error::last("create", target_);
    }

  private:
    std::string target_;
    std::string path_;
    UniqueFd fd_;
};

void write_in_place(const std::string& path, std::string_view text) {
    const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY));
    if (!fd)
        throw Error::last("open", path);
    cli::write_all(fd.get(), text, path);
}

}  // namespace

void write_file(const std::string& path, std::string_view text, bool replace) {
    std::string target = path;
    struct stat status {};
    if (::stat(path.c_str(), &status) == 0) {
        if (S_ISCHR(status.st_mode) || S_ISFIFO(status.st_mode))
            return write_in_place(path, text);
        if (!S_ISREG(status.st_mode))
            throw Error(Error::Parts{.operation = {},
                                     .object = path,
                                     .reason = S_ISDIR(status.st_mode) ? "" : "a block device or a socket",
                                     .code = S_ISDIR(status.st_mode) ? EISDIR : EINVAL,
                                     .hint = {}});
        if (!replace)
            throw exists(path);
        // a symbolic link stays, what it leads to is replaced
        const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr), &std::free);
        if (!real)
            throw Error::last("replace", path);
        target = real.get();
    }
    TemporaryFile file(target);
    file.write(text);
    file.take_name(replace);
}

}  // namespace ocikit::gen
