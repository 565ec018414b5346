// What the schema of config.json knows of a place, whether there is a value yet or not.
#pragma once

#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

namespace ocikit::gen {

class SchemaGuide {
  public:
    // The place of the whole config.
    SchemaGuide();

    // That of a member, or of the elements of an array.
    SchemaGuide below(std::string_view token) const;
    bool known() const { return !schemas_.empty(); }
    // "string", "integer", "boolean", "array" or "object"; empty if the schema doesn't say.
    std::string_view type() const;

  private:
    void collect(const boost::json::value& schema);

    // All that apply, without references.
    std::vector<const boost::json::object*> schemas_;
};

}  // namespace ocikit::gen
