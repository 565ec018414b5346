/*
 * floor ROOTFS PROGRAM [ARGUMENT]...
 *
 * Runs PROGRAM in a container like the one of a default bundle, with nothing but
 * the system calls which that takes: every value is a constant, and nothing is
 * read, checked or kept. What it costs is the kernel's part of a container, below
 * which no runtime can get. It defends against nothing: use a ROOTFS you trust.
 *
 * Left out: reading config.json, the state on disk, seccomp, hooks, terminals.
 * Needs root, Linux 5.7, and a ROOTFS with the directories proc, dev and sys.
 * Exit status: PROGRAM's, or 125 if the container can't be made.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/magic.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FAILED = 125 };
#define CGROUPS "/sys/fs/cgroup"
#define CHECK(call, what)            \
    do {                             \
        if ((call) < 0)              \
            err(FAILED, "%s", what); \
    } while (0)

static const char* const device_rules[] = {"c 1:3 rwm", "c 1:5 rwm", "c 1:7 rwm", "c 5:0 rwm",   "c 1:8 rwm",
                                           "c 1:9 rwm", "c *:* m",   "b *:* m",   "c 136:* rwm", "c 5:2 rwm"};

enum { MAX_HIERARCHIES = 16, MAX_NAME = 31 };
static char names[MAX_HIERARCHIES][MAX_NAME + 1]; /* v1: of the hierarchies */
static char paths[MAX_HIERARCHIES][96];           /* of the container's cgroup in each; v2: the first only */
static size_t hierarchies;
static int v2_cgroup = -1;

static void write_file(const char* directory, const char* name, const char* text) {
    char path[160];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    const int fd = open(path, O_WRONLY | O_CLOEXEC);
    CHECK(fd, path);
    CHECK(write(fd, text, strlen(text)), path);
    close(fd);
}

/* A cpuset takes no process before it has processors and memory. */
static void inherit_cpuset(const char* cgroup, const char* name) {
    char path[160], text[256];
    snprintf(path, sizeof path, CGROUPS "/cpuset/%s", name);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    CHECK(fd, path);
    const ssize_t size = read(fd, text, sizeof text - 1);
    CHECK(size, path);
    close(fd);
    text[size] = 0;
    write_file(cgroup, name, text);
}

static void make_cgroups(void) {
    struct statfs fs;
    CHECK(statfs(CGROUPS, &fs), CGROUPS);
    if (fs.f_type == CGROUP2_SUPER_MAGIC) {
        const char* path = paths[hierarchies++];
        snprintf(paths[0], sizeof paths[0], CGROUPS "/floor-%d", getpid());
        CHECK(mkdir(path, 0755), path);
        v2_cgroup = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        CHECK(v2_cgroup, path);
        return;
    }
    DIR* all = opendir(CGROUPS);
    if (!all)
        err(FAILED, CGROUPS);
    for (struct dirent* entry; (entry = readdir(all));) {
        if (entry->d_name[0] == '.' || entry->d_type != DT_DIR || strcmp(entry->d_name, "unified") == 0 ||
            strlen(entry->d_name) > MAX_NAME || hierarchies == MAX_HIERARCHIES)
            continue;
        char *name = names[hierarchies], *path = paths[hierarchies];
        hierarchies++;
        strcpy(name, entry->d_name);
        snprintf(path, sizeof paths[0], CGROUPS "/%.*s/floor-%d", MAX_NAME, entry->d_name, getpid());
        CHECK(mkdir(path, 0755), path);
        if (strstr(name, "cpuset")) {
            inherit_cpuset(path, "cpuset.cpus");
            inherit_cpuset(path, "cpuset.mems");
        } else if (strstr(name, "devices")) {
            write_file(path, "devices.deny", "a");
            for (size_t i = 0; i < sizeof device_rules / sizeof *device_rules; i++)
                write_file(path, "devices.allow", device_rules[i]);
        }
    }
    closedir(all);
}

static void remove_cgroups(void) {
    for (size_t i = 0; i < hierarchies; i++)
        rmdir(paths[i]);
}

static void join_cgroups(void) {
    for (size_t i = 0; v2_cgroup < 0 && i < hierarchies; i++)
        write_file(paths[i], "tasks", "0");
}

static void mount_new(const char* type, const char* target, unsigned long flags, const char* options) {
    CHECK(mount(type, target, type, flags, options), target);
}

static void mount_cgroups(void) {
    const unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
    if (v2_cgroup >= 0)
        return mount_new("cgroup2", "sys/fs/cgroup", flags | MS_RDONLY, NULL);
    mount_new("tmpfs", "sys/fs/cgroup", flags, "mode=755");
    for (size_t i = 0; i < hierarchies; i++) {
        char target[64], options[64];
        snprintf(target, sizeof target, "sys/fs/cgroup/%.*s", MAX_NAME, names[i]);
        snprintf(options, sizeof options, "%s%.*s", strcmp(names[i], "systemd") == 0 ? "name=" : "", MAX_NAME,
                 names[i]);
        CHECK(mkdir(target, 0755), target);
        mount_new("cgroup", target, flags | MS_RDONLY, options);
    }
    CHECK(mount(NULL, "sys/fs/cgroup", NULL, flags | MS_REMOUNT | MS_RDONLY, NULL), "sys/fs/cgroup");
}

