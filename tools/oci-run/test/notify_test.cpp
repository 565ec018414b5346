// Seccomp profiles with a listener, which is a thread of this test.
#include <cerrno>
#include <cstring>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <ocikit/unique_fd.hpp>

#include "containers.hpp"
#include "support/skip.hpp"

using namespace ocikit::run::test;
using ocikit::UniqueFd;
namespace spec = ocikit::spec;
namespace json = boost::json;

namespace {

constexpr int answer = 71;  // EPROTO: no mkdir(2) gives it by itself

// Takes one connection, and answers calls with an errno until the container has gone.
class Listener {
  public:
    explicit Listener(const std::string& path) : socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        struct sockaddr_un address {};
        address.sun_family = AF_UNIX;
        std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
        BOOST_TEST_REQUIRE(
            ::bind(socket_.get(), reinterpret_cast<const struct sockaddr*>(&address), sizeof address) == 0);
        BOOST_TEST_REQUIRE(::listen(socket_.get(), 1) == 0);
        thread_ = std::thread([this] { listen(); });
    }
    // What was sent on the connection.
    json::object finish() {
        ::shutdown(socket_.get(), SHUT_RDWR);
        thread_.join();
        return text_.empty() ? json::object{} : json::parse(text_).as_object();
    }

  private:
    void listen() {
        const UniqueFd connection(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (!connection)
            return;
        const UniqueFd notifications = receive(connection);
        struct seccomp_notif call {};
        while (is_readable(notifications) &&
               ::ioctl(notifications.get(), SECCOMP_IOCTL_NOTIF_RECV, &call) == 0) {
            struct seccomp_notif_resp response {};
            response.id = call.id;
            response.error = -answer;
            ::ioctl(notifications.get(), SECCOMP_IOCTL_NOTIF_SEND, &response);
            call = {};
        }
    }

    // Before Linux 6.11 NOTIF_RECV waits even when nobody is left who could call.
    static bool is_readable(const UniqueFd& notifications) {
        struct pollfd events {
            notifications.get(), POLLIN, 0
        };
        return notifications && ::poll(&events, 1, -1) == 1 && (events.revents & POLLIN) != 0;
    }

    // All that is sent, and the descriptor that comes with its first part.
    UniqueFd receive(const UniqueFd& connection) {
        UniqueFd result;
        for (;;) {
            char bytes[4096];
            struct iovec part {
                bytes, sizeof bytes
            };
            union {
                char control[CMSG_SPACE(sizeof(int))];
                struct cmsghdr align;
            } buffer;
            struct msghdr header {};
            header.msg_iov = &part;
            header.msg_iovlen = 1;
            header.msg_control = buffer.control;
            header.msg_controllen = sizeof buffer.control;
            const ssize_t length = ::recvmsg(connection.get(), &header, MSG_CMSG_CLOEXEC);
            if (length <= 0)
                return result;
            if (struct cmsghdr* const c = CMSG_FIRSTHDR(&header)) {
                int fd;
                std::memcpy(&fd, CMSG_DATA(c), sizeof fd);
                result.reset(fd);
            }
            text_.append(bytes, static_cast<std::size_t>(length));
        }
    }

    UniqueFd socket_;
    std::string text_;
    std::thread thread_;
};

void notify_of_mkdir(spec::Config& config, const std::string& path) {
    auto& seccomp = config.linux->seccomp.emplace();
    seccomp.defaultAction = spec::SeccompAction::allow;
    seccomp.listenerPath = path;
    seccomp.listenerMetadata = "some \"metadata\"";
    seccomp.syscalls = {{{"mkdir", "mkdirat"}, spec::SeccompAction::notify, {}, {}}};
}

constexpr const char* script = "mkdir /tmp/x; touch /tmp/y && echo end";
constexpr const char* expected = "mkdir: can't create directory '/tmp/x': Protocol error\n";

}  // namespace

BOOST_AUTO_TEST_SUITE(notify)

