// What create refuses and leaves out, and the small parts.
#include "oci-pack/create.hpp"

#include <atomic>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include <ocikit/error.hpp>
#include <ocikit/unique_fd.hpp>

#include "common/command_line.hpp"
#include "oci-pack/test/sample_bundle.hpp"
#include "support/temp_dir.hpp"

using namespace ocikit::pack;
using namespace ocikit::pack::test;
using ocikit::test::TempDir;

#ifdef __SANITIZE_ADDRESS__
// libarchive 3.6 doesn't free its buffer if a writer is given up in the middle.
extern "C" __attribute__((visibility("default"))) const char* __lsan_default_suppressions() {
    return "leak:archive_write_";
}
#endif

namespace {

std::string refusal(const std::string& bundle, const std::string& output, bool replace = false) {
    try {
        create({.bundle = bundle, .output = output, .replace = replace, .compression = {}},
               [](const auto&) {});
    } catch (const ocikit::Error& error) {
        return error.what();
    }
    return {};
}

std::vector<std::string> names_in(const std::string& directory) {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(directory))
        names.push_back(entry.path().filename());
    return names;
}

}  // namespace

BOOST_AUTO_TEST_CASE(what_is_no_bundle_is_refused_before_there_is_an_output) {
    const struct {
        const char* what;
        const char* setup;  // in the bundle's directory
        const char* reason;
    } cases[] = {
        {"no config.json", "rm config.json", "config.json: open: no such file or directory"},
        {"config.json a link", "mv config.json x; ln -s x config.json", "a symbolic link is in its path"},
        {"config.json a directory", "rm config.json; mkdir config.json", "config.json"},
        {"config.json a FIFO", "rm config.json; mkfifo config.json", "config.json"},
        {"not JSON", "echo '{' > config.json", "config.json:2:1"},
        {"not a configuration", "echo '{\"ociVersion\": 1}' > config.json", "/ociVersion"},
        {"no root", "rm -r rootfs", "rootfs: open: no such file or directory"},
        {"root a file", "rm -r rootfs; touch rootfs", "rootfs: open: not a directory"},
        {"root outside, missing", "sed -i s,rootfs,../x, config.json",
         "../x: open the root: no such file or directory"},
        {"against a rule", "sed -i 's,\"cwd\": \"/\",\"cwd\": \"x\",' config.json",
         "/process/cwd: \"x\" is not an absolute path"},
        {"against the schema", "sed -i 's,\"uid\": 0,\"uid\": 0\\,\"umask\": -1,' config.json",
         "/process/user/umask"},
        {"root the bundle", "sed -i s,rootfs,./, config.json", "root.path './' is the bundle itself"},
    };
    for (const auto& [what, setup, reason] : cases) {
        BOOST_TEST_CONTEXT(what) {
            const TempDir dir;
            make_plain_bundle(dir.path("bundle"));
            BOOST_TEST_REQUIRE(shell("cd " + dir.path("bundle") + " && { " + setup + "; }").status == 0);
            const std::string text = refusal(dir.path("bundle"), dir.path("x.tar"));
            BOOST_TEST(text.starts_with("create " + dir.path("bundle") + ": "), text);
            BOOST_TEST(text.find(reason) != std::string::npos, text);
            BOOST_TEST(names_in(dir.path()).size() == 1u);
        }
    }
}

BOOST_AUTO_TEST_CASE(an_existing_file_is_replaced_on_demand_only) {
    const TempDir dir;
    make_plain_bundle(dir.path("bundle"));
    const std::string file = dir.write("x.tar", "mine");
    BOOST_TEST(refusal(dir.path("bundle"), file).ends_with("x.tar: file exists"));
    BOOST_TEST(std::filesystem::file_size(file) == 4u);
    std::filesystem::create_symlink("x.tar", dir.path("link.tar"));
    BOOST_TEST(refusal(dir.path("bundle"), dir.path("link.tar"), true) == "");
    BOOST_TEST(std::filesystem::is_symlink(dir.path("link.tar")));
    BOOST_TEST(std::filesystem::file_size(file) > 512u);
    BOOST_TEST(names_in(dir.path()).size() == 3u);
}

BOOST_AUTO_TEST_CASE(the_archive_is_not_packed_into_itself) {
    const TempDir dir;
    make_plain_bundle(dir.path("bundle"));
    BOOST_TEST(refusal(dir.path("bundle"), dir.path("bundle/rootfs/x.tar"))
                   .ends_with("this is where the archive itself is written to"));
    BOOST_TEST(names_in(dir.path("bundle/rootfs")).size() == 1u);
    // beside the root it is in nobody's way
    BOOST_TEST(refusal(dir.path("bundle"), dir.path("bundle/x.tar")) == "");
}

