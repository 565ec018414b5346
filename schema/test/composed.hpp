// What the tests of the composed schemas share.
#pragma once

#include <sstream>
#include <string>

#include <boost/json.hpp>

#include "schema_set.hpp"

namespace ocikit::schema::test {

// The set as the build composes it, from any base.
inline SchemaSet composed(SchemaSet set) {
    std::istringstream names(OCIKIT_SCHEMA_AMENDMENTS);
    for (std::string name; std::getline(names, name, '|');)
        amend(set, read_json(name));
    return set;
}

inline SchemaSet composed_from_base() {
    return composed(read_set(OCIKIT_SCHEMA_BASE));
}

// Leaves out what describes a schema; a property called `description` has a
// schema, not a text, as its value and stays.
inline boost::json::value without_descriptions(const boost::json::value& value) {
    if (value.is_array()) {
        boost::json::array result;
        for (const auto& element : value.get_array())
            result.push_back(without_descriptions(element));
        return result;
    }
    if (!value.is_object())
        return value;
    boost::json::object result;
    for (const auto& member : value.get_object())
        if (member.key() != "description" || !member.value().is_string())
            result[member.key()] = without_descriptions(member.value());
    return result;
}

inline SchemaSet without_descriptions(SchemaSet set) {
    for (auto& [name, content] : set)
        content = without_descriptions(content);
    return set;
}

}  // namespace ocikit::schema::test
