#include "oci-gen/edit.hpp"

#include <algorithm>
#include <array>

#include <ocikit/error.hpp>
#include <ocikit/text.hpp>

#include "oci-gen/flag.hpp"
#include "oci-gen/json_text.hpp"
#include "oci-gen/patch.hpp"
#include "oci-gen/pointer.hpp"
#include "oci-gen/schema_guide.hpp"

namespace json = boost::json;

namespace ocikit::gen {

namespace {

bool has_type(const json::value& value, std::string_view type) {
    return type.empty() || (type == "string" && value.is_string()) ||
           (type == "integer" && value.is_number()) || (type == "boolean" && value.is_bool()) ||
           (type == "array" && value.is_array()) || (type == "object" && value.is_object());
}

// Where the schema wants a string, the text is it, unless it is written as one in JSON.
json::value typed(const std::string& text, std::string_view type) {
    std::optional<json::value> value = parse_json(text);
    if (type == "string" || (type.empty() && !value))
        return value && value->is_string() ? *value : json::value(json::string(text));
    if (value && has_type(*value, type))
        return *value;
    throw Error("expected " + std::string(type) + ", found " + quoted(text));
}

// The value at one token below; made if it isn't there.
json::value& step(json::value& holder, const Pointer& pointer, std::size_t depth, const SchemaGuide& place) {
    if (holder.is_null()) {
        if (place.type() == "array" || pointer[depth] == "-")
            holder = json::array();
        else
            holder = json::object();
    }
    if (json::object* object = holder.if_object())
        return (*object)[pointer[depth]];
    if (json::array* array = holder.if_array()) {
        const std::size_t index = array_index(pointer, depth, array->size());
        if (index == array->size())
            array->push_back(nullptr);
        return (*array)[index];
    }
    throw Error(to_text(Pointer(pointer.begin(), pointer.begin() + static_cast<int>(depth))) +
                ": is neither an object nor an array, there is nothing below it");
}

void set(json::value& root, std::string_view text) {
    const std::size_t equals = text.find('=');
    if (equals == text.npos || equals == 0)
        throw Error("expected /POINTER=VALUE, such as /process/cwd=/srv, found " + quoted(text));
    const Pointer pointer = parse_pointer(text.substr(0, equals));
    json::value* value = &root;
    SchemaGuide place;
    for (std::size_t depth = 0; depth < pointer.size(); ++depth) {
        value = &step(*value, pointer, depth, place);
        place = place.below(pointer[depth]);
    }
    try {
        *value = typed(std::string(text.substr(equals + 1)), place.type());
    } catch (const Error& error) {
        throw error.within(to_text(pointer));
    }
}

// What isn't there is as it is asked for, but a name that nobody knows is a mistake.
void unset(json::value& root, std::string_view text) {
    const Pointer pointer = parse_pointer(text);
    SchemaGuide place;
    for (const std::string& token : pointer)
        place = place.below(token);
    if (find(root, pointer) || !place.known())
        remove(root, pointer);
}

void merge(json::value& root, std::string_view path) {
    apply_merge_patch(root, load_json(std::string(path)));
}

void patch(json::value& root, std::string_view path) {
    const json::value operations = load_json(std::string(path));
    try {
        apply_patch(root, operations);
    } catch (const Error& error) {
        throw error.within(path);
    }
}

struct Edit {
    cli::Option option;
    void (*apply)(json::value& root, std::string_view argument);
    bool is_file;
};

constexpr auto edits = std::to_array<Edit>({
    {{.name = "set",
      .argument = "POINTER=VALUE",
      .help = "set the property at a JSON pointer: text where the schema wants a string, JSON elsewhere; "
              "objects on the way are made, - is the end of an array",
      .repeatable = true},
     set,
     false},
    {{.name = "unset",
      .argument = "POINTER",
      .help = "remove the property at a JSON pointer",
      .repeatable = true},
     unset,
     false},
    {{.name = "merge",
      .argument = "FILE",
      .help = "apply a JSON merge patch (RFC 7396); - is standard input",
      .repeatable = true},
     merge,
     true},
    {{.name = "patch",
      .argument = "FILE",
      .help = "apply a JSON patch (RFC 6902); - is standard input",
      .repeatable = true},
     patch,
     true},
});

const Edit* edit_named(std::string_view name) {
    const auto found =
        std::find_if(edits.begin(), edits.end(), [&](const Edit& edit) { return edit.option.name == name; });
    return found == edits.end() ? nullptr : &*found;
}

}  // namespace

std::span<const cli::Option> edit_options() {
    static const auto options = [] {
        std::array<cli::Option, edits.size()> all;
        std::transform(edits.begin(), edits.end(), all.begin(), [](const Edit& edit) { return edit.option; });
        return all;
    }();
    return options;
}

bool is_edit(std::string_view option) {
    return edit_named(option) != nullptr;
}

void apply_edit(Draft& draft, const cli::Arguments::Given& option) {
    const Edit& edit = *edit_named(option.name);
    json::value value = draft.value();
    try {
        edit.apply(value, option.value);
    } catch (const Error& error) {
        if (edit.is_file)
            throw;
        throw unusable(option.name, error.what());
    }
    draft.replace(std::move(value));
}

}  // namespace ocikit::gen
