#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <regex.h>

#include <ocikit/error.hpp>

#include "common/output.hpp"
#include "oci-run/commands/commands.hpp"
#include "oci-run/notify_socket.hpp"

namespace ocikit::run {

namespace {

// Sockets of systemd's protocol, which the container gets first (sd_listen_fds(3)).
unsigned listen_fds() {
    const char* const text = std::getenv("LISTEN_FDS");
    return text && *text ? descriptor_count(text, "$LISTEN_FDS") : 0;
}

CgroupManager cgroup_manager(const cli::Arguments& arguments) {
    const bool systemd = arguments.flag("systemd-cgroup");
    const std::string manager = arguments.value_or("cgroup-manager", systemd ? "systemd" : "cgroupfs");
    if (systemd && manager != "systemd")
        throw cli::UsageError("--systemd-cgroup and --cgroup-manager " + manager + " contradict each other");
    if (manager == "cgroupfs")
        return CgroupManager::cgroupfs;
    if (manager == "systemd")
        return CgroupManager::systemd;
    if (manager == "disabled")
        return CgroupManager::disabled;
    throw cli::UsageError("--cgroup-manager: \"" + manager + "\" is none of cgroupfs, systemd and disabled");
}

// Those of state_root's containers whose IDs the expression is found in.
std::vector<std::string> matching_ids(const std::string& expression, const std::string& state_root) {
    regex_t compiled;
    if (const int code = ::regcomp(&compiled, expression.c_str(), REG_EXTENDED | REG_NOSUB); code != 0) {
        char reason[256];
        ::regerror(code, &compiled, reason, sizeof reason);
        throw cli::UsageError("--regex: \"" + expression + "\": " + reason);
    }
    const std::unique_ptr<regex_t, void (*)(regex_t*)> owner(&compiled, ::regfree);
    std::vector<std::string> ids;
    for (auto& id : StateDir::list(state_root))
        if (::regexec(&compiled, id.c_str(), 0, nullptr, 0) == 0)
            ids.push_back(std::move(id));
    return ids;
}

}  // namespace

int for_each_container(const cli::Arguments& arguments,
                       const std::function<void(const std::string& id)>& action) {
    const std::string& name = arguments.positionals.front();
    if (!arguments.flag("regex")) {
        action(name);
        return 0;
    }
    std::string failures;
    for (const auto& id : matching_ids(name, state_root(arguments))) {
        try {
            action(id);
        } catch (const Error& error) {
            if (!failures.empty())
                failures += "\n";
            failures += error.within(id).what();
        }
    }
    if (!failures.empty())
        throw Error(failures);
    return 0;
}

unsigned descriptor_count(std::string_view text, const char* name) {
    unsigned count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error != std::errc{} || end != text.data() + text.size() || count > 4096)
        throw cli::UsageError(std::string(name) + ": \"" + std::string(text) +
                              "\" is no number of descriptors");
    return count;
}

std::string state_root(const cli::Arguments& arguments) {
    const std::string root = arguments.value_or("root", default_state_root());
    if (root.empty())
        throw cli::UsageError("--root requires the name of a directory");
    return std::filesystem::absolute(root).lexically_normal();
}

LaunchRequest launch_request(const cli::Arguments& arguments) {
    LaunchRequest request;
    request.id = arguments.positionals.front();
    request.pivot = !arguments.flag("no-pivot");
    request.bundle = arguments.value_or("bundle", ".");
    if (request.bundle.empty())
        throw cli::UsageError("--bundle requires the name of a directory");
    request.config = arguments.value_or("config", "");
    request.state_root = state_root(arguments);
    request.pid_file = arguments.value_or("pid-file", "");
    request.console_socket = arguments.value_or("console-socket", "");
    request.pidfd_socket = arguments.value_or("pidfd-socket", "");
    request.notify_socket = callers_notify_socket();
    request.new_keyring = !arguments.flag("no-new-keyring");
    request.cgroup_manager = cgroup_manager(arguments);
    request.listen_fds = listen_fds();
    request.preserve_fds = descriptor_count(arguments.value_or("preserve-fds", "0"), "--preserve-fds");
    return request;
}

void Warnings::tell() {
    for (const auto& warning : list)
        cli::complain("oci-run", "warning: " + warning);
    list.clear();
}

}  // namespace ocikit::run
