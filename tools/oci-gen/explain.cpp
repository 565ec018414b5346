#include "oci-gen/explain.hpp"

#include "oci-gen/edit.hpp"
#include "oci-gen/flag.hpp"
#include "oci-gen/values.hpp"

namespace ocikit::gen {

namespace {

constexpr std::size_t column = 28;

std::string names_of(const cli::Option& option) {
    std::string names = "  --" + std::string(option.name);
    if (!option.alias.empty())
        names += ", --" + std::string(option.alias);
    if (option.letter)
        names += std::string(", -") + option.letter;
    return names;
}

void append_line(std::string& text, std::string names, const std::string& what) {
    if (names.size() + 2 > column) {
        text += names + '\n';
        names.clear();
    }
    names.resize(column, ' ');
    text += names + what + '\n';
}

void append_flag(std::string& text, const Flag& flag) {
    std::string names = names_of(flag.option);
    if (flag.sets.empty())
        return append_line(text, names, flag.refusal.empty() ? "nothing" : "refused");
    for (const std::string& pointer : split(flag.sets, ' ')) {
        append_line(text, names, pointer);
        names.clear();
    }
}

}  // namespace

std::string flag_explanations() {
    std::string text;
    for (const FlagGroup& group : flag_groups()) {
        text += std::string(group.title) + '\n';
        for (const Flag& flag : group.flags)
            append_flag(text, flag);
    }
    text += "Edits\n";
    for (const cli::Option& option : edit_options())
        append_line(text, names_of(option), "any property");
    return text;
}

}  // namespace ocikit::gen
