// What the bundle's files must be for its mounts and devices: rules that need to see them.
#include <cerrno>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <ocikit/bundle.hpp>
#include <ocikit/rootfs.hpp>
#include <ocikit/text.hpp>

#include "groups.hpp"
#include "mount_kind.hpp"
#include "root_tree.hpp"
#include "values.hpp"

namespace ocikit {

namespace {

constexpr auto bundle_scope = RuleScope::bundle;

constexpr Rule rules[] = {
    {.id = "mounts/source-missing",
     .summary = "the source of a bind mount is in the bundle, if its path is relative",
     .details =
         "A relative source counts from the bundle's directory, and can't be made by a hook: mounts are "
         "made before.",
     .source = "config.md#mounts",
     .bad = R"({"mounts": [{"destination": "/srv", "source": "no-such-directory", "options": ["bind"]}]})",
     .good = R"({"mounts": [{"destination": "/srv", "source": "rootfs", "options": ["bind"]}]})",
     .scope = bundle_scope},
    {.id = "mounts/destination-kind",
     .summary = "the destination of a mount is of the kind that can be mounted there",
     .details = "A directory or a filesystem can be mounted on a directory only, a file on a file. What is "
                "missing is made, unless a file is where a directory would have to be.",
     .source = "config.md#mounts, mount(2)",
     .bad = R"({"mounts": [{"destination": "/etc/passwd", "type": "tmpfs"}]})",
     .good = R"({"mounts": [{"destination": "/tmp", "type": "tmpfs"}]})",
     .scope = bundle_scope},
    {.id = "mounts/destination-link",
     .severity = Severity::warning,
     .summary = "the destination of a mount does not lead out of the root",
     .details =
         "A symbolic link on the way goes up further than the root. Runtimes resolve it within the root, "
         "so that something is mounted elsewhere than the link says; older ones could be led out by it "
         "(CVE-2021-30465).",
     .source = "config.md#mounts, path_resolution(7)",
     .scope = bundle_scope},
    {.id = "devices/existing",
     .summary = "there is no other file at the path of a device",
     .details = "If a file exists already that is not the device, a runtime must refuse the bundle.",
     .source = "config-linux.md#devices",
     .bad = R"({"linux": {"devices": [{"type": "c", "path": "/etc/passwd", "major": 1, "minor": 3}]}})",
     .good = R"({"linux": {"devices": [{"type": "c", "path": "/etc/null", "major": 1, "minor": 3}]}})",
     .scope = bundle_scope},
};

using Kind = RootTree::Kind;

class TreeCheck {
  public:
    TreeCheck(const Document& document, const spec::Config& config, const std::string& bundle,
              const std::string& root, Diagnostics& diagnostics)
        : document_(document), config_(config), bundle_(bundle), tree_(root, {}), diagnostics_(diagnostics) {}

    void mounts() {
        for (std::size_t i = 0; i < config_.mounts.size(); ++i) {
            const spec::Mount& mount = config_.mounts[i];
            const std::string path = clean_path(mount.destination);
            if (path == "/" || is_change(mount))
                continue;
            const std::string pointer = mount_pointer(i) + "/destination";
            if (is_covered(path, i))
                continue;
            const RootTree::Found found = tree_.find(path);
            if (found.climbs)
                report("mounts/destination-link",
                       quoted(mount.destination) + " leads above the root by a symbolic link", pointer);
            if (found.kind == Kind::missing && found.blocked)
                report("mounts/destination-kind",
                       quoted(mount.destination) + " can't be made: " + quoted(found.path) + " is a file",
                       pointer);
            else
                kind(mount, found.kind, pointer);
        }
    }

    void devices() {
        for (std::size_t i = 0; config_.linux && i < config_.linux->devices.size(); ++i) {
            const spec::Device& device = config_.linux->devices[i];
            const std::string path = clean_path(device.path);
            if (!device.path.starts_with('/') || is_covered(path, config_.mounts.size()))
                continue;
            const RootTree::Found found = tree_.find(path);
            const std::string pointer = pointer_append("/linux/devices", i) + "/path";
            if (found.kind == Kind::missing && found.blocked)
                report("devices/existing",
                       quoted(device.path) + " can't be made: " + quoted(found.path) + " is a file", pointer);
            else if (found.kind != Kind::missing && found.kind != Kind::unknown && !is_device(found, device))
                report("devices/existing",
                       "there is another file at " + quoted(device.path) + " in the root filesystem",
                       pointer);
        }
    }

