// What is kept on disk, the words between command and init, and the log.
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <sys/stat.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <boost/test/unit_test.hpp>

#include <ocikit/error.hpp>

#include "cgroup/cgroup.hpp"
#include "init/protocol.hpp"
#include "log.hpp"
#include "state/state_dir.hpp"
#include "support/temp_dir.hpp"

using namespace ocikit::run;
using ocikit::Error;
using ocikit::test::TempDir;

namespace {

Record sample_record() {
    Record record;
    record.id = "x";
    record.pid = 42;
    record.start_time = 18446744073709551615u;
    record.bundle = "/b \"\xc3\xa9\n";
    record.root = "/b/rootfs";
    record.created = "2024-02-29T00:00:00.000000001Z";
    record.owner = 4294967294u;
    record.program = "/bin/true";
    record.own_pid_namespace = true;
    record.cgroup = {"a/b", {{"memory", 2}, {"cpu,cpuacct", 0}}};
    record.annotations = {{"k", "v"}, {"", ""}};
    return record;
}

std::string message_of(const std::function<void()>& action) {
    try {
        action();
    } catch (const Error& error) {
        return error.what();
    }
    return "no error";
}

std::string content(const std::string& file) {
    std::ostringstream text;
    text << std::ifstream(file, std::ios::binary).rdbuf();
    return text.str();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(state_test)

BOOST_AUTO_TEST_CASE(record_round_trip) {
    const Record record = sample_record();
    const Record again = decode_record(encode_record(record), "state.json");
    BOOST_TEST(again.id == record.id);
    BOOST_TEST(again.pid == record.pid);
    BOOST_TEST(again.start_time == record.start_time);
    BOOST_TEST(again.bundle == record.bundle);
    BOOST_TEST(again.root == record.root);
    BOOST_TEST(again.created == record.created);
    BOOST_TEST(again.owner == record.owner);
    BOOST_TEST(again.program == record.program);
    BOOST_TEST(again.own_pid_namespace == record.own_pid_namespace);
    BOOST_TEST(again.cgroup.path == record.cgroup.path);
    BOOST_TEST((again.cgroup.made == record.cgroup.made));
    BOOST_TEST((again.annotations == record.annotations));
    BOOST_TEST(encode_record(again) == encode_record(record));
}

BOOST_AUTO_TEST_CASE(damaged_records_are_told_as_such) {
    const std::string whole = encode_record(sample_record());
    std::vector<std::string> damaged{"", "{}", "[]", "null", whole + "x", std::string(10, '\0')};
    for (std::size_t size = 1; size < whole.size(); size += 7)
        damaged.push_back(whole.substr(0, size));
    // each member: missing, and of another type
    const boost::json::value parsed = boost::json::parse(whole);
    for (const auto& member : parsed.as_object()) {
        const auto key = member.key();
        boost::json::object object = parsed.as_object();
        object.erase(key);
        damaged.push_back(boost::json::serialize(object));
        object[key] = nullptr;
        damaged.push_back(boost::json::serialize(object));
    }
    for (const auto& text : damaged)
        BOOST_TEST_CONTEXT(text)
    BOOST_TEST(message_of([&] { decode_record(text, "/s/state.json"); }) ==
               "/s/state.json: read the container's state: the file is damaged");
}

BOOST_AUTO_TEST_CASE(timestamps_are_rfc_3339) {
    const std::string time = timestamp();
    BOOST_TEST(time.size() == std::string("2024-02-29T00:00:00.000000001Z").size());
    for (std::size_t i = 0; i < time.size(); ++i) {
        const std::string shape = "dddd-dd-ddTdd:dd:dd.dddddddddZ";
        BOOST_TEST(
            (shape[i] == 'd' ? std::isdigit(static_cast<unsigned char>(time[i])) != 0 : time[i] == shape[i]),
            time);
    }
    const std::string later = timestamp();
    BOOST_TEST(later >= time);
}

BOOST_AUTO_TEST_CASE(ids) {
    for (const std::string& id : {std::string("a"), std::string("A-9_z.b+c"), std::string("..."),
                                  std::string("-"), std::string(255, 'x')})
        BOOST_CHECK_NO_THROW(check_id(id));
    for (const std::string& id : {std::string(), std::string("."), std::string(".."), std::string("a/b"),
                                  std::string("../a"), std::string("a b"), std::string("a\0b", 3),
                                  std::string("\xc3\xa9"), std::string("a\n"), std::string(256, 'x')})
        BOOST_TEST(message_of([&] { check_id(id); }).starts_with("invalid container ID format: "));
}

BOOST_AUTO_TEST_CASE(state_directories) {
    const TempDir temp;
    const std::string root = temp.path("new/run");
    BOOST_TEST(StateDir::list(root).empty());
    BOOST_TEST(!StateDir::try_open(root, "a").has_value());
    BOOST_TEST(message_of([&] { StateDir::open(root, "a"); }) ==
               "container does not exist: a (no state in " + root + ")");
    {
        StateDir kept = StateDir::create(root, "b");
        kept.keep();
        StateDir::create(root, "a").keep();
        const StateDir gone = StateDir::create(root, "c");
        BOOST_TEST(StateDir::list(root) == (std::vector<std::string>{"a", "b", "c"}),
                   boost::test_tools::per_element());
        BOOST_TEST(message_of([&] { StateDir::create(root, "c"); }) ==
                   "container with given ID already exists: c");
        const StateDir seen = StateDir::open(root, "c");
        BOOST_TEST((seen.is_being_made() && !gone.is_being_made()));
        BOOST_TEST(!StateDir::open(root, "b").is_being_made());
        gone.save_config("{}");
        gone.save(sample_record());
    }
    BOOST_TEST(StateDir::list(root) == (std::vector<std::string>{"a", "b"}),
               boost::test_tools::per_element());
    struct stat st {};
    BOOST_TEST_REQUIRE(::stat(root.c_str(), &st) == 0);
    BOOST_TEST((st.st_mode & 07777) == 0700u);

    StateDir b = StateDir::open(root, "b");
    BOOST_TEST(!b.load().has_value());
    b.save(sample_record());
    b.save_config("{}\n");
    BOOST_TEST(b.load()->pid == 42);
    BOOST_TEST(b.load_config() == "{}\n");
    BOOST_TEST(!b.waits_for_start());
    {
        const auto socket = b.listen_for_start();
        BOOST_TEST(b.waits_for_start());
        BOOST_TEST(b.connect_for_start().get() >= 0);
    }
    BOOST_TEST(b.waits_for_start());
    b.end_wait_for_start();
    BOOST_TEST(!b.waits_for_start());
    std::ofstream(root + "/b/.state.json.new") << "a write that was cut off";
    b.remove();
    StateDir::open(root, "a").remove();
    BOOST_TEST(std::filesystem::is_empty(root));
}

BOOST_AUTO_TEST_CASE(cgroup_paths) {
    const struct {
        const char* given;
        const char* expected;
    } cases[] = {
        {"/a/b", "a/b"}, {"a", "a"}, {"//a/./b//", "a/b"}, {"/a..b", "a..b"}, {"slice:x:y", "slice:x:y"},
    };
    for (const auto& [given, expected] : cases) {
        const std::string path = given;
        BOOST_TEST(cgroup_path(&path, "x") == expected);
    }
    BOOST_TEST(cgroup_path(nullptr, "x") == "oci-run-x");
    const std::string none;
    BOOST_TEST(cgroup_path(&none, "x") == "oci-run-x");
    const std::string longest(255, 'a');
    BOOST_TEST(cgroup_path(nullptr, longest.substr(8)) == "oci-run-" + longest.substr(8));
    const std::string shortened = cgroup_path(nullptr, longest);
    BOOST_TEST(shortened.size() == 255u);
    BOOST_TEST(shortened != cgroup_path(nullptr, longest.substr(1)));
    for (const std::string path : {"/a/../..", ".."})
        BOOST_TEST(message_of([&] { cgroup_path(&path, "x"); }) ==
                   "config.json: /linux/cgroupsPath: \"" + path + "\" has a \"..\"");
    for (const std::string path : {"/", "/./"})
        BOOST_TEST(message_of([&] { cgroup_path(&path, "x"); }) ==
                   "config.json: /linux/cgroupsPath: \"" + path +
                       "\" names no cgroup of the container's own");
}

BOOST_AUTO_TEST_CASE(failures_cross_the_channel) {
    const Error error({.operation = "open", .object = "/x", .reason = "", .code = ENOENT, .hint = "look"});
    const InitFailure failure = decode_failure(encode_failure(error, {"a", "a/b"}));
    BOOST_TEST(failure.error.what() == std::string("/x: open: no such file or directory"));
    BOOST_TEST(failure.error.code() == ENOENT);
    BOOST_TEST(failure.error.hint() == "look");
    BOOST_TEST(failure.made == (std::vector<std::string>{"a", "a/b"}), boost::test_tools::per_element());
    BOOST_TEST(decode_failure(encode_failure(error, {})).made.empty());

    // as many paths as a message can take; the text is never the one that is cut
    const InitFailure many =
        decode_failure(encode_failure(error, std::vector<std::string>(100, std::string(1000, 'p'))));
    BOOST_TEST(many.error.what() == std::string(error.what()));
    BOOST_TEST(many.made.size() >= 10u);
    BOOST_TEST(many.made.back().size() == 1000u);

    for (const std::string& text : {std::string(), std::string("x"), std::string("\0\0\0\0", 4)})
        BOOST_CHECK_NO_THROW(decode_failure(text));
}

BOOST_AUTO_TEST_CASE(messages_cross_the_channel) {
    auto [one, other] = Channel::make_pair();
    send_message(one, MessageType::warning, "careful");
    send_message(one, MessageType::console, "/dev/pts/0", 0);
    one.send("?");
    one.close();
    const auto warning = receive_message(other);
    BOOST_TEST((warning->type == MessageType::warning));
    BOOST_TEST(warning->text == "careful");
    BOOST_TEST(warning->descriptor.get() == -1);
    const auto console = receive_message(other);
    BOOST_TEST((console->type == MessageType::console));
    BOOST_TEST(console->descriptor.get() > 2);
    BOOST_TEST(message_of([&, &end = other] { receive_message(end); }) ==
               "the container's process sent a message that can't be understood");
    BOOST_TEST(!receive_message(other).has_value());
}

// init may fail, tell so and end before it has read what the command sends meanwhile.
BOOST_AUTO_TEST_CASE(the_last_words_of_an_end_that_did_not_listen) {
    auto [one, other] = Channel::make_pair();
    send_message(other, MessageType::go);
    send_message(one, MessageType::error, "why");
    one.close();
    const auto message = receive_message(other);
    BOOST_TEST_REQUIRE(message.has_value());
    BOOST_TEST(message->text == "why");
    BOOST_TEST(!receive_message(other).has_value());
}

BOOST_AUTO_TEST_CASE(errors_are_logged) {
    const TempDir temp;
    const std::string file = temp.path("log.json");
    const std::string message = "run x: \"a\"\nb\\";
    log_error(file, LogFormat::json, message);
    const auto line = boost::json::parse(content(file)).as_object();
    BOOST_TEST(line.size() == 3u);
    BOOST_TEST(line.at("level").as_string() == "error");
    BOOST_TEST(line.at("msg").as_string() == message);
    BOOST_TEST(line.at("time").as_string().size() == timestamp().size());
    BOOST_TEST(content(file).find('\n') == content(file).size() - 1);

    log_error(file, LogFormat::json, message);
    BOOST_TEST(content(file).size() > boost::json::serialize(line).size() * 2);

    log_error(temp.path("log"), LogFormat::text, message);
    BOOST_TEST(content(temp.path("log")).ends_with(" level=error msg=\"run x: \\\"a\\\"\\nb\\\\\"\n"));
}

BOOST_AUTO_TEST_SUITE_END()
