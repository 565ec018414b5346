// Document → typed model.
#pragma once

#include <optional>

#include <ocikit/config.hpp>
#include <ocikit/document.hpp>
#include <ocikit/features.hpp>
#include <ocikit/state.hpp>

namespace ocikit {

// Decodes a document that has a value. Appends to diagnostics, each with its
// pointer and position:
//   decode/type           error    a value of another JSON type than the spec's
//   decode/range          error    an integer beyond its type, or written with a fraction or an exponent
//   decode/required       error    a missing property (the pointer is the object which lacks it)
//   decode/enum           error    a value that isn't in the spec's list (the message has the list)
//   decode/nul            error    a string with U+0000 in it, which no system call can take
//   decode/unknown        warning  a property that the spec doesn't have
// Returns nothing if there was an error.
std::optional<spec::Config> decode_config(const Document& document, Diagnostics& diagnostics);
std::optional<spec::State> decode_state(const Document& document, Diagnostics& diagnostics);
std::optional<spec::Features> decode_features(const Document& document, Diagnostics& diagnostics);

// A `process` object by itself, as `oci-run exec --process FILE` takes it.
std::optional<spec::Process> decode_process(const Document& document, Diagnostics& diagnostics);
// A `linux.resources` object by itself, as `oci-run update --resources FILE` takes it.
std::optional<spec::Resources> decode_resources(const Document& document, Diagnostics& diagnostics);

}  // namespace ocikit
