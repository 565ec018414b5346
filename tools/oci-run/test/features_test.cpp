// What `features` tells: that it is what the rest of the program takes, no more and no less.
#include "features.hpp"

#include <algorithm>
#include <functional>
#include <set>

#include <boost/json/value.hpp>
#include <boost/test/unit_test.hpp>

#include <ocikit/decode.hpp>
#include <ocikit/encode.hpp>
#include <ocikit/error.hpp>
#include <ocikit/mount_option.hpp>
#include <ocikit/schema.hpp>

#include "plan/make_plan.hpp"
#include "sample_config.hpp"
#include "seccomp/filter.hpp"

using namespace ocikit;
using namespace ocikit::run;

namespace {

bool is_unsupported(const std::string& message) {
    return message.find("not supported by this version") != std::string::npos;
}

// Whether a plan can be made, whatever else may be wrong with the value.
bool is_taken(const std::function<void(spec::Config&)>& change) {
    spec::Config config = run::test::sample_config();
    if (!config.linux)
        config.linux.emplace();
    change(config);
    try {
        std::vector<std::string> warnings;
        make_plan(config, {.id = "web", .bundle = "/bundle"}, warnings);
        if (config.linux->seccomp)
            compile_seccomp(*config.linux->seccomp);
        return true;
    } catch (const Error& error) {
        return !is_unsupported(error.what());
    }
}

template <class E>
bool lists(const std::vector<E>& list, E value) {
    return std::find(list.begin(), list.end(), value) != list.end();
}

spec::Mount tmpfs(const std::string& option) {
    return {"/t", "tmpfs", "tmpfs", {option}, {}, {}};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(features_command)

BOOST_AUTO_TEST_CASE(it_is_valid) {
    const Document document = Document::parse(to_text(encode(run::features())), "features");
    Diagnostics diagnostics;
    BOOST_REQUIRE(document.has_value());
    validate_schema(document, DocumentType::features, diagnostics);
    for (const auto& diagnostic : diagnostics)
        BOOST_ERROR(diagnostic.pointer + ": " + diagnostic.message);
    const auto decoded = decode_features(document, diagnostics);
    BOOST_TEST(decoded.has_value());
    BOOST_TEST(diagnostics.empty());
    BOOST_TEST(decoded->ociVersionMin == "1.0.0");
    BOOST_TEST(decoded->ociVersionMax == "1.3.0");
}

BOOST_AUTO_TEST_CASE(mount_options) {
    const auto listed = run::features().mountOptions;
    const std::set<std::string> names(listed.begin(), listed.end());
    BOOST_TEST(names.size() == listed.size());
    BOOST_TEST(names.contains("rro"));  // Docker refuses recursive read-only mounts without it
    for (const auto& option : ocikit::mount_options()) {
        const std::string name(option.name);
        const bool taken = is_taken([&](spec::Config& config) { config.mounts = {tmpfs(name)}; });
        BOOST_TEST(names.contains(name) == taken, name);
    }
    for (const auto& name : listed)
        BOOST_TEST(find_mount_option(name), name);
}

BOOST_AUTO_TEST_CASE(of_linux) {
    const spec::LinuxFeatures linux = run::features().linux.value();
    const auto enabled = [](const auto& feature) { return feature && feature->enabled.value_or(false); };
    const struct {
        const char* name;
        bool told;
        std::function<void(spec::Config&)> change;
    } cases[] = {
        {"apparmor", enabled(linux.apparmor), [](auto& config) { config.process->apparmorProfile = "x"; }},
        {"selinux", enabled(linux.selinux), [](auto& config) { config.process->selinuxLabel = "x"; }},
        {"intelRdt", enabled(linux.intelRdt), [](auto& config) { config.linux->intelRdt.emplace(); }},
        {"netDevices", enabled(linux.netDevices), [](auto& config) { config.linux->netDevices["e"] = {}; }},
        {"idmap", linux.mountExtensions && enabled(linux.mountExtensions->idmap),
         [](auto& config) {
             config.mounts = {{"/t", "bind", "/", {"bind", "idmap"}, {{0, 0, 1}}, {{0, 0, 1}}}};
         }},
        {"memoryPolicy", linux.memoryPolicy.has_value(),
         [](auto& config) {
             config.linux->memoryPolicy = spec::MemoryPolicy{spec::MemoryPolicyMode::local, {}, {}};
         }},
    };
    for (const auto& [name, told, change] : cases)
        BOOST_TEST(told == is_taken(change), name);
}

BOOST_AUTO_TEST_CASE(namespaces) {
    const auto told = run::features().linux->namespaces;
    for (const auto& name : spec::all_texts<spec::NamespaceType>()) {
        const auto type = spec::from_text<spec::NamespaceType>(name).value();
        const bool taken = is_taken([&](spec::Config& config) {
            std::erase_if(config.linux->namespaces, [&](const auto& one) { return one.type == type; });
            config.linux->namespaces.push_back({type, {}});
        });
        BOOST_TEST(lists(told, type) == taken, name);
    }
}

BOOST_AUTO_TEST_CASE(seccomp) {
    const spec::SeccompFeatures told = run::features().linux->seccomp.value();
    const auto profile = [](spec::SeccompAction action) {
        spec::Seccomp made;
        made.defaultAction = spec::SeccompAction::allow;
        if (action != spec::SeccompAction::allow)
            made.syscalls = {{{"mkdir"}, action, {}, {}}};
        if (action == spec::SeccompAction::notify)
            made.listenerPath = "/run/listener";
        return made;
    };
    for (const auto& name : spec::all_texts<spec::SeccompAction>()) {
        const auto action = spec::from_text<spec::SeccompAction>(name).value();
        const bool taken = is_taken([&](auto& config) { config.linux->seccomp = profile(action); });
        BOOST_TEST(lists(told.actions, action) == taken, name);
    }
    for (const auto op : told.operators) {
        spec::Seccomp one = profile(spec::SeccompAction::errno_);
        one.syscalls[0].args = {{0, 1, {}, op}};
        BOOST_TEST(!compile_seccomp(one).program.empty(), spec::to_text(op));
    }
    for (const auto arch : told.archs) {
        spec::Seccomp one = profile(spec::SeccompAction::errno_);
        one.architectures = {arch};
        BOOST_TEST(!compile_seccomp(one).program.empty(), spec::to_text(arch));
    }
    for (const auto flag : told.supportedFlags) {
        spec::Seccomp one = profile(spec::SeccompAction::notify);  // one flag is about a listener
        const unsigned plain = compile_seccomp(one).flags;
        one.flags = {flag};
        BOOST_TEST(compile_seccomp(one).flags > plain, spec::to_text(flag));
    }
}

BOOST_AUTO_TEST_SUITE_END()
