#include "image/store.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ocikit/error.hpp>

#include "archive/beneath.hpp"
#include "archive/entry_path.hpp"
#include "archive/interrupt.hpp"
#include "image/tar_store.hpp"

namespace ocikit::image {

namespace {

// As other tools have it; manifests and configs are a few kilobytes.
constexpr std::uint64_t most_read = std::uint64_t{4} << 20;

class Directory : public Store {
  public:
    explicit Directory(UniqueFd fd) : fd_(std::move(fd)) {}

    std::optional<Blob> open(const std::string& name) const override {
        const archive::EntryPath path = archive::parse_entry_path(name);
        if (path.fault != archive::EntryPath::Fault::none || path.path.empty())
            throw Error(Error::Parts{.object = name, .reason = "refused: it is outside the image"});
        // O_NONBLOCK: it could be a FIFO
        Blob blob{.fd = archive::try_open_beneath(fd_.get(), path.path, O_RDONLY | O_NONBLOCK)};
        if (!blob.fd && (errno == ENOENT || errno == ENOTDIR))
            return std::nullopt;
        if (!blob.fd && errno == ELOOP)
            throw Error(Error::Parts{.object = name, .reason = "refused: a symbolic link is in its path"});
        struct stat status {};
        if (!blob.fd || ::fstat(blob.fd.get(), &status) != 0)
            throw Error::last("open", name);
        if (!S_ISREG(status.st_mode))
            throw Error(Error::Parts{.object = name, .reason = "refused: it is not a regular file"});
        blob.size = static_cast<std::uint64_t>(status.st_size);
        return blob;
    }

  private:
    UniqueFd fd_;
};

}  // namespace

std::string Store::read(const std::string& name) const {
    const auto blob = open(name);
    if (!blob)
        throw Error(Error::Parts{.object = name, .reason = "it isn't there"});
    if (blob->size > most_read)
        throw Error(Error::Parts{.object = name,
                                 .reason = "refused: it has " + std::to_string(blob->size) +
                                           " bytes, more than the " + std::to_string(most_read) +
                                           " that are read of such files"});
    std::string text(static_cast<std::size_t>(blob->size), '\0');
    for (std::size_t at = 0; at < text.size();) {
        archive::check_interrupt();
        const ssize_t size = ::read(blob->fd.get(), text.data() + at, text.size() - at);
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0)
            throw Error::last("read", name);
        if (size == 0)
            throw Error(Error::Parts{.object = name, .reason = "it has become shorter while it was read"});
        at += static_cast<std::size_t>(size);
    }
    return text;
}

std::unique_ptr<Store> open_store(const std::string& path) {
    UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat status {};
    if (!fd || ::fstat(fd.get(), &status) != 0)
        throw Error::last("open", {});
    if (S_ISDIR(status.st_mode))
        return std::make_unique<Directory>(std::move(fd));
    return open_tar(std::move(fd));
}

}  // namespace ocikit::image
