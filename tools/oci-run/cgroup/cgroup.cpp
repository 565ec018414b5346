#include "cgroup/cgroup.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <climits>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>

#include <ocikit/error.hpp>

#include "cgroup/device_bpf.hpp"
#include "cgroup/freezer.hpp"
#include "kernel/files.hpp"

namespace ocikit::run {

namespace {

// Of the cgroups of containers whose configuration names none.
const std::string own_prefix = "oci-run-";

// With the prefix, an ID may be longer than a name of a file: then its end gives way to a hash (FNV-1a).
std::string own_name(const std::string& id) {
    std::string name = own_prefix + id;
    if (name.size() <= NAME_MAX)
        return name;
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char c : id)
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    char digits[18];
    std::snprintf(digits, sizeof digits, "-%016llx", static_cast<unsigned long long>(hash));
    return name.substr(0, NAME_MAX + 1 - sizeof digits) + digits;
}

// Calls visit(prefix, name) for each directory of a path, from the top.
template <class Visit>
void for_each_prefix(const std::string& path, Visit visit) {
    for (std::size_t end = 0; end != std::string::npos;) {
        end = path.find('/', end == 0 ? 0 : end + 1);
        visit(path.substr(0, end));
    }
}

std::string parent_of(const std::string& path) {
    const auto slash = path.rfind('/');
    return slash == std::string::npos ? "." : path.substr(0, slash);
}

void sleep_ms(long ms) {
    const struct timespec time { 0, ms * 1000000 };
    ::nanosleep(&time, nullptr);
}

std::string_view trimmed(std::string_view text) {
    while (text.ends_with('\n') || text.ends_with(' '))
        text.remove_suffix(1);
    return text;
}

// A new v1 cpuset has no CPUs and no memory nodes, and takes no task without.
void inherit_cpuset(int top, const std::string& path) {
    for (const char* const file : {"cpuset.cpus", "cpuset.mems"}) {
        const std::string from = parent_of(path) + "/" + file;
        const std::string to = path + "/" + file;
        write_at(top, to.c_str(), read_at(top, from.c_str()));
    }
}

// One that somebody has made and left as it was.
void inherit_cpuset_if_empty(int top, const std::string& path) {
    if (trimmed(read_at(top, (path + "/cpuset.cpus").c_str())).empty() ||
        trimmed(read_at(top, (path + "/cpuset.mems").c_str())).empty())
        inherit_cpuset(top, path);
}

// Hands every controller of a directory on to the ones below it (cgroup-v2.rst,
// "Enabling and Disabling"). One that can't be is no error yet: a limit that needs
// it is, when it is written.
void enable_controllers(int top, const std::string& directory) {
    const std::string available = read_at(top, (directory + "/cgroup.controllers").c_str());
    const std::string control = directory + "/cgroup.subtree_control";
    std::string enabled = read_at(top, control.c_str());
    if (trimmed(available) == trimmed(enabled))
        return;
    std::string_view rest = trimmed(available);
    while (!rest.empty()) {
        const std::string_view name = rest.substr(0, rest.find(' '));
        rest.remove_prefix(std::min(rest.size(), name.size() + 1));
        const UniqueFd fd(::openat(top, control.c_str(), O_WRONLY | O_CLOEXEC));
        const std::string text = "+" + std::string(name);
        if (!fd || ::write(fd.get(), text.data(), text.size()) < 0)
            continue;
    }
}

// The opposite.
void keep_controllers(int top, const std::string& directory) {
    const std::string control = directory + "/cgroup.subtree_control";
    const std::string enabled = read_at(top, control.c_str());
    std::string text;
    for (std::string_view rest = trimmed(enabled); !rest.empty();) {
        const std::string_view name = rest.substr(0, rest.find(' '));
        rest.remove_prefix(std::min(rest.size(), name.size() + 1));
        text += "-" + std::string(name) + " ";
    }
    if (!text.empty())
        write_at(top, control.c_str(), text);
}

// The cgroups in a cgroup, which a container that may write to its own has made.
std::vector<std::string> cgroups_in(int top, const std::string& path) {
    std::vector<std::string> paths;
    struct stat st;
    // a cgroup's directory has a link for each one in it, as on ext4
    if (::fstatat(top, path.c_str(), &st, AT_SYMLINK_NOFOLLOW) < 0 || st.st_nlink <= 2)
        return paths;
    const int fd = ::openat(top, path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const std::unique_ptr<DIR, int (*)(DIR*)> directory(fd < 0 ? nullptr : ::fdopendir(fd), ::closedir);
    while (const struct dirent* entry = directory ? ::readdir(directory.get()) : nullptr)
        if (entry->d_type == DT_DIR && entry->d_name != std::string_view(".") &&
            entry->d_name != std::string_view(".."))
            paths.push_back(path + "/" + entry->d_name);
    return paths;
}

void append_processes(int top, const std::string& path, bool recursive, std::vector<pid_t>& pids) {
    // gone, or a v2 cgroup of threads, whose processes are listed further up
    const std::string text =
        read_unless(top, (path + "/cgroup.procs").c_str(), {ENOENT, ENODEV, EOPNOTSUPP}).value_or("");
    for (const char* at = text.data(); at < text.data() + text.size();) {
        pid_t pid = 0;
        const auto [end, error] = std::from_chars(at, text.data() + text.size(), pid);
        if (error == std::errc{} && pid > 0)
            pids.push_back(pid);
        at = end + 1;
    }
    if (recursive)
        for (const auto& below : cgroups_in(top, path))
            append_processes(top, below, true, pids);
}

// rmdir, with what is in it, and with patience: the kernel may take the last task
// out shortly after its end.
bool remove_directory(int top, const std::string& path, bool patient) {
    for (int tries = 0; ::unlinkat(top, path.c_str(), AT_REMOVEDIR) < 0; ++tries) {
        if (errno == ENOENT)
            return true;
        if (errno != EBUSY || !patient || tries == 1000)
            return false;
        const auto inner = cgroups_in(top, path);
        for (const auto& below : inner)
            remove_directory(top, below, patient);
        if (inner.empty())
            sleep_ms(tries < 20 ? 1 : 5);
    }
    return true;
}

}  // namespace

Cgroup::Cgroup(const CgroupLayout& layout, std::string path)
    : layout_(layout), record_{std::move(path), {}, {}, false} {}

Cgroup::Cgroup(const CgroupLayout& layout, std::string path, std::string unit, bool users_unit)
    : layout_(layout), record_{std::move(path), {}, std::move(unit), users_unit} {}

Cgroup::Cgroup(const CgroupLayout& layout, CgroupRecord record)
    : layout_(layout), record_(std::move(record)) {}

Cgroup::~Cgroup() {
    if (!ours_)
        return;
    try {
        remove();
    } catch (const Error&) {
        // the error that brought us here is the one to be told
    }
}

void Cgroup::make_in(const CgroupHierarchy& hierarchy) {
    const bool v2 = layout_.version == CgroupLayout::Version::v2;
    const bool cpuset = !v2 && hierarchy.has("cpuset");
    unsigned& made = record_.made[hierarchy.name];
    for_each_prefix(record_.path, [&](const std::string& prefix) {
        const std::string path = hierarchy.below(prefix);
        if (v2)
            enable_controllers(layout_.top.get(), parent_of(path));
        const bool last = prefix.size() == record_.path.size();
        if (::mkdirat(layout_.top.get(), path.c_str(), 0755) == 0) {
            ++made;
            if (cpuset)
                inherit_cpuset(layout_.top.get(), path);
        } else if (errno != EEXIST) {
            throw Error::last(
                "make the cgroup", hierarchy.directory + "/" + prefix,
                errno == EACCES ? "it isn't this user's; without /linux/cgroupsPath one that is is looked for"
                                : "");
        } else if (last && !record_.unit.empty()) {
            ++made;  // by systemd, for this container
        } else {
            if (last)
                take_over(hierarchy);
            if (cpuset)
                inherit_cpuset_if_empty(layout_.top.get(), path);
        }
    });
}

// What somebody has left there: it is to be as a new one, or not to be used.
void Cgroup::take_over(const CgroupHierarchy& hierarchy) const {
    const int top = layout_.top.get();
    const std::string path = hierarchy.below(record_.path);
    const auto refuse = [&](const char* reason, const char* hint) {
        throw Error({.operation = "make the cgroup",
                     .object = hierarchy.directory + "/" + record_.path,
                     .reason = reason,
                     .hint = hint});
    };
    std::vector<pid_t> pids;
    append_processes(top, path, true, pids);
    if (!pids.empty())
        refuse("it exists and has processes in it",
               "choose another linux.cgroupsPath, or end the container that uses it");
    if (is_frozen(record_))
        refuse("it exists and is unexpectedly frozen", "thaw it, or choose another linux.cgroupsPath");
    for (const auto& below : cgroups_in(top, path))
        remove_directory(top, below, true);
    // on v2 one that hands controllers on takes no processes
    if (layout_.version == CgroupLayout::Version::v2)
        keep_controllers(top, path);
}

void Cgroup::make() {
    if (record_.path.empty())
        return;
    ours_ = true;
    for (const auto& hierarchy : layout_.hierarchies)
        make_in(hierarchy);
}

void Cgroup::apply(const std::vector<DeviceAccess>& rules) {
    if (layout_.version == CgroupLayout::Version::v2) {
        attach_device_program(open_v2().get(), rules, record_.unit.empty());
        return;
    }
    const CgroupHierarchy* const hierarchy = layout_.find("devices");
    if (!hierarchy)
        throw Error({.operation = "apply linux.resources.devices",
                     .object = "cgroup",
                     .reason = "the v1 controller devices isn't mounted"});
    const std::string directory = hierarchy->below(record_.path) + "/devices.";
    const UniqueFd deny = open_at(layout_.top.get(), (directory + "deny").c_str(), O_WRONLY);
    const UniqueFd allow = open_at(layout_.top.get(), (directory + "allow").c_str(), O_WRONLY);
    // `all` is refused as long as a cgroup in it that was just removed is on its way out
    for (int tries = 0; !rules.empty() && tries < 100; ++tries) {
        const std::string text = device_rule_text(rules.front());
        const int fd = (rules.front().allow ? allow : deny).get();
        if (::write(fd, text.data(), text.size()) >= 0 || errno != EINVAL)
            break;
        sleep_ms(1);
    }
    for (const auto& rule : rules)
        write_all(
            (rule.allow ? allow : deny).get(), device_rule_text(rule),
            hierarchy->directory + "/" + record_.path + (rule.allow ? "/devices.allow" : "/devices.deny"));
}

bool Cgroup::has(const std::string& controller, const std::string& file) const {
    const bool v2 = layout_.version == CgroupLayout::Version::v2;
    const CgroupHierarchy* const hierarchy = v2 ? &layout_.hierarchies.front() : layout_.find(controller);
    return hierarchy && ::faccessat(layout_.top.get(), (hierarchy->below(record_.path) + "/" + file).c_str(),
                                    F_OK, 0) == 0;
}

void Cgroup::take_in(pid_t pid) const {
    for (const auto& hierarchy : layout_.hierarchies) {
        const std::string file = hierarchy.below(record_.path) + "/cgroup.procs";
        std::vector<pid_t> there;
        append_processes(layout_.top.get(), hierarchy.below(record_.path), false, there);
        if (std::find(there.begin(), there.end(), pid) == there.end())
            write_at(layout_.top.get(), file.c_str(), std::to_string(pid),
                     hierarchy.directory + "/" + record_.path + "/cgroup.procs");
    }
}

void Cgroup::join_v1() const {
    for (const auto& hierarchy : layout_.hierarchies) {
        const std::string tasks = hierarchy.below(record_.path) + "/tasks";
        write_at(layout_.top.get(), tasks.c_str(), "0", hierarchy.directory + "/" + record_.path + "/tasks");
    }
}

void Cgroup::delegate(uid_t user) const {
    const UniqueFd directory = open_v2();
    const std::string path = layout_.hierarchies.front().directory + "/" + record_.path;
    struct stat st;
    if (::fstat(directory.get(), &st) == 0 && st.st_uid == user)
        return;
    if (::fchown(directory.get(), user, static_cast<gid_t>(-1)) < 0)
        throw Error::last("set the owner of the cgroup", path);
    std::string files = "cgroup.procs\ncgroup.subtree_control\ncgroup.threads\n";  // before Linux 4.15
    if (::access("/sys/kernel/cgroup/delegate", R_OK) == 0)
        files = read_at(AT_FDCWD, "/sys/kernel/cgroup/delegate");
    for (std::size_t at = 0, end = 0; (end = files.find('\n', at)) != std::string::npos; at = end + 1) {
        const std::string file = files.substr(at, end - at);
        if (::fchownat(directory.get(), file.c_str(), user, static_cast<gid_t>(-1), AT_SYMLINK_NOFOLLOW) <
                0 &&
            errno != ENOENT)
            throw Error::last("set the owner of", path + "/" + file);
    }
}

UniqueFd Cgroup::open_v2() const {
    const CgroupHierarchy& hierarchy = layout_.hierarchies.front();
    return open_at(layout_.top.get(), record_.path.c_str(), O_RDONLY | O_DIRECTORY, 0,
                   hierarchy.directory + "/" + record_.path);
}

std::vector<pid_t> Cgroup::processes() const {
    std::vector<pid_t> pids;
    if (record_.path.empty() || layout_.hierarchies.empty())
        return pids;
    // On v1 init is in every hierarchy, and so is what it starts.
    const CgroupHierarchy* hierarchy = layout_.find("pids");
    if (!hierarchy)
        hierarchy = &layout_.hierarchies.front();
    // what is in a cgroup that was there before isn't the container's
    append_processes(layout_.top.get(), hierarchy->below(record_.path), is_made(*hierarchy), pids);
    return pids;
}

bool Cgroup::kill_at_once() const {
    // what is in a cgroup that was there before isn't the container's alone
    if (layout_.version != CgroupLayout::Version::v2 || record_.path.empty() ||
        !is_made(layout_.hierarchies.front()) || processes().empty())
        return false;
    const UniqueFd fd(
        ::openat(layout_.top.get(), (record_.path + "/cgroup.kill").c_str(), O_WRONLY | O_CLOEXEC));
    return fd && ::write(fd.get(), "1", 1) == 1;
}

void Cgroup::kill_all() const {
    for (int tries = 0; tries < 500; ++tries) {
        const auto pids = processes();
        if (pids.empty())
            return;
        if (!kill_at_once())
            for (const pid_t pid : pids)
                ::kill(pid, SIGKILL);
        // a frozen cgroup of v1 holds even that back
        if (layout_.version == CgroupLayout::Version::v1 && is_frozen(record_))
            thaw(*this);
        sleep_ms(tries < 20 ? 1 : 10);
    }
}

void Cgroup::remove() {
    ours_ = false;
    std::string stuck;
    for (const auto& hierarchy : layout_.hierarchies) {
        const auto entry = record_.made.find(hierarchy.name);
        std::string path = record_.path;
        for (unsigned left = entry == record_.made.end() ? 0 : entry->second; left > 0; --left) {
            const bool last = path.size() == record_.path.size();
            if (!remove_directory(layout_.top.get(), hierarchy.below(path), last)) {
                if (last)
                    stuck = hierarchy.directory + "/" + path;
                break;
            }
            path = parent_of(path);
        }
    }
    if (!stuck.empty())
        throw Error({.operation = "remove the cgroup",
                     .object = stuck,
                     .reason = "processes or other cgroups are left in it"});
}

CgroupRecord Cgroup::expected_record() const {
    CgroupRecord expected = record_;
    if (record_.path.empty())
        return expected;
    for (const auto& hierarchy : layout_.hierarchies) {
        unsigned& missing = expected.made[hierarchy.name];
        // under a name of ours there is nothing of anybody else's, and nothing to look for
        if (record_.path.starts_with(own_prefix) && record_.path.find('/') == std::string::npos) {
            missing = 1;
            continue;
        }
        for (std::string path = record_.path; path != "."; path = parent_of(path)) {
            if (::faccessat(layout_.top.get(), hierarchy.below(path).c_str(), F_OK, 0) == 0)
                break;
            ++missing;
        }
    }
    return expected;
}

bool Cgroup::is_made(const CgroupHierarchy& hierarchy) const {
    const auto entry = record_.made.find(hierarchy.name);
    return entry != record_.made.end() && entry->second > 0;
}

CgroupRecord Cgroup::keep() {
    ours_ = false;
    return record_;
}

std::string cgroup_path(const std::string* cgroups_path, const std::string& id) {
    if (!cgroups_path || cgroups_path->empty())  // engines write "" for want of one
        return own_name(id);
    std::string path;
    for (std::size_t at = 0; at <= cgroups_path->size();) {
        auto end = cgroups_path->find('/', at);
        if (end == std::string::npos)
            end = cgroups_path->size();
        const std::string name = cgroups_path->substr(at, end - at);
        at = end + 1;
        if (name.empty() || name == ".")
            continue;
        if (name == "..")
            throw Error({.operation = "/linux/cgroupsPath",
                         .object = "config.json",
                         .reason = "\"" + *cgroups_path + "\" has a \"..\""});
        path += (path.empty() ? "" : "/") + name;
    }
    if (path.empty())
        throw Error({.operation = "/linux/cgroupsPath",
                     .object = "config.json",
                     .reason = "\"" + *cgroups_path + "\" names no cgroup of the container's own"});
    return path;
}

}  // namespace ocikit::run
