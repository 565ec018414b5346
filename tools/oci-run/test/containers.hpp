// Tests with real containers: a bundle, the real oci-run, and a look at what is left.
#pragma once

#include <string>
#include <vector>

#include <ocikit/config.hpp>

#include "child.hpp"

namespace ocikit::run::test {

// A configuration with everything that engines ask for, and the shell as the program.
spec::Config usual_config();

// A bundle with busybox as its whole root filesystem.
class Bundle {
  public:
    enum class Content { busybox_and_links, busybox_only, nothing };
    explicit Bundle(Content content = Content::busybox_and_links);

    spec::Config config = usual_config();

    const std::string& path() const { return directory_.path(); }
    std::string rootfs(const std::string& name = "") const { return directory_.path("rootfs" + name); }
    const TempDir& directory() const { return directory_; }
    // Gives the program by a script of its shell.
    void set_script(const std::string& script) { config.process->args = {"/bin/sh", "-c", script}; }
    void add_mount(const std::string& destination, const std::string& type, const std::string& source,
                   std::vector<std::string> options);
    void write() const;  // config.json

  private:
    TempDir directory_;
};

// Where a test runs its containers: a root directory of state, ids of its own, a bundle.
class Containers {
  public:
    Containers();
    // A test that failed half-way has left its containers.
    ~Containers();
    Containers(const Containers&) = delete;
    Containers& operator=(const Containers&) = delete;

    Bundle bundle;

    const std::string& id() const { return id_; }
    const std::string& state_root() const { return state_.path(); }
    const TempDir& directory() const { return state_; }
    // The command line: oci-run --root … and these.
    std::vector<std::string> command(const std::vector<std::string>& args) const;
    Outcome oci_run(const std::vector<std::string>& args, const ChildOptions& options = {}) const;
    // `run` of the bundle, of which config.json is written first.
    Outcome run(const std::vector<std::string>& more = {}, const ChildOptions& options = {}) const;
    Outcome run_script(const std::string& script);
    std::vector<std::string> run_words(const std::vector<std::string>& more = {}) const;
    std::vector<std::string> create_words(const std::vector<std::string>& more = {}) const;
    // The value of a member of `state`, as text; "" if there is no container.
    std::string state(const std::string& member = "status") const;
    pid_t init_pid() const;

    // What is left of any container of this test, a line each.
    std::string leftovers() const;
    void check_nothing_is_left() const;

  private:
    TempDir state_;
    std::string id_;
};

// Why this machine can't run containers; "" if it can.
std::string why_no_containers();

// Whether this process has a capability in force.
bool has_capability(unsigned number);

// True for the unified hierarchy only.
bool is_cgroup_v2();
// The directories that a cgroup path has in all the hierarchies.
std::vector<std::string> cgroup_directories(const std::string& path);

// Whether a program is found through PATH.
bool is_installed(const std::string& program);

bool has(const std::string& text, const std::string& part);

}  // namespace ocikit::run::test

// A test case that is a member function of its own Containers.
#define CONTAINER_TEST(name)                                               \
    struct name##_case : ocikit::run::test::Containers {                   \
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
