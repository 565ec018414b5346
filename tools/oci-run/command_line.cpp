#include "oci-run/command_line.hpp"

namespace ocikit::run {

namespace {

using cli::Command;
using cli::Option;

constexpr Option globals[] = {
    {.name = "root",
     .argument = "DIR",
     .help = "where the state of containers is kept (/run/oci-run; $XDG_RUNTIME_DIR/oci-run if not root)"},
    {.name = "log", .argument = "FILE", .help = "also append errors to this file; file:FILE is the same"},
    {.name = "log-format", .argument = "text|json", .help = "how errors are written to the log (text)"},
    {.name = "log-level",
     .argument = "LEVEL",
     .help = "what is written to the log",
     .no_effect = "it has errors, at every level"},
    {.name = "debug", .help = "tell more in the log", .no_effect = "errors are always told in full"},
    {.name = "cgroup-manager",
     .argument = "cgroupfs|systemd|disabled",
     .help = "who makes the container's cgroup: oci-run (cgroupfs), systemd, nobody"},
    {.name = "systemd-cgroup",
     .help = "have systemd make the container's cgroup: the same as --cgroup-manager systemd"},
    {.name = "rootless",
     .argument = "true|false|auto",
     .help = "whether to run without privileges",
     .no_effect = "oci-run sees for itself"},
    {.name = "criu", .argument = "PATH", .help = "the criu program", .no_effect = "it is looked up in $PATH"},
};

constexpr Option bundle{
    .name = "bundle", .letter = 'b', .argument = "DIR", .help = "the bundle's directory (.)"};
constexpr Option config{.name = "config",
                        .letter = 'f',
                        .argument = "FILE",
                        .help = "the configuration (config.json), relative to the bundle's directory"};
constexpr Option console_socket{
    .name = "console-socket", .argument = "PATH", .help = "socket to send the terminal's master to"};
constexpr Option pid_file{.name = "pid-file",
                          .argument = "FILE",
                          .help = "write the process ID of the container's init to this file"};
constexpr Option pidfd_socket{
    .name = "pidfd-socket", .argument = "PATH", .help = "socket to send a pidfd of the process to"};
constexpr Option no_pivot{.name = "no-pivot",
                          .help = "use chroot(2) instead of pivot_root(2), for a / in an initial ramdisk"};
constexpr Option no_new_keyring{.name = "no-new-keyring", .help = "keep the caller's session keyring"};
constexpr Option preserve_fds{
    .name = "preserve-fds",
    .argument = "N",
    .help = "hand N descriptors from 3 on to the container, besides those of $LISTEN_FDS"};
constexpr Option no_subreaper{.name = "no-subreaper",
                              .help = "don't reap orphans of the container",
                              .no_effect = "they are never reparented to oci-run"};

constexpr Option create_options[] = {
    bundle,         config,
    console_socket, pidfd_socket,
    pid_file,       no_pivot,
    no_new_keyring, preserve_fds,
    no_subreaper,   {.name = "detach", .help = "return at once", .no_effect = "create always does"},
};
constexpr Option run_options[] = {
    bundle,
    config,
    console_socket,
    pidfd_socket,
    pid_file,
    no_pivot,
    no_new_keyring,
    preserve_fds,
    no_subreaper,
    {.name = "detach",
     .letter = 'd',
     .help = "return once the program runs, and leave the container to itself"},
    {.name = "keep", .help = "keep the container's state after its end, until delete"},
};
constexpr Option exec_options[] = {
    {.name = "process",
     .letter = 'p',
     .argument = "FILE",
     .help = "a process object in JSON (- is standard input), instead of the container's own and COMMAND"},
    {.name = "cwd", .argument = "DIR", .help = "the working directory"},
    {.name = "env", .letter = 'e', .argument = "NAME=VALUE", .help = "set a variable", .repeatable = true},
    {.name = "user", .letter = 'u', .argument = "UID[:GID]", .help = "the user and the group"},
    {.name = "additional-gids",
     .letter = 'g',
     .argument = "GID",
     .help = "one more group",
     .repeatable = true},
    {.name = "cap", .letter = 'c', .argument = "CAP", .help = "one more capability", .repeatable = true},
    {.name = "no-new-privs", .help = "gain no privileges by set-user-ID programs and the like"},
    {.name = "apparmor", .argument = "PROFILE", .help = "the AppArmor profile"},
    {.name = "process-label", .argument = "LABEL", .help = "the SELinux label"},
    {.name = "tty", .letter = 't', .help = "give the program a terminal"},
    console_socket,
    pidfd_socket,
    {.name = "pid-file", .argument = "FILE", .help = "write the program's process ID to this file"},
    {.name = "detach", .letter = 'd', .help = "return once the program runs"},
    {.name = "cgroup",
     .argument = "[CONTROLLERS:]PATH",
     .help = "run in this cgroup below the container's",
     .repeatable = true},
    {.name = "ignore-paused", .help = "add the program to a paused container; it waits for resume"},
    preserve_fds,
    no_subreaper,
};
constexpr Option regex{.name = "regex",
                       .letter = 'r',
                       .help =
                           "ID is a POSIX extended regular expression: every container whose ID it is "
                           "found in"};
constexpr Option kill_options[] = {
    {.name = "all", .letter = 'a', .help = "signal every process of the container, not only its init"},
    {.name = "signal", .argument = "SIGNAL", .help = "the signal, instead of as the second argument"},
    regex,
};
constexpr Option delete_options[] = {
    {.name = "force",
     .letter = 'f',
     .help = "kill the container first if it runs, and don't mind if there is none"},
    regex,
};
constexpr Option update_options[] = {
    {.name = "resources",
     .letter = 'r',
     .argument = "FILE",
     .help = "a resources object in JSON (- is standard input); the other options go on top of it"},
    {.name = "memory", .argument = "BYTES", .help = "the memory limit; with b, k, m, g; -1 is no limit"},
    {.name = "memory-swap", .argument = "BYTES", .help = "the limit of memory and swap together"},
    {.name = "memory-reservation",
     .argument = "BYTES",
     .help = "memory to leave the container under pressure"},
    {.name = "cpu-share",
     .argument = "N",
     .help = "weight of the container's share of the CPUs (2 to 262144)"},
    {.name = "cpu-period", .argument = "MICROSECONDS", .help = "the period that the quota is for"},
    {.name = "cpu-quota", .argument = "MICROSECONDS", .help = "CPU time in a period; -1 is no limit"},
    {.name = "cpu-burst", .argument = "MICROSECONDS", .help = "time that may be saved up for a burst"},
    {.name = "cpu-idle", .argument = "0|1", .help = "whether it runs only when nobody else does"},
    {.name = "cpu-rt-period",
     .argument = "MICROSECONDS",
     .help = "the period that the real-time limit is for"},
    {.name = "cpu-rt-runtime", .argument = "MICROSECONDS", .help = "real-time in a period"},
    {.name = "cpuset-cpus", .argument = "LIST", .help = "the CPUs, such as 0-2,7"},
    {.name = "cpuset-mems", .argument = "LIST", .help = "the memory nodes"},
    {.name = "pids-limit", .argument = "N", .help = "how many processes and threads; -1 is no limit"},
    {.name = "blkio-weight",
     .argument = "N",
     .help = "weight of the container's input and output (10 to 1000)"},
    {.name = "l3-cache-schema",
     .argument = "LINE",
     .help = "the schema of its class of caches, such as L3:0=ff (resctrl)"},
    {.name = "mem-bw-schema",
     .argument = "LINE",
     .help = "the schema of its class of memory bandwidth, such as MB:0=50"},
    {.name = "kernel-memory",
     .argument = "BYTES",
     .help = "a limit of kernel memory",
     .no_effect = "kernels have dropped it"},
    {.name = "kernel-memory-tcp",
     .argument = "BYTES",
     .help = "a limit of TCP's memory",
     .no_effect = "kernels have dropped it"},
};
constexpr Option ps_options[] = {
    {.name = "format",
     .letter = 'f',
     .argument = "table|json",
     .help = "a table made by ps(1), or the process IDs only (table)"},
};
constexpr Option events_options[] = {
    {.name = "stats", .help = "print the statistics once, and nothing else"},
    {.name = "interval", .argument = "DURATION", .help = "how often to print the statistics (5s)"},
};
constexpr Option list_options[] = {
    {.name = "format", .letter = 'f', .argument = "table|json", .help = "how to print them (table)"},
    {.name = "quiet", .letter = 'q', .help = "print the IDs only"},
};

constexpr Option spec_options[] = {
    bundle,
    {.name = "rootless", .help = "for a container of an ordinary user, in a user namespace"},
};

constexpr Command commands[] = {
    {.name = "create",
     .positionals = "ID",
     .summary = "make a container of a bundle, ready to start",
     .options = create_options,
     .min_positionals = 1,
     .max_positionals = 1},
    {.name = "start",
     .positionals = "ID",
     .summary = "execute the program of a created container",
     .min_positionals = 1,
     .max_positionals = 1},
    {.name = "run",
     .positionals = "ID",
     .summary = "create and start a container, wait for its end and delete it",
     .options = run_options,
     .min_positionals = 1,
     .max_positionals = 1},
    {.name = "exec",
     .positionals = "ID [COMMAND]...",
     .summary = "execute one more program in a container",
     .options = exec_options,
     .min_positionals = 1,
     .options_end_after = 2,
     .failure = 255},
    {.name = "state",
     .positionals = "ID",
     .summary = "print the state of a container as JSON",
     .min_positionals = 1,
     .max_positionals = 1},
    {.name = "kill",
     .positionals = "ID [SIGNAL]",
     .summary = "send a signal (SIGTERM) to a container's init",
     .options = kill_options,
     .min_positionals = 1,
     .max_positionals = 2},
    {.name = "pause",
     .positionals = "ID",
     .summary = "hold all processes of a container",
     .min_positionals = 1,
     .max_positionals = 1},
    {.name = "resume",
     .positionals = "ID",
     .summary = "let the processes of a paused container go on",
     .min_positionals = 1,
     .max_positionals = 1},
    {.name = "ps",
     .positionals = "ID [PS-OPTION]...",
     .summary = "print the processes of a container",
     .options = ps_options,
     .min_positionals = 1,
     .options_end_after = 1},
    {.name = "events",
     .positionals = "ID",
     .summary = "print statistics of a container, and when it runs out of memory, as JSON",
     .options = events_options,
     .min_positionals = 1,
     .max_positionals = 1},
    {.name = "update",
     .positionals = "ID",
     .summary = "change the limits of a container",
     .options = update_options,
     .min_positionals = 1,
     .max_positionals = 1},
    {.name = "delete",
     .positionals = "ID",
     .summary = "remove a stopped container and all that belongs to it",
     .options = delete_options,
     .min_positionals = 1,
     .max_positionals = 1},
    {.name = "features",
     .summary = "print what this program can do with a configuration, as JSON",
     .max_positionals = 0},
    {.name = "list", .summary = "print the containers", .options = list_options, .max_positionals = 0},
    {.name = "spec",
     .summary = "write a configuration to begin with, the default one of oci-gen",
     .options = spec_options,
     .max_positionals = 0},
};

constexpr cli::MissingCommand missing[] = {
    {"checkpoint", "oci-run doesn't save processes"},
    {"restore", "oci-run doesn't save processes"},
};

}  // namespace

const cli::Tool& command_line() {
    static constexpr cli::Tool tool{
        .name = "oci-run",
        .summary = "run containers from bundles of the OCI Runtime Specification",
        .globals = globals,
        .commands = commands,
        .exit_status =
            "run and exec without --detach: that of the program, or 128 plus the number of the signal "
            "that ended it. Otherwise 0, or 1 for any error; exec has 255 for what it can't do.",
        .missing = missing,
        .version_details = "spec: 1.3.0",
    };
    return tool;
}

}  // namespace ocikit::run
