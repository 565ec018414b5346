// What is in a root filesystem, as a container will see it.
#include <cstring>
#include <elf.h>
#include <filesystem>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include <ocikit/decode.hpp>
#include <ocikit/rootfs.hpp>
#include <ocikit/rules.hpp>

#include "support/skip.hpp"
#include "support/temp_dir.hpp"

namespace fs = std::filesystem;
using namespace ocikit;
using ocikit::test::TempDir;

namespace {

constexpr std::uint16_t native = 0xffff;  // the machine of this program, which the test has the header of

// The head of an ELF file, with a loader if it is dynamic.
std::string elf(const std::string& loader = {}, std::uint16_t machine = native) {
    Elf64_Ehdr header{};
    std::memcpy(&header, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB;
    header.e_machine = machine;
    if (machine == native) {
        Elf64_Ehdr own{};
        FILE* const file = std::fopen("/proc/self/exe", "rb");
        BOOST_TEST_REQUIRE(file);
        BOOST_TEST_REQUIRE(std::fread(&own, sizeof own, 1, file) == 1u);
        std::fclose(file);
        header.e_machine = own.e_machine;
    }
    header.e_phoff = sizeof header;
    header.e_phnum = loader.empty() ? 0 : 1;
    Elf64_Phdr segment{};
    segment.p_type = PT_INTERP;
    segment.p_offset = sizeof header + sizeof segment;
    segment.p_filesz = loader.size() + 1;
    return std::string(reinterpret_cast<const char*>(&header), sizeof header) +
           std::string(reinterpret_cast<const char*>(&segment), sizeof segment) + loader + '\0';
}

struct Root : TempDir {
    std::string add(const std::string& name, const std::string& contents, bool executable = true) {
        fs::create_directories(fs::path(path(name)).parent_path());
        const std::string file = write(name, contents);
        fs::permissions(file, executable ? fs::perms(0755) : fs::perms(0644));
        return file;
    }
    void link(const std::string& name, const std::string& target) {
        fs::create_directories(fs::path(path(name)).parent_path());
        fs::create_symlink(target, path(name));
    }
    // The rules that are broken, each with its pointer.
    std::string check(const std::string& process, const std::string& members = {}) const {
        const Document document = Document::parse(R"({"ociVersion": "1.3.0", "process": {)" + process +
                                                      R"(}, "root": {"path": "r"})" + members + "}",
                                                  "test");
        Diagnostics found;
        const auto config = decode_config(document, found);
        BOOST_TEST_REQUIRE(config.has_value());
        check_rootfs(document, *config, path(), found);
        std::string text;
        for (const Diagnostic& one : found) {
            BOOST_TEST((one.severity == find_rule(one.rule)->severity));
            text += (text.empty() ? "" : "; ") + one.rule + ' ' + one.pointer;
        }
        return text;
    }
    std::string check_program(const std::string& program, const std::string& members = {}) const {
        return check(R"("cwd": "/srv", "env": ["PATH=/sbin:/usr/bin:bin"], "args": [")" + program + "\"]",
                     members);
    }
};

}  // namespace

BOOST_AUTO_TEST_CASE(programs_are_looked_up_inside_of_the_root) {
    Root root;
    root.add("usr/bin/app", elf());
    root.add("usr/bin/data", elf(), false);
    root.add("srv/bin/tool", elf());
    root.add("srv/here", elf());
    root.link("bin", "usr/bin");
    root.link("sbin", "/usr/bin");
    root.link("absolute", "/usr/bin/app");
    root.link("up", "../../../../usr/bin/app");
    root.link("outside", fs::canonical("/proc/self/exe").string());
    root.link("loop", "loop");
    for (const std::string program :
         {"app", "tool", "/usr/bin/app", "/bin/app", "/absolute", "/up", "./here", "here/../bin/tool"})
        BOOST_TEST(root.check_program(program) ==
                       (program.starts_with("here/") ? "program/missing /process/args/0" : ""),
                   program);
    for (const std::string program : {"none", "data", "here", "/none", "/usr/bin/app/x", "/outside", "/loop"})
        BOOST_TEST(root.check_program(program) == "program/missing /process/args/0", program);
    for (const std::string program : {"/usr/bin", "/usr/bin/data", "/"})
        BOOST_TEST(root.check_program(program) == "program/not-executable /process/args/0", program);
}

