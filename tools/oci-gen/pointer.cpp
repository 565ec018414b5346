#include "oci-gen/pointer.hpp"

#include <charconv>

#include <ocikit/document.hpp>
#include <ocikit/error.hpp>
#include <ocikit/text.hpp>

namespace json = boost::json;

namespace ocikit::gen {

namespace {

std::string unescaped(std::string_view token, std::string_view pointer) {
    std::string text;
    for (std::size_t i = 0; i < token.size(); ++i) {
        if (token[i] != '~') {
            text += token[i];
        } else if (i + 1 < token.size() && (token[i + 1] == '0' || token[i + 1] == '1')) {
            text += token[++i] == '0' ? '~' : '/';
        } else {
            throw Error(quoted(pointer) + " is no JSON pointer: ~ is written ~0, and / in a name ~1");
        }
    }
    return text;
}

Error nothing_there(const Pointer& pointer) {
    return Error(to_text(pointer) + ": there is no such property");
}

// The value that the last token of a pointer is in.
json::value& parent(json::value& root, const Pointer& pointer) {
    const json::value* found = find(root, Pointer(pointer.begin(), pointer.end() - 1));
    if (!found || !found->is_structured())
        throw nothing_there(pointer);
    return const_cast<json::value&>(*found);
}

}  // namespace

Pointer parse_pointer(std::string_view text) {
    Pointer pointer;
    if (!text.empty() && text[0] != '/')
        throw Error(quoted(text) + " is no JSON pointer: it doesn't begin with /");
    for (std::string_view rest = text; !rest.empty();) {
        rest.remove_prefix(1);
        const std::size_t end = std::min(rest.find('/'), rest.size());
        pointer.push_back(unescaped(rest.substr(0, end), text));
        rest.remove_prefix(end);
    }
    return pointer;
}

std::string to_text(const Pointer& pointer) {
    std::string text;
    for (const std::string& token : pointer)
        text = pointer_append(text, token);
    return text.empty() ? "the whole document" : text;
}

std::size_t array_index(const Pointer& pointer, std::size_t depth, std::size_t size) {
    const std::string& token = pointer[depth];
    const std::string array = to_text(Pointer(pointer.begin(), pointer.begin() + static_cast<int>(depth)));
    if (token == "-")
        return size;
    std::size_t index = 0;
    const auto [end, status] = std::from_chars(token.data(), token.data() + token.size(), index);
    if (status != std::errc() || end != token.data() + token.size() || (token.size() > 1 && token[0] == '0'))
        throw Error(array + ": is an array: " + quoted(token) + " is no index of it");
    if (index > size)
        throw Error(array + ": has " + std::to_string(size) + " elements, there is none of index " + token);
    return index;
}

const json::value* find(const json::value& root, const Pointer& pointer) {
    const json::value* value = &root;
    for (std::size_t depth = 0; depth < pointer.size() && value; ++depth) {
        if (const json::object* object = value->if_object()) {
            value = object->if_contains(pointer[depth]);
        } else if (const json::array* array = value->if_array()) {
            const std::size_t index = array_index(pointer, depth, array->size());
            value = index < array->size() ? &(*array)[index] : nullptr;
        } else {
            value = nullptr;
        }
    }
    return value;
}

void add(json::value& root, const Pointer& pointer, json::value value) {
    if (pointer.empty()) {
        root = std::move(value);
        return;
    }
    json::value& holder = parent(root, pointer);
    if (json::object* object = holder.if_object()) {
        (*object)[pointer.back()] = std::move(value);
        return;
    }
    json::array& array = holder.get_array();
    const std::size_t index = array_index(pointer, pointer.size() - 1, array.size());
    array.insert(array.begin() + index, std::move(value));
}

json::value remove(json::value& root, const Pointer& pointer) {
    if (pointer.empty())
        throw Error("the whole document can't be removed");
    if (!find(root, pointer))
        throw nothing_there(pointer);
    json::value& holder = parent(root, pointer);
    json::value removed;
    if (json::object* object = holder.if_object()) {
        removed = object->at(pointer.back());
        object->stable_erase(pointer.back());  // the others stay in their order
    } else {
        json::array& array = holder.get_array();
        const std::size_t index = array_index(pointer, pointer.size() - 1, array.size());
        removed = array[index];
        array.erase(array.begin() + index);
    }
    return removed;
}

}  // namespace ocikit::gen
