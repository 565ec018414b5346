#include "oci-validate/archived_bundle.hpp"

#include <algorithm>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ocikit/bundle.hpp>
#include <ocikit/error.hpp>
#include <ocikit/text.hpp>
#include <ocikit/unique_fd.hpp>

#include "archive/reader.hpp"

namespace ocikit::validate {

namespace {

// Document tells that it is too large.
constexpr std::size_t most_config = DocumentLimits{}.size + 1;

void add_parents(std::set<std::string>& directories, const std::string& path) {
    for (std::size_t slash = path.find('/'); slash != path.npos; slash = path.find('/', slash + 1))
        directories.insert(path.substr(0, slash));
}

// Without `.` and doubled slashes; "/" or "../x" if it leads outside.
std::string plain(const std::string& path) {
    if (path.starts_with('/'))
        return "/";
    std::string result;
    for (std::size_t begin = 0; begin <= path.size();) {
        const std::size_t end = std::min(path.find('/', begin), path.size());
        const std::string part = path.substr(begin, end - begin);
        begin = end + 1;
        if (part == "..")
            return "../" + path;
        if (!part.empty() && part != ".")
            result += (result.empty() ? "" : "/") + part;
    }
    return result;
}

}  // namespace

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
    ArchivedBundle bundle;
    bundle.directories.insert("");
    bool has_config = false;
    try {
        archive::Reader reader(fd.get(), {});
        for (archive::Entry entry; reader.next(entry);) {
            add_parents(bundle.directories, entry.path);
            if (S_ISDIR(entry.mode))
                bundle.directories.insert(entry.path);
            if (entry.path != config_file_name || !S_ISREG(entry.mode) || entry.hard_link)
                continue;
            has_config = true;
            bundle.config.clear();
            reader.content(entry, [&bundle](std::string_view bytes, std::uint64_t offset) {
                if (offset >= most_config)
                    return;
                bundle.config.resize(static_cast<std::size_t>(offset));
                bundle.config += bytes.substr(0, most_config - bundle.config.size());
            });
        }
    } catch (const Error& error) {
        throw error.within(path);
    }
    if (!has_config)
        throw Error(Error::Parts{.object = path,
                                 .reason = "there is no config.json at its top",
                                 .hint = "oci-pack makes archives of bundles"});
    return bundle;
}

void check_archived_root(const Document& document, const spec::Config& config, const ArchivedBundle& bundle,
                         Diagnostics& diagnostics) {
    if (config.windows)
        return;
    if (!config.root)
        diagnostics.push_back(
            document.at(Severity::error, "root/missing", "the property \"root\" is missing", ""));
    else if (!bundle.directories.contains(plain(config.root->path)))
        diagnostics.push_back(document.at(
            Severity::error, "root/exists",
            "the root directory " + quoted(config.root->path) + " is not in the archive", "/root/path"));
}

}  // namespace ocikit::validate
