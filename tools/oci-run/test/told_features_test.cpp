// What `features` prints, against what the same program then does: all of it, and nothing beside it.
#include <algorithm>
#include <filesystem>
#include <set>

#include <boost/json/value.hpp>
#include <boost/test/unit_test.hpp>

#include <ocikit/decode.hpp>
#include <ocikit/document.hpp>
#include <ocikit/rules.hpp>
#include <ocikit/schema.hpp>

#include "containers.hpp"
#include "support/skip.hpp"

using namespace ocikit;
using namespace ocikit::run::test;
namespace fs = std::filesystem;

namespace {

spec::Features told(const Containers& test) {
    const Outcome outcome = test.oci_run({"features"});
    BOOST_TEST(outcome.status == 0, outcome);
    BOOST_TEST(outcome.err == "");  // CRI-O reads both streams as one
    const Document document = Document::parse(outcome.out, "features");
    Diagnostics diagnostics = document.diagnostics();
    BOOST_TEST_REQUIRE(document.has_value());
    validate_schema(document, DocumentType::features, diagnostics);
    const auto features = decode_features(document, diagnostics);
    BOOST_TEST_REQUIRE(features.has_value());
    check_features(document, *features, diagnostics);
    for (const auto& diagnostic : diagnostics)
        BOOST_ERROR(diagnostic.pointer + ": " + diagnostic.message);
    return *features;
}

// A mount that asks for the option, in a place of its own.
spec::Mount mount_with(const std::string& option, const std::string& source) {
    const std::string place = "/m/" + option;
    const std::vector<spec::IdMapping> ids{{0, 1000, 1}};
    if (option == "idmap" || option == "ridmap")
        return {place, "bind", source, {"rbind", option}, ids, ids};
    static const std::set<std::string> of_binds{"bind", "rbind", "copy-symlink", "src-nofollow",
                                                "dest-nofollow"};
    if (of_binds.contains(option))
        return {place, "bind", source, {"bind", option}, {}, {}};
    if (option == "remount")
        return {"/dev", "tmpfs", "tmpfs", {option, "nosuid"}, {}, {}};
    return {place, "tmpfs", "tmpfs", {option}, {}, {}};
}

// The program of a bundle that has nothing to do but to begin and end.
void expect(Containers& test, bool taken, const std::string& what) {
    const Outcome outcome = test.run();
    BOOST_TEST((outcome.status == 0) == taken, what << ": " << outcome);
    if (!taken)
        BOOST_TEST(has(outcome.err, what), outcome);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(told_features)

CONTAINER_TEST(mount_options) {
    const auto listed = told(*this).mountOptions;
    BOOST_TEST(listed.size() > 60u);
    bundle.set_script("true");
    const std::string source = bundle.directory().path("source");
    fs::create_directory(source);
    for (const auto& option : listed)
        bundle.config.mounts.push_back(mount_with(option, source));
    expect(*this, true, "all of them");
    // others are the filesystem's
    bundle.config.mounts.resize(bundle.config.mounts.size() - listed.size());
    bundle.config.mounts.push_back({"/m", "tmpfs", "tmpfs", {"rsilent"}, {}, {}});
    expect(*this, false, "rsilent");
}

CONTAINER_TEST(namespaces_and_capabilities) {
    const spec::LinuxFeatures linux = told(*this).linux.value();
    spec::Linux& config = *bundle.config.linux;
    config.namespaces.clear();
    for (const auto type : linux.namespaces)
        config.namespaces.push_back({type, {}});
    BOOST_TEST(config.namespaces.size() == 8u);
    config.uidMappings = config.gidMappings = {{0, 0, 65536}};
    spec::Capabilities& sets = bundle.config.process->capabilities.emplace();
    sets.bounding = sets.permitted = sets.effective = linux.capabilities;
    bundle.set_script("true");
    Outcome outcome = run();
    BOOST_TEST(outcome.status == 0, outcome);
    BOOST_TEST(!has(outcome.err, "unknown capability"), outcome);
    sets.bounding = {"CAP_NO_SUCH"};
    outcome = run();
    BOOST_TEST(outcome.status == 0, outcome);
    BOOST_TEST(has(outcome.err, "unknown capability \"CAP_NO_SUCH\""), outcome);
}

CONTAINER_TEST(seccomp) {
    const spec::SeccompFeatures seccomp = told(*this).linux->seccomp.value();
    bundle.set_script("true");
    spec::Syscall rule;
    rule.names = {"swapon"};
    rule.action = spec::SeccompAction::errno_;
    spec::Seccomp& profile = bundle.config.linux->seccomp.emplace();
    profile.defaultAction = spec::SeccompAction::allow;
    for (const auto& name : spec::all_texts<spec::SeccompArch>()) {
        const auto arch = spec::from_text<spec::SeccompArch>(name).value();
        profile.syscalls = {rule};
        profile.architectures = {arch};
        const bool listed =
            std::find(seccomp.archs.begin(), seccomp.archs.end(), arch) != seccomp.archs.end();
        expect(*this, listed, listed ? name : "/linux/seccomp/architectures/0");
    }
    profile.architectures.clear();
    for (const auto action : seccomp.actions)
        if (action != spec::SeccompAction::notify) {  // which wants somebody who listens
            rule.action = action;
            profile.syscalls = {rule};
            expect(*this, true, spec::to_text(action));
        }
    rule.action = spec::SeccompAction::errno_;
    for (const auto op : seccomp.operators) {
        rule.args = {{0, 1, {}, op}};
        profile.syscalls = {rule};
        expect(*this, true, spec::to_text(op));
    }
    for (const auto flag : seccomp.supportedFlags)
        if (flag != spec::SeccompFlag::wait_killable_recv) {  // the same
            profile.flags = {flag};
            expect(*this, true, spec::to_text(flag));
        }
}

CONTAINER_TEST(hooks_and_memory_policies) {
    const spec::Features features = told(*this);
    const std::vector<std::string> kinds{"prestart",       "createRuntime", "createContainer",
                                         "startContainer", "poststart",     "poststop"};
    BOOST_TEST(std::set<std::string>(features.hooks.begin(), features.hooks.end()) ==
               std::set<std::string>(kinds.begin(), kinds.end()));
    const auto& policies = features.linux->memoryPolicy.value();
    bundle.set_script("true");
    for (const auto mode : policies.modes) {
        const bool nodes = mode != spec::MemoryPolicyMode::default_ && mode != spec::MemoryPolicyMode::local;
        bundle.config.linux->memoryPolicy = spec::MemoryPolicy{mode, nodes ? "0" : "", {}};
        const Outcome outcome = run();
        // a kernel without NUMA, or older than the mode
        const bool lacking = has(outcome.err, "/linux/memoryPolicy") && has(outcome.err, "kernel");
        BOOST_TEST((outcome.status == 0 || lacking), spec::to_text(mode) << ": " << outcome);
    }
}

BOOST_AUTO_TEST_SUITE_END()
