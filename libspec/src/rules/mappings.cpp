// Mappings of user and group IDs, of the user namespace and of mounts.
#include <algorithm>
#include <cstdint>
#include <functional>

#include "groups.hpp"

namespace ocikit {

namespace {

using Mappings = std::vector<spec::IdMapping>;

constexpr std::size_t most_mappings = 340;  // UID_GID_MAP_MAX_EXTENTS

// Calls `visit` for every list of mappings there is.
void for_each_list(const RuleContext& rule,
                   const std::function<void(const Mappings&, const std::string& pointer)>& visit) {
    visit(rule.linux.uidMappings, "/linux/uidMappings");
    visit(rule.linux.gidMappings, "/linux/gidMappings");
    for (std::size_t i = 0; i < rule.config.mounts.size(); ++i) {
        const std::string pointer = pointer_append("/mounts", i);
        visit(rule.config.mounts[i].uidMappings, pointer + "/uidMappings");
        visit(rule.config.mounts[i].gidMappings, pointer + "/gidMappings");
    }
}

void check_sizes(RuleContext& rule) {
    for_each_list(rule, [&rule](const Mappings& mappings, const std::string& pointer) {
        for (std::size_t i = 0; i < mappings.size(); ++i)
            if (mappings[i].size == 0)
                rule.report(pointer_append(pointer, i) + "/size", "the mapping is of no IDs");
    });
}

void check_bounds(RuleContext& rule) {
    for_each_list(rule, [&rule](const Mappings& mappings, const std::string& pointer) {
        for (std::size_t i = 0; i < mappings.size(); ++i) {
            const std::uint64_t first = std::max(mappings[i].containerID, mappings[i].hostID);
            if (first + mappings[i].size > UINT32_MAX)
                rule.report(pointer_append(pointer, i) + "/size",
                            "the mapping goes beyond the greatest ID, 4294967294");
        }
    });
}

bool overlap(std::uint64_t a, std::uint64_t a_size, std::uint64_t b, std::uint64_t b_size) {
    return a < b + b_size && b < a + a_size;
}

void check_overlaps(RuleContext& rule) {
    for_each_list(rule, [&rule](const Mappings& mappings, const std::string& pointer) {
        // more are an error already, which many comparisons wouldn't make worse
        for (std::size_t i = 1; i < std::min(mappings.size(), most_mappings); ++i)
            for (std::size_t j = 0; j < i; ++j) {
                const spec::IdMapping &a = mappings[j], &b = mappings[i];
                const bool inside = overlap(a.containerID, a.size, b.containerID, b.size);
                if (inside || overlap(a.hostID, a.size, b.hostID, b.size)) {
                    rule.report(pointer_append(pointer, i),
                                std::string("the mapping has IDs of the ") + (inside ? "container" : "host") +
                                    " that another has too",
                                pointer_append(pointer, j), "the other one");
                    break;
                }
            }
    });
}

void check_counts(RuleContext& rule) {
    for_each_list(rule, [&rule](const Mappings& mappings, const std::string& pointer) {
        if (mappings.size() > most_mappings)
            rule.report(pointer, "there are " + std::to_string(mappings.size()) +
                                     " mappings, the kernel takes " + std::to_string(most_mappings));
    });
}

void check_user_namespace(RuleContext& rule) {
    if (rule.has_namespace(spec::NamespaceType::user))
        return;
    for (const auto& [mappings, name] : {std::pair{&rule.linux.uidMappings, "/linux/uidMappings"},
                                         std::pair{&rule.linux.gidMappings, "/linux/gidMappings"}})
        if (!mappings->empty())
            rule.report(name, "mappings need a namespace of type \"user\"", Document::Part::key);
}

void check_mappings_exist(RuleContext& rule) {
    if (!rule.makes_namespace(spec::NamespaceType::user))
        return;
    for (const auto& [mappings, name] : {std::pair{&rule.linux.uidMappings, "uidMappings"},
                                         std::pair{&rule.linux.gidMappings, "gidMappings"}})
        if (mappings->empty())
            rule.report_member(
                "/linux", name,
                std::string("a new user namespace needs ") + name + ": without them it has no IDs");
}

bool is_mapped(const Mappings& mappings, std::uint32_t id) {
    for (const spec::IdMapping& mapping : mappings)
        if (id >= mapping.containerID && id - mapping.containerID < mapping.size)
            return true;
    return false;
}

void check_user_mapped(RuleContext& rule) {
    if (!rule.config.process || !rule.makes_namespace(spec::NamespaceType::user))
        return;
    const spec::User user = rule.process.user.value_or(spec::User{});
    const auto check = [&rule](const Mappings& mappings, std::uint32_t id, std::string pointer) {
        if (!mappings.empty() && !is_mapped(mappings, id))
            rule.report(std::move(pointer), "the ID " + std::to_string(id) +
                                                " is not mapped in the user namespace of the container");
    };
    check(rule.linux.uidMappings, user.uid.value_or(0), "/process/user/uid");
    check(rule.linux.gidMappings, user.gid.value_or(0), "/process/user/gid");
    for (std::size_t i = 0; i < user.additionalGids.size(); ++i)
        check(rule.linux.gidMappings, user.additionalGids[i],
              pointer_append("/process/user/additionalGids", i));
}

constexpr Rule rules[] = {
    {.id = "mappings/size",
     .summary = "a mapping is of one ID at least",
     .details = "The kernel refuses a mapping of size 0.",
     .source = "config-linux.md#user-namespace-mappings, user_namespaces(7)",
     .bad =
         R"({"linux": {"namespaces": [{"type": "mount"}, {"type": "user"}], "uidMappings": [{"containerID": 0, "hostID": 1000, "size": 0}], "gidMappings": [{"containerID": 0, "hostID": 1000, "size": 1}]}})",
     .good =
         R"({"linux": {"namespaces": [{"type": "mount"}, {"type": "user"}], "uidMappings": [{"containerID": 0, "hostID": 1000, "size": 1}], "gidMappings": [{"containerID": 0, "hostID": 1000, "size": 1}]}})",
     .runtime_refuses = true,
     .check = check_sizes},
    {.id = "mappings/bounds",
     .summary = "a mapping doesn't go beyond the greatest ID",
     .details = "IDs go from 0 to 4294967294, in the container and on the host.",
     .source = "config-linux.md#user-namespace-mappings, user_namespaces(7)",
     .bad =
         R"({"linux": {"namespaces": [{"type": "mount"}, {"type": "user"}], "uidMappings": [{"containerID": 0, "hostID": 1000, "size": 4294967295}], "gidMappings": [{"containerID": 0, "hostID": 0, "size": 1}]}})",
     .good =
         R"({"linux": {"namespaces": [{"type": "mount"}, {"type": "user"}], "uidMappings": [{"containerID": 0, "hostID": 0, "size": 4294967295}], "gidMappings": [{"containerID": 0, "hostID": 0, "size": 1}]}})",
     .runtime_refuses = true,
     .check = check_bounds},
    {.id = "mappings/overlap",
     .summary = "no ID is mapped twice",
     .details =
         "The kernel refuses mappings that overlap, be it in the container's IDs or in those of the host.",
     .source = "config-linux.md#user-namespace-mappings, user_namespaces(7)",
     .bad =
         R"({"linux": {"namespaces": [{"type": "mount"}, {"type": "user"}], "uidMappings": [{"containerID": 0, "hostID": 1000, "size": 10}, {"containerID": 9, "hostID": 2000, "size": 1}], "gidMappings": [{"containerID": 0, "hostID": 1000, "size": 1}]}})",
     .good =
         R"({"linux": {"namespaces": [{"type": "mount"}, {"type": "user"}], "uidMappings": [{"containerID": 0, "hostID": 1000, "size": 10}, {"containerID": 10, "hostID": 1010, "size": 1}], "gidMappings": [{"containerID": 0, "hostID": 1000, "size": 1}]}})",
     .runtime_refuses = true,
     .check = check_overlaps},
    {.id = "mappings/count",
     .summary = "there are at most 340 mappings",
     .details = "The kernel takes no more lines in uid_map and gid_map.",
     .source = "config-linux.md#user-namespace-mappings, user_namespaces(7)",
     .runtime_refuses = true,
     .check = check_counts},
    {.id = "mappings/user-namespace",
     .summary = "mappings come with a user namespace",
     .details = "IDs are mapped in a user namespace only: there must be one, new or joined.",
     .source = "config-linux.md#user-namespace-mappings",
     .bad =
         R"({"linux": {"namespaces": [{"type": "mount"}], "uidMappings": [{"containerID": 0, "hostID": 1000, "size": 1}]}})",
     .good =
         R"({"linux": {"namespaces": [{"type": "mount"}, {"type": "user", "path": "/proc/1/ns/user"}], "uidMappings": [{"containerID": 0, "hostID": 1000, "size": 1}]}})",
     .runtime_refuses = true,
     .check = check_user_namespace},
    {.id = "mappings/missing",
     .summary = "a new user namespace has mappings of users and groups",
     .details = "Without mappings there is no ID in the namespace, not even root, and the program can't be "
                "started as anyone. A namespace that is joined by its path has them already.",
     .source = "config-linux.md#user-namespace-mappings, user_namespaces(7)",
     .bad = R"({"linux": {"namespaces": [{"type": "mount"}, {"type": "user"}]}})",
     .good = R"({"linux": {"namespaces": [{"type": "mount"}, {"type": "user", "path": "/proc/1/ns/user"}]}})",
     .check = check_mappings_exist},
    {.id = "mappings/process-user",
     .summary = "the user and the groups of the process are mapped",
     .details =
         "The IDs of the process are those inside of the user namespace; the kernel refuses to set one "
         "that isn't mapped there.",
     .source = "config.md#posix-platform-user, user_namespaces(7)",
     .bad =
         R"({"process": {"user": {"uid": 1000, "gid": 0}}, "linux": {"namespaces": [{"type": "mount"}, {"type": "user"}], "uidMappings": [{"containerID": 0, "hostID": 1000, "size": 1}], "gidMappings": [{"containerID": 0, "hostID": 1000, "size": 1}]}})",
     .good =
         R"({"process": {"user": {"uid": 1000, "gid": 0}}, "linux": {"namespaces": [{"type": "mount"}, {"type": "user"}], "uidMappings": [{"containerID": 1000, "hostID": 1000, "size": 1}], "gidMappings": [{"containerID": 0, "hostID": 1000, "size": 1}]}})",
     .runtime_refuses = true,
     .check = check_user_mapped},
};

}  // namespace

std::span<const Rule> mapping_rules() {
    return rules;
}

}  // namespace ocikit
