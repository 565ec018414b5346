#include "oci-gen/patch.hpp"

#include <algorithm>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <ocikit/error.hpp>
#include <ocikit/text.hpp>

#include "oci-gen/pointer.hpp"

namespace json = boost::json;

namespace ocikit::gen {

namespace {

// RFC 6902 section 4.6: numbers are equal if their values are, however they are written.
bool equal(const json::value& left, const json::value& right) {
    if (left.is_number() && right.is_number() && (left.is_double() || right.is_double()))
        return left.to_number<double>() == right.to_number<double>();
    if (left.is_array() && right.is_array())
        return std::equal(left.get_array().begin(), left.get_array().end(), right.get_array().begin(),
                          right.get_array().end(), equal);
    if (left.is_object() && right.is_object()) {
        const json::object& other = right.get_object();
        return left.get_object().size() == other.size() &&
               std::all_of(left.get_object().begin(), left.get_object().end(), [&](const auto& member) {
                   const json::value* same = other.if_contains(member.key());
                   return same && equal(member.value(), *same);
               });
    }
    return left == right;
}

const json::value& member(const json::object& operation, std::string_view name) {
    if (const json::value* value = operation.if_contains(name))
        return *value;
    throw Error("has no member \"" + std::string(name) + '"');
}

std::string text_member(const json::object& operation, std::string_view name) {
    const json::value& value = member(operation, name);
    if (!value.is_string())
        throw Error("its member \"" + std::string(name) + "\" is no string");
    return std::string(value.get_string());
}

void replace(json::value& document, const Pointer& path, const json::value& value) {
    const json::value* old = find(document, path);
    if (!old)
        throw Error(to_text(path) + ": there is nothing to replace");
    const_cast<json::value&>(*old) = value;
}

void move(json::value& document, const Pointer& from, const Pointer& path) {
    if (from.size() < path.size() && std::equal(from.begin(), from.end(), path.begin()))
        throw Error(to_text(from) + ": can't be moved into itself");
    if (from == path && find(document, from))
        return;
    add(document, path, remove(document, from));
}

void copy(json::value& document, const Pointer& from, const Pointer& path) {
    const json::value* value = find(document, from);
    if (!value)
        throw Error(to_text(from) + ": there is nothing to copy");
    add(document, path, json::value(*value));
}

void test(const json::value& document, const Pointer& path, const json::value& expected) {
    const json::value* found = find(document, path);
    if (!found)
        throw Error(to_text(path) + ": there is nothing, expected " + shown(json::serialize(expected)));
    if (!equal(*found, expected))
        throw Error(to_text(path) + ": is " + shown(json::serialize(*found)) + ", expected " +
                    shown(json::serialize(expected)));
}

void apply_operation(json::value& document, const json::object& operation) {
    const std::string name = text_member(operation, "op");
    const Pointer path = parse_pointer(text_member(operation, "path"));
    if (name == "add")
        add(document, path, json::value(member(operation, "value")));
    else if (name == "remove")
        remove(document, path);
    else if (name == "replace")
        replace(document, path, member(operation, "value"));
    else if (name == "move")
        move(document, parse_pointer(text_member(operation, "from")), path);
    else if (name == "copy")
        copy(document, parse_pointer(text_member(operation, "from")), path);
    else if (name == "test")
        test(document, path, member(operation, "value"));
    else
        throw Error("there is no operation " + quoted(name) +
                    ", expected add, remove, replace, move, copy or test");
}

}  // namespace

void apply_merge_patch(json::value& target, const json::value& patch) {
    if (!patch.is_object()) {
        target = patch;
        return;
    }
    if (!target.is_object())
        target = json::object();
    for (const auto& change : patch.get_object()) {
        if (!change.value().is_null())
            apply_merge_patch(target.get_object()[change.key()], change.value());
        else if (target.get_object().contains(change.key()))
            remove(target, {std::string(change.key())});
    }
}

void apply_patch(json::value& document, const json::value& patch) {
    if (!patch.is_array())
        throw Error("a JSON patch is an array of operations");
    std::size_t number = 0;
    for (const json::value& operation : patch.get_array()) {
        const std::string context = "operation " + std::to_string(++number);
        if (!operation.is_object())
            throw Error(context + ": is no object");
        try {
            apply_operation(document, operation.get_object());
        } catch (const Error& error) {
            throw error.within(context);
        }
    }
}

}  // namespace ocikit::gen
