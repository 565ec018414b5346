// Settings: from files, from bundles' own annotations, for other systems and older versions.
#include <algorithm>
#include <filesystem>

#include <boost/test/unit_test.hpp>

#include <ocikit/error.hpp>

#include "oci-validate/check.hpp"
#include "support/run_program.hpp"
#include "support/temp_dir.hpp"

using namespace ocikit;
using namespace ocikit::validate;
using ocikit::test::TempDir;

namespace {

bool has(const Diagnostics& found, std::string_view rule) {
    return std::any_of(found.begin(), found.end(), [rule](const auto& one) { return one.rule == rule; });
}

std::string error_of(const std::string& text) {
    const TempDir dir;
    const std::string path = dir.write("s.json", text);
    try {
        with_file({}, path);
    } catch (const Error& error) {
        return std::string(error.what()).substr(path.size());
    }
    return "none";
}

}  // namespace

BOOST_AUTO_TEST_CASE(files_are_below_the_command_line) {
    const TempDir dir;
    const std::string path = dir.write("s.json", R"({"disable": ["mounts"], "enable": ["process/args"],
        "severity": "info", "strict": true, "host": true, "platform": "windows", "specVersion": "1.1.0"})");
    const Settings settings = with_file({.least = Severity::error, .disabled = {"hooks"}}, path);
    BOOST_TEST((settings.least == Severity::error));
    BOOST_TEST((settings.disabled == std::vector<std::string>{"hooks", "mounts"}));
    BOOST_TEST((settings.enabled == std::vector<std::string>{"process/args"}));
    BOOST_TEST(settings.strict);
    BOOST_TEST(settings.host);
    BOOST_TEST((settings.platform == Platform::windows));
    BOOST_TEST((settings.held_to == Version::parse("1.1.0")));
    BOOST_TEST((with_file({}, path).least == Severity::info));
}

BOOST_AUTO_TEST_CASE(what_is_wrong_in_a_file_has_a_place) {
    BOOST_TEST(error_of("{}") == "none");
    BOOST_TEST(error_of("[]") == ":1:1: expected an object");
    BOOST_TEST(error_of("{\n \"strict\": 1}") == ":2:12: expected true or false");
    BOOST_TEST(error_of("{\"disable\": [\"process/cwd\"]}") ==
               ":1:14: there is no rule \"process/cwd\", did you mean 'process/cwd-absolute'?");
    BOOST_TEST(error_of("{\"enabel\": []}") ==
               ":1:12: there is no setting \"enabel\", did you mean \"enable\"?");
    BOOST_TEST(error_of("{\"severity\": \"none\"}") == ":1:14: expected error, warning or info");
    BOOST_TEST(error_of("{\"specVersion\": \"1\"}") == ":1:17: expected a version such as 1.2.0");
    BOOST_TEST(error_of("{\"platform\": \"plan9\"}") ==
               ":1:14: expected linux, windows, solaris, zos or freebsd");
    BOOST_TEST(error_of("{,}").starts_with(":1:2: "));
}

BOOST_AUTO_TEST_CASE(bundles_have_settings_of_their_own) {
    const TempDir bundle;
    bundle.write("config.json", R"({"ociVersion": "1.3.0", "annotations":
        {"org.ocikit.validate.disable": "root/missing, process"}, "hostname": "a"})");
    BOOST_TEST(!has(check(bundle.path(), {}).diagnostics, "root/missing"));
    BOOST_TEST(has(check(bundle.path(), {}).diagnostics, "namespaces/host-name"));
    BOOST_TEST(has(check(bundle.path(), {.trust_bundles = false}).diagnostics, "root/missing"));
    bundle.write(settings_file_name, R"({"disable": ["namespaces"]})");
    BOOST_TEST(!has(check(bundle.path(), {}).diagnostics, "namespaces/host-name"));
    BOOST_TEST(has(check(bundle.path(), {.trust_bundles = false}).diagnostics, "namespaces/host-name"));
    bundle.write(settings_file_name, "{");
    BOOST_CHECK_THROW(check(bundle.path(), {}), Error);
}

BOOST_AUTO_TEST_CASE(annotations_that_turn_off_nothing_are_told) {
    const TempDir dir;
    const std::string file = dir.write(
        "a.json", R"({"ociVersion": "1.3.0", "annotations": {"org.ocikit.validate.disable": "proces"}})");
    const auto found = check(file, {}).diagnostics;
    BOOST_TEST(has(found, "annotations/validate"));
}

