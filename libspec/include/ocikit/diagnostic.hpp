// What is reported about a document: a finding and its place.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace ocikit {

enum class Severity { error, warning, info };

std::string_view to_string(Severity severity);

// A place in a text. Lines and columns count from 1, columns in bytes;
// 0 means that there is no place (an empty file is at 1:1).
struct Position {
    std::size_t line = 0;
    std::size_t column = 0;
    bool operator==(const Position&) const = default;
};

// Another place which a finding has to do with, such as the first of two of a name.
struct RelatedPlace {
    std::string message;
    std::string pointer;
    Position position;
    bool operator==(const RelatedPlace&) const = default;
};

struct Diagnostic {
    Severity severity = Severity::error;
    std::string rule;     // stable id, `group/name`, such as `syntax/duplicate-key`
    std::string message;  // lower case, no period
    std::string pointer;  // RFC 6901; "" is the document as a whole
    Position position;
    std::vector<RelatedPlace> related = {};

    bool operator==(const Diagnostic&) const = default;
};

using Diagnostics = std::vector<Diagnostic>;

bool has_errors(const Diagnostics& diagnostics);

}  // namespace ocikit