static void make_devices(void) {
    static const struct {
        const char* path;
        unsigned major, minor;
    } nodes[] = {{"dev/null", 1, 3}, {"dev/zero", 1, 5},   {"dev/full", 1, 7},
                 {"dev/tty", 5, 0},  {"dev/random", 1, 8}, {"dev/urandom", 1, 9}};
    static const char* const links[][2] = {{"/proc/self/fd", "dev/fd"},
                                           {"/proc/self/fd/0", "dev/stdin"},
                                           {"/proc/self/fd/1", "dev/stdout"},
                                           {"/proc/self/fd/2", "dev/stderr"},
                                           {"pts/ptmx", "dev/ptmx"}};
    for (size_t i = 0; i < sizeof nodes / sizeof *nodes; i++)
        CHECK(mknod(nodes[i].path, S_IFCHR | 0666, makedev(nodes[i].major, nodes[i].minor)), nodes[i].path);
    for (size_t i = 0; i < sizeof links / sizeof *links; i++)
        CHECK(symlink(links[i][0], links[i][1]), links[i][1]);
}

static void mount_all(void) {
    mount_new("proc", "proc", 0, NULL);
    mount_new("tmpfs", "dev", MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k");
    CHECK(mkdir("dev/pts", 0755), "dev/pts");
    CHECK(mkdir("dev/shm", 0755), "dev/shm");
    CHECK(mkdir("dev/mqueue", 0755), "dev/mqueue");
    mount_new("devpts", "dev/pts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,gid=5");
    mount_new("tmpfs", "dev/shm", MS_NOSUID | MS_NOEXEC | MS_NODEV, "mode=1777,size=65536k");
    mount_new("mqueue", "dev/mqueue", MS_NOSUID | MS_NOEXEC | MS_NODEV, NULL);
    mount_new("sysfs", "sys", MS_NOSUID | MS_NOEXEC | MS_NODEV | MS_RDONLY, NULL);
    mount_cgroups();
    make_devices();
}

static void protect_paths(void) {
    static const char* const masked[] = {
        "/proc/acpi",       "/proc/asound",      "/proc/kcore",       "/proc/keys",    "/proc/latency_stats",
        "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/sys/firmware", "/proc/scsi"};
    static const char* const readonly[] = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
                                           "/proc/sysrq-trigger"};
    for (size_t i = 0; i < sizeof masked / sizeof *masked; i++) {
        if (mount("/dev/null", masked[i], NULL, MS_BIND, NULL) == 0 || errno == ENOENT)
            continue;
        if (errno != ENOTDIR)
            err(FAILED, "%s", masked[i]);
        mount_new("tmpfs", masked[i], MS_RDONLY, NULL);
    }
    for (size_t i = 0; i < sizeof readonly / sizeof *readonly; i++) {
        if (mount(readonly[i], readonly[i], NULL, MS_BIND | MS_REC, NULL) < 0 && errno == ENOENT)
            continue;
        CHECK(mount(NULL, readonly[i], NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL), readonly[i]);
    }
}

static void drop_privileges(void) {
    const uint32_t kept = 1u << CAP_AUDIT_WRITE | 1u << CAP_KILL | 1u << CAP_NET_BIND_SERVICE;
    for (int capability = 0; capability <= CAP_LAST_CAP; capability++)
        if (capability >= 32 || !(kept >> capability & 1))
            prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    const struct __user_cap_data_struct sets[2] = {{kept, kept, 0}, {0, 0, 0}};
    CHECK(syscall(SYS_capset, &header, sets), "capset");
    CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");
}

static void contain(const char* rootfs, char** program) {
    join_cgroups();
    CHECK(unshare(CLONE_NEWCGROUP), "unshare");
    CHECK(sethostname("floor", 5), "sethostname");
    CHECK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "/");
    CHECK(mount(rootfs, rootfs, NULL, MS_BIND | MS_REC, NULL), rootfs);
    CHECK(chdir(rootfs), rootfs);
    mount_all();
    CHECK(syscall(SYS_pivot_root, ".", "."), "pivot_root");
    CHECK(umount2(".", MNT_DETACH), "umount");
    CHECK(mount(NULL, "/", NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL), "/");
    protect_paths();
    CHECK(chdir("/"), "/");
    const struct rlimit files = {1024, 1024};
    CHECK(setrlimit(RLIMIT_NOFILE, &files), "setrlimit");
    drop_privileges();
    char* const environment[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm", NULL};
    execve(program[0], program, environment);
    err(FAILED, "%s", program[0]);
}

int main(int argc, char** argv) {
    if (argc < 3)
        errx(FAILED, "usage: floor ROOTFS PROGRAM [ARGUMENT]...");
    make_cgroups();
    struct clone_args arguments = {
        .flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS |
                 (v2_cgroup >= 0 ? CLONE_INTO_CGROUP : 0),
        .exit_signal = SIGCHLD,
        .cgroup = v2_cgroup >= 0 ? (unsigned)v2_cgroup : 0,
    };
    const long child = syscall(SYS_clone3, &arguments, sizeof arguments);
    if (child == 0)
        contain(argv[1], argv + 2);
    int status = 0;
    if (child < 0)
        warn("clone3");
    else
        waitpid((pid_t)child, &status, 0);
    remove_cgroups();
    if (child < 0)
        return FAILED;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
