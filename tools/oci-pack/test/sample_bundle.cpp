#include "oci-pack/test/sample_bundle.hpp"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace ocikit::pack::test {

namespace {

namespace fs = std::filesystem;

void require(bool good, const std::string& path) {
    if (!good)
        throw std::system_error(errno, std::generic_category(), path);
}

void write(const std::string& path, const std::string& content) {
    std::ofstream out(path, std::ios::binary);
    out << content;
    out.close();
    require(!out.fail(), path);
}

void set_time(const std::string& path, time_t seconds, long nanoseconds) {
    const timespec times[] = {{.tv_sec = 0, .tv_nsec = UTIME_OMIT},
                              {.tv_sec = seconds, .tv_nsec = nanoseconds}};
    require(::utimensat(AT_FDCWD, path.c_str(), times, AT_SYMLINK_NOFOLLOW) == 0, path);
}

// Where the file system has none, the rest of the test is still worth something.
void set_xattr(const std::string& path, const char* name, const std::string& value) {
    require(::lsetxattr(path.c_str(), name, value.data(), value.size(), 0) == 0 || errno == ENOTSUP, path);
}

void make_names(const std::string& root) {
    for (const char* name : {"plain", "a.b", "a", "a-b", "with space", "new\nline", "-dash", "caf\xc3\xa9",
                             "bad\xff\xfe", "\\back", "*star", ".hidden", "~tilde"})
        write(root + "/names/" + name, name);
    write(root + "/names/" + std::string(255, 'n'), "long name");
    write(root + "/names/" + std::string(150, 'n') + "\xc3\xa9", "long name in UTF-8");
    write(root + "/names/" + std::string(150, 'n') + "\xff", "long name in nothing");
    std::string deep = root + "/deep";
    while (deep.size() < root.size() + 900) {
        deep += "/" + std::string(97, 'd');
        fs::create_directories(deep);
    }
    write(deep + "/bottom", "deep");
    fs::create_symlink(std::string(3000, 't'), root + "/long-target");
}

// Holes at the beginning, in the middle, at the end, and nothing else.
void make_holes(const std::string& root) {
    fs::create_directories(root + "/holes");
    const struct {
        std::string name;
        std::vector<off_t> data;
        off_t size;
    } files[] = {{"middle", {1 << 17}, 3 << 17},
                 {"end", {0, 2 << 17}, 4 << 17},
                 {"begin\xff", {1 << 17}, (1 << 17) + 4},
                 {std::string(140, 'h'), {0, 1 << 17, 2 << 17}, (2 << 17) + 4},
                 {"all", {}, 1 << 17}};
    for (const auto& [name, data, size] : files) {
        const std::string path = root + "/holes/" + name;
        write(path, "");
        std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
        for (const off_t at : data)
            file.seekp(at) << "data";
        file.close();
        require(!file.fail() && ::truncate(path.c_str(), size) == 0, path);
    }
}

void make_times(const std::string& root) {
    const struct {
        const char* name;
        time_t seconds;
        long nanoseconds;
    } times[] = {{"epoch", 0, 0},
                 {"nano", 1'000'000'000, 1},
                 {"last-nano", 1'000'000'000, 999'999'999},
                 {"before", -1'000, 0},
                 {"before-nano", -1'000, 250'000'000},
                 {"before-last", -2, 5},
                 {"just-before", -1, 750'000'000},
                 {"late", 7'000'000'000, 0}};
    for (const auto& [name, seconds, nanoseconds] : times) {
        write(root + "/times/" + name, name);
        set_time(root + "/times/" + name, seconds, nanoseconds);
    }
}

void make_modes_and_links(const std::string& root) {
    for (const mode_t mode : {0u, 0400u, 0755u, 0777u, 01777u, 02755u, 04755u, 07777u}) {
        if (mode == 0 && !is_root())
            continue;
        const std::string path = root + "/modes/" + std::to_string(mode);
        write(path, "x");
        require(::chmod(path.c_str(), mode) == 0, path);
    }
    write(root + "/links/m-first", "linked");
    fs::create_hard_link(root + "/links/m-first", root + "/links/z-second");
    fs::create_hard_link(root + "/links/m-first", root + "/a-earlier");
    fs::create_symlink("/etc/passwd", root + "/links/absolute");
    fs::create_symlink("../../../..", root + "/links/up");
    fs::create_symlink("bad\xff", root + "/links/bytes");
    require(::link((root + "/links/up").c_str(), (root + "/links/up-too").c_str()) == 0, "links/up-too");
    set_time(root + "/links/absolute", 86'400, 42);
    require(::mkfifo((root + "/fifo").c_str(), 0622) == 0, "fifo");
}

void make_xattrs(const std::string& root) {
    const std::string acl(
        "\2\0\0\0\1\0\6\0\xff\xff\xff\xff\2\0\7\0\x39\5\0\0\4\0\4\0\xff\xff\xff\xff\x10\0\7\0\xff\xff\xff\xff"
        "\x20\0\4\0\xff\xff\xff\xff",
        44);
    for (const char* name : {"attributes", "attributed"})
        set_xattr(root + "/" + name, "user.text", "value=%41\n");
    set_xattr(root + "/attributed", "user.empty", "");
    for (const char* name :
         {"user.100%=", "user.100%", "user.a b\nc", "user.caf\xc3\xa9", "user.bad\xff", "user.%41"})
        set_xattr(root + "/attributed", name, std::string("\0\1\2", 3));
    set_xattr(root + "/attributed", "system.posix_acl_access", acl);
    set_xattr(root + "/attributes", "system.posix_acl_default", acl);
}

void make_what_root_can(const std::string& root) {
    require(::mknod((root + "/null").c_str(), S_IFCHR | 0666, ::makedev(1, 3)) == 0, "null");
    require(::mknod((root + "/disk").c_str(), S_IFBLK | 0660, ::makedev(259, 1'000'000)) == 0, "disk");
    for (const auto& [name, id] : {std::pair{"user", 1000u}, std::pair{"large-id", 4'000'000'000u}}) {
        write(root + "/" + name, name);
        require(::lchown((root + "/" + name).c_str(), id, id + 1) == 0, name);
    }
    require(::lchown((root + "/links/up").c_str(), 7, 8) == 0, "links/up");
    write(root + "/capable", "x");
    set_xattr(root + "/capable", "security.capability",
              std::string("\1\0\0\2\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20));
    write(root + "/capable-in-namespace", "x");
    set_xattr(root + "/capable-in-namespace", "security.capability",
              std::string("\1\0\0\3\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xa0\x86\1\0", 24));
    set_xattr(root + "/links/absolute", "trusted.link", "yes");
}

}  // namespace

std::string config_text(const std::string& root) {
    return "{\"ociVersion\": \"1.3.0\", \"root\": {\"path\": \"" + root +
           "\"}, \"process\": {\"cwd\": \"/\", \"args\": [\"sh\"], \"user\": {\"uid\": 0, \"gid\": 0}}}\n";
}

void make_rich_bundle(const std::string& directory) {
    const std::string root = directory + "/rootfs";
    for (const char* name : {"names", "times", "modes", "links", "empty", "closed", "attributes"})
        fs::create_directories(root + "/" + name);
    write(directory + "/config.json", config_text());
    write(root + "/empty-file", "");
    write(root + "/attributed", "x");
    write(root + "/big", std::string(3'000'001, 'b'));
    make_names(root);
    make_holes(root);
    make_times(root);
    make_modes_and_links(root);
    make_xattrs(root);
    if (is_root())
        make_what_root_can(root);
    require(::chmod((root + "/closed").c_str(), is_root() ? 0 : 0500) == 0, "closed");
    set_time(root + "/empty", 12'345, 678'901'234);
    set_time(root, 99, 1);
}

void make_plain_bundle(const std::string& directory) {
    fs::create_directories(directory + "/rootfs/bin");
    write(directory + "/config.json", config_text());
    write(directory + "/rootfs/bin/sh", "#!");
    fs::create_symlink("sh", directory + "/rootfs/bin/bash");
}

Outcome shell(const std::string& command) {
    // braces: the redirection is for all of it
    std::FILE* pipe = ::popen(("{ " + command + "\n} 2>&1").c_str(), "re");
    require(pipe != nullptr, command);
    Outcome outcome{};
    char buffer[4096];
    for (std::size_t size = 0; (size = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;)
        outcome.output.append(buffer, size);
    const int status = ::pclose(pipe);
    outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return outcome;
}

bool is_root() {
    return ::geteuid() == 0;
}

}  // namespace ocikit::pack::test
