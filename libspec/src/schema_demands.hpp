// What a schema demands of a value itself, and the words for a value that fails.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/kind.hpp>
#include <boost/json/value.hpp>

#include "char_pattern.hpp"

namespace ocikit {

// The keywords of one schema that look at nothing but the value, not at what is
// in it: type, enum, pattern, minimum, maximum, minItems, required. Integers are exact
// over the whole range of int64 and uint64.
class SchemaDemands {
  public:
    struct Finding {
        std::string rule;
        std::string message;
    };

    // Throws Error for a form of these keywords which the official schemas don't use.
    explicit SchemaDemands(const boost::json::object& schema);

    // True if the keyword is one of those above.
    static bool covers(std::string_view keyword);

    bool accept(const boost::json::value& value) const;
    // Why a value isn't accepted; literal is the value as it is written in the document.
    std::vector<Finding> explain(const boost::json::value& value, std::string_view literal) const;

  private:
    enum class Type { any, string, integer, boolean, array, object };

    static Type type_named(std::string_view name);
    bool has_type(const boost::json::value& value) const;
    bool in_range(const boost::json::value& value) const;
    bool in_enum(std::string_view text) const;
    bool has_required(const boost::json::object& object) const;
    Finding explain_type(const boost::json::value& value, std::string_view literal) const;
    Finding explain_range(bool negative, std::string_view literal) const;
    Finding explain_enum(std::string_view text) const;

    Type type_ = Type::any;
    std::vector<std::string> enum_;
    std::vector<std::string> required_;
    std::optional<CharPattern> pattern_;
    std::optional<boost::json::value> minimum_;
    std::optional<boost::json::value> maximum_;
    std::size_t min_items_ = 0;
};

}  // namespace ocikit
