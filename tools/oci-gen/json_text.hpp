// JSON from files and options.
#pragma once

#include <optional>
#include <string>

#include <boost/json/value.hpp>

namespace ocikit::gen {

// Reads a file of strict JSON, or standard input if path is -. Throws Error with the line,
// and cli::UsageError if path is empty.
boost::json::value load_json(const std::string& path);

// Nothing if the text isn't strict JSON.
std::optional<boost::json::value> parse_json(const std::string& text);

}  // namespace ocikit::gen
