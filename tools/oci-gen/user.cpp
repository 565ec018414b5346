#include "oci-gen/user.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <fcntl.h>
#include <limits>
#include <linux/openat2.h>
#include <optional>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <vector>

#include <ocikit/error.hpp>
#include <ocikit/unique_fd.hpp>

#include "common/command_line.hpp"

namespace ocikit::gen {

bool is_id(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == text.npos;
}

namespace {

std::optional<std::uint32_t> to_id(std::string_view text) {
    std::uint32_t id = 0;
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), id);
    // the highest is -1, which means "leave it" to setresuid(2): the program would stay root
    const bool valid = is_id(text) && status == std::errc() && end == text.data() + text.size() &&
                       id != std::numeric_limits<std::uint32_t>::max();
    return valid ? std::optional(id) : std::nullopt;
}

std::uint32_t number(std::string_view text, const char* what) {
    if (const auto id = to_id(text))
        return *id;
    throw Error(std::string(what) + " " + std::string(text) + " is out of range, expected 0 to 4294967294");
}

// Opened as the container would see it: absolute symbolic links and .. stay below
// rootfs. Not blocking, since it could be a FIFO.
UniqueFd open_in_root(const std::string& rootfs, const char* path) {
    const UniqueFd root(::open(rootfs.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!root)
        throw Error::last("open", rootfs, "names of users and groups are looked up in the root filesystem");
    open_how how{};
    how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;
    how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
    UniqueFd fd(static_cast<int>(::syscall(SYS_openat2, root.get(), path, &how, sizeof how)));
    if (!fd)
        throw Error::last(
            "open", rootfs + '/' + path,
            "names of users and groups are looked up in the root filesystem; numbers need no file");
    return fd;
}

std::string read_in_root(const std::string& rootfs, const char* path) {
    constexpr std::size_t most = 1 << 20;
    const UniqueFd fd = open_in_root(rootfs, path);
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0)
        throw Error::last("read", rootfs + '/' + path);
    if (!S_ISREG(status.st_mode))
        throw Error(rootfs + '/' + path + ": not a regular file");
    std::string text;
    std::array<char, 4096> buffer;
    for (;;) {
        const ssize_t got = ::read(fd.get(), buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            throw Error::last("read", rootfs + '/' + path);
        if (got == 0)
            return text;
        text.append(buffer.data(), static_cast<std::size_t>(got));
        if (text.size() > most)
            throw Error(rootfs + '/' + path + ": longer than " + std::to_string(most) + " bytes");
    }
}

// A line of passwd(5) or group(5); ids are the third and, of a user's group, the fourth.
using Fields = std::array<std::string_view, 4>;

std::vector<Fields> entries(std::string_view text) {
    std::vector<Fields> all;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        Fields fields;
        for (std::string_view& field : fields) {
            const std::size_t colon = std::min(line.find(':'), line.size());
            field = line.substr(0, colon);
            line.remove_prefix(std::min(colon + 1, line.size()));
        }
        all.push_back(fields);
    }
    return all;
}

const Fields& entry(const std::vector<Fields>& all, std::string_view name, const std::string& path) {
    for (const Fields& fields : all)
        if (fields[0] == name)
            return fields;
    throw Error(path + ": there is no " + std::string(name) + " in it");
}

std::uint32_t id_of(std::string_view field, std::string_view name, const std::string& path) {
    if (const auto id = to_id(field))
        return *id;
    throw Error(path + ": the entry of " + std::string(name) + " has no valid number");
}

bool is_member(std::string_view members, std::string_view name) {
    while (!members.empty()) {
        const std::size_t comma = std::min(members.find(','), members.size());
        if (members.substr(0, comma) == name)
            return true;
        members.remove_prefix(std::min(comma + 1, members.size()));
    }
    return false;
}

// A file which there need not be: then it is empty.
std::string read_if_there(const std::string& rootfs, const char* path) {
    try {
        return read_in_root(rootfs, path);
    } catch (const Error& error) {
        if (error.code() == ENOENT || error.code() == ENOTDIR)
            return {};
        throw;
    }
}

void add_once(std::vector<std::uint32_t>& ids, std::uint32_t id) {
    if (std::find(ids.begin(), ids.end(), id) == ids.end())
        ids.push_back(id);
}

// Groups that name the user as a member.
void add_memberships(spec::User& user, std::string_view name, const std::string& rootfs) {
    const std::string text = read_if_there(rootfs, "etc/group");
    for (const Fields& fields : entries(text))
        if (const auto gid = to_id(fields[2]); gid && is_member(fields[3], name))
            add_once(user.additionalGids, *gid);
}

std::uint32_t find_group(std::string_view text, const std::string& rootfs) {
    if (is_id(text))
        return number(text, "GID");
    const std::string groups = read_in_root(rootfs, "etc/group");
    const std::string path = rootfs + "/etc/group";
    return id_of(entry(entries(groups), text, path)[2], text, path);
}

// What the command line has wrong is an error of its own; files that can't be read aren't.
template <class Find>
auto as_option(const std::string& option, Find find) {
    try {
        return find();
    } catch (const Error& error) {
        if (error.code() != 0)
            throw;
        throw cli::UsageError("option '--" + option + "': " + error.what());
    }
}

}  // namespace

std::uint32_t parse_group(std::string_view option, std::string_view text, const std::string& rootfs) {
    return as_option(std::string(option), [&] { return find_group(text, rootfs); });
}

spec::User parse_user(std::string_view text, const std::string& rootfs) {
    spec::User user = as_option("user", [&] { return find_user(text, rootfs); });
    // the own group, too: else the group's permissions could be shed with setgid(2), which
    // may be less than those of others (CVE-2022-36109)
    std::erase(user.additionalGids, *user.gid);
    user.additionalGids.insert(user.additionalGids.begin(), *user.gid);
    return user;
}

spec::User find_user(std::string_view text, const std::string& rootfs) {
    const std::size_t colon = text.find(':');
    const std::string_view user = text.substr(0, colon);
    const std::string_view group = colon == text.npos ? std::string_view() : text.substr(colon + 1);
    if (user.empty() || (colon != text.npos && group.empty()))
        throw Error("expected USER[:GROUP], found '" + std::string(text) + "'");
    spec::User result;
    result.gid = 0;
    std::string_view name;  // as passwd has it
    std::string passwd;
    if (is_id(user)) {
        result.uid = number(user, "UID");
        passwd = read_if_there(rootfs, "etc/passwd");
        for (const Fields& fields : entries(passwd))
            if (name.empty() && to_id(fields[2]) == result.uid && to_id(fields[3])) {
                name = fields[0];
                result.gid = to_id(fields[3]);
            }
    } else {
        const std::string path = rootfs + "/etc/passwd";
        passwd = read_in_root(rootfs, "etc/passwd");
        name = user;
        const Fields fields = entry(entries(passwd), user, path);
        result.uid = id_of(fields[2], user, path);
        result.gid = id_of(fields[3], user, path);
    }
    if (!group.empty())
        result.gid = find_group(group, rootfs);
    if (group.empty() && !name.empty())
        add_memberships(result, name, rootfs);
    return result;
}

}  // namespace ocikit::gen
