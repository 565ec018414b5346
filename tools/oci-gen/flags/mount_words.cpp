#include "oci-gen/flags/mount_words.hpp"

#include <algorithm>
#include <filesystem>
#include <limits>
#include <unistd.h>

#include <ocikit/mount_option.hpp>
#include <ocikit/text.hpp>

#include "oci-gen/values.hpp"

namespace ocikit::gen {

namespace {

using Strings = std::vector<std::string>;

bool has(const Strings& words, std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_below(std::string_view path, std::string_view folder) {
    return path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/';
}

// CONTAINER-HOST-SIZE#…, of the form idmap=uids=…;gids=… that crun and podman have.
std::vector<spec::IdMapping> parse_triples(std::string_view option, std::string_view text) {
    std::vector<spec::IdMapping> mappings;
    constexpr std::int64_t most = std::numeric_limits<std::uint32_t>::max();
    for (const std::string& triple : split(text, '#')) {
        const Strings numbers = split(triple, '-');
        if (numbers.size() != 3)
            throw unusable(option,
                           "expected idmap=uids=CONTAINER-HOST-SIZE;gids=…, found " + ocikit::quoted(text));
        const auto number = [&](std::size_t i) {
            return static_cast<std::uint32_t>(parse_integer(option, numbers[i], 0, most));
        };
        mappings.push_back({.containerID = number(0), .hostID = number(1), .size = number(2)});
    }
    return mappings;
}

void add_idmap(std::string_view option, spec::Mount& mount, std::string_view word) {
    mount.options.emplace_back(word.substr(0, word.find('=')));
    if (word.find('=') == word.npos)
        return;  // that of the container's user namespace
    for (const std::string& part : split(word.substr(word.find('=') + 1), ';')) {
        const auto [kind, triples] = split_pair(part);
        if (!triples || (kind != "uids" && kind != "gids"))
            throw unusable(option,
                           "expected idmap=uids=CONTAINER-HOST-SIZE;gids=…, found " + ocikit::quoted(word));
        (kind == "uids" ? mount.uidMappings : mount.gidMappings) = parse_triples(option, *triples);
    }
}

// Labels are the business of whoever runs the container; without SELinux there are none.
void tell_about_labels(std::string_view word) {
    if (::access("/sys/fs/selinux/enforce", F_OK) == 0)
        warn("the mount option " + std::string(word) +
             " changes no labels: files keep those that they have for SELinux");
}

// True if the word is done with, other than by being an option of the mount.
bool is_special(std::string_view option, spec::Mount& mount, const std::string& word) {
    if (word == "z" || word == "Z") {
        tell_about_labels(word);
        return true;
    }
    if (word == "idmap" || word == "ridmap" || word.starts_with("idmap=") || word.starts_with("ridmap=")) {
        add_idmap(option, mount, word);
        return true;
    }
    if (word == "U" || word == "O")
        throw unusable(option, "the mount option " + word + " needs an engine, which " +
                                   (word == "U" ? "changes owners of files before it runs a container"
                                                : "keeps the upper folders of overlays"));
    // of volumes, and for hosts whose files are elsewhere
    return word == "copy" || word == "nocopy" || word == "cached" || word == "delegated" ||
           word == "consistent";
}

}  // namespace

void place_mount(FlagContext& context, std::string_view option, spec::Mount mount) {
    if (has(context.mounted, mount.destination))
        throw unusable(option, mount.destination + ": something is mounted there already");
    context.mounted.push_back(mount.destination);
    std::vector<spec::Mount>& mounts = context.config.mounts;
    for (spec::Mount& other : mounts)
        if (other.destination == mount.destination) {
            other = std::move(mount);
            return;
        }
    const auto below = std::find_if(mounts.begin(), mounts.end(), [&](const spec::Mount& other) {
        return is_below(other.destination, mount.destination);
    });
    mounts.insert(below, std::move(mount));
}

std::string mount_destination(std::string_view option, const std::string& path) {
    if (!path.starts_with('/'))
        throw unusable(option, ocikit::quoted(path) + " is no absolute path in the container");
    std::string shortest = std::filesystem::path(path).lexically_normal().string();
    while (shortest.size() > 1 && shortest.ends_with('/'))
        shortest.pop_back();
    while (shortest.starts_with("//"))
        shortest.erase(0, 1);
    if (shortest == "/")
        throw unusable(option, "nothing can be mounted on / of the container");
    return shortest;
}

spec::Mount bind_mount(std::string_view option, const std::string& source, const std::string& destination,
                       const Strings& words) {
    spec::Mount mount{.destination = mount_destination(option, destination),
                      .type = "bind",
                      .source = source,
                      .options = {has(words, "bind") ? "bind" : "rbind"},
                      .uidMappings = {},
                      .gidMappings = {}};
    bool propagates = false;
    for (const std::string& word : words) {
        if (is_special(option, mount, word) || word == "bind" || word == "rbind")
            continue;
        const MountOption* known = find_mount_option(word);
        if (!known || (known->kind != MountOption::Kind::attribute &&
                       known->kind != MountOption::Kind::propagation && word != "rw" && word != "ro"))
            throw unusable(option, "a bind mount has no option " + ocikit::quoted(word));
        propagates = propagates || known->kind == MountOption::Kind::propagation;
        mount.options.push_back(word);
    }
    if (!propagates)
        mount.options.insert(mount.options.begin() + 1, "rprivate");
    return mount;
}

spec::Mount tmpfs_mount(std::string_view option, const std::string& destination, const Strings& words) {
    static const Strings data{"size", "mode", "uid", "gid", "nr_inodes", "nr_blocks", "huge", "mpol"};
    spec::Mount mount{.destination = mount_destination(option, destination),
                      .type = "tmpfs",
                      .source = "tmpfs",
                      .options = {},
                      .uidMappings = {},
                      .gidMappings = {}};
    if (!has(words, "suid"))
        mount.options.emplace_back("nosuid");
    if (!has(words, "dev"))
        mount.options.emplace_back("nodev");
    for (const std::string& word : words) {
        const auto [key, value] = split_pair(word);
        if (value ? !has(data, key) : word != "notmpcopyup" && !find_mount_option(word))
            throw unusable(option, "a tmpfs has no option " + ocikit::quoted(word));
        if (word != "notmpcopyup" && !has(mount.options, word))
            mount.options.push_back(word);
    }
    // as podman has it: what the image has there is in it
    if (!has(words, "notmpcopyup") && !has(words, "tmpcopyup"))
        mount.options.emplace_back("tmpcopyup");
    return mount;
}

}  // namespace ocikit::gen
