#include "mount_kind.hpp"

#include <algorithm>

#include <ocikit/document.hpp>
#include <ocikit/mount_option.hpp>

namespace ocikit {

namespace {

bool has_kind(const spec::Mount& mount, MountOption::Kind kind) {
    return std::any_of(mount.options.begin(), mount.options.end(), [kind](const std::string& text) {
        const MountOption* const option = find_mount_option(text);
        return option && option->kind == kind;
    });
}

}  // namespace

std::string mount_pointer(std::size_t index) {
    return pointer_append("/mounts", index);
}

bool has_mount_option(const spec::Mount& mount, std::string_view name) {
    return std::find(mount.options.begin(), mount.options.end(), name) != mount.options.end();
}

bool has_bind_option(const spec::Mount& mount) {
    return has_kind(mount, MountOption::Kind::bind);
}

bool is_bind_mount(const spec::Mount& mount) {
    return mount.type == "bind" || has_bind_option(mount);
}

bool changes_propagation(const spec::Mount& mount) {
    return has_kind(mount, MountOption::Kind::propagation);
}

bool is_change(const spec::Mount& mount) {
    return has_mount_option(mount, "remount") ||
           (!mount.type && !is_bind_mount(mount) && changes_propagation(mount));
}

}  // namespace ocikit
