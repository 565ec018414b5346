#include "plan/mounts.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <ocikit/error.hpp>

#include "init/steps.hpp"
#include "kernel/mount.hpp"
#include "plan/make_plan.hpp"

namespace ocikit::run {

namespace {

using Links = RootPath::Links;

// The options that would take back what the mount has now.
std::string options_against(int fd, std::uint64_t clear) {
    struct statvfs fs;
    if (::fstatvfs(fd, &fs) < 0)
        return "";
    static constexpr struct {
        std::uint64_t attribute;
        unsigned long flag;
        const char* option;
    } known[] = {
        {MOUNT_ATTR_RDONLY, ST_RDONLY, "rw"},
        {MOUNT_ATTR_NOSUID, ST_NOSUID, "suid"},
        {MOUNT_ATTR_NODEV, ST_NODEV, "dev"},
        {MOUNT_ATTR_NOEXEC, ST_NOEXEC, "exec"},
        {MOUNT_ATTR__ATIME, ST_NOATIME, "the access time"},
        {MOUNT_ATTR_NODIRATIME, ST_NODIRATIME, "diratime"},
    };
    std::string text;
    for (const auto& [attribute, flag, option] : known)
        if (clear & attribute && fs.f_flag & flag)
            text += (text.empty() ? "" : ", ") + std::string(option);
    return text;
}

// Which flags of a mount are locked only the kernel knows (mount_namespaces(7)).
void set_attributes(int fd, const MountAttributes& attributes, bool recursive) {
    try {
        set_mount_attributes(fd, attributes, recursive, "mount");
    } catch (const Error& error) {
        const std::string options = error.code() == EPERM ? options_against(fd, attributes.clear) : "";
        if (options.empty())
            throw;
        throw Error({.operation = "option " + options,
                     .reason = "the opposite is locked: it was set in a more privileged user namespace"});
    }
}

void set_attributes(int fd, const MountStep& step) {
    set_attributes(fd, step.recursive_attributes, true);
    set_attributes(fd, step.attributes, false);
}

const MountSource* find_source(const std::vector<MountSource>& sources, const MountStep& step) {
    const auto found = std::find_if(sources.begin(), sources.end(),
                                    [&](const MountSource& source) { return source.index == step.index; });
    return found == sources.end() ? nullptr : &*found;
}

bool is_link(int fd) {
    struct stat st;
    return ::fstat(fd, &st) == 0 && S_ISLNK(st.st_mode);
}

// In a user namespace (user_namespaces(7)).
std::string why_not_mounted(const std::string& type) {
    if (type == "proc")
        return "in a user namespace it needs a new pid namespace too, and a /proc of the host with nothing "
               "mounted in it";
    if (type == "sysfs")
        return "in a user namespace it needs a new network namespace too; a mount {\"type\": \"bind\", "
               "\"source\": \"/sys\", \"options\": [\"rbind\"]} doesn't";
    if (type == "mqueue")
        return "in a user namespace it needs a new ipc namespace too";
    return "this filesystem can't be mounted in a user namespace; a bind mount can";
}

// Mounts as the plan has them, one after the other.
class Mounter {
  public:
    Mounter(const MountContext& context, RootPath& root) : context_(context), root_(root) {}

    // Whether something is mounted at the destination now.
    bool make(const MountStep& step) {
        if (step.copy_link && make_link(step))
            return false;
        switch (step.kind) {
            case MountStep::Kind::bind:
                make_bind(step);
                break;
            case MountStep::Kind::filesystem:
                make_filesystem(step);
                break;
            case MountStep::Kind::change:
                change(step);
                return false;
            case MountStep::Kind::cgroup:
                make_cgroup(step);
                break;
        }
        return !step.onto_root;
    }

    std::vector<LateReadonly> take_late() { return std::move(late_); }

    void join_cgroup() {
        if (!joined_)
            context_.join_cgroup();
        joined_ = true;
    }

  private:
    // Onto the target, which may be the root itself.
    void attach(DetachedMount mount, UniqueFd target, const MountStep& step) {
        mount.attach(target.get(), step.destination);
        if (step.onto_root)
            root_.enter(mount.release());
        else
            root_.leave_open(mount.release());
        root_.leave_open(std::move(target));
    }

    void make_cgroup(const MountStep& step) {
        join_cgroup();
        const UniqueFd target = root_.make_directory(step.destination, Links::complete);
        mount_cgroup(step, target.get(), context_.cgroup, root_);
    }

