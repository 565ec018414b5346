// Walks a document along a schema.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>

#include <boost/json/fwd.hpp>

#include "schema_demands.hpp"

namespace ocikit {

// A self-contained draft-04 schema, as schema_text() gives it, made ready for
// many documents. Immutable, so that several threads may use it at once.
class SchemaValidator {
  public:
    // Throws Error for a keyword that it doesn't know.
    explicit SchemaValidator(const boost::json::value& schema);
    ~SchemaValidator();
    SchemaValidator(const SchemaValidator&) = delete;
    SchemaValidator& operator=(const SchemaValidator&) = delete;

    // Calls report for each value of the document that a schema doesn't accept.
    using Report = std::function<void(const std::string& pointer, const boost::json::value& value,
                                      const SchemaDemands& demands)>;
    void validate(const boost::json::value& document, const Report& report) const;

  private:
    class Rewriter;
    struct Engine;

    std::deque<SchemaDemands> demands_;
    std::unique_ptr<Engine> engine_;
};

}  // namespace ocikit
