// How the enumerators of the model are written in JSON.
//
// The spec's names are macros of system headers (SCHED_OTHER, SCMP_ACT_ALLOW), so
// the enumerators are the part after the common prefix, in lower case; a trailing
// underscore keeps one clear of a C++ word or macro and isn't part of the name.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/describe/enumerators.hpp>
#include <boost/mp11/algorithm.hpp>

namespace ocikit::spec {

struct EnumText {
    std::string_view prefix;
    bool upper = false;
};

// Without a specialization: no prefix, lower case.
template <class E>
inline constexpr EnumText enum_text{};

// The text of an enumerator as described: "errno_" of SeccompAction → "SCMP_ACT_ERRNO".
inline std::string enumerator_text(EnumText rule, std::string_view enumerator) {
    if (enumerator.ends_with('_'))
        enumerator.remove_suffix(1);
    std::string text(rule.prefix);
    for (const char c : enumerator)
        text += rule.upper && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    return text;
}

template <class E>
std::string to_text(E value) {
    std::string text;
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<E>>([&](auto d) {
        if (d.value == value)
            text = enumerator_text(enum_text<E>, d.name);
    });
    return text;
}

// Every text of E, in the order of the spec.
template <class E>
std::vector<std::string> all_texts() {
    std::vector<std::string> texts;
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<E>>(
        [&](auto d) { texts.push_back(enumerator_text(enum_text<E>, d.name)); });
    return texts;
}

// Whether `text` is the text of an enumerator; without making it, since profiles have thousands.
inline bool is_enumerator_text(EnumText rule, std::string_view enumerator, std::string_view text) {
    if (enumerator.ends_with('_'))
        enumerator.remove_suffix(1);
    if (text.size() != rule.prefix.size() + enumerator.size() || !text.starts_with(rule.prefix))
        return false;
    text.remove_prefix(rule.prefix.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = enumerator[i];
        if (text[i] != (rule.upper && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c))
            return false;
    }
    return true;
}

template <class E>
std::optional<E> from_text(std::string_view text) {
    std::optional<E> value;
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<E>>([&](auto d) {
        if (!value && is_enumerator_text(enum_text<E>, d.name, text))
            value = d.value;
    });
    return value;
}

}  // namespace ocikit::spec
