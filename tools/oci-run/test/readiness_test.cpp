// $NOTIFY_SOCKET: what a container's program tells reaches the caller's service manager.
#include <algorithm>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include <ocikit/unique_fd.hpp>

#include "containers.hpp"
#include "support/skip.hpp"

using namespace ocikit;
using namespace ocikit::run::test;

namespace {

// The service manager's end.
class Manager {
  public:
    explicit Manager(const std::string& path)
        : path_(path), socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
        struct sockaddr_un address {};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, path.data(), path.size());
        if (path.starts_with('@'))
            address.sun_path[0] = '\0';
        const auto size = static_cast<socklen_t>(offsetof(struct sockaddr_un, sun_path) + path.size());
        BOOST_REQUIRE(::bind(socket_.get(), reinterpret_cast<struct sockaddr*>(&address), size) == 0);
    }
    ~Manager() { ::unlink(path_.c_str()); }
    Manager(const Manager&) = delete;
    Manager& operator=(const Manager&) = delete;

    // All that has come, a datagram a line, its lines separated by blanks; waits for text.
    std::string told(const std::string& text) {
        eventually([&] {
            take();
            return has(all_, text);
        });
        return all_;
    }
    std::string told_until_now() {
        take();
        return all_;
    }
    ChildOptions options() const {
        return {.input = "/dev/null",
                .before_exec = [path = path_] { ::setenv("NOTIFY_SOCKET", path.c_str(), 1); }};
    }

  private:
    void take() {
        char buffer[4096];
        for (;;) {
            const ssize_t size = ::recv(socket_.get(), buffer, sizeof buffer, MSG_DONTWAIT);
            if (size < 0)
                return;
            std::string line(buffer, static_cast<std::size_t>(size));
            while (line.ends_with('\n'))
                line.pop_back();
            std::replace(line.begin(), line.end(), '\n', ' ');
            all_ += line + "\n";
        }
    }

    std::string path_;
    UniqueFd socket_;
    std::string all_;
};

