// Changes that are written in JSON: merge patches (RFC 7396) and patches (RFC 6902).
#pragma once

#include <boost/json/fwd.hpp>

namespace ocikit::gen {

// RFC 7396.
void apply_merge_patch(boost::json::value& target, const boost::json::value& patch);

// RFC 6902. Throws Error at the first operation that is malformed or fails; the
// document may be changed by then.
void apply_patch(boost::json::value& document, const boost::json::value& patch);

}  // namespace ocikit::gen
