// Hooks of real containers: when and where each kind runs, what it is told, and what its
// failure does (runtime.md#lifecycle, config.md#posix-platform-hooks).
#include <filesystem>
#include <map>
#include <sstream>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include "containers.hpp"
#include "support/skip.hpp"

using namespace ocikit::run::test;
namespace fs = std::filesystem;
namespace json = boost::json;
namespace spec = ocikit::spec;

namespace {

constexpr const char* kinds[] = {"prestart",       "createRuntime", "createContainer",
                                 "startContainer", "poststart",     "poststop"};

struct HookContainers : Containers {
    // What hooks write, one file for those that see the host's files and one for the container's.
    std::string host_log() const { return bundle.directory().path("hooks"); }
    std::string inner_log() const { return bundle.rootfs("/hooks"); }

    std::vector<spec::Hook>& hooks_of(const std::string& kind) {
        auto& hooks = bundle.config.hooks ? *bundle.config.hooks : bundle.config.hooks.emplace();
        const std::map<std::string, std::vector<spec::Hook>*> all{{"prestart", &hooks.prestart},
                                                                  {"createRuntime", &hooks.createRuntime},
                                                                  {"createContainer", &hooks.createContainer},
                                                                  {"startContainer", &hooks.startContainer},
                                                                  {"poststart", &hooks.poststart},
                                                                  {"poststop", &hooks.poststop}};
        return *all.at(kind);
    }

    // A line of each: its kind, the mount namespace, the working directory and the state. With kind
    // failing there are two of that kind, the first of which fails.
    void add_hooks(const std::string& failing = "") {
        bundle.config.hooks.reset();
        for (const std::string kind : kinds) {
            const bool inside = kind == "startContainer";
            const std::string script = "{ echo \"" + kind +
                                       " $(readlink /proc/self/ns/mnt) $(pwd) $(cat)\"; } >> " +
                                       (inside ? "/hooks" : host_log());
            spec::Hook hook;
            hook.path = "/bin/sh";
            hook.args = {"sh", "-c", script};
            hook.env = {"PATH=/usr/bin:/bin"};
            auto& list = hooks_of(kind);
            if (kind == failing) {
                list.push_back(hook);
                list.back().args.back() += "; echo broken >&2; exit 9";
            }
            list.push_back(hook);
        }
        fs::remove(host_log());
        fs::remove(inner_log());
    }

    struct Ran {
        std::string kind, mounts, directory;
        json::object state;
    };
    static std::vector<Ran> read(const std::string& file) {
        std::vector<Ran> result;
        std::istringstream lines(read_file(file));
        for (std::string line; std::getline(lines, line);) {
            std::istringstream words(line);
            Ran one;
            words >> one.kind >> one.mounts >> one.directory;
            std::string state;
            std::getline(words, state);
            one.state = json::parse(state).as_object();
            result.push_back(std::move(one));
        }
        return result;
    }
    // The kinds of those that ran, in order but for startContainer's, which come last here.
    std::string ran() const {
        std::string text;
        for (const auto& file : {host_log(), inner_log()})
            for (const auto& one : read(file))
                text += one.kind + " ";
        return text;
    }
};

#define HOOK_TEST(name)                                                    \
    struct name##_case : HookContainers {                                  \
        void body();                                                       \
    };                                                                     \
    BOOST_AUTO_TEST_CASE(name) {                                           \
        const std::string reason = ocikit::run::test::why_no_containers(); \
        if (!reason.empty())                                               \
            return ocikit::test::skip(reason);                             \
        name##_case test;                                                  \
        test.body();                                                       \
        test.check_nothing_is_left();                                      \
    }                                                                      \
    void name##_case::body()

}  // namespace

BOOST_AUTO_TEST_SUITE(hooks_of_containers)

