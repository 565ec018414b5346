#include <algorithm>
#include <iterator>
#include <sys/mount.h>

#include <ocikit/mount_option.hpp>

namespace ocikit {

namespace {

using Kind = MountOption::Kind;

// linux/mount.h, which can't be included beside sys/mount.h in glibc 2.36
constexpr std::uint64_t attr_nosymfollow = 0x00200000;

constexpr MountOption options[] = {
    {"async", Kind::superblock, 0, false, false, "async"},
    {"atime", Kind::attribute, MOUNT_ATTR_NOATIME, true},
    {"bind", Kind::bind},
    {"copy-symlink", Kind::extension},
    {"defaults", Kind::none},
    {"dest-nofollow", Kind::extension},
    {"dev", Kind::attribute, MOUNT_ATTR_NODEV, true},
    {"diratime", Kind::attribute, MOUNT_ATTR_NODIRATIME, true},
    {"dirsync", Kind::superblock, 0, false, false, "dirsync"},
    {"exec", Kind::attribute, MOUNT_ATTR_NOEXEC, true},
    {"idmap", Kind::mapped},
    {"iversion", Kind::superblock, 0, false, false, "iversion"},
    {"lazytime", Kind::superblock, 0, false, false, "lazytime"},
    {"loud", Kind::none},
    {"mand", Kind::superblock, 0, false, false, "mand"},
    {"noatime", Kind::attribute, MOUNT_ATTR_NOATIME},
    {"nodev", Kind::attribute, MOUNT_ATTR_NODEV},
    {"nodiratime", Kind::attribute, MOUNT_ATTR_NODIRATIME},
    {"noexec", Kind::attribute, MOUNT_ATTR_NOEXEC},
    {"noiversion", Kind::superblock, 0, true, false, "noiversion"},
    {"nolazytime", Kind::superblock, 0, true, false, "nolazytime"},
    {"nomand", Kind::superblock, 0, true, false, "nomand"},
    {"norelatime", Kind::attribute, MOUNT_ATTR__ATIME, true},
    {"nostrictatime", Kind::attribute, MOUNT_ATTR_STRICTATIME, true},
    {"nosuid", Kind::attribute, MOUNT_ATTR_NOSUID},
    {"nosymfollow", Kind::attribute, attr_nosymfollow},
    {"private", Kind::propagation, MS_PRIVATE},
    {"ratime", Kind::attribute, MOUNT_ATTR_NOATIME, true, true},
    {"rbind", Kind::bind, 0, false, true},
    {"rdev", Kind::attribute, MOUNT_ATTR_NODEV, true, true},
    {"rdiratime", Kind::attribute, MOUNT_ATTR_NODIRATIME, true, true},
    {"relatime", Kind::attribute, MOUNT_ATTR__ATIME, true},
    {"remount", Kind::none},
    {"rexec", Kind::attribute, MOUNT_ATTR_NOEXEC, true, true},
    {"ridmap", Kind::mapped, 0, false, true},
    {"rnoatime", Kind::attribute, MOUNT_ATTR_NOATIME, false, true},
    {"rnodev", Kind::attribute, MOUNT_ATTR_NODEV, false, true},
    {"rnodiratime", Kind::attribute, MOUNT_ATTR_NODIRATIME, false, true},
    {"rnoexec", Kind::attribute, MOUNT_ATTR_NOEXEC, false, true},
    {"rnorelatime", Kind::attribute, MOUNT_ATTR__ATIME, true, true},
    {"rnostrictatime", Kind::attribute, MOUNT_ATTR_STRICTATIME, true, true},
    {"rnosuid", Kind::attribute, MOUNT_ATTR_NOSUID, false, true},
    {"rnosymfollow", Kind::attribute, attr_nosymfollow, false, true},
    {"ro", Kind::attribute, MOUNT_ATTR_RDONLY},
    {"rprivate", Kind::propagation, MS_PRIVATE, false, true},
    {"rrelatime", Kind::attribute, MOUNT_ATTR__ATIME, true, true},
    {"rro", Kind::attribute, MOUNT_ATTR_RDONLY, false, true},
    {"rrw", Kind::attribute, MOUNT_ATTR_RDONLY, true, true},
    {"rshared", Kind::propagation, MS_SHARED, false, true},
    {"rslave", Kind::propagation, MS_SLAVE, false, true},
    {"rstrictatime", Kind::attribute, MOUNT_ATTR_STRICTATIME, false, true},
    {"rsuid", Kind::attribute, MOUNT_ATTR_NOSUID, true, true},
    {"rsymfollow", Kind::attribute, attr_nosymfollow, true, true},
    {"runbindable", Kind::propagation, MS_UNBINDABLE, false, true},
    {"rw", Kind::attribute, MOUNT_ATTR_RDONLY, true},
    {"shared", Kind::propagation, MS_SHARED},
    {"silent", Kind::none},
    {"slave", Kind::propagation, MS_SLAVE},
    {"src-nofollow", Kind::extension},
    {"strictatime", Kind::attribute, MOUNT_ATTR_STRICTATIME},
    {"suid", Kind::attribute, MOUNT_ATTR_NOSUID, true},
    {"symfollow", Kind::attribute, attr_nosymfollow, true},
    {"sync", Kind::superblock, 0, false, false, "sync"},
    {"tmpcopyup", Kind::extension},
    {"unbindable", Kind::propagation, MS_UNBINDABLE},
};

static_assert(std::is_sorted(std::begin(options), std::end(options),
                             [](const auto& a, const auto& b) { return a.name < b.name; }));

}  // namespace

std::span<const MountOption> mount_options() {
    return options;
}

const MountOption* find_mount_option(std::string_view name) {
    const auto* const found =
        std::lower_bound(std::begin(options), std::end(options), name,
                         [](const auto& option, auto key) { return option.name < key; });
    return found != std::end(options) && found->name == name ? found : nullptr;
}

}  // namespace ocikit
