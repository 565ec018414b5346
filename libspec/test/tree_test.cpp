// Rules about the bundle's files: what is mounted, and what it is mounted on.
#include <filesystem>
#include <sys/stat.h>

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <ocikit/decode.hpp>
#include <ocikit/rootfs.hpp>

#include "support/temp_dir.hpp"

namespace fs = std::filesystem;
using namespace ocikit;

namespace {

struct Bundle : ocikit::test::TempDir {
    Bundle() {
        fs::create_directories(path("rootfs/dir"));
        fs::create_directories(path("data"));
        write("rootfs/file", "");
        fs::create_symlink("../../../etc", path("rootfs/climbing"));
        fs::create_symlink("dir/../dir", path("rootfs/inside"));
        fs::create_symlink("/dir", path("rootfs/absolute"));
        fs::create_symlink("rootfs", path("link"));
        write("note", "");
    }

    // "RULE POINTER; " of each finding.
    std::string check(const std::string& members, const std::string& root = "rootfs") const {
        const Document document = Document::parse(
            R"({"ociVersion": "1.3.0", "process": {"cwd": "/", "args": ["a"]}, "root": {"path": ")" + root +
                "\"}, " + members + "}",
            "test");
        Diagnostics found;
        const auto config = decode_config(document, found);
        BOOST_TEST_REQUIRE(config.has_value());
        check_bundle_files(document, *config, path(), found);
        std::string text;
        for (const Diagnostic& one : found)
            text += one.rule + ' ' + one.pointer + "; ";
        return text;
    }
};

std::string mounted(const std::string& destination, const std::string& type = "tmpfs") {
    return R"("mounts": [{"destination": ")" + destination + R"(", "type": ")" + type + "\"}]";
}

std::string bound(const std::string& destination, const std::string& source) {
    return R"("mounts": [{"destination": ")" + destination + R"(", "source": ")" + source +
           R"(", "options": ["bind"]}])";
}

std::string device(const std::string& path, const std::string& type = "c") {
    return R"("linux": {"devices": [{"type": ")" + type + R"(", "path": ")" + path +
           R"(", "major": 1, "minor": 3}]})";
}

}  // namespace

BOOST_AUTO_TEST_CASE(destinations) {
    const Bundle bundle;
    const std::string kind = "mounts/destination-kind /mounts/0/destination; ";
    for (const char* good : {"/dir", "/new/one", "/inside", "/absolute", "/absolute/new", "/"})
        BOOST_TEST(bundle.check(mounted(good)) == "", good);
    BOOST_TEST(bundle.check(mounted("/file")) == kind);
    BOOST_TEST(bundle.check(mounted("/file/below")) == kind);
    BOOST_TEST(bundle.check(mounted("/climbing/x")) == "mounts/destination-link /mounts/0/destination; ");
    BOOST_TEST(bundle.check(bound("/file", "note")) == "");
    BOOST_TEST(bundle.check(bound("/file", "data")) == kind);
    BOOST_TEST(bundle.check(bound("/dir", "note")) == kind);
    BOOST_TEST(bundle.check(bound("/dir", "/etc/passwd")) == "");  // on this host
    BOOST_TEST(bundle.check(R"("mounts": [{"destination": "/dir", "type": "tmpfs"},
        {"destination": "/dir/file", "type": "tmpfs"}, {"destination": "/file", "options": ["remount"]}])") ==
               "");
}

BOOST_AUTO_TEST_CASE(sources) {
    const Bundle bundle;
    BOOST_TEST(bundle.check(bound("/dir", "data")) == "");
    BOOST_TEST(bundle.check(bound("/dir", "../" + fs::path(bundle.path()).filename().string() + "/data")) ==
               "");
    BOOST_TEST(bundle.check(bound("/dir", "none")) == "mounts/source-missing /mounts/0/source; ");
    BOOST_TEST(bundle.check(bound("/dir", "/none")) == "");
}

BOOST_AUTO_TEST_CASE(devices) {
    const Bundle bundle;
    const std::string existing = "devices/existing /linux/devices/0/path; ";
    BOOST_TEST(bundle.check(device("/dev/new")) == "");
    BOOST_TEST(bundle.check(device("/file")) == existing);
    BOOST_TEST(bundle.check(device("/dir")) == existing);
    BOOST_TEST(bundle.check(device("/file/below")) == existing);
    BOOST_TEST(bundle.check(mounted("/dir") + ", " + device("/dir/a")) == "");
    BOOST_TEST_REQUIRE(::mkfifo(bundle.path("rootfs/fifo").c_str(), 0600) == 0);
    BOOST_TEST(bundle.check(device("/fifo", "p")) == "");
    BOOST_TEST(bundle.check(device("/fifo")) == existing);
}

BOOST_AUTO_TEST_CASE(roots_and_processes) {
    const Bundle bundle;
    BOOST_TEST(bundle.check(R"("hostname": "a")", "link") == "root/symlink /root/path; ");
    BOOST_TEST(bundle.check(R"("hostname": "a")", "link/") == "root/symlink /root/path; ");
    BOOST_TEST(bundle.check(R"("hostname": "a")", "./rootfs/.") == "");
}
