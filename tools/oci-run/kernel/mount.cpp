#include "kernel/mount.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ocikit/error.hpp>

namespace ocikit::run {

namespace {

// The last error line which the filesystem left in its context, "" if none: fsopen(2).
std::string context_message(int context) {
    std::string message;
    char line[512];
    for (;;) {
        const ssize_t n = ::read(context, line, sizeof line - 1);
        if (n <= 0)
            break;
        std::string_view text(line, static_cast<std::size_t>(n));
        while (text.ends_with('\n'))
            text.remove_suffix(1);
        if (text.starts_with("e "))
            message = text.substr(2);
    }
    return message;
}

[[noreturn]] void throw_context_error(int context, std::string operation, const std::string& type, int code) {
    throw Error({.operation = std::move(operation),
                 .object = type + " filesystem",
                 .reason = context_message(context),
                 .code = code});
}

void configure(int context, const std::string& type, const std::string& key, const std::string& value) {
    const bool flag = value.empty();
    const int result = flag ? ::fsconfig(context, FSCONFIG_SET_FLAG, key.c_str(), nullptr, 0)
                            : ::fsconfig(context, FSCONFIG_SET_STRING, key.c_str(), value.c_str(), 0);
    if (result < 0) {
        const int code = errno;
        throw_context_error(context, "option " + key + (flag ? "" : "=" + value), type, code);
    }
}

// The bits of mount(2) for what fsconfig(2) takes as names.
std::uint64_t flag_bit(std::string_view name) {
    static constexpr std::pair<std::string_view, std::uint64_t> bits[] = {
        {"ro", MS_RDONLY},     {"sync", MS_SYNCHRONOUS},  {"dirsync", MS_DIRSYNC},
        {"mand", MS_MANDLOCK}, {"lazytime", MS_LAZYTIME},
    };
    for (const auto& [known, bit] : bits)
        if (known == name)
            return bit;
    return 0;
}

}  // namespace

DetachedMount DetachedMount::create(const std::string& type, const std::string& source,
                                    const std::vector<FsParameter>& parameters, std::uint64_t attributes) {
    const UniqueFd context(::fsopen(type.c_str(), FSOPEN_CLOEXEC));
    if (!context) {
        std::string hint;
        if (errno == ENODEV)
            hint = "this kernel doesn't have that filesystem; see /proc/filesystems";
        throw Error::last("open", type + " filesystem", hint);
    }
    if (!source.empty())
        configure(context.get(), type, "source", source);
    for (const auto& [key, value] : parameters)
        configure(context.get(), type, key, value);
    if (::fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) < 0) {
        const int code = errno;
        throw_context_error(context.get(), "create", type, code);
    }
    UniqueFd fd(::fsmount(context.get(), FSMOUNT_CLOEXEC, static_cast<unsigned>(attributes)));
    if (!fd) {
        const int code = errno;
        throw_context_error(context.get(), "mount", type, code);
    }
    return DetachedMount(std::move(fd));
}

DetachedMount DetachedMount::copy(int fd, bool recursive) {
    const unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH;
    UniqueFd tree(::open_tree(fd, "", flags | (recursive ? AT_RECURSIVE : 0)));
    if (!tree)
        throw Error::last("copy the mount", "open_tree");
    return DetachedMount(std::move(tree));
}

DetachedMount DetachedMount::copy(int directory, const char* path, bool recursive, std::string_view shown,
                                  unsigned flags) {
    flags |= OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC;
    UniqueFd tree(::open_tree(directory, path, flags | (recursive ? AT_RECURSIVE : 0)));
    if (!tree)
        throw Error::last("", shown);
    return DetachedMount(std::move(tree));
}

void DetachedMount::set(const MountAttributes& attributes, bool recursive) {
    set_mount_attributes(fd_.get(), attributes, recursive, "mount");
}