// busybox has one program that sends datagrams to a socket: logger, whose message may have
// lines of ours below the first.
std::string tell(const std::string& lines) {
    return "ln -sf $NOTIFY_SOCKET /dev/log; busybox logger \"$(printf 'x\\n" + lines + "')\"; ";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(readiness)

CONTAINER_TEST(start_waits_until_the_program_is_ready) {
    Manager manager(directory().path("manager-" + id()));
    bundle.config.process->env.push_back("NOTIFY_SOCKET=/of/an/image");
    bundle.set_script("echo $NOTIFY_SOCKET; " + tell("STATUS=begins") + "sleep 0.3; touch /tmp/now; " +
                      tell("MAINPID=1\\nREADY=1\\nFDSTORE=1\\nSTATUS=runs") + "sleep 1000");
    bundle.config.process->user = spec::User{0, 0, {}, {}, {}};
    bundle.write();
    const Child created(command(create_words()), manager.options());
    BOOST_TEST_REQUIRE(eventually([&] { return state() == "created"; }), created.err());
    BOOST_TEST(manager.told_until_now() == "");
    Child starting(command({"start", id()}), manager.options());
    const std::string told = manager.told("BARRIER");
    const Outcome started = starting.wait();
    BOOST_TEST(started.status == 0, started);
    BOOST_TEST(started.err == "", started);
    BOOST_TEST(std::filesystem::exists(bundle.rootfs("/tmp/now")));
    BOOST_TEST(told == "STATUS=begins\nREADY=1 MAINPID=" + state("pid") + " STATUS=runs\nBARRIER=1\n");
    BOOST_TEST(created.out() == "/run/notify/notify.sock\n");
    BOOST_TEST(oci_run({"delete", "--force", id()}).err == "");
}

CONTAINER_TEST(another_user_and_an_abstract_address) {
    Manager manager("@ocikit-" + id());
    bundle.config.process->user = spec::User{1234, 1234, {}, {}, {}};
    for (auto& mount : bundle.config.mounts)
        if (mount.destination == "/dev")
            mount.options = {"mode=1777"};
    bundle.set_script(tell("READY=1") + "sleep 1000");
    bundle.write();
    Child child(command(run_words({"--detach"})), manager.options());
    const std::string told = manager.told("BARRIER");
    const Outcome outcome = child.wait();
    BOOST_TEST(outcome.status == 0, outcome);
    BOOST_TEST(told == "READY=1 MAINPID=" + state("pid") + "\nBARRIER=1\n");
    BOOST_TEST(oci_run({"delete", "--force", id()}).err == "");
}

// In the foreground oci-run is the service's main process, as long as it runs.
CONTAINER_TEST(run_passes_on_everything) {
    Manager manager(directory().path("manager-" + id()));
    bundle.set_script(tell("READY=1") + tell("WATCHDOG=1") + tell("X=1") + tell("STOPPING=1\\nSTATUS=ends") +
                      "exit 5");
    bundle.write();
    Child child(command(run_words()), manager.options());
    const std::string pid = std::to_string(child.pid());
    BOOST_TEST(manager.told("STOPPING") ==
               "READY=1 MAINPID=" + pid + "\nWATCHDOG=1\nSTOPPING=1 STATUS=ends\n");
    const Outcome outcome = child.wait();
    BOOST_TEST(outcome.status == 5, outcome);
    BOOST_TEST(outcome.err == "", outcome);
}

CONTAINER_TEST(start_ends_with_the_program) {
    Manager manager(directory().path("manager-" + id()));
    bundle.set_script("exit 3");
    bundle.write();
    BOOST_TEST_REQUIRE(Child(command(create_words()), manager.options()).wait().status == 0);
    const Outcome started = oci_run({"start", id()}, manager.options());
    BOOST_TEST(started.status == 0, started);
    BOOST_TEST(manager.told_until_now() == "");
    BOOST_TEST(oci_run({"delete", id()}).err == "");
}

CONTAINER_TEST(other_commands_go_on_while_start_waits) {
    Manager manager(directory().path("manager-" + id()));
    bundle.set_script("sleep 1000");
    bundle.write();
    BOOST_TEST_REQUIRE(Child(command(create_words()), manager.options()).wait().status == 0);
    Child starting(command({"start", id()}), manager.options());
    BOOST_TEST(eventually([&] { return state() == "running"; }));
    BOOST_TEST(oci_run({"update", "--pids-limit", "20", id()}).err == "");
    BOOST_TEST(oci_run({"delete", "--force", id()}).err == "");
    BOOST_TEST(starting.wait().status == 0);
}

CONTAINER_TEST(sockets_that_do_not_serve) {
    bundle.set_script("true");
    bundle.write();
    const auto with = [](const std::string& value) {
        return ChildOptions{.input = "/dev/null",
                            .before_exec = [value] { ::setenv("NOTIFY_SOCKET", value.c_str(), 1); }};
    };
    const Outcome strange = oci_run(run_words(), with("vsock:2:3"));
    BOOST_TEST(strange.status == 1);
    BOOST_TEST(has(strange.err, "vsock:2:3: use $NOTIFY_SOCKET: neither an absolute path nor"), strange);
    const Outcome missing = oci_run(run_words(), with("/no/such/socket"));
    BOOST_TEST(missing.status == 1);
    BOOST_TEST(has(missing.err, "/no/such/socket: connect to $NOTIFY_SOCKET: no such file or directory"),
               missing);
    // nobody is told anything of a container that was made without
    BOOST_TEST_REQUIRE(oci_run(create_words()).status == 0);
    BOOST_TEST(oci_run({"start", id()}, with("/no/such/socket")).status == 0);
    BOOST_TEST(oci_run({"delete", "--force", id()}).err == "");
}

BOOST_AUTO_TEST_SUITE_END()
