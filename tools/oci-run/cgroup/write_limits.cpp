#include <cerrno>
#include <fcntl.h>
#include <string_view>
#include <unistd.h>

#include <ocikit/error.hpp>

#include "cgroup/cgroup.hpp"
#include "kernel/files.hpp"

namespace ocikit::run {

namespace {

constexpr const char* remove_it = "remove the property, or use a kernel that has it";

bool lists(const CgroupLayout& layout, const std::string& file, const std::string& controller) {
    std::string text = " " + read_at(layout.top.get(), file.c_str());
    text.back() = ' ';  // the line's end
    return text.find(" " + controller + " ") != std::string::npos;
}

// Why a v2 cgroup lacks a controller.
std::string why_no_controller(const CgroupLayout& layout, const std::string& path,
                              const std::string& controller) {
    if (!lists(layout, "./cgroup.controllers", controller))
        return "the kernel has none of that name for cgroup v2, or it is in use on v1: remove the property";
    for (std::size_t slash = path.rfind('/'); slash != std::string::npos;
         slash = path.rfind('/', slash - 1)) {
        const std::string directory = path.substr(0, slash);
        if (lists(layout, directory + "/cgroup.controllers", controller) &&
            !lists(layout, directory + "/cgroup.subtree_control", controller))
            return layout.hierarchies.front().directory + "/" + directory +
                   " doesn't hand it on: a cgroup that has processes of its own can't";
    }
    return "a parent cgroup doesn't hand it on";
}

// Of a v2 cgroup: that the controller isn't there, or else that the file isn't.
[[noreturn]] void refuse_missing_v2(const CgroupLayout& layout, const std::string& path,
                                    const CgroupWrite& write) {
    const std::string directory = layout.hierarchies.front().directory + "/" + path;
    if (!write.controller.empty() && !lists(layout, path + "/cgroup.controllers", write.controller))
        throw Error(
            {.operation = "set " + write.file,
             .object = "config.json: " + write.pointer,
             .reason = "the controller `" + write.controller + "` is not available under " + directory,
             .hint = why_no_controller(layout, path, write.controller)});
    throw Error({.operation = "set " + write.file,
                 .object = "config.json: " + write.pointer,
                 .reason = directory + "/" + write.file,
                 .code = ENOENT,
                 .hint = remove_it});
}

// What can be done about a value that the kernel doesn't take.
std::string remedy(const std::string& controller, std::string_view file, int code) {
    if (code == ENODEV)
        return file == "rdma.max" ? "ls /sys/class/infiniband shows the devices that there are"
                                  : "no block device has that number; lsblk shows those that there are";
    if (code == EOPNOTSUPP && file.find("bfq") != std::string_view::npos)
        return "weights need the I/O scheduler BFQ: echo bfq >/sys/block/DEVICE/queue/scheduler";
    if (code == EINVAL && file == "memory.use_hierarchy")
        return "since Linux 5.11 all cgroups are hierarchical: remove the property";
    if (code == EINVAL && file == "memory.memsw.limit_in_bytes")
        return "memory.swap is the sum of memory and swap: at least memory.limit";
    if (code == EBUSY && controller == "memory")
        return "processes use more than that already";
    if ((code == EINVAL || code == ERANGE) && controller == "cpuset")
        return "CPUs and memory nodes have to be there, and the parent cgroup's; "
               "/sys/fs/cgroup has them in cpuset.cpus and cpuset.mems";
    if (code == EINVAL && file.starts_with("cpu.rt_"))
        return "the parent cgroup's real-time budget has to have as much left; see cpu.rt_runtime_us there";
    return "";
}

// Writes to the file of a cgroup's directory if there is one; false if not.
bool write_if_there(int top, const std::string& directory, const std::string& file, const std::string& text,
                    const CgroupWrite& write, const std::string& shown) {
    const UniqueFd fd(::openat(top, (directory + file).c_str(), O_WRONLY | O_CLOEXEC));
    if (!fd) {
        if (errno == ENOENT)
            return false;
        throw Error::last("open", shown + file);
    }
    if (::write(fd.get(), text.data(), text.size()) < 0)
        throw Error::last("write \"" + text + "\"", shown + file, remedy(write.controller, file, errno));
    return true;
}

// Since Linux 5.16 a limit of kernel memory is taken, and forgotten.
void check_kernel_memory(int top, const std::string& path, const CgroupWrite& write) {
    constexpr const char* unlimited = "9223372036854771712\n";
    if (write.file != "memory.kmem.limit_in_bytes" || write.text.starts_with('-') ||
        read_at(top, path.c_str()) != unlimited)
        return;
    throw Error({.operation = "set " + write.file,
                 .object = "config.json: " + write.pointer,
                 .reason = "this kernel has no limit of kernel memory alone",
                 .hint = "remove the property: since Linux 5.16 memory.limit counts it, too"});
}

}  // namespace

void Cgroup::write(const std::vector<CgroupWrite>& writes) {
    const bool v2 = layout_.version == CgroupLayout::Version::v2;
    const int top = layout_.top.get();
    for (const auto& one : writes) {
        const CgroupHierarchy* const hierarchy =
            v2 ? &layout_.hierarchies.front() : layout_.find(one.controller);
        if (!hierarchy && one.optional)
            continue;
        if (!hierarchy)
            throw Error(
                {.operation = "set " + one.file,
                 .object = "config.json: " + one.pointer,
                 .reason = "the cgroup v1 controller " + one.controller + " isn't mounted on this machine",
                 .hint = "mount it on /sys/fs/cgroup/" + one.controller + ", or remove the property"});
        const std::string directory = hierarchy->below(record_.path) + "/";
        const std::string shown =
            "config.json: " + one.pointer + ": " + hierarchy->directory + "/" + record_.path + "/";
        if (write_if_there(top, directory, one.file, one.text, one, shown)) {
            check_kernel_memory(top, directory + one.file, one);
            continue;
        }
        if (!one.otherwise.empty() &&
            write_if_there(top, directory, one.otherwise, one.otherwise_text, one, shown))
            continue;
        if (one.optional)
            continue;
        if (v2)
            refuse_missing_v2(layout_, record_.path, one);
        throw Error({.operation = "set " + one.file,
                     .object = "config.json: " + one.pointer,
                     .reason = "this machine's cgroups have no such file",
                     .hint = remove_it});
    }
}

}  // namespace ocikit::run
