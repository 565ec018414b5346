#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <ocikit/encode.hpp>

#include "described.hpp"

namespace json = boost::json;

namespace ocikit {

namespace {

template <class T>
json::value to_json(const T& value);

// Nothing to write: an optional that isn't set, an array or map without elements.
template <class T>
bool is_absent(const T& value) {
    if constexpr (is_optional<T>)
        return !value;
    else if constexpr (is_vector<T> || is_map<T>)
        return value.empty();
    else
        return false;
}

template <class T>
json::value object_of(const T& value) {
    json::object object;
    boost::mp11::mp_for_each<Members<T>>([&](auto member) {
        const auto& inner = value.*member.pointer;
        const std::string_view name = json_name(member.name);
        if (!is_absent(inner) || is_required<T, std::remove_cvref_t<decltype(inner)>>(name))
            object.emplace(name, to_json(inner));
    });
    return object;
}

template <class T>
json::value to_json(const T& value) {
    if constexpr (is_optional<T>) {
        return to_json(*value);
    } else if constexpr (is_vector<T>) {
        json::array array;
        array.reserve(value.size());
        for (const auto& element : value)
            array.push_back(to_json(element));
        return array;
    } else if constexpr (is_map<T>) {
        json::object object;
        for (const auto& [key, element] : value)
            object.emplace(key, to_json(element));
        return object;
    } else if constexpr (std::is_enum_v<T>) {
        return json::string(spec::to_text(value));
    } else if constexpr (boost::describe::has_describe_members<T>::value) {
        return object_of(value);
    } else if constexpr (std::is_same_v<T, std::string>) {
        return json::string(value);
    } else {
        return json::value(value);
    }
}

}  // namespace

json::value encode(const spec::Config& config) {
    return to_json(config);
}
json::value encode(const spec::State& state) {
    return to_json(state);
}
json::value encode(const spec::Features& features) {
    return to_json(features);
}

}  // namespace ocikit
