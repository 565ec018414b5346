#include "oci-pack/archive_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <ocikit/error.hpp>

namespace ocikit::pack {

ArchiveFile::ArchiveFile(const std::string& path) {
    if (path == "-")
        return;
    owned_ = UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!owned_)
        throw Error::last("open", {});
}

int ArchiveFile::fd() const {
    return owned_ ? owned_.get() : STDIN_FILENO;
}

std::string archive_name(const std::string& path) {
    return path == "-" ? "standard input" : path;
}

}  // namespace ocikit::pack