HOOK_TEST(each_at_its_time_and_place) {
    add_hooks();
    bundle.set_script("sleep 1000");
    bundle.config.annotations = {{"org.example.key", "value"}};
    bundle.write();
    BOOST_TEST(oci_run(create_words()).status == 0);
    const std::string pid = std::to_string(init_pid());
    BOOST_TEST(ran() == "prestart createRuntime createContainer ");
    BOOST_TEST(oci_run({"start", id()}).status == 0);
    BOOST_TEST(ran() == "prestart createRuntime createContainer poststart startContainer ");
    BOOST_TEST(oci_run({"kill", id(), "KILL"}).status == 0);
    BOOST_TEST(eventually([&] { return state() == "stopped"; }));
    BOOST_TEST(oci_run({"delete", id()}).status == 0);

    auto all = read(host_log());
    const auto inner = read(inner_log());
    all.insert(all.end(), inner.begin(), inner.end());
    const std::string own = fs::read_symlink("/proc/self/ns/mnt").string();
    const std::string path = fs::canonical(bundle.path()).string();
    const struct {
        const char* kind;
        bool outside;
        std::string directory, status, pid;
    } expected[] = {
        {"prestart", true, path, "created", pid},
        {"createRuntime", true, path, "creating", pid},
        {"createContainer", false, path + "/rootfs", "creating", "1"},
        {"poststart", true, path, "running", pid},
        {"poststop", true, path, "stopped", "0"},
        {"startContainer", false, "/", "created", "1"},
    };
    BOOST_TEST_REQUIRE(all.size() == std::size(expected));
    for (std::size_t i = 0; i < all.size(); ++i) {
        const auto& [kind, outside, directory, status, shown_pid] = expected[i];
        BOOST_TEST(all[i].kind == kind);
        if (std::string(kind) != "startContainer")  // busybox prints a link's target in its own way
            BOOST_TEST((all[i].mounts == own) == outside, kind);
        BOOST_TEST(all[i].directory == directory, kind);
        BOOST_TEST(all[i].state.at("status").as_string() == status, kind);
        BOOST_TEST(std::to_string(all[i].state.at("pid").to_number<int>()) == shown_pid, kind);
        BOOST_TEST(all[i].state.at("id").as_string() == id(), kind);
        BOOST_TEST(all[i].state.at("bundle").as_string() == path, kind);
        BOOST_TEST(all[i].state.at("annotations").at("org.example.key").as_string() == "value", kind);
    }
}

HOOK_TEST(a_failure_ends_the_container_and_poststop_hooks_run) {
    const struct {
        std::string kind, version, ran;
        bool fails;
    } cases[] = {
        {"prestart", "1.3.0", "prestart poststop ", true},
        {"createRuntime", "1.3.0", "prestart createRuntime poststop ", true},
        {"createContainer", "1.3.0", "prestart createRuntime createContainer poststop ", true},
        {"startContainer", "1.3.0", "prestart createRuntime createContainer poststop startContainer ", true},
        {"poststart", "1.3.0", "prestart createRuntime createContainer poststart poststop startContainer ",
         true},
        // a warning, and the others aren't run
        {"poststart", "1.2.1", "prestart createRuntime createContainer poststart poststop startContainer ",
         false},
        // a warning, and they are
        {"poststop", "1.3.0",
         "prestart createRuntime createContainer poststart poststop poststop startContainer ", false},
    };
    for (const auto& one : cases) {
        bundle.config.ociVersion = one.version;
        add_hooks(one.kind);
        bundle.set_script("exit 6");
        const Outcome outcome = run();
        BOOST_TEST(outcome.status == (one.fails ? 1 : 6), one.kind << ": " << outcome);
        BOOST_TEST(has(outcome.err, "config.json: /hooks/" + one.kind + "/0: /bin/sh: " + one.kind +
                                        " hook failed with exit code 9; it printed: broken"),
                   outcome);
        BOOST_TEST(has(outcome.err, "warning: ") == !one.fails, outcome);
        BOOST_TEST(ran() == one.ran, one.kind);
        check_nothing_is_left();
    }
}

HOOK_TEST(a_failure_of_start_leaves_a_stopped_container) {
    for (const char* const kind : {"startContainer", "poststart"}) {
        add_hooks(kind);
        bundle.set_script("sleep 1000");
        bundle.write();
        BOOST_TEST(oci_run(create_words()).status == 0);
        const Outcome started = oci_run({"start", id()});
        BOOST_TEST(started.status == 1, started);
        BOOST_TEST(eventually([&] { return state() == "stopped"; }), kind);
        BOOST_TEST(has(oci_run({"start", id()}).err, "cannot start a container that has stopped"));
        BOOST_TEST(oci_run({"delete", id()}).status == 0);
        BOOST_TEST(has(ran(), "poststop "), ran());
    }
}

// It is `run` that made it, and there is nobody else to delete it.
HOOK_TEST(a_failure_of_a_detached_run_leaves_nothing) {
    add_hooks("poststart");
    bundle.set_script("sleep 1000");
    bundle.write();
    const Outcome outcome = oci_run({"run", "--detach", "-b", bundle.path(), id()});
    BOOST_TEST(outcome.status == 1, outcome);
    BOOST_TEST(has(ran(), "poststop "), ran());
    check_nothing_is_left();
}

BOOST_AUTO_TEST_SUITE_END()