CONTAINER_TEST(a_listener_answers_the_program) {
    const std::string path = directory().path() + "-listener";
    notify_of_mkdir(bundle.config, path);
    bundle.config.annotations["a"] = std::string(40000, 'x');  // more than one message takes
    for (const bool no_new_privileges : {false, true}) {
        bundle.config.process->noNewPrivileges = no_new_privileges;
        Listener listener(path);
        const Outcome outcome = run_script(script);
        BOOST_TEST(outcome.err == expected, outcome);
        BOOST_TEST(outcome.out == "end\n", outcome);
        const json::object told = listener.finish();
        BOOST_TEST(json::serialize(told.at("fds")) == R"(["seccompFd"])");
        BOOST_TEST(told.at("ociVersion").as_string() == "1.3.0");
        BOOST_TEST(told.at("metadata").as_string() == "some \"metadata\"");
        const json::object& state = told.at("state").as_object();
        BOOST_TEST(state.at("id").as_string() == id());
        BOOST_TEST(state.at("status").as_string() == "creating");
        BOOST_TEST(state.at("bundle").as_string() == bundle.path());
        BOOST_TEST(state.at("pid").as_int64() == told.at("pid").as_int64());
        BOOST_TEST(state.at("annotations").at("a").as_string().size() == 40000u);
        ::unlink(path.c_str());
    }
}

CONTAINER_TEST(create_and_start) {
    const std::string path = directory().path() + "-listener";
    notify_of_mkdir(bundle.config, path);
    for (const bool hooks : {false, true}) {
        if (hooks)
            bundle.config.hooks.emplace().startContainer = {{"/bin/true", {}, {}, {}}};
        Listener listener(path);
        bundle.set_script(script);
        bundle.write();
        Child created(command(create_words()));
        BOOST_TEST_REQUIRE(eventually([&] { return state() == "created"; }));
        BOOST_TEST(created.err() == "");
        const Outcome started = oci_run({"start", id()});
        BOOST_TEST(started.status == 0, started);
        BOOST_TEST(eventually([&] { return state() == "stopped"; }));
        BOOST_TEST(created.err() == expected);
        BOOST_TEST(created.out() == "end\n");
        oci_run({"delete", id()});
        BOOST_TEST(listener.finish().at("state").at("id").as_string() == id());
        ::unlink(path.c_str());
    }
}

// What they tell comes out as they fail.
CONTAINER_TEST(hooks_in_the_container_are_listened_to) {
    const std::string path = directory().path() + "-listener";
    notify_of_mkdir(bundle.config, path);
    bundle.config.hooks.emplace().startContainer = {{"/bin/mkdir", {"mkdir", "/tmp/x"}, {}, {}}};
    for (const bool no_new_privileges : {false, true}) {
        bundle.config.process->noNewPrivileges = no_new_privileges;
        Listener listener(path);
        const Outcome outcome = run_script("true");
        BOOST_TEST(outcome.status == 1, outcome);
        BOOST_TEST(has(outcome.err, "it printed: " + std::string(expected)), outcome);
        BOOST_TEST(listener.finish().at("state").at("id").as_string() == id());
        ::unlink(path.c_str());
    }
}

CONTAINER_TEST(a_program_that_exec_adds) {
    const std::string path = directory().path() + "-listener";
    bundle.set_script("sleep 60");
    notify_of_mkdir(bundle.config, path);
    Listener first(path);
    bundle.write();
    BOOST_TEST_REQUIRE(oci_run(create_words()).status == 0);
    BOOST_TEST_REQUIRE(oci_run({"start", id()}).status == 0);
    // the thread serves the first container's process; the next one has a listener of its own
    ::unlink(path.c_str());
    Listener second(path);
    const Outcome outcome = oci_run({"exec", id(), "/bin/sh", "-c", script});
    BOOST_TEST(outcome.err == expected, outcome);
    BOOST_TEST(outcome.out == "end\n", outcome);
    const json::object told = second.finish();
    BOOST_TEST(told.at("state").at("status").as_string() == "running");
    BOOST_TEST(told.at("pid").as_int64() != told.at("state").at("pid").as_int64());
    oci_run({"delete", "--force", id()});
    first.finish();
    ::unlink(path.c_str());
}

CONTAINER_TEST(without_a_listener_there_is_no_container) {
    const std::string path = directory().path() + "-listener";
    notify_of_mkdir(bundle.config, path);
    for (const auto& words : {run_words(), create_words()}) {
        bundle.write();
        const Outcome outcome = oci_run(words);
        BOOST_TEST(outcome.status == 1);
        BOOST_TEST(has(outcome.err, "config.json: /linux/seccomp/listenerPath: " + path +
                                        ": connect to the listener's socket: no such file or directory"),
                   outcome);
        BOOST_TEST(state() == "");
    }
    // nobody is notified: nobody is needed
    bundle.config.linux->seccomp->syscalls.clear();
    BOOST_TEST(run_script("true").status == 0);
}

BOOST_AUTO_TEST_SUITE_END()
