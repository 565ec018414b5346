// SHA-2, in the caller's thread.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace ocikit::archive {

enum class HashKind { sha256, sha512 };

using Sha256 = std::array<std::uint8_t, 32>;
// Of a few bytes.
Sha256 sha256_of(std::string_view bytes);

class Hasher {
  public:
    explicit Hasher(HashKind kind = HashKind::sha256);
    ~Hasher();
    Hasher(Hasher&&) noexcept;
    Hasher& operator=(Hasher&&) noexcept;

    void add(std::string_view bytes);
    // In hexadecimal digits; to be called once, after the last of the bytes.
    std::string finish();

  private:
    struct Context;
    std::unique_ptr<Context> context_;
};

}  // namespace ocikit::archive
