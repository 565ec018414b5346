// Capabilities of the process.
#include <algorithm>
#include <sys/prctl.h>

#include <ocikit/capability.hpp>
#include <ocikit/text.hpp>

#include "oci-gen/flags/groups.hpp"
#include "oci-gen/values.hpp"

namespace ocikit::gen {

namespace {

using Names = std::vector<std::string>;

bool has(const Names& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

std::string full_name(std::string_view option, const std::string& text) {
    std::string name;
    for (const char c : text)
        name += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    if (name == "ALL" || name == "CAP_ALL")
        return "ALL";
    if (!name.starts_with("CAP_"))
        name.insert(0, "CAP_");
    if (capability_number(name))
        return name;
    const std::string_view near =
        text.empty() ? "" : nearest(name, {capability_names().begin(), capability_names().end()});
    throw unusable(option, "there is no capability " + quoted(text) +
                               (near.empty() ? "" : "; did you mean " + std::string(near) + '?'));
}

// As docker and podman understand ALL: those that this kernel has, and this machine lets
// anybody have. A runtime refuses others (runc 1.1: "unable to apply caps").
Names all_names() {
    Names names;
    const auto known = capability_names();
    for (std::size_t number = 0; number < known.size(); ++number)
        if (::prctl(PR_CAPBSET_READ, number, 0, 0, 0) == 1)
            names.emplace_back(known[number]);
    return names;
}

Names full_names(std::string_view option, const FlagValues& values) {
    Names names;
    for (const std::string& value : values)
        for (const std::string& name : split(value, ','))
            names.push_back(full_name(option, name));
    return names;
}

void add_all(Names& to, const Names& names) {
    for (const std::string& name : names)
        if (!has(to, name))
            to.push_back(name);
}

struct Wish {
    Names add;
    Names drop;
    bool drop_everything = false;
    bool for_any_user = true;  // not just for root

    void remove_from(Names& names) const {
        std::erase_if(names, [&](const std::string& name) { return drop_everything || has(drop, name); });
    }
};

Wish wish_of(const cli::Arguments& arguments) {
    Wish wish{.add = full_names("cap-add", arguments.values("cap-add")),
              .drop = full_names("cap-drop", arguments.values("cap-drop")),
              .drop_everything = false,
              .for_any_user = true};
    for (const std::string& name : wish.add)
        if (name != "ALL" && has(wish.drop, name))
            throw unusable("cap-add", name + " is to be dropped, too");
    const bool add_everything = std::erase(wish.add, "ALL") > 0;
    wish.drop_everything = std::erase(wish.drop, "ALL") > 0 && !add_everything;
    if (add_everything) {
        add_all(wish.add, all_names());
        std::erase_if(wish.add, [&](const std::string& name) { return has(wish.drop, name); });
    }
    return wish;
}

// As podman has it: a program that isn't root gets those that are asked for by name, and
// keeps them when it is executed, which takes all five sets.
void change_capabilities(FlagContext& context, const Wish& wish) {
    spec::Process& process = context.process();
    if (!process.capabilities)
        process.capabilities.emplace();
    spec::Capabilities& sets = *process.capabilities;
    for (Names* names : {&sets.bounding, &sets.effective, &sets.permitted, &sets.inheritable, &sets.ambient})
        wish.remove_from(*names);
    add_all(sets.bounding, wish.add);
    const bool is_root = !process.user || process.user->uid.value_or(0) == 0;
    add_all(sets.effective, wish.add);
    add_all(sets.permitted, wish.add);
    if (!is_root && wish.for_any_user) {
        add_all(sets.inheritable, wish.add);
        add_all(sets.ambient, wish.add);
    }
}

void set_capabilities(FlagContext& context, const FlagValues&) {
    change_capabilities(context, wish_of(context.arguments));
}

// Both at once, with whichever is there.
void drop_capabilities(FlagContext& context, const FlagValues& values) {
    if (!context.arguments.options.contains("cap-add"))
        set_capabilities(context, values);
}

constexpr std::string_view sets =
    "/process/capabilities/bounding /process/capabilities/effective /process/capabilities/permitted "
    "/process/capabilities/inheritable /process/capabilities/ambient /linux/seccomp";

constexpr Flag flags[] = {
    {.option = {.name = "cap-add",
                .argument = "CAPABILITY",
                .help =
                    "add a capability, with or without CAP_, or ALL that this machine has; a user other than "
                    "root gets it ambient",
                .repeatable = true},
     .sets = sets,
     .apply = set_capabilities},
    {.option = {.name = "cap-drop",
                .argument = "CAPABILITY",
                .help = "take a capability away, or ALL but those of --cap-add",
                .repeatable = true},
     .sets = sets,
     .apply = drop_capabilities},
};

}  // namespace

void add_all_capabilities(FlagContext& context) {
    change_capabilities(context,
                        {.add = all_names(), .drop = {}, .drop_everything = false, .for_any_user = false});
}

FlagGroup capability_flags() {
    return {.title = "Capabilities", .flags = flags};
}

}  // namespace ocikit::gen
