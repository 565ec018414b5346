#include "archive/test/tree.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <stdexcept>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace ocikit::archive::test {

namespace {

void require(bool good, const std::string& path) {
    if (!good)
        throw std::system_error(errno, std::generic_category(), path);
}

std::string hex(const std::string& bytes) {
    std::string out;
    for (const char c : bytes) {
        char text[3];
        std::snprintf(text, sizeof text, "%02x", static_cast<unsigned>(static_cast<unsigned char>(c)));
        out += text;
    }
    return out;
}

std::string xattrs(const std::string& path) {
    std::vector<char> names(65536);
    const ssize_t size = ::llistxattr(path.c_str(), names.data(), names.size());
    require(size >= 0 || errno == ENOTSUP, path);
    std::vector<std::string> found;
    for (const char* name = names.data(); size > 0 && name < names.data() + size;
         name += std::string(name).size() + 1) {
        std::string value(65536, '\0');
        const ssize_t length = ::lgetxattr(path.c_str(), name, value.data(), value.size());
        require(length >= 0, path);
        value.resize(static_cast<std::size_t>(length));
        found.push_back(std::string(" ") + name + "=" + hex(value));
    }
    std::sort(found.begin(), found.end());
    std::string out;
    for (const std::string& text : found)
        out += text;
    return out;
}

std::string content(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(in)), {});
    require(!in.bad(), path);
    if (bytes.size() <= 64)
        return hex(bytes);
    return std::to_string(std::hash<std::string>()(bytes));
}

std::string link_target(const std::string& path) {
    std::string target(8192, '\0');
    const ssize_t size = ::readlink(path.c_str(), target.data(), target.size());
    require(size >= 0, path);
    target.resize(static_cast<std::size_t>(size));
    return target;
}

using FirstNames = std::map<std::pair<dev_t, ino_t>, std::string>;

std::string describe(const std::string& path, const std::string& name, FirstNames& first_names) {
    struct stat status {};
    require(::lstat(path.c_str(), &status) == 0, path);
    char text[160];
    std::snprintf(text, sizeof text, "mode=%o owner=%u:%u time=%lld.%09ld", status.st_mode, status.st_uid,
                  status.st_gid, static_cast<long long>(status.st_mtim.tv_sec), status.st_mtim.tv_nsec);
    std::string out = text;
    if (S_ISREG(status.st_mode))
        out += " size=" + std::to_string(status.st_size) + " content=" + content(path);
    if (S_ISLNK(status.st_mode))
        out += " to=" + link_target(path);
    if (S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode))
        out +=
            " device=" + std::to_string(major(status.st_rdev)) + ":" + std::to_string(minor(status.st_rdev));
    if (!S_ISDIR(status.st_mode))
        out += " first=" + first_names.try_emplace({status.st_dev, status.st_ino}, name).first->second;
    return out + xattrs(path);
}

void add(const std::string& directory, const std::string& prefix, Tree& tree, FirstNames& first_names) {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(directory))
        names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    for (const std::string& name : names) {
        const std::string path = directory + "/" + name;
        tree.emplace(prefix + name, describe(path, prefix + name, first_names));
        struct stat status {};
        if (::lstat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode))
            add(path, prefix + name + "/", tree, first_names);
    }
}

}  // namespace

Tree read_tree(const std::string& directory) {
    Tree tree;
    FirstNames first_names;
    add(directory, "", tree, first_names);
    return tree;
}

std::string differences(const Tree& expected, const Tree& found) {
    std::string out;
    for (const auto& [path, text] : expected) {
        const auto other = found.find(path);
        if (other == found.end())
            out += "missing: " + path + "\n";
        else if (other->second != text)
            out += "differs: " + path + "\n  " + text + "\n  " + other->second + "\n";
    }
    for (const auto& [path, text] : found) {
        if (!expected.contains(path))
            out += "added: " + path + " " + text + "\n";
    }
    return out;
}

}  // namespace ocikit::archive::test
