// The program in the root filesystem: rules that need to see the bundle.
#include <algorithm>
#include <sys/stat.h>

#include <ocikit/rootfs.hpp>
#include <ocikit/text.hpp>

#include "executable.hpp"
#include "groups.hpp"
#include "root_tree.hpp"
#include "values.hpp"

namespace ocikit {

namespace {

constexpr auto bundle = RuleScope::bundle;

constexpr Rule rules[] = {
    {.id = "program/missing",
     .summary = "the program is in the root filesystem",
     .details =
         "The first entry of args is looked up in the root filesystem: one with a slash from cwd, any other "
         "in the directories of PATH. Symbolic links are followed inside of the root. A directory at which "
         "something is mounted may have it, and isn't looked into.",
     .source = "config.md#process, execve(2)",
     .bad = R"({"process": {"args": ["/no/such/program"]}})",
     .good = R"({"process": {"args": ["/bin/true"]}})",
     .scope = bundle},
    {.id = "program/not-executable",
     .summary = "the program is a file that may be executed",
     .details = "It must be a regular file, not a directory, with a permission to execute it.",
     .source = "config.md#process, execve(2)",
     .bad = R"({"process": {"args": ["/etc/passwd"]}})",
     .good = R"({"process": {"args": ["/bin/true"]}})",
     .scope = bundle},
    {.id = "program/interpreter",
     .summary = "the interpreter of the program is in the root filesystem",
     .details =
         "A script names its interpreter after #!, and a dynamic program its loader. If that is missing, the "
         "kernel says that the program itself doesn't exist. A script whose lines end as on Windows names "
         "one with a carriage return.",
     .source = "execve(2), ld.so(8)",
     .scope = bundle},
    {.id = "program/machine",
     .severity = Severity::warning,
     .summary = "the program is for this machine",
     .details =
         "A program of another machine runs only where an emulator is set up for it. That is as it should "
         "be if the bundle is for another machine than the one it is checked on.",
     .source = "execve(2), elf(5)",
     .scope = bundle},
    {.id = "program/format",
     .severity = Severity::warning,
     .summary = "the program is an ELF file, or a script with an interpreter",
     .details = "The kernel executes nothing else, unless the machine has a handler for it (binfmt_misc). A "
                "script needs #! and an interpreter in its first line: there is no shell that would read it.",
     .source = "execve(2)",
     .scope = bundle},
    {.id = "program/set-user-id",
     .severity = Severity::warning,
     .summary = "the program needs no set-user-ID bit with noNewPrivileges",
     .details =
         "With noNewPrivileges the bit has no effect: the program runs as the user of the process, and "
         "most likely fails.",
     .source = "config.md#linux-process, prctl(2)",
     .scope = bundle},
    {.id = "seccomp/architecture",
     .severity = Severity::warning,
     .summary = "the filter is for the architecture of the program",
     .details = "A call of an architecture that isn't listed is answered as if it were bad, which kills the "
                "program. libseccomp adds the host's own one by itself; others must be listed.",
     .source = "config-linux.md#seccomp, seccomp_arch_add(3)",
     .scope = bundle},
    {.id = "process/cwd-directory",
     .summary = "process.cwd is no file",
     .details = "Runtimes make a directory that is missing, but they can't if there is a file.",
     .source = "config.md#process, chdir(2)",
     .bad = R"({"process": {"cwd": "/etc/passwd"}})",
     .good = R"({"process": {"cwd": "/etc"}})",
     .scope = bundle},
};

// Everything at which the container doesn't see the root's own files.
std::vector<std::string> covered(const spec::Config& config) {
    std::vector<std::string> paths;
    for (const spec::Mount& mount : config.mounts)
        paths.push_back(clean_path(mount.destination));
    return paths;
}

std::string variable(const std::vector<std::string>& env, std::string_view name) {
    for (const std::string& entry : env)
        if (entry.starts_with(name) && entry.size() > name.size() && entry[name.size()] == '=')
            return entry.substr(name.size() + 1);
    return {};
}

class ProgramCheck {
  public:
    ProgramCheck(const Document& document, const spec::Config& config, const std::string& root,
                 Diagnostics& diagnostics)
        : document_(document),
          config_(config),
          tree_(root, covered(config)),
          created_by_hooks_(config.hooks &&
                            !(config.hooks->prestart.empty() && config.hooks->createRuntime.empty() &&
                              config.hooks->createContainer.empty())),
          diagnostics_(diagnostics) {}

    void process() {
        const spec::Process& process = *config_.process;
        if (tree_.find(process.cwd).kind == RootTree::Kind::file)
            report("process/cwd-directory", quoted(process.cwd) + " is a file in the root filesystem",
                   "/process/cwd");
        if (process.args.empty() || process.args[0].empty())
            return;
        const std::string& name = process.args[0];
        const std::string pointer = "/process/args/0";
        if (name.find('/') == name.npos)
            search(name, variable(process.env, "PATH"), pointer);
        else
            examine(name[0] == '/' ? name : process.cwd + '/' + name, pointer);
    }

    void hooks() {
        const auto& hooks = config_.hooks->startContainer;
        for (std::size_t i = 0; i < hooks.size(); ++i)
            if (hooks[i].path.starts_with('/'))
                examine(hooks[i].path, pointer_append("/hooks/startContainer", i) + "/path");
    }

  private:
    using Kind = RootTree::Kind;

    void report(std::string_view id, std::string message, const std::string& pointer) {
        diagnostics_.push_back(
            document_.at(find_rule(id)->severity, std::string(id), std::move(message), pointer));
    }