  private:
    void report(std::string_view id, std::string message, const std::string& pointer) {
        diagnostics_.push_back(
            document_.at(find_rule(id)->severity, std::string(id), std::move(message), pointer));
    }

    // Whether one of the first mounts is at a place above, or at the place itself.
    bool is_covered(const std::string& path, std::size_t count) const {
        for (std::size_t i = 0; i < count; ++i)
            if (!is_change(config_.mounts[i]) && is_within(path, clean_path(config_.mounts[i].destination)))
                return true;
        return false;
    }

    void kind(const spec::Mount& mount, Kind at, const std::string& pointer) {
        if (at != Kind::file && at != Kind::directory)
            return;
        bool directory = true;
        if (is_bind_mount(mount)) {
            // what is on the host may be anything on another one
            const std::string source = mount.source.value_or("");
            struct stat status {};
            if (source.empty() || source[0] == '/' || ::stat((bundle_ + '/' + source).c_str(), &status) != 0)
                return;
            directory = S_ISDIR(status.st_mode);
        } else if (mount.type.value_or("none") == "none") {
            return;
        }
        if (directory != (at == Kind::directory))
            report("mounts/destination-kind",
                   quoted(mount.destination) + " is a " + (directory ? "file" : "directory") +
                       ", and can't have a " + (directory ? "directory" : "file") + " mounted on it",
                   pointer);
    }

    static bool is_device(const RootTree::Found& found, const spec::Device& device) {
        struct stat status {};
        if (found.kind != Kind::other || ::fstat(found.fd.get(), &status) != 0)
            return false;
        const auto numbers = [&] {
            return device.major && device.minor &&
                   status.st_rdev ==
                       ::makedev(static_cast<unsigned>(*device.major), static_cast<unsigned>(*device.minor));
        };
        if (device.type == "p")
            return S_ISFIFO(status.st_mode);
        return (device.type == "b" ? S_ISBLK(status.st_mode) : S_ISCHR(status.st_mode)) && numbers();
    }

    const Document& document_;
    const spec::Config& config_;
    const std::string& bundle_;
    RootTree tree_;
    Diagnostics& diagnostics_;
};

}  // namespace

std::span<const Rule> tree_rules() {
    return rules;
}

void check_bundle_files(const Document& document, const spec::Config& config, const std::string& bundle,
                        Diagnostics& diagnostics) {
    if (!is_linux_config(config) || !config.root)
        return;
    const auto report = [&](std::string_view id, std::string message, const std::string& pointer) {
        diagnostics.push_back(
            document.at(find_rule(id)->severity, std::string(id), std::move(message), pointer));
    };
    if (!config.process)
        report("process/missing",
               "the property \"process\" is missing: the container can be created, but not started", "");
    struct stat status {};
    for (std::size_t i = 0; i < config.mounts.size(); ++i) {
        const spec::Mount& mount = config.mounts[i];
        const std::string source = mount.source.value_or("");
        if (is_bind_mount(mount) && !is_change(mount) && !source.empty() && source[0] != '/' &&
            ::stat((bundle + '/' + source).c_str(), &status) != 0 && errno == ENOENT)
            report("mounts/source-missing", "there is no " + quoted(source) + " in the bundle",
                   mount_pointer(i) + "/source");
    }
    std::string root = root_path(bundle, *config.root);
    while (root.size() > 1 && root.ends_with('/'))
        root.pop_back();
    if (::lstat(root.c_str(), &status) == 0 && S_ISLNK(status.st_mode))
        report("root/symlink", quoted(config.root->path) + " is a symbolic link", "/root/path");
    if (::stat(root.c_str(), &status) != 0 || !S_ISDIR(status.st_mode))
        return;
    TreeCheck check(document, config, bundle, root, diagnostics);
    check.mounts();
    check.devices();
}

}  // namespace ocikit
