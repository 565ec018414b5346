#include "oci-gen/gen.hpp"

#include <cstdlib>
#include <filesystem>

#include <boost/test/unit_test.hpp>

#include <ocikit/decode.hpp>
#include <ocikit/error.hpp>

#include "oci-gen/command_line.hpp"
#include "oci-gen/user.hpp"
#include "support/temp_dir.hpp"

using ocikit::test::TempDir;
namespace cli = ocikit::cli;
namespace gen = ocikit::gen;

namespace {

gen::Draft drafted(const std::vector<const char*>& words, const std::string& bundle = ".") {
    return gen::make_config(cli::parse(gen::command_line(), words).arguments, bundle);
}

ocikit::spec::Config made(const std::vector<const char*>& words, const std::string& bundle = ".") {
    return drafted(words, bundle).config();
}

std::string error_of(const std::vector<const char*>& words, const std::string& bundle = ".") {
    try {
        gen::checked_text(drafted(words, bundle));
    } catch (const std::exception& error) {
        return error.what();
    }
    return "no error";
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_default_is_valid_and_safe) {
    const ocikit::spec::Config config = made({});
    gen::checked_text(drafted({}));
    BOOST_TEST((config.process->args == std::vector<std::string>{"sh"}));
    BOOST_TEST(*config.process->terminal == false);
    BOOST_TEST(*config.process->noNewPrivileges);
    BOOST_TEST(config.process->capabilities->bounding.size() == 3u);
    BOOST_TEST(config.process->capabilities->inheritable.empty());
    BOOST_TEST(config.process->capabilities->ambient.empty());
    BOOST_TEST(*config.root->readonly);
    BOOST_TEST(config.mounts.size() == 7u);
    BOOST_TEST(config.linux->maskedPaths.size() == 10u);
    BOOST_TEST(config.linux->readonlyPaths.size() == 5u);
    BOOST_TEST(config.linux->namespaces.size() == 6u);
    BOOST_TEST(!config.linux->resources->devices.at(0).allow);
}

BOOST_AUTO_TEST_CASE(options_change_what_they_name) {
    using Strings = std::vector<std::string>;
    BOOST_TEST(
        (made({"--arg", "ls", "--arg=-l", "--", "-a", "/"}).process->args == Strings{"ls", "-l", "-a", "/"}));
    BOOST_TEST(
        (made({"-t", "ls", "-t", "--", "--bogus"}).process->args == Strings{"ls", "-t", "--", "--bogus"}));
    BOOST_TEST((made({"--", "--help"}).process->args == Strings{"--help"}));
    BOOST_TEST((made({"--arg", ""}).process->args == Strings{""}));
    BOOST_TEST(made({"--cwd", "/srv"}).process->cwd == "/srv");
    BOOST_TEST(made({"--rootfs=/srv/root"}).root->path == "/srv/root");
    BOOST_TEST(*made({"--hostname", "web"}).hostname == "web");
    BOOST_TEST(*made({"-t"}).process->terminal);
    BOOST_TEST(!*made({"-t", "--terminal=false"}).process->terminal);
}

BOOST_AUTO_TEST_CASE(environment) {
    const std::string path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    ::setenv("OCIKIT_TEST_SET", "from=here", 1);
    ::unsetenv("OCIKIT_TEST_UNSET");
    struct Row {
        std::vector<const char*> words;
        std::vector<std::string> env;
    };
    for (const Row& row :
         std::vector<Row>{{{}, {path, "TERM=xterm"}},
                          {{"-e", "A=1", "--env", "B="}, {path, "TERM=xterm", "A=1", "B="}},
                          {{"-e", "TERM=dumb"}, {path, "TERM=dumb"}},
                          {{"-e", "A=1", "-e", "A=2=3"}, {path, "TERM=xterm", "A=2=3"}},
                          {{"-e", "TER=x"}, {path, "TERM=xterm", "TER=x"}},
                          {{"-e", "OCIKIT_TEST_SET"}, {path, "TERM=xterm", "OCIKIT_TEST_SET=from=here"}},
                          {{"-e", "OCIKIT_TEST_UNSET"}, {path, "TERM=xterm"}}})
        BOOST_TEST((made(row.words).process->env == row.env), (row.words.empty() ? "" : row.words.back()));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_taken) {
    struct Row {
        std::vector<const char*> words;
        std::string error;
    };
    const std::string long_name(65, 'x');
    for (const Row& row : std::vector<Row>{
             {{"--cwd", "srv"}, "option '--workdir': 'srv' is not absolute, it must begin with /"},
             {{"--cwd", ""}, "option '--workdir': '' is not absolute, it must begin with /"},
             {{"--env", "=x"}, "option '--env': '=x' has no name before the ="},
             {{"--env", ""}, "option '--env': '' has no name before the ="},
             {{"--rootfs", ""}, "option '--rootfs': the path is empty"},
             {{"--hostname", long_name.c_str()},
              "option '--hostname': '" + long_name + "' is longer than 64 bytes"},
             {{"-u", ""}, "option '--user': expected USER[:GROUP], found ''"},
             {{"-u", "1:"}, "option '--user': expected USER[:GROUP], found '1:'"},
             {{"-u", ":1"}, "option '--user': expected USER[:GROUP], found ':1'"},
             {{"-u", "4294967295"},
              "option '--user': UID 4294967295 is out of range, expected 0 to 4294967294"},
             {{"-u", "1:99999999999"},
              "option '--user': GID 99999999999 is out of range, expected 0 to 4294967294"},
             {{"--arg", "a\xff"}, "the result would not be valid: line 9: byte 0xff is not valid UTF-8"}})
        BOOST_TEST(error_of(row.words) == row.error);
}

BOOST_AUTO_TEST_CASE(users_by_number_and_by_name) {
    const TempDir dir;
    dir.write("rootfs/etc/passwd",
              "root:x:0:0:root:/root:/bin/sh\nnolines\nweb:x:33:34::/srv:/bin/sh\nbad:x:-1:0\n");
    dir.write("rootfs/etc/group", "root:x:0:\ntty:x:5:web");
    dir.write("elsewhere/passwd", "web:x:1:1\n");
    const std::string rootfs = dir.path("rootfs");
    struct Row {
        std::string text;
        std::uint32_t uid, gid;
    };
    for (const Row& row : std::vector<Row>{{"0", 0, 0},
                                           {"1000", 1000, 0},
                                           {"1000:50", 1000, 50},
                                           {"4294967294:007", 4294967294, 7},
                                           {"web", 33, 34},
                                           {"web:tty", 33, 5},
                                           {"7:tty", 7, 5},
                                           {"web:0", 33, 0}}) {
        const ocikit::spec::User user = gen::parse_user(row.text, rootfs);
        BOOST_TEST(*user.uid == row.uid, row.text);
        BOOST_TEST(*user.gid == row.gid, row.text);
    }
    const std::string passwd = rootfs + "/etc/passwd";
    const std::string option = "option '--user': ";
    BOOST_TEST(error_of({"-u", "nobody"}, dir.path()) == option + passwd + ": there is no nobody in it");
    BOOST_TEST(error_of({"-u", "bad"}, dir.path()) ==
               option + passwd + ": the entry of bad has no valid number");
    BOOST_TEST(error_of({"-u", "nolines"}, dir.path()) ==
               option + passwd + ": the entry of nolines has no valid number");
    BOOST_TEST(error_of({"-u", "web:x"}, dir.path()) == option + rootfs + "/etc/group: there is no x in it");
    BOOST_TEST(error_of({"-u", "web", "--rootfs", "none"}, dir.path()) ==
               dir.path() + "/none: open: no such file or directory");

    // a link of the root filesystem doesn't lead out of it
    std::filesystem::remove(passwd);
    std::filesystem::create_symlink(dir.path("elsewhere/passwd"), passwd);
    BOOST_TEST(error_of({"-u", "web"}, dir.path()) == passwd + ": open: no such file or directory");
    std::filesystem::remove(passwd);
    std::filesystem::create_directory(passwd);
    BOOST_TEST(error_of({"-u", "web"}, dir.path()) == option + passwd + ": not a regular file");
}
