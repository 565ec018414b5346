// Typed model → JSON text. Keys come in the order of the model's members, which
// is the order of the spec's texts; what is absent or empty isn't written.
#pragma once

#include <string>

#include <boost/json/fwd.hpp>

#include <ocikit/config.hpp>
#include <ocikit/features.hpp>
#include <ocikit/state.hpp>

namespace ocikit {

boost::json::value encode(const spec::Config& config);
boost::json::value encode(const spec::State& state);
boost::json::value encode(const spec::Features& features);

// A config's value with the members of each object in the order of the model; those
// that it doesn't know follow as they are. Nothing else is changed, checked or left out.
boost::json::value in_model_order(const boost::json::value& config);

// Pretty print: the members of an object a line each, indented by `indent`
// spaces, arrays of scalars on one line where they fit 80 columns, a newline
// at the end. Same value, same bytes. indent 0: compact, one line.
std::string to_text(const boost::json::value& value, int indent = 4);

}  // namespace ocikit
