// The official JSON Schemas of the OCI Runtime Specification 1.3.0.
#pragma once

#include <string>
#include <string_view>

#include <ocikit/diagnostic.hpp>
#include <ocikit/document.hpp>

namespace ocikit {

enum class DocumentType { config, state, features };

// The composed schema as one self-contained draft-04 document (pretty-printed,
// static storage): the official text amended to 1.3.0, its references to other
// files rewritten to point inside.
std::string_view schema_text(DocumentType type);

// Validates a document that has a value; appends one diagnostic for each
// finding (rules schema/type, schema/required, schema/enum, schema/pattern,
// schema/range, schema/items), with what was found and what is allowed.
// Reentrant; the first call of a type builds its validator (about 1 ms).
void validate_schema(const Document& document, DocumentType type, Diagnostics& diagnostics);

// Takes away what the schema refuses, but neither the text of the specification nor runtimes
// do; rules tell of it (devices/file-mode, root/propagation, state/status).
void drop_too_strict(const Document& document, Diagnostics& diagnostics);

}  // namespace ocikit
