#include "image/unpack.hpp"

#include <sys/stat.h>

#include <ocikit/error.hpp>

#include "archive/progress.hpp"
#include "image/layer.hpp"

namespace ocikit::image {

namespace {

void check(const Digest& expected, archive::Digester& found, const char* what) {
    const Digest digest{.hash = expected.hash, .hex = found.finish()};
    if (digest != expected)
        throw Error(std::string(what) + " is " + digest.text() + ", not " + expected.text());
}

// What an archive without an entry for its top gives it.
archive::Entry usual_top() {
    archive::Entry entry;
    entry.mode = S_IFDIR | 0755;
    return entry;
}

}  // namespace

RootUnpacker::RootUnpacker(int directory, UnpackOptions options, Warn warn)
    : options_(std::move(options)), unpacker_(directory, options_.ownership, std::move(warn)) {}

void RootUnpacker::unpack(const Image& image) {
    unpacker_.describe_directory(usual_top());
    for (const Layer& layer : image.layers) {
        try {
            unpack_layer(image, layer, &layer == &image.layers.front());
        } catch (const Error& error) {
            throw error.within("layer " + layer.file);
        }
    }
}

void RootUnpacker::unpack_layer(const Image& image, const Layer& layer, bool lowest) {
    const auto blob = image.store->open(layer.file);
    if (!blob)
        throw Error("it is missing");
    archive::Digester file(layer.digest ? layer.digest->hash : archive::Digester::Hash::sha256);
    archive::Digester tar(layer.diff_id.hash);
    archive::ReadObservers observers;
    observers.tar = [&tar](std::string_view bytes) { tar.add(bytes); };
    // if the archive isn't compressed, one digest tells for both
    const bool both = layer.digest && *layer.digest != layer.diff_id;
    if (both)
        observers.file = [&file](std::string_view bytes) { file.add(bytes); };
    archive::Limits limits = options_.limits;
    limits.entries -= entries_;
    limits.bytes -= bytes_;
    archive::Reader reader(blob->source(), limits, std::move(observers));
    LayerUnpacker unpacker(unpacker_, lowest);
    archive::Progress progress(options_.progress);
    for (archive::Entry entry; reader.next(entry);) {
        unpacker.add(entry, reader);
        ++entries_;
        bytes_ += entry.size;
        progress.entry();
        progress.bytes(entry.size);
    }
    unpacker_.finish_files();
    if (both)
        check(*layer.digest, file, "its digest");
    check(layer.diff_id, tar, "the digest of its tar archive");
}

void RootUnpacker::finish(int directory) {
    unpacker_.finish_directories(directory);
}

}  // namespace ocikit::image
