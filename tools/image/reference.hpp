// Images as they are named on the command line: DIR[:TAG].
#pragma once

#include <string>
#include <string_view>

namespace ocikit::image {

struct Reference {
    std::string path;
    std::string tag;  // empty: none was named
};

// Paths and tags can have colons both: the longest beginning that exists is the path. If
// there is none, it ends at the last colon that no slash follows.
Reference parse_reference(std::string_view text);

}  // namespace ocikit::image
