// The bytes of the stub (init_stub.c), an ELF file; generated at build time.
#pragma once

#include <span>

namespace ocikit::run {

extern const std::span<const unsigned char> init_stub;

}  // namespace ocikit::run
