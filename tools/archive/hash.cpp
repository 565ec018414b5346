#include "archive/hash.hpp"

#include <cstdint>
#include <nettle/sha2.h>
#include <variant>
#include <vector>

namespace ocikit::archive {

Sha256 sha256_of(std::string_view bytes) {
    sha256_ctx context;
    sha256_init(&context);
    sha256_update(&context, bytes.size(), reinterpret_cast<const std::uint8_t*>(bytes.data()));
    Sha256 digest{};
    sha256_digest(&context, digest.size(), digest.data());
    return digest;
}

// nettle's, as it uses the processor's instructions
struct Hasher::Context {
    std::variant<sha256_ctx, sha512_ctx> state;
};

Hasher::Hasher(HashKind kind) : context_(std::make_unique<Context>()) {
    if (kind == HashKind::sha256)
        sha256_init(&context_->state.emplace<sha256_ctx>());
    else
        sha512_init(&context_->state.emplace<sha512_ctx>());
}

Hasher::~Hasher() = default;
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;

void Hasher::add(std::string_view bytes) {
    const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
    if (auto* sha256 = std::get_if<sha256_ctx>(&context_->state))
        sha256_update(sha256, bytes.size(), data);
    else
        sha512_update(&std::get<sha512_ctx>(context_->state), bytes.size(), data);
}

std::string Hasher::finish() {
    std::vector<std::uint8_t> digest;
    if (auto* sha256 = std::get_if<sha256_ctx>(&context_->state)) {
        digest.resize(SHA256_DIGEST_SIZE);
        sha256_digest(sha256, digest.size(), digest.data());
    } else {
        digest.resize(SHA512_DIGEST_SIZE);
        sha512_digest(&std::get<sha512_ctx>(context_->state), digest.size(), digest.data());
    }
    std::string text;
    for (const std::uint8_t byte : digest) {
        text += "0123456789abcdef"[byte >> 4];
        text += "0123456789abcdef"[byte & 15];
    }
    return text;
}

}  // namespace ocikit::archive
