// A mount's options: one by one into what the step does (config.md#linux-mount-options).
#include <algorithm>
#include <sys/mount.h>

#include <ocikit/mount_option.hpp>
#include <ocikit/text.hpp>

#include "plan/mounts.hpp"
#include "plan/refusal.hpp"

namespace ocikit::run {

namespace {

using Kind = MountOption::Kind;

constexpr std::uint64_t atime = MOUNT_ATTR__ATIME;

// The access time is one field of three values. Its options contradict each other as
// mount(8)'s do: a `no…` takes back that one option, and no other.
void add_access_time(MountAttributes& attributes, const MountOption& option) {
    const bool relatime = option.value == atime;  // whose own value is 0
    if (option.clear && relatime && option.name.ends_with("norelatime"))
        return;
    if (!option.clear || relatime) {
        attributes.set &= ~atime;
        attributes.set |= relatime ? 0 : option.value;
        attributes.clear |= atime;
    } else if ((attributes.set & atime) == option.value || (attributes.clear & atime) == 0) {
        attributes.set &= ~atime;
        attributes.clear |= atime;
    }
}

void add_attribute(MountAttributes& attributes, const MountOption& option) {
    if (option.value & atime)
        return add_access_time(attributes, option);
    // a later option wins over an earlier one
    attributes.set &= ~option.value;
    attributes.clear &= ~option.value;
    (option.clear ? attributes.clear : attributes.set) |= option.value;
}

// Splits data at its commas, but not at those of a path (`\,`) or in quotes (context="…").
std::vector<std::string> split_data(const std::string& text) {
    std::vector<std::string> parts(1);
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '"')
            quoted = !quoted;
        if (text[i] == '\\' && i + 1 < text.size())
            parts.back() += text[i++];
        else if (text[i] == ',' && !quoted) {
            parts.emplace_back();
            continue;
        }
        parts.back() += text[i];
    }
    std::erase(parts, "");
    return parts;
}

void add_data(MountStep& step, const std::string& text) {
    for (const auto& part : split_data(text)) {
        const auto equals = part.find('=');
        if (equals == std::string::npos) {
            step.parameters.emplace_back(part, "");
            continue;
        }
        std::string value = part.substr(equals + 1);
        if (value.size() > 1 && value.front() == '"' && value.back() == '"')
            value = value.substr(1, value.size() - 2);
        step.parameters.emplace_back(part.substr(0, equals), std::move(value));
    }
}

// Known to mount(8) for every filesystem, and meant for who mounts.
bool is_of_user_space(std::string_view option) {
    constexpr std::string_view names[] = {"auto", "noauto", "nouser", "nofail", "_netdev"};
    return std::find(std::begin(names), std::end(names), option) != std::end(names) ||
           option.starts_with("x-") || option.starts_with("X-") || option.starts_with("comment=");
}

// Flags of a filesystem that fsconfig(2) has no name for, but mount(2) a bit.
std::uint64_t mount_flag(std::string_view name) {
    if (name == "iversion")
        return MS_I_VERSION;
    return name == "silent" ? MS_SILENT : 0;
}

// What an option of the whole filesystem takes back; "" if it sets something itself.
std::string_view opposite(std::string_view name) {
    if (name == "async")
        return "sync";
    return name.starts_with("no") ? name.substr(2) : "";
}

void add_superblock(MountStep& step, const MountOption& option, const OptionPlace& place) {
    const std::string_view taken_back = opposite(option.name);
    if (place.kind == MountStep::Kind::bind) {
        if (taken_back.empty())
            refuse(place.pointer, ocikit::quoted(option.name) +
                                      " is of the filesystem as a whole and can't be set by a bind mount");
        return;
    }
    if (place.kind == MountStep::Kind::change && (mount_flag(option.name) | mount_flag(taken_back)) != 0)
        refuse(place.pointer, ocikit::quoted(option.name) + " can't be changed once a filesystem is mounted");
    std::erase_if(step.parameters, [&](const FsParameter& parameter) {
        return parameter.second.empty() &&
               (parameter.first == taken_back || opposite(parameter.first) == option.name);
    });
    step.flags &= ~mount_flag(taken_back);
    if (const std::uint64_t flag = mount_flag(option.name))
        step.flags |= flag;
    else if (taken_back.empty() || place.kind == MountStep::Kind::change)
        step.parameters.emplace_back(option.name, "");
}

// A recursive option is of the mount too. Nothing is below a new filesystem.
void add_attribute_or_propagation(MountStep& step, const MountOption& option, const OptionPlace& place) {
    const bool recursive = option.recursive && place.kind != MountStep::Kind::filesystem;
    MountAttributes& attributes = recursive ? step.recursive_attributes : step.attributes;
    if (option.kind == Kind::propagation) {
        attributes.propagation = option.value;
        if (recursive)
            step.attributes.propagation = 0;
        return;
    }
    add_attribute(attributes, option);
    if (recursive) {
        const std::uint64_t bits = option.value & atime ? atime : option.value;
        step.attributes.set &= ~bits;
        step.attributes.clear &= ~bits;
    }
}

void add_extension(MountStep& step, const MountOption& option, const OptionPlace& place) {
    if (option.name != "tmpcopyup") {
        if (place.kind != MountStep::Kind::bind)
            refuse(place.pointer, ocikit::quoted(option.name) + " is for a bind mount");
        step.copy_link = step.copy_link || option.name == "copy-symlink";
        step.follow_source = step.follow_source && option.name != "src-nofollow";
        step.follow_destination = step.follow_destination && option.name != "dest-nofollow";
        return;
    }
    if (place.kind != MountStep::Kind::filesystem || step.type != "tmpfs")
        refuse(place.pointer, ocikit::quoted(option.name) + " is for a mount of type tmpfs");
    step.copy_up = true;
}

void add_known(MountStep& step, const MountOption& option, const OptionPlace& place) {
    switch (option.kind) {
        case Kind::none:
            if (place.kind == MountStep::Kind::filesystem && option.name == "silent")
                step.flags |= MS_SILENT;
            else if (option.name == "loud")
                step.flags &= ~std::uint64_t{MS_SILENT};
            break;
        case Kind::attribute:
        case Kind::propagation:
            add_attribute_or_propagation(step, option, place);
            break;
        case Kind::bind:
            step.recursive_bind = step.recursive_bind || option.recursive;
            break;
        case Kind::superblock:
            add_superblock(step, option, place);
            break;
        case Kind::mapped:
            if (!step.mapping)
                step.mapping.emplace();
            step.mapping->recursive = step.mapping->recursive || option.recursive;
            break;
        case Kind::extension:
            add_extension(step, option, place);
            break;
    }
}

}  // namespace

void add_option(MountStep& step, const std::string& text, const OptionPlace& place) {
    if (const MountOption* const option = find_mount_option(text))
        return add_known(step, *option, place);
    if (is_mapping_option(text))
        return add_mapping_option(step, text, place);
    if (is_of_user_space(text))
        return;
    if (place.kind == MountStep::Kind::bind)
        refuse(place.pointer, ocikit::quoted(text) + " is no option of a bind mount",
               "data for a filesystem can be given only where one is mounted");
    add_data(step, text);
}

}  // namespace ocikit::run
