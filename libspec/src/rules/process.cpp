// The process: what runs, where and as whom.
#include <climits>
#include <cstdint>
#include <map>

#include <ocikit/capability.hpp>
#include <ocikit/text.hpp>

#include "groups.hpp"
#include "mount_kind.hpp"
#include "values.hpp"

namespace ocikit {

namespace {

void check_args(RuleContext& rule) {
    if (rule.config.process && rule.process.args.empty())
        rule.report_member("/process", "args", "there is no program to run: args needs an entry");
}

void check_terminal(RuleContext& rule) {
    if (!rule.process.terminal.value_or(false))
        return;
    for (const spec::Mount& mount : rule.config.mounts) {
        const std::string path = clean_path(mount.destination);
        if (path == "/dev/pts" || (path == "/dev" && is_bind_mount(mount)))
            return;
    }
    rule.report("/process/terminal", "a terminal needs a devpts filesystem at /dev/pts");
}

void check_groups_twice(RuleContext& rule) {
    if (!rule.process.user)
        return;
    std::map<std::uint32_t, std::size_t> seen;
    const auto& groups = rule.process.user->additionalGids;
    for (std::size_t i = 0; i < groups.size(); ++i)
        if (const auto [first, is_new] = seen.emplace(groups[i], i); !is_new)
            rule.report(pointer_append("/process/user/additionalGids", i), "the group is there twice",
                        pointer_append("/process/user/additionalGids", first->second), "the first one");
}

void check_program_name(RuleContext& rule) {
    if (!rule.process.args.empty() && rule.process.args[0].empty())
        rule.report("/process/args/0", "the name of the program is empty");
}

void check_cwd(RuleContext& rule) {
    if (rule.config.process && !rule.process.cwd.starts_with('/'))
        rule.report("/process/cwd", quoted(rule.process.cwd) + " is not an absolute path");
}

void check_env_form(RuleContext& rule) {
    for (std::size_t i = 0; i < rule.process.env.size(); ++i) {
        const std::string& entry = rule.process.env[i];
        if (entry.find('=') == entry.npos || entry.starts_with('='))
            rule.report(pointer_append("/process/env", i), quoted(entry) + " has not the form NAME=VALUE");
    }
}

void check_env_twice(RuleContext& rule) {
    std::map<std::string, std::size_t> seen;
    for (std::size_t i = 0; i < rule.process.env.size(); ++i) {
        const std::string& entry = rule.process.env[i];
        const std::string name = entry.substr(0, entry.find('='));
        if (const auto [first, is_new] = seen.emplace(name, i); !is_new)
            rule.report(pointer_append("/process/env", i), "the variable " + quoted(name) + " is set twice",
                        pointer_append("/process/env", first->second), "set here first");
    }
}

void check_env_path(RuleContext& rule) {
    const auto& args = rule.process.args;
    if (args.empty() || args[0].empty() || args[0].find('/') != std::string::npos)
        return;
    for (const std::string& entry : rule.process.env)
        if (entry.starts_with("PATH="))
            return;
    rule.report_member(
        "/process", "env",
        "PATH is not set, so that it is up to the runtime where " + quoted(args[0]) + " is found");
}

void check_umask(RuleContext& rule) {
    if (const auto& user = rule.process.user; user && user->umask && *user->umask > 0777)
        rule.report("/process/user/umask", std::to_string(*user->umask) + " is above 511 (0777 in octal)");
}

void check_ids(RuleContext& rule) {
    if (!rule.process.user)
        return;
    const spec::User& user = *rule.process.user;
    const auto check = [&rule](std::uint32_t id, std::string pointer) {
        if (id == UINT32_MAX)
            rule.report(std::move(pointer), "4294967295 is not an ID that a process can have");
    };
    check(user.uid.value_or(0), "/process/user/uid");
    check(user.gid.value_or(0), "/process/user/gid");
    for (std::size_t i = 0; i < user.additionalGids.size(); ++i)
        check(user.additionalGids[i], pointer_append("/process/user/additionalGids", i));
}

void check_oom_score(RuleContext& rule) {
    if (const auto& score = rule.process.oomScoreAdj; score && (*score < -1000 || *score > 1000))
        rule.report("/process/oomScoreAdj", std::to_string(*score) + " is not within -1000 and 1000");
}

void check_console_size(RuleContext& rule) {
    if (!rule.process.terminal.value_or(false) || !rule.process.consoleSize)
        return;
    for (const auto& [name, value] : {std::pair{"height", rule.process.consoleSize->height},
                                      std::pair{"width", rule.process.consoleSize->width}})
        if (value > USHRT_MAX)
            rule.report(pointer_append("/process/consoleSize", name),
                        std::to_string(value) + " is above 65535");
}

void check_console_size_used(RuleContext& rule) {
    if (rule.process.consoleSize && !rule.process.terminal.value_or(false))
        rule.report("/process/consoleSize", "without a terminal it has no effect", Document::Part::key);
}

void check_no_new_privileges(RuleContext& rule) {
    if (rule.config.process && !rule.process.noNewPrivileges.value_or(false))
        rule.report_member("/process", "noNewPrivileges",
                           "programs with the set-user-ID bit or file capabilities can raise privileges");
}

constexpr Rule rules[] = {
    {.id = "process/args",
     .summary = "process.args has an entry",
     .details = "The first entry of args is the program; there must be one.",
     .source = "config.md#process",
     .bad = R"({"process": {"args": []}})",
     .good = R"({"process": {"args": ["/bin/true"]}})",
     .runtime_refuses = true,
     .posix = true,
     .check = check_args},
    {.id = "process/missing",
     .severity = Severity::warning,
     .summary = "there is a process",
     .details = "A container without one can be created, but not started; some runtimes refuse it at once. A "
                "document by itself, which belongs to no bundle, is let off.",
     .source = "config.md#process",
     .bad = R"({"process": null})",
     .good = R"({"process": {"args": ["/bin/true"]}})",
     .scope = RuleScope::bundle},
    {.id = "process/terminal-devpts",
     .severity = Severity::warning,
     .summary = "a terminal comes with a devpts filesystem",
     .details = "A runtime opens the terminal in /dev/pts of the container. Mount a devpts there, with "
                "newinstance, after what is mounted at /dev.",
     .source = "config.md#process, config-linux.md#default-filesystems, pts(4)",
     .bad = R"({"process": {"terminal": true}, "mounts": [{"destination": "/dev", "type": "tmpfs"}]})",
     .good =
         R"({"process": {"terminal": true}, "mounts": [{"destination": "/dev", "type": "tmpfs"}, {"destination": "/dev/pts", "type": "devpts", "options": ["newinstance"]}]})",
     .check = check_terminal},
    {.id = "process/group-duplicate",
     .severity = Severity::warning,
     .summary = "no group is twice in additionalGids",
     .details = "The second has no effect.",
     .source = "config.md#posix-platform-user",
     .bad = R"({"process": {"user": {"additionalGids": [5, 6, 5]}}})",
     .good = R"({"process": {"user": {"additionalGids": [5, 6]}}})",
     .check = check_groups_twice},
    {.id = "process/program-name",
     .summary = "the first entry of process.args is not empty",
     .details = "There is no file of an empty name.",
     .source = "config.md#process, execve(2)",
     .bad = R"({"process": {"args": ["", "-x"]}})",
     .good = R"({"process": {"args": ["/bin/true", ""]}})",
     .posix = true,
     .check = check_program_name},
    {.id = "process/cwd-absolute",
     .summary = "process.cwd is an absolute path",
     .details = "cwd is the working directory of the program, as a path inside of the container.",
     .source = "config.md#process",
     .bad = R"({"process": {"cwd": "srv"}})",
     .good = R"({"process": {"cwd": "/srv"}})",
     .runtime_refuses = true,
     .posix = true,
     .check = check_cwd},
    {.id = "process/env-form",
     .severity = Severity::warning,
     .summary = "entries of process.env are NAME=VALUE",
     .details = "A program finds a variable by what is before the equals sign. Some runtimes refuse an entry "
                "without a name or without the sign, others pass it on.",
     .source = "config.md#process, environ(7)",
     .bad = R"({"process": {"env": ["PATH=/bin", "DEBUG"]}})",
     .good = R"({"process": {"env": ["PATH=/bin", "DEBUG=", "with.dot-and space=1"]}})",
     .posix = true,
     .check = check_env_form},
    {.id = "process/env-duplicate",
     .severity = Severity::warning,
     .summary = "no variable is twice in process.env",
     .details = "Which of the two counts is up to the runtime and the program.",
     .source = "config.md#process, environ(7)",
     .bad = R"({"process": {"env": ["PATH=/bin", "A=1", "A=2"]}})",
     .good = R"({"process": {"env": ["PATH=/bin", "A=1", "a=2"]}})",
     .posix = true,
     .check = check_env_twice},
    {.id = "process/env-path",
     .severity = Severity::warning,
     .summary = "PATH is set if the program is to be found by it",
     .details =
         "Without PATH in env, runtimes look up a name without a slash in different places, or nowhere.",
     .source = "config.md#process, exec(3)",
     .bad = R"({"process": {"args": ["true"], "env": ["A=1"]}})",
     .good = R"({"process": {"args": ["true"], "env": ["PATH=/bin"]}})",
     .check = check_env_path},
    {.id = "process/umask",
     .summary = "process.user.umask is at most 0777",
     .details = "A mask has nine bits. The number is decimal in JSON: 18 is 022.",
     .source = "config.md#posix-platform-user, umask(2)",
     .bad = R"({"process": {"user": {"umask": 1777}}})",
     .good = R"({"process": {"user": {"umask": 18}}})",
     .runtime_refuses = true,
     .check = check_umask},
    {.id = "process/id",
     .summary = "user and group IDs are below 4294967295",
     .details =
         "The greatest number of 32 bits is not an ID: to system calls it means that the ID stays as it "
         "is, which is that of root.",
     .source = "config.md#posix-platform-user, setresuid(2)",
     .bad = R"({"process": {"user": {"uid": 4294967295}}})",
     .good = R"({"process": {"user": {"uid": 4294967294}}})",
     .runtime_refuses = true,
     .check = check_ids},
    {.id = "process/oom-score",
     .summary = "process.oomScoreAdj is within -1000 and 1000",
     .details = "The kernel takes no other value.",
     .source = "config.md#linux-process, proc(5)",
     .bad = R"({"process": {"oomScoreAdj": 1001}})",
     .good = R"({"process": {"oomScoreAdj": -1000}})",
     .runtime_refuses = true,
     .check = check_oom_score},
    {.id = "process/console-size",
     .summary = "the size of a terminal fits 16 bits",
     .details = "The kernel keeps the rows and columns of a terminal in 16 bits each.",
     .source = "config.md#process, ioctl_tty(2)",
     .bad = R"({"process": {"terminal": true, "consoleSize": {"height": 65536, "width": 80}}})",
     .good = R"({"process": {"terminal": true, "consoleSize": {"height": 25, "width": 80}}})",
     .runtime_refuses = true,
     .check = check_console_size},
    {.id = "process/console-size-unused",
     .severity = Severity::info,
     .summary = "process.consoleSize goes with a terminal",
     .details = "Runtimes must ignore consoleSize if terminal is false or not set.",
     .source = "config.md#process",
     .bad = R"({"process": {"terminal": false, "consoleSize": {"height": 25, "width": 80}}})",
     .good = R"({"process": {"terminal": true, "consoleSize": {"height": 25, "width": 80}}})",
     .check = check_console_size_used},
    {.id = "process/no-new-privileges",
     .severity = Severity::info,
     .summary = "process.noNewPrivileges is true",
     .details = "It keeps programs such as sudo from raising privileges. Most services don't need them.",
     .source = "config.md#linux-process",
     .bad = R"({"process": {"noNewPrivileges": false}})",
     .good = R"({"process": {"noNewPrivileges": true}})",
     .check = check_no_new_privileges},
};

}  // namespace

std::span<const Rule> process_rules() {
    return rules;
}

}  // namespace ocikit
