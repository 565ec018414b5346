// The official schema files as one set: read, amended, checked, bundled.
// Part of the build only; nothing of it is in the library.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include <boost/json/value.hpp>

namespace ocikit::schema {

// File name → content.
using SchemaSet = std::map<std::string, boost::json::value>;

// Throws std::runtime_error, with the path, if the file can't be read or isn't JSON.
boost::json::value read_json(const std::filesystem::path& path);

// The *.json files of a folder, without its subfolders. Throws
// std::runtime_error if it holds no schema set, or one that is older than the
// amendments start from (1.0.2).
SchemaSet read_set(const std::filesystem::path& folder);

// RFC 7396; the members of objects keep their order, new ones come last.
void merge_patch(boost::json::value& target, const boost::json::value& patch);

// Applies an amendment: an object of merge patches, one a file of the set. A
// file that the set lacks is made whole by its patch, null removes a file.
void amend(SchemaSet& set, const boost::json::value& amendment);

// Throws std::runtime_error if a `$ref` leads nowhere; names the file, the place and the reference.
void check_references(const SchemaSet& set);

// One document for the root file: its members as they are, and under
// `definitions` every other file that it reaches, under the file's name; `$ref`s
// are rewritten to point there. Nothing else is changed.
boost::json::value bundle(const SchemaSet& set, const std::string& root);

// As the official files are written: four spaces, one member or element a line.
std::string to_text(const boost::json::value& value);

}  // namespace ocikit::schema