void DetachedMount::attach(int target, std::string_view shown) {
    if (::move_mount(fd_.get(), "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
        throw Error::last("mount", shown);
}

void DetachedMount::attach(int directory, const char* name, std::string_view shown) {
    if (::move_mount(fd_.get(), "", directory, name, MOVE_MOUNT_F_EMPTY_PATH) < 0)
        throw Error::last("mount", shown);
}

void set_mount_attributes(int fd, const MountAttributes& attributes, bool recursive, std::string_view shown) {
    if (attributes.empty())
        return;
    struct mount_attr attr {};
    attr.attr_set = attributes.set;
    attr.attr_clr = attributes.clear;
    attr.propagation = attributes.propagation;
    // the access time is one field of several bits: setting it wants the whole of it cleared
    if ((attr.attr_set | attr.attr_clr) & MOUNT_ATTR__ATIME)
        attr.attr_clr |= MOUNT_ATTR__ATIME;
    const unsigned flags = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);
    if (::mount_setattr(fd, "", flags, &attr, sizeof attr) < 0)
        throw Error::last("set the mount's attributes", shown);
}

void map_mount(int fd, int user_namespace, bool recursive) {
    struct mount_attr attr {};
    attr.attr_set = MOUNT_ATTR_IDMAP;
    attr.userns_fd = static_cast<std::uint64_t>(user_namespace);
    const unsigned flags = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);
    if (::mount_setattr(fd, "", flags, &attr, sizeof attr) == 0)
        return;
    const int code = errno;
    throw Error({.operation = recursive ? "option ridmap" : "option idmap",
                 .reason = code == EINVAL ? "this kernel can't map the IDs of that filesystem" : "",
                 .code = code,
                 .hint = code == EPERM ? "mapping IDs needs root where the filesystem was mounted" : ""});
}

bool needs_mount_call(const std::string& source, const std::vector<FsParameter>& parameters,
                      std::uint64_t flags) {
    constexpr std::size_t longest = 255;  // fsconfig(2), FSCONFIG_SET_STRING
    if (flags != 0 || source.size() > longest)
        return true;
    for (const auto& [key, value] : parameters)
        if (value.size() > longest)
            return true;
    return false;
}

void mount_onto(int target, const std::string& type, const std::string& source,
                const std::vector<FsParameter>& parameters, std::uint64_t flags) {
    std::string data;
    for (const auto& [key, value] : parameters) {
        const std::uint64_t bit = value.empty() ? flag_bit(key) : 0;
        flags |= bit;
        if (bit != 0)
            continue;
        data += (data.empty() ? "" : ",") + key + (value.empty() ? "" : "=" + value);
    }
    if (data.size() >= static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)))
        throw Error({.operation = "mount",
                     .object = type + " filesystem",
                     .reason = "its options are longer than mount(2) takes"});
    // the host's /proc: this is before pivot_root(2)
    const std::string path = "/proc/self/fd/" + std::to_string(target);
    if (::mount(source.c_str(), path.c_str(), type.c_str(), flags, data.c_str()) < 0)
        throw Error::last(
            "mount", type + " filesystem",
            errno == ENODEV ? "this kernel doesn't have that filesystem; see /proc/filesystems" : "");
}

void reconfigure(int fd, const std::vector<FsParameter>& parameters) {
    const UniqueFd context(::fspick(fd, "", FSPICK_CLOEXEC | FSPICK_EMPTY_PATH));
    if (!context)
        throw Error::last("open to change it", "filesystem");
    for (const auto& [key, value] : parameters)
        configure(context.get(), "mounted", key, value);
    if (::fsconfig(context.get(), FSCONFIG_CMD_RECONFIGURE, nullptr, nullptr, 0) < 0) {
        const int code = errno;
        throw_context_error(context.get(), "change", "mounted", code);
    }
}

bool is_mount_root(int fd) {
    struct statx status {};
    if (::statx(fd, "", AT_EMPTY_PATH, 0, &status) < 0)
        throw Error::last("stat", "mount");
    return (status.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

}  // namespace ocikit::run
