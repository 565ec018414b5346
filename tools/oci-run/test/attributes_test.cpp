// When and where the process runs, and what it sees the machine as: asked of the kernel,
// for a container that waits for `start`, and of the program itself.
#include <cstdint>
#include <linux/ioprio.h>
#include <linux/sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "containers.hpp"
#include "support/skip.hpp"

using namespace ocikit::run::test;
namespace spec = ocikit::spec;

namespace {

using Policy = spec::SchedulerPolicy;
using Flag = spec::SchedulerFlag;

// struct sched_attr of Linux 5.3; <linux/sched/types.h> clashes with glibc's <sched.h>
struct Attributes {
    std::uint32_t size, policy;
    std::uint64_t flags;
    std::int32_t nice;
    std::uint32_t priority;
    std::uint64_t runtime, deadline, period;
    std::uint32_t util_min, util_max;
};

std::string scheduling(pid_t pid) {
    Attributes attributes{};
    if (::syscall(SYS_sched_getattr, pid, &attributes, sizeof attributes, 0) < 0)
        return "none";
    return std::to_string(attributes.policy) + " flags " + std::to_string(attributes.flags) + " nice " +
           std::to_string(attributes.nice) + " priority " + std::to_string(attributes.priority) + " times " +
           std::to_string(attributes.runtime) + " " + std::to_string(attributes.deadline) + " " +
           std::to_string(attributes.period);
}

bool has_apparmor() {
    return read_file("/sys/module/apparmor/parameters/enabled").starts_with('Y');
}

// Without a cgroup: one may have no share of real time (CONFIG_RT_GROUP_SCHED).
void do_without_cgroup(Bundle& bundle) {
    std::erase_if(bundle.config.mounts, [](const spec::Mount& mount) { return mount.type == "cgroup"; });
}

// Creates a container, looks at its init, and deletes it.
template <class Look>
auto look_at_init(const Containers& containers, Look look, std::vector<std::string> words = {}) {
    containers.bundle.write();
    const auto create = containers.create_words();
    words.insert(words.end(), create.begin(), create.end());
    const Outcome created = containers.oci_run(words);
    BOOST_TEST(created.status == 0, created);
    auto result = look(containers.init_pid());
    containers.oci_run({"delete", "--force", containers.id()});
    return result;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(attributes)

CONTAINER_TEST(schedulers) {
    // the scheduler's defaults fill times that aren't given, but for SCHED_DEADLINE's
    const struct {
        spec::Scheduler scheduler;
        std::string result;
    } rows[] = {
        {{Policy::other, 5, {}, {}, {}, {}, {}}, "0 flags 0 nice 5 priority 0"},
        {{Policy::other, {}, {}, {Flag::reset_on_fork}, {}, {}, {}}, "0 flags 1 nice 0 priority 0"},
        {{Policy::other, -20, 0, {}, 0, 0, 0}, "0 flags 0 nice -20 priority 0"},
        {{Policy::batch, 19, {}, {}, {}, {}, {}}, "3 flags 0 nice 19 priority 0"},
        {{Policy::idle, {}, {}, {}, {}, {}, {}}, "5 flags 0 nice 0 priority 0"},
        {{Policy::fifo, {}, 99, {}, {}, {}, {}}, "1 flags 0 nice 0 priority 99"},
        {{Policy::rr, {}, 1, {Flag::reset_on_fork}, {}, {}, {}}, "2 flags 1 nice 0 priority 1"},
        {{Policy::deadline, {}, {}, {Flag::reset_on_fork}, 1000000, 2000000, 3000000},
         "6 flags 1 nice 0 priority 0 times 1000000 2000000 3000000"},
        {{Policy::deadline, {}, {}, {Flag::reclaim, Flag::dl_overrun}, 1024, 1000000, {}},
         "6 flags 6 nice 0 priority 0 times 1024 1000000 1000000"},
        {{Policy::other, 9, {}, {Flag::keep_policy, Flag::keep_params}, {}, {}, {}},
         "0 flags 0 nice 0 priority 0"},
    };
    do_without_cgroup(bundle);
    for (const auto& [scheduler, result] : rows) {
        bundle.config.process->scheduler = scheduler;
        const std::string found = look_at_init(*this, scheduling, {"--cgroup-manager", "disabled"});
        BOOST_TEST(found.starts_with(result), found << " for " << result);
    }
}

CONTAINER_TEST(the_program_has_the_scheduler) {
    bundle.config.process->scheduler = spec::Scheduler{Policy::rr, {}, 7, {}, {}, {}, {}};
    bundle.config.process->user = spec::User{12, 34, {}, {}, {}};
    // proc(5): 40 is the real-time priority, 41 the policy; also of what the program starts
    do_without_cgroup(bundle);
    bundle.set_script("read -r line < /proc/self/stat; set -- $line; echo ${40} ${41}");
    bundle.write();
    std::vector<std::string> words{"--cgroup-manager", "disabled"};
    const auto run = run_words();
    words.insert(words.end(), run.begin(), run.end());
    const Outcome outcome = oci_run(words);
    BOOST_TEST(outcome.out == "7 2\n", outcome);
}

CONTAINER_TEST(io_priorities) {
    using Class = spec::IoPriorityClass;
    const struct {
        Class io_class;
        int priority;
        int result;
    } rows[] = {
        {Class::rt, 0, 1 << 13},     {Class::rt, 7, 1 << 13 | 7}, {Class::be, 0, 2 << 13},
        {Class::be, 7, 2 << 13 | 7}, {Class::idle, 0, 3 << 13},
    };
    for (const auto& row : rows) {
        bundle.config.process->ioPriority = spec::IoPriority{row.io_class, row.priority};
        BOOST_TEST(look_at_init(*this, [](pid_t pid) {
                       return ::syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, pid);
                   }) == row.result);
    }
    const Outcome outcome = run_script("busybox ionice -p $$");
    BOOST_TEST(outcome.out == "idle\n", outcome);
}

CONTAINER_TEST(personalities) {
    bundle.config.linux->personality = spec::Personality{spec::PersonalityDomain::linux32, {}};
    const Outcome outcome = run_script("busybox uname -m; cat /proc/self/personality");
    BOOST_TEST(outcome.status == 0, outcome);
    BOOST_TEST(outcome.out != "x86_64\n00000000\n", outcome);
    BOOST_TEST(outcome.out.ends_with("\n00000008\n"), outcome);
    bundle.config.linux->personality->domain = spec::PersonalityDomain::linux;
    ChildOptions options;
    options.before_exec = [] { ::syscall(SYS_personality, 8); };
    const Outcome plain = run({}, options);
    BOOST_TEST(plain.out.ends_with("\n00000000\n"), plain);
    bundle.config.linux->personality.reset();
    BOOST_TEST(run({}, options).out.ends_with("\n00000008\n"));
}

CONTAINER_TEST(memory_policies) {
    using Mode = spec::MemoryPolicyMode;
    if (read_file("/proc/self/numa_maps").empty())
        return ocikit::test::skip("this kernel doesn't know of memory nodes");
    const struct {
        spec::MemoryPolicy policy;
        const char* shown;
    } rows[] = {
        {{Mode::default_, {}, {}}, " default "},
        {{Mode::bind, "0", {}}, " bind:0 "},
        {{Mode::bind, "0-1023", {}}, " bind:0 "},
        {{Mode::interleave, "0", {spec::MemoryPolicyFlag::static_nodes}}, " interleave=static:0 "},
        {{Mode::preferred, "0", {spec::MemoryPolicyFlag::relative_nodes}}, " prefer=relative:0 "},
        {{Mode::preferred, "", {}}, " local "},
        {{Mode::preferred_many, "0", {}}, " prefer (many):0 "},
        {{Mode::local, {}, {}}, " local "},
    };
    for (const auto& row : rows) {
        bundle.config.linux->memoryPolicy = row.policy;
        const Outcome outcome = run_script("cat /proc/self/numa_maps");
        // nodes that no kernel can have are one error, those that this machine lacks none
        if (row.policy.nodes == "0-1023" && outcome.status == 1)
            BOOST_TEST(has(outcome.err, "/linux/memoryPolicy: set_mempolicy: invalid argument"), outcome);
        else
            BOOST_TEST(has(outcome.out, row.shown), row.shown << ": " << outcome);
    }
}

CONTAINER_TEST(what_the_kernel_refuses_is_told) {
    bundle.config.linux->memoryPolicy = spec::MemoryPolicy{spec::MemoryPolicyMode::bind, "32700", {}};
    Outcome outcome = run();
    BOOST_TEST(outcome.status == 1);
    BOOST_TEST(has(outcome.err, "config.json: /linux/memoryPolicy: set_mempolicy: invalid argument"),
               outcome);
    bundle.config.linux->memoryPolicy.reset();
    bundle.config.process->scheduler =
        spec::Scheduler{Policy::other, {}, {}, {Flag::util_clamp_min}, {}, {}, {}};
    outcome = run_script("exit 0");
    if (outcome.status != 0)
        BOOST_TEST(has(outcome.err,
                       "config.json: /process/scheduler: set SCHED_OTHER: operation not supported\n"
                       "  this kernel doesn't clamp utilization"),
                   outcome);
}

// config.md#linux-process: not for the container's init.
CONTAINER_TEST(affinity_is_for_exec) {
    const std::string script = "grep Cpus_allowed_list /proc/self/status";
    const std::string before = run_script(script).out;
    bundle.config.process->execCPUAffinity = spec::ExecCpuAffinity{"0", "0"};
    BOOST_TEST(run_script(script).out == before);
}

// What engines tell from others by the file in backticks; a profile can be tried where AppArmor is.
CONTAINER_TEST(labels) {
    const bool apparmor = has_apparmor();
    bundle.config.process->apparmorProfile = "ocikit-no-such-profile";
    const std::string expected =
        apparmor ? "config.json: /process/apparmorProfile: \"exec ocikit-no-such-profile\" to "
                   "`/proc/thread-self/attr/apparmor/exec`: the profile isn't loaded"
                 : "warning: config.json: /process/apparmorProfile: AppArmor is not enabled on this machine";
    for (const auto& words : {run_words(), create_words()}) {
        bundle.set_script("exit 0");
        bundle.write();
        const Outcome outcome = oci_run(words);
        BOOST_TEST(outcome.status == (apparmor ? 1 : 0), outcome);
        BOOST_TEST(has(outcome.err, expected), outcome);
        oci_run({"delete", "--force", id()});
    }
    bundle.config.process->apparmorProfile = "unconfined";
    if (apparmor) {
        const std::string script = "cat /proc/self/attr/apparmor/current";
        const Outcome plain = run_script(script);
        BOOST_TEST(plain.out == "unconfined\n", plain);
    }
    bundle.config.process->apparmorProfile.reset();
    if (!has(read_file("/proc/filesystems"), "\tselinuxfs\n")) {
        bundle.config.process->selinuxLabel = "system_u:system_r:container_t:s0";
        const Outcome outcome = run();
        BOOST_TEST(outcome.status == 1);
        BOOST_TEST(
            has(outcome.err, "config.json: /process/selinuxLabel: SELinux is not enabled on this machine"),
            outcome);
    }
}

// A profile under which only the program itself may be executed: not what waits for `start`.
CONTAINER_TEST(an_apparmor_profile_holds_from_the_program_on) {
    if (!has_apparmor() || !is_installed("apparmor_parser"))
        return ocikit::test::skip("this needs AppArmor, and apparmor_parser");
    const std::string name = "ocikit-test-profile";
    const TempDir files;
    const std::string file =
        files.write("profile", "profile " + name +
                                   " flags=(attach_disconnected) {\n  / r,\n  /** rw,\n  "
                                   "/bin/busybox mrix,\n  deny /etc/secret r,\n}\n");
    const Outcome loaded = Child({"apparmor_parser", "-r", file}).wait();
    BOOST_TEST_REQUIRE(loaded.status == 0, loaded);
    bundle.directory().write("rootfs/etc/secret", "secret\n");
    bundle.config.process->apparmorProfile = name;
    bundle.set_script("cat /proc/self/attr/apparmor/current; cat /etc/secret; echo end");
    const std::string expected = name + " (enforce)\nend\n";
    for (const bool no_new_privileges : {false, true}) {
        bundle.config.process->noNewPrivileges = no_new_privileges;
        const Outcome direct = run();
        BOOST_TEST(direct.out == expected, direct);
        bundle.write();
        Child created(command(create_words()));
        BOOST_TEST_REQUIRE(eventually([&] { return state() == "created"; }));
        BOOST_TEST(read_file("/proc/" + std::to_string(init_pid()) + "/attr/apparmor/current") ==
                   "unconfined\n");
        BOOST_TEST(oci_run({"start", id()}).status == 0);
        BOOST_TEST(eventually([&] { return state() == "stopped"; }));
        BOOST_TEST(created.out() == expected, created.out());
        oci_run({"delete", id()});
    }
    Child({"apparmor_parser", "-R", file}).wait();
}

BOOST_AUTO_TEST_SUITE_END()