    // As execvp(3): the first file of that name that may be executed.
    void search(const std::string& name, std::string path, const std::string& pointer) {
        if (path.empty())
            return;  // process/env-path; where it is looked for is up to the runtime
        const std::string all = path;
        while (!path.empty()) {
            const std::string directory = path.substr(0, path.find(':'));
            path.erase(0, directory.size() + 1);
            const std::string file =
                (directory.starts_with('/') ? "" : config_.process->cwd + '/') + directory + '/' + name;
            const RootTree::Found found = tree_.find(file);
            if (found.kind == Kind::unknown)
                return;
            if (found.kind == Kind::file && (found.mode & 0111) != 0)
                return examine(file, pointer);
        }
        missing(quoted(name) + " is in no directory of PATH, " + quoted(all, 200), pointer);
    }

    // Hooks that run before the program may make what isn't there yet.
    void missing(std::string message, const std::string& pointer) {
        if (!created_by_hooks_)
            report("program/missing", std::move(message), pointer);
    }

    void examine(const std::string& path, const std::string& pointer) {
        const RootTree::Found file = tree_.find(path);
        if (file.kind == Kind::unknown)
            return;
        if (file.kind == Kind::missing)
            return missing(quoted(path) + " is not in the root filesystem" + on_the_way(path, file), pointer);
        if (file.kind != Kind::file)
            return report(
                "program/not-executable",
                quoted(path) + (file.kind == Kind::directory ? " is a directory" : " is no regular file"),
                pointer);
        if ((file.mode & 0111) == 0)
            return report("program/not-executable", quoted(path) + " has no permission to be executed",
                          pointer);
        if ((file.mode & S_ISUID) != 0 && config_.process->noNewPrivileges.value_or(false))
            report("program/set-user-id",
                   quoted(path) + " has the set-user-ID bit, which has no effect with noNewPrivileges",
                   pointer);
        if (const auto head = RootTree::head(file, executable_head))
            contents(path, *head, pointer);
    }

    static std::string on_the_way(const std::string& path, const RootTree::Found& missing) {
        return missing.path == clean_path(path) ? "" : ": there is no " + quoted(missing.path);
    }

    void contents(const std::string& path, const std::string& head, const std::string& pointer) {
        const Executable program = executable_of(head);
        if (program.kind == Executable::Kind::unknown ||
            (program.kind == Executable::Kind::script && program.interpreter.empty()))
            return report("program/format",
                          quoted(path) + " is neither an ELF file nor a script that begins with #!", pointer);
        if (program.kind == Executable::Kind::elf && is_foreign(program.machine))
            report("program/machine",
                   quoted(path) + " is for " + machine_name(program.machine) + ", this machine is " +
                       machine_name(this_machine()),
                   pointer);
        if (program.kind == Executable::Kind::elf)
            architecture(path, program.machine);
        if (program.interpreter.empty())
            return;
        const std::string from = program.interpreter[0] == '/' ? "" : config_.process->cwd + '/';
        if (const auto found = tree_.find(from + program.interpreter);
            found.kind == Kind::missing && !created_by_hooks_)
            report("program/interpreter",
                   quoted(path) + " needs " + quoted(program.interpreter) +
                       ", which is not in the root filesystem",
                   pointer);
    }

    void architecture(const std::string& path, std::uint16_t machine) {
        using Arch = spec::SeccompArch;
        constexpr std::pair<std::uint16_t, Arch> known[] = {
            {3, Arch::x86},     {20, Arch::ppc},      {22, Arch::s390x},    {40, Arch::arm},
            {62, Arch::x86_64}, {183, Arch::aarch64}, {243, Arch::riscv64}, {258, Arch::loongarch64}};
        const auto& seccomp = config_.linux ? config_.linux->seccomp : std::nullopt;
        if (!seccomp || seccomp->architectures.empty())
            return;
        for (const auto& [number, arch] : known) {
            const auto& listed = seccomp->architectures;
            if (number == machine && std::find(listed.begin(), listed.end(), arch) == listed.end())
                report("seccomp/architecture",
                       spec::to_text(arch) + " is not among them, which " + quoted(path) + " is for",
                       "/linux/seccomp/architectures");
        }
    }

    // Machines of 64 bits execute programs of their kind of 32 bits.
    static bool is_foreign(std::uint16_t machine) {
        constexpr std::uint16_t em_386 = 3, em_arm = 40, em_x86_64 = 62, em_aarch64 = 183;
        const std::uint16_t here = this_machine();
        const bool narrower =
            (here == em_x86_64 && machine == em_386) || (here == em_aarch64 && machine == em_arm);
        return here != 0 && machine != here && !narrower;
    }

    const Document& document_;
    const spec::Config& config_;
    RootTree tree_;
    bool created_by_hooks_;
    Diagnostics& diagnostics_;
};

}  // namespace

std::span<const Rule> program_rules() {
    return rules;
}

void check_rootfs(const Document& document, const spec::Config& config, const std::string& root,
                  Diagnostics& diagnostics) {
    if (!is_linux_config(config) || !config.process)
        return;
    // where an engine mounts it: what is in it can't be known
    if (RootTree::is_empty(root)) {
        diagnostics.push_back(document.at(find_rule("root/empty")->severity, "root/empty",
                                          "the root directory is empty: no program can be looked for in it",
                                          "/root/path"));
        return;
    }
    ProgramCheck check(document, config, root, diagnostics);
    check.process();
    if (config.hooks)
        check.hooks();
}

}  // namespace ocikit
