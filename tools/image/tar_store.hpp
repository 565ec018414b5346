// The files of an image in a tar archive.
#pragma once

#include <memory>

#include <ocikit/unique_fd.hpp>

#include "image/store.hpp"

namespace ocikit::image {

// Finds out where each file is; throws Error if it is no tar archive.
std::unique_ptr<Store> open_tar(UniqueFd fd);

}  // namespace ocikit::image
