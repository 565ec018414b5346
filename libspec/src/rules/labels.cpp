// Labels of security modules.
#include <algorithm>

#include <ocikit/text.hpp>

#include "groups.hpp"

namespace ocikit {

namespace {

// user:role:type, and a range of levels where the policy has any; a range has colons of its own.
bool is_selinux_label(std::string_view label) {
    std::size_t parts = 1;
    std::size_t length = 0;
    for (const char c : label) {
        if (c == ':' && parts < 4) {
            if (length == 0)
                return false;
            ++parts;
            length = 0;
            continue;
        }
        if (static_cast<unsigned char>(c) <= ' ' || c == 0x7f || c == '"')
            return false;
        ++length;
    }
    return parts >= 3 && length > 0;
}

void check_selinux(RuleContext& rule) {
    for (const auto& [label, pointer] : {std::pair{&rule.process.selinuxLabel, "/process/selinuxLabel"},
                                         std::pair{&rule.linux.mountLabel, "/linux/mountLabel"}})
        if (*label && !(*label)->empty() && !is_selinux_label(**label))
            rule.report(pointer, quoted(**label) + " has not the form user:role:type:level");
}

void check_apparmor(RuleContext& rule) {
    const std::string name = rule.process.apparmorProfile.value_or("");
    const bool bad = std::any_of(name.begin(), name.end(),
                                 [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == 0x7f; });
    if (bad)
        rule.report("/process/apparmorProfile", quoted(name) + " has white space in it");
}

constexpr Rule rules[] = {
    {.id = "labels/selinux",
     .summary = "a label of SELinux has the form user:role:type:level",
     .details = "The kernel refuses any other text. The level may be missing; an empty label is none.",
     .source = "config.md#linux-process, config-linux.md#mount-label, selinux(8)",
     .bad = R"({"process": {"selinuxLabel": "svirt_lxc_net_t"}})",
     .good =
         R"({"process": {"selinuxLabel": "system_u:system_r:container_t:s0:c124,c675"}, "linux": {"mountLabel": "system_u:object_r:container_file_t"}})",
     .check = check_selinux},
    {.id = "labels/apparmor",
     .severity = Severity::warning,
     .summary = "the name of an AppArmor profile has no white space",
     .details = "It is the name of a profile that is loaded on the host, not a path or a text of rules.",
     .source = "config.md#linux-process, apparmor(7)",
     .bad = R"({"process": {"apparmorProfile": "my profile"}})",
     .good = R"({"process": {"apparmorProfile": "container-default"}})",
     .check = check_apparmor},
};

}  // namespace

std::span<const Rule> label_rules() {
    return rules;
}

}  // namespace ocikit