BOOST_AUTO_TEST_CASE(what_a_mount_may_have_is_not_judged) {
    Root root;
    root.add("usr/bin/app", elf());
    root.link("opt", "/mnt/opt");
    const std::string mounted = R"(, "mounts": [{"destination": "/mnt", "type": "tmpfs"},)"
                                R"({"destination": "/usr/bin/", "source": "/x", "options": ["bind"]}])";
    for (const std::string program : {"/mnt/x", "/opt/x", "/mnt", "/usr/bin/none", "none"})
        BOOST_TEST(root.check_program(program, mounted) == "", program);
    BOOST_TEST(root.check_program("/usr/lib/none", mounted) == "program/missing /process/args/0");
    // a hook may make it
    BOOST_TEST(root.check_program("/none", R"(, "hooks": {"createContainer": [{"path": "/x"}]})") == "");
}

BOOST_AUTO_TEST_CASE(interpreters_and_loaders_are_there) {
    Root root;
    root.add("bin/sh", elf("/lib/ld.so"));
    root.add("lib/ld.so", elf());
    root.add("script", "#! /bin/sh -e\ntrue\n");
    root.add("windows", "#!/bin/sh\r\ntrue\r\n");
    root.add("perl", "#!/usr/bin/perl");
    root.add("dynamic", elf("/lib64/ld-linux-x86-64.so.2"));
    root.add("text", "echo hello\n");
    root.add("empty", "");
    root.add("bare", "#!\n");
    root.add("foreign", elf({}, EM_S390 + 1000));
    for (const std::string program : {"/bin/sh", "/script"})
        BOOST_TEST(root.check_program(program) == "", program);
    for (const std::string program : {"/windows", "/perl", "/dynamic"})
        BOOST_TEST(root.check_program(program) == "program/interpreter /process/args/0", program);
    for (const std::string program : {"/text", "/empty", "/bare"})
        BOOST_TEST(root.check_program(program) == "program/format /process/args/0", program);
    BOOST_TEST(root.check_program("/foreign") == "program/machine /process/args/0");
    for (std::size_t size = 0; size < elf("/lib/ld.so").size();
         ++size) {  // none of them may be read beyond its end
        root.add("cut", elf("/lib/ld.so").substr(0, size));
        root.check_program("/cut");
    }
}

BOOST_AUTO_TEST_CASE(working_directories_and_hooks) {
    Root root;
    root.add("bin/true", elf());
    BOOST_TEST(root.check(R"("cwd": "/bin/true", "args": ["/bin/true"])") ==
               "process/cwd-directory /process/cwd");
    BOOST_TEST(root.check(R"("cwd": "/to/be/made", "args": ["/bin/true"])") == "");
    BOOST_TEST(root.check(R"("cwd": "/", "args": ["true"])") ==
               "");  // where it is found is up to the runtime
    BOOST_TEST(
        root.check_program("/bin/true",
                           R"(, "hooks": {"startContainer": [{"path": "/bin/true"}, {"path": "/bin/no"}],)"
                           R"("poststop": [{"path": "/bin/host"}]})") ==
        "program/missing /hooks/startContainer/1/path");
    BOOST_TEST(root.check_program("C:/app.exe", R"(, "windows": {})") == "");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_looked_into_is_not_judged) {
    if (::geteuid() != 0)
        return ocikit::test::skip("only root can be somebody else");
    Root root;
    root.add("closed/app", elf());
    root.add("secret", elf());
    fs::permissions(root.path(), fs::perms(0755));
    fs::permissions(root.path("closed"), fs::perms(0700));
    fs::permissions(root.path("secret"), fs::perms(0711));
    BOOST_TEST_REQUIRE(::seteuid(65534) == 0);
    const std::string closed = root.check_program("/closed/app") + root.check_program("/closed/none");
    const std::string secret = root.check_program("/secret");
    const std::string missing = root.check_program("/none");
    BOOST_TEST_REQUIRE(::seteuid(0) == 0);
    BOOST_TEST(closed == "");
    BOOST_TEST(secret == "");
    BOOST_TEST(missing == "program/missing /process/args/0");
}
