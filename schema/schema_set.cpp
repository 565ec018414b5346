#include "schema_set.hpp"

#include <fstream>
#include <iterator>
#include <set>
#include <stdexcept>

#include <boost/json.hpp>

namespace json = boost::json;

namespace ocikit::schema {

namespace {

// Calls visit(reference, pointer of the object that has it) for every `$ref`.
template <typename Value, typename Visit>
void for_each_reference(Value& value, const std::string& pointer, const Visit& visit) {
    if (value.is_array()) {
        std::size_t index = 0;
        for (auto& element : value.get_array())
            for_each_reference(element, pointer + "/" + std::to_string(index++), visit);
    } else if (value.is_object()) {
        for (auto& member : value.get_object()) {
            const std::string key(member.key());
            // a property may be called $ref too; then its value is a schema
            if (key == "$ref" && member.value().is_string())
                visit(member.value().get_string(), pointer);
            else
                for_each_reference(member.value(), pointer + "/" + key, visit);
        }
    }
}

struct Reference {
    std::string file;
    std::string pointer;
};

Reference split(std::string_view reference, const std::string& own_file) {
    const std::size_t hash = reference.find('#');
    const std::string_view file = reference.substr(0, hash);
    return {.file = file.empty() ? own_file : std::string(file),
            .pointer = hash == std::string_view::npos ? "" : std::string(reference.substr(hash + 1))};
}

bool leads_somewhere(const SchemaSet& set, const Reference& reference) {
    const auto file = set.find(reference.file);
    if (file == set.end())
        return false;
    json::error_code error;
    return file->second.find_pointer(reference.pointer, error) != nullptr;
}

void collect_files(const SchemaSet& set, const std::string& name, std::set<std::string>& found) {
    if (!found.insert(name).second)
        return;
    for_each_reference(set.at(name), "", [&](const json::string& reference, const std::string&) {
        collect_files(set, split(reference, name).file, found);
    });
}

json::value rewritten(const SchemaSet& set, const std::string& name, const std::string& root) {
    json::value content = set.at(name);
    for_each_reference(content, "", [&](json::string& text, const std::string&) {
        const Reference reference = split(text, name);
        const std::string prefix = reference.file == root ? "#" : "#/definitions/" + reference.file;
        text = prefix + reference.pointer;
    });
    return content;
}

void append_text(std::string& text, const json::value& value, const std::string& indent) {
    const std::string inner = indent + "    ";
    const char* separator = "\n";
    if (value.is_object() && !value.get_object().empty()) {
        text += '{';
        for (const auto& member : value.get_object()) {
            text += separator + inner + json::serialize(json::string(member.key())) + ": ";
            append_text(text, member.value(), inner);
            separator = ",\n";
        }
        text += "\n" + indent + "}";
    } else if (value.is_array() && !value.get_array().empty()) {
        text += '[';
        for (const json::value& element : value.get_array()) {
            text += separator + inner;
            append_text(text, element, inner);
            separator = ",\n";
        }
        text += "\n" + indent + "]";
    } else {
        text += json::serialize(value);
    }
}

}  // namespace

json::value read_json(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    if (!file)
        throw std::runtime_error(path.string() + ": cannot be read");
    json::error_code error;
    json::value value = json::parse(text, error);
    if (error)
        throw std::runtime_error(path.string() + ": " + error.message());
    return value;
}

SchemaSet read_set(const std::filesystem::path& folder) {
    SchemaSet set;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        if (entry.is_regular_file() && entry.path().extension() == ".json")
            set.emplace(entry.path().filename().string(), read_json(entry.path()));
    const auto config = set.find("config-schema.json");
    if (config == set.end())
        throw std::runtime_error(folder.string() + ": holds no config-schema.json");
    // Version 1.0.2 brought these hooks. What came before them differs in ways
    // that the amendments don't know.
    json::error_code error;
    if (!config->second.find_pointer("/properties/hooks/properties/createRuntime", error))
        throw std::runtime_error(folder.string() +
                                 ": the schemas are older than version 1.0.2 of the specification");
    return set;
}

void merge_patch(json::value& target, const json::value& patch) {
    if (!patch.is_object()) {
        target = patch;
        return;
    }
    if (!target.is_object())
        target.emplace_object();
    json::object& object = target.get_object();
    for (const auto& member : patch.get_object()) {
        if (member.value().is_null())
            object.stable_erase(member.key());
        else
            merge_patch(object[member.key()], member.value());
    }
}

void amend(SchemaSet& set, const json::value& amendment) {
    for (const auto& file : amendment.as_object()) {
        if (file.value().is_null())
            set.erase(file.key());
        else
            merge_patch(set[file.key()], file.value());
    }
}

void check_references(const SchemaSet& set) {
    for (const auto& file : set)
        for_each_reference(file.second, "", [&](const json::string& reference, const std::string& pointer) {
            if (!leads_somewhere(set, split(reference, file.first)))
                throw std::runtime_error(file.first + ": " + pointer + ": the reference " +
                                         json::serialize(reference) + " leads nowhere");
        });
}

json::value bundle(const SchemaSet& set, const std::string& root) {
    if (!set.contains(root))
        throw std::runtime_error("the set has no " + root);
    std::set<std::string> files;
    collect_files(set, root, files);
    files.erase(root);
    json::value document = rewritten(set, root, root);
    json::value& definitions = document.as_object()["definitions"];
    if (!definitions.is_object())
        definitions.emplace_object();
    for (const std::string& file : files)
        definitions.get_object()[file] = rewritten(set, file, root);
    return document;
}

std::string to_text(const json::value& value) {
    std::string text;
    append_text(text, value, "");
    return text + "\n";
}

}  // namespace ocikit::schema