BOOST_AUTO_TEST_CASE(a_file_that_changes_while_it_is_read_is_an_error) {
    const TempDir dir;
    make_plain_bundle(dir.path("bundle"));
    const std::string busy = dir.write("bundle/rootfs/busy", std::string(32u << 20, 'x'));
    std::atomic<bool> stop = false;
    std::thread writer([&] {
        std::ofstream out(busy, std::ios::app);
        while (!stop)
            out << 'y' << std::flush;
    });
    const std::string text = refusal(dir.path("bundle"), dir.path("x.tar"));
    stop = true;
    writer.join();
    BOOST_TEST(text.ends_with("rootfs/busy: it changed while it was read"), text);
    BOOST_TEST(names_in(dir.path()).size() == 1u);
}

// While a large file of the directory is being read.
BOOST_AUTO_TEST_CASE(a_directory_that_changes_while_it_is_read_is_an_error) {
    const struct {
        const char* what;
        std::string (*change)(const TempDir&);  // returns what is told of
    } cases[] = {
        {"a new file",
         [](const TempDir& dir) {
             dir.write("bundle/rootfs/new", "x");
             return std::string("rootfs");
         }},
        {"one that goes",
         [](const TempDir& dir) {
             std::filesystem::remove(dir.path("bundle/rootfs/zz"));
             return std::string("rootfs/zz");
         }},
        {"one that becomes a link",
         [](const TempDir& dir) {
             std::filesystem::remove(dir.path("bundle/rootfs/zz"));
             std::filesystem::create_symlink("/etc/passwd", dir.path("bundle/rootfs/zz"));
             return std::string("rootfs/zz");
         }},
        {"one that is replaced",
         [](const TempDir& dir) {
             std::filesystem::rename(dir.write("other", "x"), dir.path("bundle/rootfs/zz"));
             return std::string("rootfs");
         }},
    };
    for (const auto& [what, change] : cases) {
        BOOST_TEST_CONTEXT(what) {
            const TempDir dir;
            make_plain_bundle(dir.path("bundle"));
            dir.write("bundle/rootfs/large", "x");
            dir.write("bundle/rootfs/zz", "x");
            BOOST_TEST_REQUIRE(::mkfifo(dir.path("pipe").c_str(), 0600) == 0);
            // as soon as the archive's first bytes come, and far more of them than a pipe holds
            std::filesystem::resize_file(dir.path("bundle/rootfs/large"), std::uintmax_t{32} << 20);
            std::string expected;
            std::thread reader([&] {
                std::ifstream in(dir.path("pipe"), std::ios::binary);
                in.get();
                expected = change(dir);
                in.ignore(std::numeric_limits<std::streamsize>::max());
            });
            const std::string text = refusal(dir.path("bundle"), dir.path("pipe"));
            reader.join();
            BOOST_TEST(text.ends_with("bundle: " + expected + ": it changed while it was read"), text);
        }
    }
}

BOOST_AUTO_TEST_CASE(sockets_are_left_out_with_a_warning) {
    const TempDir dir;
    make_plain_bundle(dir.path("bundle"));
    const ocikit::UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    dir.path("bundle/rootfs/socket").copy(address.sun_path, sizeof address.sun_path - 1);
    BOOST_TEST_REQUIRE(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    std::vector<std::string> warnings;
    create({.bundle = dir.path("bundle"), .output = dir.path("x.tar"), .compression = {}},
           [&](const std::string& text) { warnings.push_back(text); });
    BOOST_TEST_REQUIRE(warnings.size() == 1u);
    BOOST_TEST(warnings[0] == "rootfs/socket: left out, as it is a socket");
    BOOST_TEST(shell("tar -tf " + dir.path("x.tar")).output.find("socket") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(compressions) {
    BOOST_TEST((compression_of_file("x.tar") == Compression{}));
    BOOST_TEST((compression_of_file("x.tgz")->kind == Compression::Kind::gzip));
    BOOST_TEST((compression_of_file("x.tar.zst")->kind == Compression::Kind::zstd));
    BOOST_TEST(!compression_of_file("x.zip").has_value());
    BOOST_TEST(without_suffix("web.tar.gz") == "web");
    BOOST_TEST(without_suffix("web") == "");
    BOOST_TEST((parse_compression("zstd:19") == Compression{.kind = Compression::Kind::zstd, .level = 19}));
    BOOST_TEST((compression_of_file("x.txz")->kind == Compression::Kind::xz));
    for (const char* text :
         {"", "bzip2", "gzip:", "gzip:0", "gzip:10", "gzip:x", "gzip:1x", "zstd:20", "none:1", "xz:10"})
        BOOST_CHECK_THROW(parse_compression(text), ocikit::cli::UsageError);
}
