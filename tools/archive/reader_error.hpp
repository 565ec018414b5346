// What libarchive says of archives that it can't read, in words that tell what is wrong.
#pragma once

#include <string>
#include <string_view>

namespace ocikit::archive {

std::string reader_error_text(std::string_view libarchive_text);

}  // namespace ocikit::archive
