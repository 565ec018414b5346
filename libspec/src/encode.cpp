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

template <class T>
struct Inner;
template <class T>
struct Inner<std::optional<T>> {
    using type = T;
};
template <class T>
struct Inner<std::vector<T>> {
    using type = T;
};
template <class T>
struct Inner<std::map<std::string, T>> {
    using type = T;
};

template <class T>
json::value arranged(const json::value& value);

template <class T>
json::object arranged_members(const json::object& object) {
    json::object result;
    boost::mp11::mp_for_each<Members<T>>([&](auto member) {
        using Member = std::remove_cvref_t<decltype(std::declval<T>().*member.pointer)>;
        if (const json::value* inner = object.if_contains(json_name(member.name)))
            result.emplace(json_name(member.name), arranged<Member>(*inner));
    });
    for (const auto& other : object)
        result.insert(other);  // nothing happens if it is there
    return result;
}

template <class T>
json::value arranged(const json::value& value) {
    if constexpr (is_optional<T>) {
        return arranged<typename Inner<T>::type>(value);
    } else if constexpr (is_vector<T>) {
        if (!value.is_array())
            return value;
        json::array array;
        for (const json::value& element : value.get_array())
            array.push_back(arranged<typename Inner<T>::type>(element));
        return array;
    } else if constexpr (is_map<T>) {
        if (!value.is_object())
            return value;
        json::object object;
        for (const auto& member : value.get_object())
            object.emplace(member.key(), arranged<typename Inner<T>::type>(member.value()));
        return object;
    } else if constexpr (boost::describe::has_describe_members<T>::value) {
        return value.is_object() ? json::value(arranged_members<T>(value.get_object())) : value;
    } else {
        return value;
    }
}

}  // namespace

json::value in_model_order(const json::value& config) {
    return arranged<spec::Config>(config);
}

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
