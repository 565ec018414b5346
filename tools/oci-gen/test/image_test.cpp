// Images become configs and bundles.
#include <csignal>
#include <filesystem>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include "image/test/sample_layout.hpp"
#include "support/run_program.hpp"

using namespace ocikit::image::test;
using ocikit::test::Outcome;
using ocikit::test::run_program;
namespace json = boost::json;
namespace fs = std::filesystem;

namespace {

constexpr const char* platform_text =
    R"("os": "linux", "architecture": "amd64", "variant": "v1", "os.version": "5", "os.features": ["a", "b"],
       "author": "somebody", "created": "2001-02-03T04:05:06Z")";

struct Sample : SampleLayout {
    const RawTar root = RawTar()
                            .add("./", '5')
                            .add("etc", '5')
                            .add("etc/passwd", '0', "root:x:0:0::/:/bin/sh\nweb:x:33:44::/:/bin/sh\n")
                            .add("etc/group", '0', "web:x:44:\none:x:55:web\ntwo:x:66:other,web\n")
                            .owner(33, 44)
                            .mode(0700)
                            .add("data", '5')
                            .add("data/x", '0', "x");

    void make(const std::string& config, const std::string& platform = platform_text) const {
        index(image({{.tar = root.finished(), .compress = "gzip -n"}}, config, tagged("v1"), platform));
    }
    Outcome gen(const std::vector<std::string>& more, const std::string& file = "layout") const {
        std::vector<std::string> command{OCIKIT_PROGRAM, "--platform", "linux/amd64", "--image", path(file)};
        command.insert(command.end(), more.begin(), more.end());
        return run_program(command);
    }
    json::value config(const std::vector<std::string>& more = {}) const {
        const Outcome outcome = gen(more);
        BOOST_TEST_REQUIRE(outcome.status == 0, outcome.err);
        return json::parse(outcome.out);
    }
    json::value unpacked(const std::vector<std::string>& more = {}) const {
        fs::remove_all(path("bundle"));
        std::vector<std::string> words{"--unpack", "-o", path("bundle")};
        words.insert(words.end(), more.begin(), more.end());
        const Outcome outcome = gen(words);
        BOOST_TEST_REQUIRE(outcome.status == 0, outcome.err);
        return json::parse(read_file(path("bundle/config.json")));
    }
    bool is_empty(const std::string& name) const {
        return !fs::exists(path(name)) || fs::is_empty(path(name));
    }
};

std::string text(const json::value& value) {
    return json::serialize(value);
}

}  // namespace

