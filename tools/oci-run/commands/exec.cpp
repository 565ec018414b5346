#include <algorithm>
#include <charconv>
#include <cstdint>

#include <ocikit/decode.hpp>
#include <ocikit/document.hpp>
#include <ocikit/error.hpp>

#include "oci-run/checked.hpp"
#include "oci-run/commands/commands.hpp"
#include "oci-run/container.hpp"
#include "oci-run/enter.hpp"
#include "oci-run/handover.hpp"
#include "oci-run/supervise.hpp"

namespace ocikit::run {

namespace {

std::uint32_t id_number(std::string_view text, const char* option) {
    std::uint32_t id = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
    if (error != std::errc{} || end != text.data() + text.size() || id == UINT32_MAX)
        throw cli::UsageError(std::string(option) + ": \"" + std::string(text) +
                              "\" is no ID, a number of 0 to 4294967294");
    return id;
}

void set_user(const std::string& text, spec::User& user) {
    const auto colon = text.find(':');
    user.uid = id_number(text.substr(0, colon), "--user");
    if (colon != std::string::npos)
        user.gid = id_number(text.substr(colon + 1), "--user");
}

void set_variable(const std::string& variable, std::vector<std::string>& env) {
    const auto equals = variable.find('=');
    if (equals == std::string::npos || equals == 0)
        throw cli::UsageError("--env: \"" + variable + "\" is not NAME=VALUE");
    const std::string name = variable.substr(0, equals + 1);
    const auto old =
        std::find_if(env.begin(), env.end(), [&](const std::string& one) { return one.starts_with(name); });
    if (old == env.end())
        env.push_back(variable);
    else
        *old = variable;
}

void add_capability(const std::string& name, spec::Capabilities& sets) {
    for (auto* const set : {&sets.bounding, &sets.effective, &sets.permitted})
        set->push_back(name);
    // the kernel has no ambient capability that isn't inheritable too
    if (std::find(sets.inheritable.begin(), sets.inheritable.end(), name) != sets.inheritable.end())
        sets.ambient.push_back(name);
}

spec::Process load_process(const std::string& file) {
    const Document document = file == "-" ? Document::load(0, "standard input") : Document::load(file);
    Diagnostics diagnostics = document.diagnostics();
    std::optional<spec::Process> process;
    if (document.has_value() && !has_errors(diagnostics))
        process = decode_process(document, diagnostics);
    if (!process)
        refuse_document(document, diagnostics, "");
    return std::move(*process);
}

// The options change what the file has, or else the container's own process.
void apply_options(const cli::Arguments& arguments, spec::Process& process) {
    if (arguments.positionals.size() > 1)
        process.args.assign(arguments.positionals.begin() + 1, arguments.positionals.end());
    if (const auto cwd = arguments.value("cwd"))
        process.cwd = *cwd;
    for (const auto& variable : arguments.values("env"))
        set_variable(variable, process.env);
    if (const auto user = arguments.value("user"))
        set_user(*user, process.user ? *process.user : process.user.emplace());
    for (const auto& group : arguments.values("additional-gids"))
        (process.user ? *process.user : process.user.emplace())
            .additionalGids.push_back(id_number(group, "--additional-gids"));
    for (const auto& name : arguments.values("cap"))
        add_capability(name, process.capabilities ? *process.capabilities : process.capabilities.emplace());
    if (arguments.options.contains("no-new-privs"))
        process.noNewPrivileges = arguments.flag("no-new-privs");
    if (const auto profile = arguments.value("apparmor"))
        process.apparmorProfile = *profile;
    if (const auto label = arguments.value("process-label"))
        process.selinuxLabel = *label;
    if (arguments.options.contains("tty"))
        process.terminal = arguments.flag("tty");
}

unsigned preserved_fds(const cli::Arguments& arguments) {
    return descriptor_count(arguments.value_or("preserve-fds", "0"), "--preserve-fds");
}

EnterRequest enter_request(const cli::Arguments& arguments, const spec::Config& config) {
    EnterRequest request;
    if (const auto file = arguments.value("process")) {
        request.process = load_process(*file);
        request.process_name = *file == "-" ? "standard input" : *file;
    } else {
        if (arguments.positionals.size() < 2)
            throw cli::UsageError("there is no program to execute: expected ID COMMAND, or --process");
        request.process = config.process.value_or(spec::Process{});
        request.process.terminal = false;
        if (request.process.cwd.empty())
            request.process.cwd = "/";
    }
    apply_options(arguments, request.process);
    for (const auto& cgroup : arguments.values("cgroup"))
        request.cgroups.push_back(parse_sub_cgroup(cgroup));
    request.pid_file = arguments.value_or("pid-file", "");
    request.console_socket = arguments.value_or("console-socket", "");
    request.pidfd_socket = arguments.value_or("pidfd-socket", "");
    request.foreground = !arguments.flag("detach");
    request.ignore_paused = arguments.flag("ignore-paused");
    request.preserve_fds = preserved_fds(arguments);
    return request;
}

}  // namespace

int exec_command(const cli::Arguments& arguments) {
    // before this program has descriptors of its own, which nobody is to get
    check_preserved(3, preserved_fds(arguments));
    const Container container = Container::open(state_root(arguments), arguments.positionals.front());
    const spec::Config config = container.saved_config();
    EnterRequest request = enter_request(arguments, config);
    Warnings warnings;
    if (!request.foreground) {
        enter(container, config, std::move(request), warnings.list).process.release();
        return 0;
    }
    // From here on no signal ends this process: they are the program's.
    const SignalSource signals;
    Entered entered = enter(container, config, std::move(request), warnings.list);
    warnings.tell();
    return supervise(entered.process, std::move(entered.console), nullptr, signals).code;
}

}  // namespace ocikit::run