    // False if the source is no symbolic link.
    bool make_link(const MountStep& step) {
        const auto opened = context_.opened.binds.find(step.index);
        UniqueFd own;
        int source = -1;
        if (opened != context_.opened.binds.end()) {
            source = opened->second.get();
        } else {
            own.reset(::open(step.source.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
            source = own.get();
        }
        char target[PATH_MAX];
        const ssize_t n = ::readlinkat(source, "", target, sizeof target);
        if (n < 0)
            return false;  // what else it is, or why it can't be reached, comes out when it is mounted
        root_.make_link(step.destination, {target, static_cast<std::size_t>(n)});
        return true;
    }

    UniqueFd bind_target(const MountStep& step, int source) {
        if (!step.follow_destination)
            if (UniqueFd there = root_.open_link(step.destination); there && is_link(there.get()))
                return there;
        struct stat st;
        if (::fstat(source, &st) < 0)
            throw Error::last("stat", step.source);
        return S_ISDIR(st.st_mode) ? root_.make_directory(step.destination, Links::complete)
                                   : root_.make_file(step.destination, Links::complete);
    }

    // What the command copied is still one of the host's group of peers.
    std::uint64_t propagation_of_copy(const MountStep& step) const {
        if (step.attributes.propagation != 0 || step.recursive_attributes.propagation != 0)
            return 0;
        const std::uint64_t root = context_.plan.root_propagation & ~std::uint64_t{MS_REC};
        return root == MS_SLAVE || root == MS_SHARED ? MS_SLAVE : MS_PRIVATE;
    }

    static DetachedMount take_copy(const UniqueFd& copy, const MountStep& step) {
        UniqueFd fd(::fcntl(copy.get(), F_DUPFD_CLOEXEC, 3));
        if (!fd)
            throw Error::last("open", step.source);
        return DetachedMount::take(std::move(fd));
    }

    DetachedMount copy(const MountStep& step) const {
        const auto& opened = context_.opened;
        if (const auto copy = opened.copies.find(step.index); copy != opened.copies.end())
            return take_copy(copy->second, step);
        const MountSource* const source = find_source(context_.sources, step);
        if (!source) {
            const auto bind = opened.binds.find(step.index);
            return bind == opened.binds.end() ? copy_source(step)
                                              : DetachedMount::copy(bind->second.get(), step.recursive_bind);
        }
        DetachedMount mount = take_copy(source->mount, step);
        mount.set({.propagation = propagation_of_copy(step)}, true);
        return mount;
    }

    // mountinfo lists mounts as they were made, and they are to be in the configuration's order
    // (config.md#mounts): what the command copied before gives way to a copy of this moment.
    static DetachedMount renew(DetachedMount mount, const UniqueFd& target, const MountStep& step) {
        mount.attach(target.get(), step.destination);
        DetachedMount copy = DetachedMount::copy(mount.fd(), true);
        // or the host would lose what is mounted below, as its peer
        mount.set({.propagation = MS_PRIVATE}, true);
        if (::umount2(("/proc/self/fd/" + std::to_string(mount.fd())).c_str(), MNT_DETACH) < 0)
            throw Error::last("unmount the first copy", step.destination);
        return copy;
    }

    void make_bind(const MountStep& step) {
        DetachedMount mount = copy(step);
        struct statfs fs {};
        if (step.onto_proc && (::fstatfs(mount.fd(), &fs) < 0 || fs.f_type != PROC_SUPER_MAGIC))
            throw Error({.object = step.source,
                         .reason = "is no procfs; anything else there could deceive runtimes and programs"});
        set_attributes(mount.fd(), step);
        UniqueFd target = bind_target(step, mount.fd());
        if (find_source(context_.sources, step) && !step.mapping && !step.onto_root)
            mount = renew(std::move(mount), target, step);
        attach(std::move(mount), std::move(target), step);
    }

    UniqueFd filesystem_target(const MountStep& step, std::vector<FsParameter>& parameters) {
        const Links links = step.refuse_links ? Links::refuse : Links::complete;
        if (!step.inherit_mode)
            return root_.make_directory(step.destination, links);
        const bool there = static_cast<bool>(root_.try_open(step.destination, O_PATH | O_DIRECTORY));
        UniqueFd target = root_.make_directory(step.destination, links);
        struct stat st;
        if (::fstat(target.get(), &st) < 0)
            throw Error::last("stat", step.destination);
        if (there) {
            char mode[8];
            std::snprintf(mode, sizeof mode, "%04o", st.st_mode & 07777);
            parameters.emplace_back("mode", mode);
        }
        return target;
    }

    void map_filesystem(const MountStep& step, int mount) const {
        if (const MountSource* const source = find_source(context_.sources, step))
            map_mount(mount, source->user_namespace.get(), step.mapping->recursive);
    }

    DetachedMount create(const MountStep& step, const std::vector<FsParameter>& parameters,
                         std::uint64_t attributes) const {
        try {
            return DetachedMount::create(step.type, step.source, parameters, attributes);
        } catch (const Error& error) {
            if (error.code() != EPERM || !context_.plan.in_user_namespace)
                throw;
            throw Error::received(error.what(), error.code(), why_not_mounted(step.type));
        }
    }

    static void label(const MountStep& step, int mount) {
        const std::string path = "/proc/self/fd/" + std::to_string(mount);
        if (!step.file_label.empty() && ::setxattr(path.c_str(), "security.selinux", step.file_label.c_str(),
                                                   step.file_label.size() + 1, 0) < 0)
            throw Error::last("set the label \"" + step.file_label + "\"", step.type + " filesystem");
    }

    // The kernel makes a sysfs for whoever owns the network namespace only.
    bool is_sysfs_denied(const MountStep& step) const {
        if (step.type != "sysfs" || !context_.plan.in_user_namespace ||
            has_namespace(context_.plan, CLONE_NEWNET))
            return false;
        const UniqueFd context(::fsopen("sysfs", FSOPEN_CLOEXEC));
        return !context && errno == EPERM;
    }

    // The network is the host's, and so is the sysfs; but its cgroups are not for the container.
    void bind_sysfs(const MountStep& step, UniqueFd target) {
        DetachedMount mount = DetachedMount::copy(AT_FDCWD, "/sys", true, "/sys");
        mount.set({.set = step.attributes.set, .propagation = MS_PRIVATE}, true);
        set_attributes(mount.fd(), step);
        attach(std::move(mount), std::move(target), step);
        const std::string cgroups = step.destination + "/fs/cgroup";
        const auto& mounts = context_.plan.mounts;
        if (std::any_of(mounts.begin(), mounts.end(),
                        [&](const MountStep& other) { return other.destination == cgroups; }))
            return;
        if (const UniqueFd directory = root_.try_open(cgroups, O_PATH | O_DIRECTORY))
            DetachedMount::create("tmpfs", "tmpfs", {{"mode", "755"}}, MOUNT_ATTR_RDONLY)
                .attach(directory.get(), cgroups);
    }

    void make_filesystem(const MountStep& step) {
        std::vector<FsParameter> parameters = step.parameters;
        UniqueFd target = filesystem_target(step, parameters);
        if (is_sysfs_denied(step))
            return bind_sysfs(step, std::move(target));
        if (needs_mount_call(step.source, parameters, step.flags))
            return make_by_mount_call(step, parameters, target.get());
        // what comes into it comes before it is read-only
        std::uint64_t attributes = step.attributes.set;
        const bool late = step.type == "tmpfs" && attributes & MOUNT_ATTR_RDONLY;
        if (late)
            attributes &= ~std::uint64_t{MOUNT_ATTR_RDONLY};
        DetachedMount mount = create(step, parameters, attributes);
        if (step.copy_up)
            copy_up(target.get(), mount.fd());
        label(step, mount.fd());
        map_filesystem(step, mount.fd());
        set_attributes(mount.fd(), step.recursive_attributes, true);
        set_attributes(mount.fd(), {.propagation = step.attributes.propagation}, false);
        if (late)
            late_.push_back({UniqueFd(::fcntl(mount.fd(), F_DUPFD_CLOEXEC, 3)), describe(step)});
        attach(std::move(mount), std::move(target), step);
    }

    void make_by_mount_call(const MountStep& step, const std::vector<FsParameter>& parameters, int target) {
        if (step.mapping || step.onto_root)
            throw Error(std::string(step.mapping ? "option idmap" : "a mount onto the root directory") +
                        " does not go together with silent, iversion, and options of more than 255 bytes");
        mount_onto(target, step.type, step.source, parameters, step.flags);
        UniqueFd mount = root_.open(step.destination, O_PATH | O_DIRECTORY);
        if (!is_mount_root(mount.get()))
            throw Error("the directory has been moved while it was mounted onto");
        if (step.copy_up)
            copy_up(target, mount.get());
        label(step, mount.get());
        set_attributes(mount.get(), step);
    }

    void change(const MountStep& step) {
        UniqueFd mount = step.onto_root ? UniqueFd(::fcntl(root_.fd(), F_DUPFD_CLOEXEC, 3))
                                        : root_.open(step.destination, O_PATH);
        if (!mount || !is_mount_root(mount.get()))
            throw Error("option remount: nothing is mounted there");
        if (!step.parameters.empty())
            reconfigure(mount.get(), step.parameters);
        set_attributes(mount.get(), step);
    }

    const MountContext& context_;
    RootPath& root_;
    std::vector<LateReadonly> late_;
    bool joined_ = false;
};

}  // namespace

std::vector<LateReadonly> make_mounts(const MountContext& context, RootPath& root) {
    Mounter mounter(context, root);
    for (const auto& step : context.plan.mounts) {
        try {
            if (mounter.make(step))
                root.add_mount(step.destination);
        } catch (const Error& error) {
            throw error.within(describe(step));
        }
    }
    mounter.join_cgroup();
    return mounter.take_late();
}

void make_readonly(const std::vector<LateReadonly>& mounts) {
    for (const auto& [mount, what] : mounts) {
        try {
            set_attributes(mount.get(), {.set = MOUNT_ATTR_RDONLY}, false);
        } catch (const Error& error) {
            throw error.within(what);
        }
    }
}

}  // namespace ocikit::run