BOOST_FIXTURE_TEST_CASE(configs_are_converted, Sample) {
    make(
        R"({"User": "1000:2000", "Env": ["A=1", "PATH=/x", "B="], "Entrypoint": ["/e", "1"], "Cmd": ["c", "2"],
             "WorkingDir": "/w", "StopSignal": "SIGQUIT", "ExposedPorts": {"80/tcp": {}, "53/udp": {}},
             "Volumes": {"/data": {}, "rel//": {}, "/proc/x": {}, "/tmp/../dev": {}},
             "Labels": {"l": "1", "org.opencontainers.image.author": "label", "run.oci.handler": "krun",
                        "org.systemd.property.ExecStart": "x", "krun.x": "1", "org.criu.config": "/x"}})");
    const Outcome outcome = gen({});
    BOOST_TEST_REQUIRE(outcome.status == 0, outcome.err);
    const json::value config = json::parse(outcome.out);
    const json::value& process = config.at("process");
    BOOST_TEST(text(process.at("args")) == R"(["/e","1","c","2"])");
    BOOST_TEST(text(process.at("env")) == R"(["A=1","PATH=/x","B="])");
    BOOST_TEST(text(process.at("cwd")) == R"("/w")");
    BOOST_TEST(text(process.at("user")) == R"({"uid":1000,"gid":2000})");
    BOOST_TEST(
        (config.at("annotations") == json::value{{"l", "1"},
                                                 {"org.opencontainers.image.architecture", "amd64"},
                                                 {"org.opencontainers.image.author", "label"},
                                                 {"org.opencontainers.image.created", "2001-02-03T04:05:06Z"},
                                                 {"org.opencontainers.image.exposedPorts", "53/udp,80/tcp"},
                                                 {"org.opencontainers.image.os", "linux"},
                                                 {"org.opencontainers.image.os.features", "a,b"},
                                                 {"org.opencontainers.image.os.version", "5"},
                                                 {"org.opencontainers.image.stopSignal", "SIGQUIT"},
                                                 {"org.opencontainers.image.variant", "v1"}}),
        text(config.at("annotations")));
    for (const char* key : {"run.oci.handler", "org.systemd.property.ExecStart", "krun.x", "org.criu.config"})
        BOOST_TEST(outcome.err.find(std::string("label \"") + key + "\" is left out") != std::string::npos);
    std::string volumes;
    for (const json::value& mount : config.at("mounts").as_array())
        if (text(mount).find("tmpcopyup") != std::string::npos)
            volumes += text(mount.at("destination"));
    BOOST_TEST(volumes == R"("/data""/rel")");
    for (const char* volume : {"/proc/x", "/tmp/../dev"})
        BOOST_TEST(outcome.err.find(std::string("volume \"") + volume + "\" is left out") !=
                   std::string::npos);
    BOOST_TEST(config.at("root").at("readonly").as_bool() == false);
    BOOST_TEST(text(this->config({"--image-volume", "ignore"}).at("mounts")).find("/data") ==
               std::string::npos);
    BOOST_TEST(text(this->config({"--profile", "hardened"}).at("root")).find(R"("readonly":true)") !=
               std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(what_the_image_leaves_open_stays, Sample) {
    make("{}", linux_amd64);
    const json::value config = this->config();
    BOOST_TEST(text(config.at("process").at("args")) == R"(["sh"])");
    BOOST_TEST(text(config.at("process").at("cwd")) == R"("/")");
    BOOST_TEST(text(config.at("process").at("env")).find("PATH=") != std::string::npos);
    BOOST_TEST(text(config.at("annotations")) ==
               R"({"org.opencontainers.image.architecture":"amd64","org.opencontainers.image.os":"linux"})");
}

BOOST_FIXTURE_TEST_CASE(options_override_the_image, Sample) {
    make(R"({"User": "1000", "Env": ["A=1"], "Entrypoint": ["/e"], "Cmd": ["c"], "WorkingDir": "/w"})");
    const auto args = [this](const std::vector<std::string>& more) {
        return text(config(more).at("process").at("args"));
    };
    BOOST_TEST(args({"--", "x", "y"}) == R"(["/e","x","y"])");
    BOOST_TEST(args({"--entrypoint", "/n"}) == R"(["/n"])");
    BOOST_TEST(args({"--entrypoint", "/n", "--", "x"}) == R"(["/n","x"])");
    const json::value changed =
        config({"-e", "A=2", "-e", "C=3", "-w", "/v", "-u", "7:8", "--stop-signal", "SIGINT"});
    BOOST_TEST(text(changed.at("process").at("env")).starts_with(R"(["A=2",)"));
    BOOST_TEST(text(changed.at("process").at("cwd")) == R"("/v")");
    BOOST_TEST(text(changed.at("process").at("user").at("uid")) == "7");
    BOOST_TEST(text(changed.at("annotations").at("org.opencontainers.image.stopSignal")) == R"("SIGINT")");
}

BOOST_FIXTURE_TEST_CASE(users_are_looked_up_in_the_unpacked_root, Sample) {
    const struct {
        std::string user;
        std::string expected;
    } cases[] = {
        {"web", R"({"uid":33,"gid":44,"additionalGids":[55,66]})"},
        {"web:two", R"({"uid":33,"gid":66})"},
        {"web:7", R"({"uid":33,"gid":7})"},
        {"33", R"({"uid":33,"gid":44})"},
        {"33:one", R"({"uid":33,"gid":55})"},
        {"1000", R"({"uid":1000,"gid":0})"},
        {"", R"({"uid":0,"gid":0})"},
    };
    for (const auto& [user, expected] : cases) {
        make(R"({"User": ")" + user + "\"}");
        BOOST_TEST(text(unpacked().at("process").at("user")) == expected, user);
    }
    for (const char* user : {"nobody", "web:nobody", "4294967295", "1000:4294967296"}) {
        make(std::string(R"({"User": ")") + user + "\"}");
        fs::remove_all(path("bundle"));
        const Outcome outcome = gen({"--unpack", "-o", path("bundle")});
        BOOST_TEST(outcome.status == 1, user);
        BOOST_TEST(outcome.err.find("the image's user") != std::string::npos, outcome.err);
        BOOST_TEST(is_empty("bundle"));
    }
    // without a root there is nowhere to look
    make(R"({"User": "web"})");
    const Outcome outcome = gen({"-o", path("config.json")});
    BOOST_TEST(outcome.status == 2);
    BOOST_TEST(outcome.err.find("names of users and groups are looked up") != std::string::npos, outcome.err);
}

BOOST_FIXTURE_TEST_CASE(bundles_are_made, Sample) {
    make(R"({"Cmd": ["/bin/x"], "Volumes": {"/data": {}}})");
    const json::value config = unpacked();
    BOOST_TEST(read_file(path("bundle/rootfs/data/x")) == "x");
    BOOST_TEST(text(config.at("root").at("path")) == R"("rootfs")");
    const std::string mounts = text(config.at("mounts"));
    BOOST_TEST(mounts.find(R"("mode=700","uid=33","gid=44")") != std::string::npos, mounts);
    struct stat status {};
    BOOST_TEST(::stat(path("bundle").c_str(), &status) == 0);
    BOOST_TEST((status.st_mode & 07777) == 0700u);
    BOOST_TEST(::stat(path("bundle/rootfs/data").c_str(), &status) == 0);
    BOOST_TEST((status.st_mode & 07777) == 0700u);
    if (::geteuid() == 0) {
        BOOST_TEST(status.st_uid == 33u);
        // the user namespace's owners
        const json::value mapped = unpacked({"--idmap", "0:100000:65536"});
        BOOST_TEST(::stat(path("bundle/rootfs/data/x").c_str(), &status) == 0);
        BOOST_TEST(status.st_uid == 100033u);
        BOOST_TEST(status.st_gid == 100044u);
        BOOST_TEST(text(mapped.at("mounts")).find(R"("uid=33","gid=44")") != std::string::npos);
    }
    BOOST_TEST(text(unpacked({"--rootfs", "sub/root"}).at("root").at("path")) == R"("sub/root")");
    BOOST_TEST(read_file(path("bundle/sub/root/data/x")) == "x");
    // config.json may be named, and the same input gives the same bytes
    fs::remove_all(path("bundle"));
    const std::string first = read_file(path("bundle/config.json"));
    BOOST_TEST(gen({"--unpack", "-o", path("bundle/config.json")}).status == 0);
    const std::string second = read_file(path("bundle/config.json"));
    unpacked();
    BOOST_TEST(read_file(path("bundle/config.json")) == second);
    BOOST_TEST(first.empty());
}

