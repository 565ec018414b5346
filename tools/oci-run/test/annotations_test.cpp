// Annotations that oci-run itself follows.
#include <filesystem>
#include <fstream>
#include <grp.h>

#include <boost/test/unit_test.hpp>

#include "containers.hpp"
#include "support/skip.hpp"

using namespace ocikit::run::test;
namespace spec = ocikit::spec;

namespace {

constexpr const char* keep_groups = "run.oci.keep_original_groups";

ChildOptions in_groups(std::vector<gid_t> groups) {
    ChildOptions options;
    options.before_exec = [groups] { ::setgroups(groups.size(), groups.data()); };
    return options;
}

spec::Hook printing(const std::string& kind) {
    return {"/bin/sh", {"sh", "-c", "echo " + kind + "; echo error of " + kind + " >&2"}, {}, {}};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(annotations)

CONTAINER_TEST(hooks_print_into_files) {
    const std::string out = directory().path() + "-out", err = directory().path() + "-err";
    bundle.config.annotations = {{"run.oci.hooks.stdout", out}, {"run.oci.hooks.stderr", err}};
    spec::Hooks& hooks = bundle.config.hooks.emplace();
    hooks.prestart = {printing("prestart")};
    hooks.createRuntime = {printing("createRuntime")};
    hooks.createContainer = {printing("createContainer")};
    hooks.startContainer = {printing("startContainer")};
    hooks.poststart = {printing("poststart")};
    hooks.poststop = {printing("poststop")};
    std::ofstream(out) << "before\n";
    bundle.set_script("true");
    bundle.write();
    BOOST_TEST_REQUIRE(oci_run(create_words()).status == 0);
    const Outcome started = oci_run({"start", id()});
    BOOST_TEST(started.status == 0, started);
    BOOST_TEST(eventually([&] { return oci_run({"delete", id()}).status == 0; }));
    std::string all, errors;
    for (const char* const kind :
         {"prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"}) {
        all += std::string(kind) + "\n";
        errors += "error of " + std::string(kind) + "\n";
    }
    BOOST_TEST(read_file(out) == "before\n" + all);
    BOOST_TEST(read_file(err) == errors);
    for (const auto& file : {out, err})
        std::filesystem::remove(file);
}

CONTAINER_TEST(files_for_hooks_that_cannot_be_had) {
    bundle.config.hooks.emplace().prestart = {printing("prestart")};
    bundle.config.annotations = {{"run.oci.hooks.stderr", "log"}};
    const Outcome relative = run_script("true");
    BOOST_TEST(relative.status == 1);
    BOOST_TEST(has(relative.err, "config.json: /annotations/run.oci.hooks.stderr: \"log\" is not absolute"),
               relative);
    bundle.config.annotations = {{"run.oci.hooks.stdout", "/no/such/file"}};
    const Outcome missing = run_script("true");
    BOOST_TEST(missing.status == 1);
    BOOST_TEST(has(missing.err,
                   "config.json: /annotations/run.oci.hooks.stdout: open /no/such/file: no such "
                   "file or directory"),
               missing);
}

CONTAINER_TEST(the_callers_groups_are_kept) {
    const ChildOptions groups = in_groups({11, 12});
    bundle.set_script("id -G");
    BOOST_TEST(run({}, groups).out == "0\n");
    bundle.config.annotations = {{keep_groups, "1"}};
    BOOST_TEST(run({}, groups).out == "0 11 12\n");
    bundle.config.process->user = spec::User{0, 0, {}, {5}, {}};
    const Outcome both = run({}, groups);
    BOOST_TEST(both.out == "0 11 12\n", both);
    BOOST_TEST(has(both.err, "warning: config.json: /process/user/additionalGids: left out"), both);
    bundle.config.annotations = {{keep_groups, "0"}};
    BOOST_TEST(run({}, groups).out == "0 5\n");
    bundle.config.annotations = {{keep_groups, "yes"}};
    const Outcome neither = run({}, groups);
    BOOST_TEST(neither.status == 1);
    BOOST_TEST(has(neither.err, "/annotations/run.oci.keep_original_groups: \"yes\" is none of"), neither);
}

CONTAINER_TEST(the_callers_groups_are_kept_in_a_user_namespace_and_by_exec) {
    bundle.config.annotations = {{keep_groups, "true"}};
    bundle.config.linux->namespaces.push_back({spec::NamespaceType::user, {}});
    bundle.config.linux->uidMappings = {{0, 0, 1}};
    bundle.config.linux->gidMappings = {{0, 0, 1}};
    bundle.set_script("grep Groups: /proc/self/status; sleep 60");
    bundle.write();
    Child running(command(run_words()), in_groups({11, 12}));
    // what isn't mapped shows as the overflow group
    BOOST_TEST(eventually([&] { return running.out() == "Groups:\t65534 65534 \n"; }));
    const Outcome added = oci_run({"exec", id(), "grep", "Groups:", "/proc/self/status"}, in_groups({13}));
    BOOST_TEST(added.out == "Groups:\t65534 \n", added);
    BOOST_TEST(oci_run({"delete", "--force", id()}).status == 0);
    running.wait();
}

CONTAINER_TEST(unknown_system_calls) {
    auto& seccomp = bundle.config.linux->seccomp.emplace();
    seccomp.defaultAction = spec::SeccompAction::allow;
    seccomp.syscalls = {{{"swapon", "no_such_call"}, spec::SeccompAction::errno_, {}, {}}};
    BOOST_TEST(run_script("true").status == 0);
    bundle.config.annotations = {{"run.oci.seccomp_fail_unknown_syscall", "1"}};
    const Outcome outcome = run_script("true");
    BOOST_TEST(outcome.status == 1);
    BOOST_TEST(has(outcome.err,
                   "config.json: /linux/seccomp/syscalls/0/names/1: \"no_such_call\" is no system "
                   "call that this libseccomp knows"),
               outcome);
    seccomp.syscalls[0].names.pop_back();
    BOOST_TEST(run_script("true").status == 0);
}

BOOST_AUTO_TEST_SUITE_END()
