#include "containers.hpp"

#include <filesystem>
#include <fstream>
#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <boost/test/unit_test.hpp>

#include <ocikit/encode.hpp>

namespace fs = std::filesystem;

namespace ocikit::run::test {

namespace {

constexpr const char* busybox = "/bin/busybox";

// mark: in the name of a test's containers and their cgroups, and in the programs'
// environment.
void append_cgroups(const fs::path& directory, const std::string& mark, std::string& text) {
    std::error_code error;
    for (fs::directory_iterator entry(directory, error), end; !error && entry != end;
         entry.increment(error)) {
        std::error_code gone;
        if (!entry->is_directory(gone) || entry->is_symlink(gone))
            continue;
        if (has(entry->path().filename(), mark))
            text += "cgroup " + entry->path().string() + "\n";
        append_cgroups(entry->path(), mark, text);
    }
}

bool is_number(const std::string& name) {
    return !name.empty() && name.find_first_not_of("0123456789") == std::string::npos;
}

void append_processes(const std::string& mark, std::string& text) {
    for (const auto& entry : fs::directory_iterator("/proc")) {
        const std::string name = entry.path().filename();
        if (!is_number(name) || name == std::to_string(::getpid()))
            continue;
        for (const char* const file : {"/cgroup", "/environ", "/cmdline"})
            if (has(read_file(entry.path().string() + file), mark)) {
                text += "process " + name + " (" + file + ")\n";
                break;
            }
    }
}

}  // namespace

bool is_installed(const std::string& program) {
    return Child({"sh", "-c", "command -v " + program}).wait().status == 0;
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

std::string why_no_containers() {
    if (::geteuid() != 0)
        return "containers need root";
    if (::access(busybox, X_OK) != 0)
        return "there is no /bin/busybox (busybox-static)";
    return "";
}

bool has_capability(unsigned number) {
    const std::string status = read_file("/proc/self/status");
    return std::stoull(status.substr(status.find("CapEff:") + 7), nullptr, 16) >> number & 1;
}

bool is_cgroup_v2() {
    struct statfs fs {};
    return ::statfs("/sys/fs/cgroup", &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC;
}

std::vector<std::string> cgroup_directories(const std::string& path) {
    if (is_cgroup_v2())
        return {"/sys/fs/cgroup/" + path};
    std::vector<std::string> directories;
    for (const auto& entry : fs::directory_iterator("/sys/fs/cgroup"))
        if (entry.is_directory() && !entry.is_symlink() && fs::exists(entry.path() / "tasks"))
            directories.push_back((entry.path() / path).string());
    return directories;
}

spec::Config usual_config() {
    spec::Config config;
    config.ociVersion = "1.3.0";
    config.root = spec::Root{"rootfs", {}};
    config.hostname = "inside";
    config.process.emplace();
    config.process->cwd = "/";
    config.process->args = {"/bin/sh"};
    config.process->env = {"PATH=/usr/bin:/bin"};
    config.process->capabilities.emplace();
    for (auto* const set : {&config.process->capabilities->bounding, &config.process->capabilities->effective,
                            &config.process->capabilities->permitted})
        *set = {"CAP_CHOWN", "CAP_KILL", "CAP_MKNOD", "CAP_SETUID", "CAP_SETGID"};
    config.mounts = {
        {"/proc", "proc", "proc", {}, {}, {}},
        {"/dev", "tmpfs", "tmpfs", {"nosuid", "strictatime", "mode=755", "size=65536k"}, {}, {}},
        {"/dev/pts",
         "devpts",
         "devpts",
         {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"},
         {},
         {}},
        {"/dev/shm", "tmpfs", "shm", {"nosuid", "noexec", "nodev", "mode=1777", "size=65536k"}, {}, {}},
        {"/dev/mqueue", "mqueue", "mqueue", {"nosuid", "noexec", "nodev"}, {}, {}},
        {"/sys", "sysfs", "sysfs", {"nosuid", "noexec", "nodev", "ro"}, {}, {}},
        {"/sys/fs/cgroup", "cgroup", "cgroup", {"nosuid", "noexec", "nodev", "relatime", "ro"}, {}, {}},
    };
    config.linux.emplace();
    using Type = spec::NamespaceType;
    for (const auto type : {Type::pid, Type::network, Type::ipc, Type::uts, Type::mount, Type::cgroup})
        config.linux->namespaces.push_back({type, {}});
    config.linux->maskedPaths = {"/proc/kcore", "/proc/scsi", "/sys/firmware"};
    config.linux->readonlyPaths = {"/proc/sys", "/proc/sysrq-trigger"};
    return config;
}

Bundle::Bundle(Content content) {
    fs::create_directories(rootfs());
    if (content == Content::nothing)
        return;
    const bool links = content == Content::busybox_and_links;
    fs::create_directories(rootfs("/bin"));
    fs::copy_file(busybox, rootfs("/bin/busybox"));
    if (!links)
        return;
    fs::create_directories(rootfs("/etc"));
    fs::create_directories(rootfs("/tmp"));
    for (const char* const applet :
         {"sh",    "cat", "ls",   "id",    "echo",  "true", "false", "stat", "grep",     "hostname",
          "sleep", "env", "pwd",  "touch", "mkdir", "dd",   "mknod", "kill", "readlink", "stty",
          "tty",   "seq", "head", "wc",    "ps",    "sort", "tr",    "rm",   "ip",       "od"})
        fs::create_symlink("busybox", rootfs(std::string("/bin/") + applet));
}

void Bundle::add_mount(const std::string& destination, const std::string& type, const std::string& source,
                       std::vector<std::string> options) {
    config.mounts.push_back({destination, type, source, std::move(options), {}, {}});
}

void Bundle::write() const {
    directory_.write("config.json", to_text(encode(config)));
}

Containers::Containers() {
    static int count = 0;
    // the end keeps the first one from being a part of the tenth
    id_ = "ocikit-test-" + std::to_string(::getpid()) + "-" + std::to_string(++count) + ".";
    bundle.config.process->env.push_back("MARK=" + id_);
}

Containers::~Containers() {
    std::error_code error;
    for (fs::directory_iterator entry(state_root(), error), end; !error && entry != end;
         entry.increment(error))
        if (entry->is_directory())
            oci_run({"delete", "--force", entry->path().filename()});
}

std::vector<std::string> Containers::command(const std::vector<std::string>& args) const {
    std::vector<std::string> words{OCIKIT_OCI_RUN, "--root", state_root()};
    words.insert(words.end(), args.begin(), args.end());
    return words;
}

Outcome Containers::oci_run(const std::vector<std::string>& args, const ChildOptions& options) const {
    return Child(command(args), options).wait();
}

std::vector<std::string> Containers::run_words(const std::vector<std::string>& more) const {
    std::vector<std::string> words{"run", "--bundle", bundle.path()};
    words.insert(words.end(), more.begin(), more.end());
    words.push_back(id_);
    return words;
}

std::vector<std::string> Containers::create_words(const std::vector<std::string>& more) const {
    auto words = run_words(more);
    words.front() = "create";
    return words;
}

Outcome Containers::run(const std::vector<std::string>& more, const ChildOptions& options) const {
    bundle.write();
    return oci_run(run_words(more), options);
}

Outcome Containers::run_script(const std::string& script) {
    bundle.set_script(script);
    return run();
}

std::string Containers::state(const std::string& member) const {
    const Outcome outcome = oci_run({"state", id_});
    if (outcome.status != 0)
        return "";
    const auto value = boost::json::parse(outcome.out).at(member);
    return value.is_string() ? std::string(value.as_string()) : boost::json::serialize(value);
}

pid_t Containers::init_pid() const {
    const std::string text = state("pid");
    return text.empty() ? 0 : std::stoi(text);
}

std::string Containers::leftovers() const {
    std::string text;
    for (const auto& entry : fs::directory_iterator(state_root()))
        text += "state " + entry.path().string() + "\n";
    append_cgroups("/sys/fs/cgroup", id_, text);
    append_processes(id_, text);
    if (has(read_file("/proc/self/mountinfo"), bundle.path()))
        text += "a mount below " + bundle.path() + "\n";
    return text;
}

void Containers::check_nothing_is_left() const {
    std::string left = leftovers();
    // a killed process takes a moment to go
    eventually([&] { return left.empty() || (left = leftovers()).empty(); });
    BOOST_TEST(left == "");
}

}  // namespace ocikit::run::test