BOOST_FIXTURE_TEST_CASE(failures_leave_nothing, Sample) {
    make("{}");
    const std::vector<std::string> unpack{"--unpack", "-o", path("bundle")};
    const auto with = [&](std::vector<std::string> more) {
        more.insert(more.begin(), unpack.begin(), unpack.end());
        const Outcome outcome = gen(more);
        BOOST_TEST(is_empty("bundle"), outcome.err);
        return outcome;
    };
    BOOST_TEST(with({"--set", "/process/cwd=x"}).status == 1);
    BOOST_TEST(with({"--cap-add", "NONE"}).status == 2);
    BOOST_TEST(with({"--set", "/root/path=other"}).err.find("where the image was unpacked to") !=
               std::string::npos);
    BOOST_TEST(with({"--rootfs", "../x"}).status == 2);
    BOOST_TEST(with({"--rootfs", "/"}).status == 2);
    BOOST_TEST(with({"--max-entries", "3"}).err.find("--max-entries raises the limit") != std::string::npos);
    BOOST_TEST(with({"--max-size", "10"}).err.find("--max-size raises the limit") != std::string::npos);
    dir().write("bundle/there", "x");
    const Outcome outcome = gen(unpack);
    BOOST_TEST(outcome.status == 2);
    BOOST_TEST(outcome.err.find("directory not empty") != std::string::npos, outcome.err);
    BOOST_TEST(read_file(path("bundle/there")) == "x");
    BOOST_TEST(!fs::exists(path("bundle/rootfs")));
}

BOOST_FIXTURE_TEST_CASE(options_that_make_no_sense_are_refused, Sample) {
    make("{}");
    const std::vector<std::vector<std::string>> cases = {{"--unpack"},
                                                         {"--max-size", "1g"},
                                                         {"--image-volume", "bind"},
                                                         {"--platform", "x"},
                                                         {"--unpack", "-o", "x", "--max-ratio", "0"}};
    for (const auto& words : cases)
        BOOST_TEST(gen(words).status == 2, words[0]);
    for (const std::string word : {"--unpack", "--platform=linux/amd64", "--image-volume=ignore"}) {
        const Outcome outcome = run_program({OCIKIT_PROGRAM, word});
        BOOST_TEST(outcome.status == 2, word);
        BOOST_TEST(outcome.err.find("it needs --image") != std::string::npos, outcome.err);
    }
    BOOST_TEST(gen({"--platform", "linux/s390x"}).status == 1);
    BOOST_TEST(gen({}, "layout:v2").status == 1);
    BOOST_TEST(gen({}, "none").status == 2);
}

// Ended while it unpacks: by a signal that can be caught nothing is left, by another one a
// hidden directory.
BOOST_FIXTURE_TEST_CASE(ended_in_the_middle_there_is_no_bundle, Sample) {
    const SampleLayer large{.tar = RawTar().add("x", '0', std::string(64u << 20, 'x')).finished()};
    index(image({large, {.tar = RawTar().add("y", '0', std::string(64u << 20, 'y')).finished()}}));
    const auto is_unpacking = [&] {
        for (const auto& entry : fs::directory_iterator(fs::path(path("bundle")).parent_path()))
            if (entry.path().filename().string().starts_with(".ocikit."))
                return true;
        return false;
    };
    fs::remove_all(path("bundle"));
    for (const int signal : {SIGTERM, SIGKILL}) {
        const pid_t child = ::fork();
        if (child == 0) {
            ::execl(OCIKIT_PROGRAM, OCIKIT_PROGRAM, "--platform", "linux/amd64", "--image", path().c_str(),
                    "--unpack", "-o", path("bundle").c_str(), nullptr);
            ::_exit(127);
        }
        while (!is_unpacking())
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        ::kill(child, signal);
        int status = 0;
        ::waitpid(child, &status, 0);
        BOOST_TEST(WIFSIGNALED(status));
        BOOST_TEST(WTERMSIG(status) == signal);
        BOOST_TEST(!fs::exists(path("bundle")));
        BOOST_TEST(is_unpacking() == (signal == SIGKILL));
    }
}
