#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <sys/stat.h>

#include <ocikit/bundle.hpp>
#include <ocikit/error.hpp>
#include <ocikit/text.hpp>

namespace ocikit {

std::string config_path(const std::string& bundle) {
    const std::unique_ptr<char, decltype(&std::free)> resolved(::realpath(bundle.c_str(), nullptr),
                                                               &std::free);
    if (!resolved)
        throw Error::last("", bundle);
    const std::string path = (std::filesystem::path(resolved.get()) / config_file_name).string();
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0)
        throw Error::last(
            "", path, errno == ENOENT ? "a bundle is a directory with a config.json; oci-gen makes one" : "");
    if (S_ISDIR(status.st_mode))
        throw Error(Error::Parts{.object = path, .code = EISDIR});
    if (!S_ISREG(status.st_mode))
        throw Error(path + ": is not a regular file");
    return path;
}

std::string root_path(const std::string& bundle, const spec::Root& root) {
    // an absolute root.path replaces all that is before it
    return (std::filesystem::absolute(bundle) / root.path).string();
}

void check_root(const Document& document, const spec::Config& config, const std::string& bundle,
                Diagnostics& diagnostics) {
    // config.md#root: optional on Windows, where the path names a volume
    if (config.windows)
        return;
    if (!config.root) {
        diagnostics.push_back(
            document.at(Severity::error, "root/missing", "the property \"root\" is missing", ""));
        return;
    }
    const std::string path = root_path(bundle, *config.root);
    struct stat status {};
    std::string reason;
    if (::stat(path.c_str(), &status) != 0)
        reason = error_text(errno);
    else if (!S_ISDIR(status.st_mode))
        reason = error_text(ENOTDIR);
    if (!reason.empty())
        diagnostics.push_back(document.at(Severity::error, "root/exists",
                                          "the root directory " + quoted(path, 4096) + ": " + reason,
                                          "/root/path"));
}

}  // namespace ocikit
