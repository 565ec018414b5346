// What decoder and encoder share: how a described member is named and whether it may be absent.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <boost/describe/members.hpp>
#include <boost/describe/modifiers.hpp>
#include <boost/mp11/algorithm.hpp>

#include <ocikit/linux.hpp>

namespace ocikit {

template <class T>
using Members = boost::describe::describe_members<T, boost::describe::mod_public>;

// The JSON name of a member: a trailing underscore keeps it clear of a C++ word only.
constexpr std::string_view json_name(std::string_view member) {
    if (member.ends_with('_'))
        member.remove_suffix(1);
    return member;
}

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

template <class T>
inline constexpr bool is_vector = false;
template <class T>
inline constexpr bool is_vector<std::vector<T>> = true;

template <class T>
inline constexpr bool is_map = false;
template <class T>
inline constexpr bool is_map<std::map<std::string, T>> = true;

// Whether a struct's member of this type and name has to be there.
template <class Struct, class Member>
constexpr bool is_required(std::string_view name) {
    if (is_vector<Member>)
        return name == spec::required_array<Struct>;
    return !is_optional<Member> && !is_map<Member>;
}

// bool is no number in JSON.
template <class T>
inline constexpr bool is_integer = std::is_integral_v<T> && !std::is_same_v<T, bool>;

}  // namespace ocikit
