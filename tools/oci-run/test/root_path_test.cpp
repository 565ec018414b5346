// Nothing outside of the root is reached, whatever is in it.
#include "kernel/root_path.hpp"

#include <fcntl.h>
#include <filesystem>
#include <functional>
#include <optional>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include <ocikit/error.hpp>

#include "support/temp_dir.hpp"

using namespace ocikit::run;
using ocikit::Error;
using ocikit::UniqueFd;
namespace fs = std::filesystem;

namespace {

// outside/secret next to the root, which has links to it and to itself.
struct Tree : ocikit::test::TempDir {
    Tree() {
        write("outside/secret", "s");
        write("root/etc/file", "f");
        write("root/usr/lib/so", "l");
        fs::create_symlink("/etc", path("root/absolute"));
        fs::create_symlink("../../../../etc", path("root/dots"));
        fs::create_symlink(path("outside"), path("root/out"));
        fs::create_symlink("usr/lib", path("root/lib"));
        fs::create_symlink("/nowhere/at/all", path("root/dangling"));
        fs::create_symlink("loop", path("root/loop"));
        fd = UniqueFd(::open(path("root").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
        root.emplace(fd.get());
    }
    // The path of what was opened, below the root.
    std::string opened(const UniqueFd& file) const {
        const std::string real = fs::read_symlink("/proc/self/fd/" + std::to_string(file.get()));
        const std::string top = fs::canonical(path("root"));
        return real.starts_with(top) ? real.substr(top.size()) : "outside: " + real;
    }
    UniqueFd fd;
    std::optional<RootPath> root;
};

std::string message_of(const std::function<void()>& action) {
    try {
        action();
    } catch (const Error& error) {
        return error.what();
    }
    return "no error";
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(root_path_test, Tree)

BOOST_AUTO_TEST_CASE(paths_stay_inside) {
    const struct {
        const char* path;
        const char* expected;
    } cases[] = {
        {"/", ""},
        {"", ""},
        {"..", ""},
        {"/../..", ""},
        {"etc", "/etc"},
        {"///etc//file", "/etc/file"},
        {"/etc/", "/etc"},
        {"/../../etc/file", "/etc/file"},
        {"/absolute/file", "/etc/file"},
        {"/dots/file", "/etc/file"},
        {"/lib/so", "/usr/lib/so"},
        {"/lib/../lib/so", "/usr/lib/so"},
    };
    for (const auto& [path, expected] : cases)
        BOOST_TEST(opened(root->open(path, O_PATH)) == expected, path);
    for (const char* const path : {"/out/secret", "/../outside/secret", "/dangling", "/loop", "/etc/none"})
        BOOST_TEST(!root->try_open(path, O_PATH), path);
    BOOST_TEST(message_of([&] { root->open("/out/secret", O_PATH); }) ==
               "/out/secret: open in the root filesystem: no such file or directory");
}

BOOST_AUTO_TEST_CASE(links_can_be_refused) {
    BOOST_TEST(opened(root->open("/etc/file", O_PATH, RootPath::Links::refuse)) == "/etc/file");
    for (const char* const path : {"/lib/so", "/absolute", "/dots/file"})
        BOOST_TEST(message_of([&] {
                       root->open(path, O_PATH, RootPath::Links::refuse);
                   }).find("a symbolic link is on the way") != std::string::npos);
    BOOST_TEST(message_of([&] {
                   root->make_directory("/lib/new", RootPath::Links::refuse);
               }).find("a symbolic link is on the way") != std::string::npos);
    BOOST_TEST(!fs::exists(path("root/usr/lib/new")));
}

BOOST_AUTO_TEST_CASE(links_of_proc_are_refused) {
    const UniqueFd host(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
    const RootPath all(host.get());
    BOOST_TEST(all.try_open("/proc/self/status", O_PATH).get() >= 0);
    for (const char* const path :
         {"/proc/self/root/etc", "/proc/self/exe", "/proc/self/cwd", "/proc/self/fd/0"}) {
        const UniqueFd opened = all.try_open(path, O_PATH);
        const int code = errno;
        BOOST_TEST(!opened, path);
        BOOST_TEST(code == ELOOP, path);
    }
}

BOOST_AUTO_TEST_CASE(directories_are_made) {
    BOOST_TEST(opened(root->make_directory("/a/b/c")) == "/a/b/c");
    BOOST_TEST(opened(root->make_directory("/absolute/new")) == "/etc/new");
    BOOST_TEST(opened(root->make_directory("/../../up")) == "/up");
    BOOST_TEST(opened(root->make_directory("/etc")) == "/etc");
    BOOST_TEST(opened(root->make_directory("/")) == "");
    // where a link out of the root points to is a name in it
    BOOST_TEST(opened(root->make_directory("relative/x/")) == "/relative/x");
    const std::vector<std::string> expected{"a",        "a/b",      "a/b/c",     "absolute/new",
                                            "../../up", "relative", "relative/x"};
    BOOST_TEST(root->made() == expected, boost::test_tools::per_element());
    struct stat st {};
    BOOST_TEST_REQUIRE(::stat(path("root/a/b").c_str(), &st) == 0);
    BOOST_TEST((st.st_mode & 0777) == (0755u & ~static_cast<unsigned>(::umask(::umask(0)))));

    BOOST_CHECK_THROW(root->make_directory("/dangling"), Error);
    BOOST_CHECK_THROW(root->make_directory("/loop/x"), Error);
    BOOST_CHECK_THROW(root->make_directory("/etc/file"), Error);
    BOOST_CHECK_THROW(root->make_directory("/etc/file/x"), Error);
    BOOST_TEST(opened(root->make_directory("/none/..")) == "");
    BOOST_TEST(!fs::exists(path("nowhere")));
    BOOST_TEST(fs::is_symlink(path("root/dangling")));
}

BOOST_AUTO_TEST_CASE(nothing_is_made_outside) {
    BOOST_CHECK_THROW(root->make_directory("/out/new"), Error);
    BOOST_CHECK_THROW(root->make_file("/out/new"), Error);
    BOOST_TEST(fs::directory_iterator(path("outside"))->path().filename() == "secret");
    BOOST_TEST(std::distance(fs::directory_iterator(path("outside")), fs::directory_iterator()) == 1);
}

BOOST_AUTO_TEST_CASE(files_are_made) {
    BOOST_TEST(opened(root->make_file("/x/y/file")) == "/x/y/file");
    BOOST_TEST(opened(root->make_file("/absolute/file")) == "/etc/file");
    BOOST_TEST(fs::file_size(path("root/etc/file")) == 1u);
    const std::vector<std::string> expected{"x", "x/y", "x/y/file"};
    BOOST_TEST(root->made() == expected, boost::test_tools::per_element());
    BOOST_CHECK_THROW(root->make_file("/dangling"), Error);
    BOOST_TEST(message_of([&] { root->make_file("/etc"); }) ==
               "/etc: open the file in the root filesystem: is a directory");
}

BOOST_AUTO_TEST_CASE(ways_back_through_what_is_missing) {
    root->make_directory("/x/../y/../../z");
    root->make_file("/x/y/../file");
    BOOST_TEST(opened(root->make_directory("/w/../etc")) == "/etc");
    BOOST_TEST(opened(root->make_file("/v/../etc/file")) == "/etc/file");
    BOOST_TEST((fs::is_directory(path("root/x/y")) && fs::is_directory(path("root/y"))));
    BOOST_TEST((fs::is_directory(path("root/z")) && fs::is_regular_file(path("root/x/file"))));
    BOOST_TEST(message_of([&] { root->make_file("/new/.."); }) ==
               "/new/..: make in the root filesystem: its last part is no name");
    const auto made = root->made();
    remove_made(fd.get(), made);
    for (const char* const gone : {"root/w", "root/v", "root/x", "root/y", "root/z", "root/new"})
        BOOST_TEST(!fs::exists(path(gone)), gone);
}

BOOST_AUTO_TEST_CASE(what_was_made_is_removed) {
    root->make_directory("/a/b");
    root->make_file("/a/b/empty");
    root->make_file("/a/full");
    root->make_directory("/lib/new");
    root->make_directory("/kept/gone");
    write("root/a/full", "somebody wrote this");
    write("root/kept/file", "");
    const auto made = root->made();
    remove_made(fd.get(), made);
    BOOST_TEST(!fs::exists(path("root/a/b")));
    BOOST_TEST(!fs::exists(path("root/usr/lib/new")));
    BOOST_TEST(!fs::exists(path("root/kept/gone")));
    BOOST_TEST(fs::exists(path("root/a/full")));
    BOOST_TEST(fs::exists(path("root/kept/file")));
    BOOST_TEST(fs::exists(path("root/usr/lib/so")));
    remove_made(fd.get(), made);  // what isn't there is no error

    // a link that took the place of what was made leads nowhere else
    fs::create_symlink(path("outside"), path("root/swapped"));
    remove_made(fd.get(), {"swapped/secret", "swapped", "../outside/secret"});
    BOOST_TEST(fs::exists(path("outside/secret")));
    BOOST_TEST(fs::is_symlink(path("root/swapped")));
}

BOOST_AUTO_TEST_SUITE_END()
