// --image: an image that a config starts from, and a bundle made of it.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "archive/staging.hpp"
#include "common/command_line.hpp"
#include "image/image.hpp"
#include "image/unpack.hpp"
#include "oci-gen/draft.hpp"

namespace ocikit::gen {

std::span<const cli::Option> image_options();

// The image that the command line names, if it does. Throws cli::UsageError, and Error.
std::optional<image::Image> find_image(const cli::Arguments& arguments);

// A bundle of the image's files. It is made in a hidden directory below the one that
// --output names: before commit, and if anything fails, there is no bundle.
class ImageBundle {
  public:
    // Unpacks the image. base tells where in the bundle its root filesystem belongs, if the
    // command line doesn't. Throws cli::UsageError, and Error.
    ImageBundle(const image::Image& image, const Draft& base, const cli::Arguments& arguments);

    // Where it is for now.
    std::string directory() const { return staging_.path(); }
    // What the image says of a directory in its root filesystem, if it does.
    std::optional<archive::Entry> described(const std::string& path) const {
        return unpacker_.directory(path);
    }

    // Writes config.json, and makes it a bundle. Throws Error.
    void commit(const Draft& draft, const std::string& text);

  private:
    std::string root_;
    archive::Staging staging_;
    UniqueFd root_fd_;
    image::RootUnpacker unpacker_;
};

// Does to the draft what the image says. bundle is where its root filesystem is, if it is
// anywhere; unpacked is nullptr if that isn't known. Throws cli::UsageError, and Error.
void apply_image(Draft& draft, const image::Image& image, const cli::Arguments& arguments,
                 const std::string& bundle, const ImageBundle* unpacked);

}  // namespace ocikit::gen