BOOST_AUTO_TEST_CASE(older_versions_and_other_systems) {
    const TempDir dir;
    const std::string file = dir.write("a.json", R"({"ociVersion": "1.3.0", "domainname": "a",
        "linux": {"namespaces": [{"type": "mount"}, {"type": "uts"}]}})");
    BOOST_TEST(check(file, {}).diagnostics.empty());
    const auto old = check(file, {.held_to = Version::parse("1.0.2")}).diagnostics;
    BOOST_TEST(has(old, "version/held"));
    BOOST_TEST(has(old, "version/newer-property"));
    const auto other = check(file, {.platform = Platform::windows}).diagnostics;
    BOOST_TEST(has(other, "platform/section"));
    BOOST_TEST(has(other, "platform/other"));
}

BOOST_AUTO_TEST_CASE(this_host) {
    const TempDir dir;
    const std::string file = dir.write("a.json", R"({"ociVersion": "1.3.0",
        "hooks": {"poststop": [{"path": "/no/such/hook"}, {"path": "/etc/passwd"}, {"path": "/bin/sh"}]},
        "mounts": [{"destination": "/a", "source": "/no/such", "options": ["bind"]},
                   {"destination": "/b", "type": "nosuchfs"}, {"destination": "/c", "type": "tmpfs"}],
        "linux": {"namespaces": [{"type": "mount"}, {"type": "network", "path": "/no/such/netns"},
                                 {"type": "uts", "path": "/proc/self/ns/ipc"},
                                 {"type": "ipc", "path": "/proc/self/ns/ipc"}],
                  "sysctl": {"net.no_such_parameter": "1", "kernel.shmmax": "1"},
                  "netDevices": {"nosuchdevice0": {}},
                  "resources": {"cpu": {"cpus": "0,65535"}}}})");
    const auto plain = check(file, {}).diagnostics;
    BOOST_TEST(std::none_of(plain.begin(), plain.end(),
                            [](const auto& one) { return one.rule.starts_with("host/"); }));
    std::string found;
    for (const Diagnostic& one : check(file, {.host = true}).diagnostics)
        if (one.rule.starts_with("host/"))
            found += one.rule.substr(5) + ' ' + one.pointer + '\n';
    BOOST_TEST(found ==
               "hook /hooks/poststop/0/path\nhook /hooks/poststop/1/path\n"
               "bind-source /mounts/0/source\nfilesystem /mounts/1/type\n"
               "namespace-path /linux/namespaces/1/path\nnamespace-type /linux/namespaces/2/path\n"
               "sysctl /linux/sysctl/net.no_such_parameter\nnet-device /linux/netDevices/nosuchdevice0\n"
               "processors /linux/resources/cpu/cpus\n");
}

BOOST_AUTO_TEST_CASE(archives_are_looked_into) {
    const TempDir dir;
    std::filesystem::create_directories(dir.path("b/rootfs/bin"));
    const std::string config =
        dir.write("b/config.json", R"({"ociVersion": "1.3.0", "root": {"path": "./rootfs"}})");
    const auto archive = [&dir](const std::string& options, const std::string& name) {
        const auto outcome = ocikit::test::run_program(
            {"sh", "-c", "cd \"$0/b\" && tar " + options + " ../" + name + " *", dir.path()});
        BOOST_TEST_REQUIRE(outcome.status == 0);
        return dir.path(name);
    };
    for (const auto& [options, name] : {std::pair{"-cf", "a.tar"}, std::pair{"-czf", "a.tar.gz"}})
        BOOST_TEST(!has_errors(check(archive(options, name), {}).diagnostics), name);
    std::filesystem::remove_all(dir.path("b/rootfs"));
    const Report report = check(archive("-cf", "c.tar"), {});
    BOOST_TEST(has(report.diagnostics, "root/exists"));
    BOOST_TEST(report.document.name() == dir.path("c.tar") + "/config.json");
    std::filesystem::rename(config, dir.path("b/other.json"));
    BOOST_CHECK_THROW(check(archive("-cf", "d.tar"), {}), Error);
    const std::string cut = dir.write("e.tar.gz", "\x1f\x8b\x08");
    BOOST_CHECK_THROW(check(cut, {}), Error);
    // what oci-pack wouldn't extract
    std::filesystem::rename(dir.path("b/other.json"), config);
    std::filesystem::create_directories(dir.path("b/rootfs"));
    BOOST_TEST(!has_errors(check(archive("-cf", "f.tar"), {}).diagnostics));
    BOOST_CHECK_THROW(check(archive("--add-file=config.json -cf", "g.tar"), {}), Error);
    std::filesystem::create_hard_link(config, dir.path("b/rootfs/x"));
    BOOST_CHECK_THROW(check(archive("-cf", "h.tar"), {}), Error);
}
