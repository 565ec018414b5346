// Compression of an archive's bytes on their way out.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "oci-pack/compression.hpp"

namespace ocikit::pack {

// With the libraries themselves, not with libarchive's filters: those write zstd
// frames without a checksum, and damage would go unnoticed.
class Compressor {
  public:
    // Takes the bytes; throws what the compressor's functions then throw.
    using Sink = std::function<void(std::string_view bytes)>;

    virtual ~Compressor() = default;
    virtual void write(std::string_view bytes) = 0;
    // Ends the stream; throws Error, as write does.
    virtual void finish() = 0;
};

// What comes out depends on what goes in alone, not on time or the number of threads.
std::unique_ptr<Compressor> make_compressor(const Compression& compression, Compressor::Sink sink);

}  // namespace ocikit::pack
