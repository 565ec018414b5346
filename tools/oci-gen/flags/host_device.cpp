#include "oci-gen/flags/host_device.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <ocikit/error.hpp>

#include "oci-gen/flag.hpp"

namespace fs = std::filesystem;

namespace ocikit::gen {

namespace {

std::optional<HostDevice> device_of(const struct stat& status) {
    if (!S_ISCHR(status.st_mode) && !S_ISBLK(status.st_mode))
        return std::nullopt;
    return HostDevice{.type = S_ISCHR(status.st_mode) ? "c" : "b",
                      .major = static_cast<std::int64_t>(::major(status.st_rdev)),
                      .minor = static_cast<std::int64_t>(::minor(status.st_rdev)),
                      .mode = status.st_mode & 07777,
                      .uid = status.st_uid,
                      .gid = status.st_gid};
}

}  // namespace

HostDevice host_device(std::string_view option, const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0)
        throw Error::last("look at the device", path);
    if (const auto device = device_of(status))
        return *device;
    throw unusable(option, path + ": not a device");
}

std::vector<NamedDevice> host_devices(const std::string& folder) {
    std::vector<NamedDevice> devices;
    std::error_code error;
    const auto options = fs::directory_options::skip_permission_denied;
    for (fs::recursive_directory_iterator entry(folder, options, error), end; !error && entry != end;
         entry.increment(error)) {
        struct stat status {};
        if (::lstat(entry->path().c_str(), &status) != 0)
            continue;  // it has gone
        if (const auto device = device_of(status))
            devices.push_back({entry->path().string().substr(folder.size()), *device});
    }
    if (error)
        throw Error(Error::Parts{
            .operation = "list", .object = folder, .reason = {}, .code = error.value(), .hint = {}});
    std::sort(devices.begin(), devices.end(),
              [](const NamedDevice& a, const NamedDevice& b) { return a.path < b.path; });
    return devices;
}

spec::Device node(const HostDevice& device, const std::string& path) {
    return {.type = device.type,
            .path = path,
            .major = device.major,
            .minor = device.minor,
            .fileMode = device.mode,
            .uid = device.uid,
            .gid = device.gid};
}

}  // namespace ocikit::gen
