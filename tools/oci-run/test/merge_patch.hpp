#pragma once

#include <boost/json/value.hpp>

namespace ocikit::run::test {

// Merges a patch into the target (RFC 7396).
void merge_patch(boost::json::value& target, const boost::json::value& patch);

}  // namespace ocikit::run::test
