#include "oci-validate/archived_bundle.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ocikit/error.hpp>
#include <ocikit/text.hpp>
#include <ocikit/unique_fd.hpp>

#include "archive/decompressor.hpp"
#include "archive/entry_path.hpp"

namespace ocikit::validate {

bool is_archive(const std::string& path) {
    constexpr std::size_t mark = 257, size = 512;  // of a tar header (tar(5))
    struct stat status {};
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!fd || ::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode))
        return false;
    char head[size];
    const ssize_t got = ::pread(fd.get(), head, sizeof head, 0);
    const std::string_view begin(head, got < 0 ? 0 : static_cast<std::size_t>(got));
    return archive::Decompressor::is_compressed(begin.substr(0, archive::Decompressor::magic_size)) ||
           (begin.size() == size && begin.substr(mark, 5) == "ustar");
}

ArchivedBundle read_archived_bundle(const std::string& path) {
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd)
        throw Error::last("open", path);
    try {
        archive::Reader reader(fd.get(), {});
        ArchivedBundle bundle;
        for (archive::Entry entry; reader.next(entry);)
            bundle.check.add(entry, reader);
        bundle.config = bundle.check.finish();
        return bundle;
    } catch (const Error& error) {
        throw error.within(path);
    }
}

void check_archived_root(const Document& document, const spec::Config& config, const ArchivedBundle& bundle,
                         Diagnostics& diagnostics) {
    if (config.windows)
        return;
    if (!config.root)
        diagnostics.push_back(
            document.at(Severity::error, "root/missing", "the property \"root\" is missing", ""));
    else if (const archive::EntryPath root = archive::parse_entry_path(config.root->path);
             root.fault != archive::EntryPath::Fault::none ||
             !(root.path.empty() || bundle.check.has_directory(root.path)))
        diagnostics.push_back(document.at(
            Severity::error, "root/exists",
            "the root directory " + quoted(config.root->path) + " is not in the archive", "/root/path"));
}

}  // namespace ocikit::validate
