#include "image/digest.hpp"

#include <ocikit/error.hpp>
#include <ocikit/text.hpp>

namespace ocikit::image {

namespace {

using Hash = archive::Digester::Hash;

constexpr struct {
    std::string_view name;
    Hash hash;
    std::size_t digits;
} algorithms[] = {{"sha256", Hash::sha256, 64}, {"sha512", Hash::sha512, 128}};

std::string_view name_of(Hash hash) {
    return hash == Hash::sha256 ? "sha256" : "sha512";
}

}  // namespace

std::string Digest::text() const {
    return std::string(name_of(hash)) + ':' + hex;
}

std::string Digest::path() const {
    return "blobs/" + std::string(name_of(hash)) + '/' + hex;
}

Digest parse_digest(std::string_view text) {
    const std::size_t colon = text.find(':');
    if (colon == text.npos)
        throw Error(quoted(text) + " is no digest, which is written ALGORITHM:DIGITS");
    for (const auto& [name, hash, digits] : algorithms) {
        if (text.substr(0, colon) != name)
            continue;
        const std::string_view hex = text.substr(colon + 1);
        if (hex.size() != digits || hex.find_first_not_of("0123456789abcdef") != hex.npos)
            throw Error(quoted(text, 160) + " is no digest: " + std::string(name) + " has " +
                        std::to_string(digits) + " digits of 0-9 and a-f");
        return {.hash = hash, .hex = std::string(hex)};
    }
    throw Error("the digest " + quoted(text) + " is by an unknown algorithm, expected sha256 or sha512");
}

Digest digest_of(std::string_view bytes, Hash hash) {
    archive::Digester digester(hash);
    digester.add(bytes);
    return {.hash = hash, .hex = digester.finish()};
}

}  // namespace ocikit::image
