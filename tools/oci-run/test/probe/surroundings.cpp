// What is around the process: namespaces, mounts, open files, terminal.
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <fstream>
#include <linux/keyctl.h>
#include <memory>
#include <set>
#include <sstream>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "parts.hpp"

namespace json = boost::json;

namespace probe {

namespace {

std::string link_text(const std::string& path) {
    char text[4096];
    const ssize_t length = ::readlink(path.c_str(), text, sizeof text);
    return length < 0 ? "" : std::string(text, static_cast<std::size_t>(length));
}

json::array lines(const std::string& text) {
    json::array list;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) {
        std::istringstream words(line);
        std::string plain;
        for (std::string word; words >> word;)
            plain += (plain.empty() ? "" : " ") + word;
        list.emplace_back(plain);
    }
    return list;
}

// The keyring of the session is named `_ses.ID`.
std::string session_keyring() {
    char text[512];
    const long length =
        ::syscall(SYS_keyctl, KEYCTL_DESCRIBE, KEY_SPEC_SESSION_KEYRING, text, sizeof text - 1);
    if (length < 0)
        return error_name(errno);
    const std::string description(text);  // type;uid;gid;permissions;name
    return description.substr(description.rfind(';') + 1);
}

json::value terminal() {
    struct winsize size;
    if (::ioctl(STDIN_FILENO, TIOCGWINSZ, &size) < 0)
        return nullptr;
    return json::object{{"name", link_text("/proc/self/fd/0")},
                        {"rows", size.ws_row},
                        {"columns", size.ws_col},
                        {"controlling", ::tcgetpgrp(STDIN_FILENO) > 0},
                        {"session", ::getsid(0)}};
}

json::array sorted_words(const std::string& text, char separator) {
    std::set<std::string> words;
    std::istringstream stream(text);
    for (std::string word; std::getline(stream, word, separator);)
        words.insert(word);
    return json::array(words.begin(), words.end());
}

// The optional fields of mountinfo, without the numbers of peer groups.
std::string propagation(const std::vector<std::string>& fields) {
    std::string text;
    for (const auto& field : fields)
        if (!field.starts_with("propagate_from"))
            text += (text.empty() ? "" : " ") + field.substr(0, field.find(':'));
    return text.empty() ? "private" : text;
}

}  // namespace

std::string content(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    std::string all = text.str();
    while (all.ends_with('\n'))
        all.pop_back();
    return all;
}

json::value surroundings() {
    struct utsname names;
    ::uname(&names);
    json::object report{{"hostname", names.nodename},
                        {"domainname", names.domainname},
                        {"machine", names.machine},
                        {"pid", ::getpid()},
                        {"terminal", terminal()},
                        {"keyring", session_keyring()},
                        {"uid_map", lines(content("/proc/self/uid_map"))},
                        {"gid_map", lines(content("/proc/self/gid_map"))},
                        {"setgroups", content("/proc/self/setgroups")},
                        {"clocks", lines(content("/proc/self/timens_offsets"))},
                        {"cgroup", lines(content("/proc/self/cgroup"))},
                        {"label", content("/proc/self/attr/current")}};
    char directory[4096];
    report["cwd"] =
        ::getcwd(directory, sizeof directory) ? json::value(directory) : json::value(error_name(errno));
    json::object namespaces;
    for (const char* const type : {"cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"})
        namespaces[type] = link_text(std::string("/proc/self/ns/") + type);
    report["namespaces"] = std::move(namespaces);
    return report;
}

json::value mounts() {
    json::object report;
    std::ifstream table("/proc/self/mountinfo");
    for (std::string line; std::getline(table, line);) {
        std::istringstream words(line);
        std::string id, parent, device, root, point, options, type, source, super;
        words >> id >> parent >> device >> root >> point >> options;
        std::vector<std::string> fields;
        for (std::string word; words >> word && word != "-";)
            fields.push_back(word);
        words >> type >> source >> super;
        report[point] = json::object{{"type", type},
                                     {"source", source},
                                     {"root", root},
                                     {"options", sorted_words(options, ',')},
                                     {"filesystem", sorted_words(super, ',')},
                                     {"propagation", propagation(fields)}};
    }
    return report;
}

json::value descriptors() {
    json::object report;
    const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir("/proc/self/fd"), ::closedir);
    if (!directory)
        return json::value(error_name(errno));
    while (const struct dirent* entry = ::readdir(directory.get()))
        if (entry->d_name[0] != '.' && std::stoi(entry->d_name) != ::dirfd(directory.get()))
            report[entry->d_name] = link_text(std::string("/proc/self/fd/") + entry->d_name);
    return report;
}

}  // namespace probe
