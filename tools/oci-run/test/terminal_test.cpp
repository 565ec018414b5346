// Containers with a terminal: in the foreground, and handed on by a socket.
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include <ocikit/unique_fd.hpp>

#include "containers.hpp"
#include "kernel/channel.hpp"
#include "support/skip.hpp"
#include "terminals.hpp"

using namespace ocikit::run::test;
using ocikit::UniqueFd;
using ocikit::run::Channel;
namespace fs = std::filesystem;

BOOST_AUTO_TEST_SUITE(terminal)

CONTAINER_TEST(run_at_a_terminal) {
    const Terminal terminal(33, 99);
    bundle.config.process->terminal = true;
    bundle.set_script(
        "tty; stty size; readlink /proc/self/fd/0; stat -c '%t:%T' /dev/console; echo end; exit 23");
    bundle.write();
    Child child(command(run_words()), terminal.options());
    const std::string text = read_until(terminal.master.get(), "end");
    BOOST_TEST(child.wait().status == 23);
    BOOST_TEST(text.starts_with("/dev/pts/0\r\n33 99\r\n/dev/pts/0\r\n88:0\r\n"), text);
    struct termios modes {};
    BOOST_TEST_REQUIRE(::tcgetattr(terminal.slave.get(), &modes) == 0);
    BOOST_TEST((modes.c_lflag & ICANON) != 0u, "the terminal has its modes back");
}

CONTAINER_TEST(what_is_typed_reaches_the_program) {
    const Terminal terminal;
    bundle.config.process->terminal = true;
    bundle.set_script(
        "stty -echo; echo ready; read a; echo \"got $a\"; trap 'echo interrupted; exit 4' INT; echo now; "
        "while true; do sleep 0.02; done");
    bundle.write();
    Child child(command(run_words()), terminal.options());
    BOOST_TEST(has(read_until(terminal.master.get(), "ready"), "ready"));
    terminal.type("some words\n");
    BOOST_TEST(has(read_until(terminal.master.get(), "now"), "got some words"));
    terminal.type("\x03");  // of the container's terminal, not of oci-run's
    BOOST_TEST(has(read_until(terminal.master.get(), "interrupted"), "interrupted"));
    BOOST_TEST(child.wait().status == 4);
}

CONTAINER_TEST(the_size_follows) {
    const Terminal terminal(10, 20);
    bundle.config.process->terminal = true;
    bundle.set_script(
        "trap 'stty size; exit 0' WINCH; stty size; echo ready; while true; do sleep 0.02; done");
    bundle.write();
    Child child(command(run_words()), terminal.options());
    BOOST_TEST(has(read_until(terminal.master.get(), "ready"), "10 20"));
    const struct winsize size { 40, 50, 0, 0 };
    BOOST_TEST(::ioctl(terminal.master.get(), TIOCSWINSZ, &size) == 0);
    BOOST_TEST(has(read_until(terminal.master.get(), "40 50"), "40 50"));
    BOOST_TEST(child.wait().status == 0);
}

CONTAINER_TEST(the_size_of_the_configuration) {
    bundle.config.process->terminal = true;
    bundle.config.process->consoleSize = ocikit::spec::ConsoleSize{11, 22};
    bundle.set_script("stty size; id -u; stat -c %u /dev/pts/0");
    bundle.config.process->user = ocikit::spec::User{12, 34, {}, {}, {}};
    // without a terminal of the caller's
    const Outcome outcome = run();
    BOOST_TEST(outcome.out == "11 22\r\n12\r\n12\r\n", outcome);
}

CONTAINER_TEST(much_output_comes_whole) {
    bundle.config.process->terminal = true;
    bundle.set_script("stty -onlcr; seq 1 50000");
    const Outcome outcome = run();
    BOOST_TEST(outcome.status == 0);
    BOOST_TEST(outcome.out.starts_with("1\n2\n3\n"));
    BOOST_TEST(outcome.out.ends_with("49999\n50000\n"));
    BOOST_TEST(outcome.out.size() == 288894u);
}

CONTAINER_TEST(create_hands_the_terminal_on) {
    bundle.config.process->terminal = true;
    bundle.set_script("echo here; read a; echo \"got $a\"");
    bundle.write();
    const std::string path = bundle.directory().path("console.sock");
    const ConsoleSocket socket(path);
    const Outcome created = oci_run(create_words({"--console-socket", path}));
    BOOST_TEST(created.status == 0, created);
    auto message = socket.receive();
    BOOST_TEST_REQUIRE(message.has_value());
    BOOST_TEST(message->text == "/dev/pts/0");
    BOOST_TEST(::isatty(message->descriptor.get()) == 1);
    BOOST_TEST(oci_run({"start", id()}).status == 0);
    BOOST_TEST(has(read_until(message->descriptor.get(), "here"), "here"));
    BOOST_TEST(::write(message->descriptor.get(), "x\n", 2) == 2);
    BOOST_TEST(has(read_until(message->descriptor.get(), "got x"), "got x"));
    BOOST_TEST(eventually([&] { return state() == "stopped"; }));
    BOOST_TEST(oci_run({"delete", id()}).status == 0);
}

CONTAINER_TEST(a_socket_path_may_be_long) {
    bundle.config.process->terminal = true;
    bundle.set_script("true");
    bundle.write();
    const std::string path = bundle.directory().path("s");
    const ConsoleSocket socket(path);
    const std::string folder = bundle.directory().path(std::string(150, 'd'));
    fs::create_directory(folder);
    fs::rename(path, folder + "/s");
    BOOST_TEST(oci_run(run_words({"--detach", "--console-socket", folder + "/s"})).status == 0);
    BOOST_TEST(socket.receive().has_value());
    BOOST_TEST(eventually([&] { return state() == "stopped"; }));
    BOOST_TEST(oci_run({"delete", id()}).status == 0);
}

CONTAINER_TEST(what_does_not_go_together) {
    const std::string socket = bundle.directory().path("none.sock");
    const auto expect = [&](const std::vector<std::string>& words, const std::string& text) {
        bundle.write();
        const Outcome outcome = oci_run(words);
        BOOST_TEST(outcome.status == 1);
        BOOST_TEST(has(outcome.err, text), outcome);
    };
    bundle.config.process->terminal = true;
    const std::string needed =
        "cannot allocate a terminal if oci-run will detach without setting console socket";
    expect(create_words(), needed);
    expect(run_words({"--detach"}), needed);
    const std::string useless = "cannot use console socket if oci-run will not detach or allocate a terminal";
    expect(run_words({"--console-socket", socket}), useless);
    expect(create_words({"--console-socket", socket}),
           socket + ": connect to the console socket: no such file or directory");
    bundle.config.process->terminal = false;
    expect(create_words({"--console-socket", socket}), useless);
    bundle.config.process->terminal = true;
    std::erase_if(bundle.config.mounts, [](const auto& mount) { return mount.type == "devpts"; });
    expect(run_words(), "/dev/pts/ptmx: open a terminal in the container: no such file or directory");
}

BOOST_AUTO_TEST_SUITE_END()
