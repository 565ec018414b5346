#include "oci-pack/path_types.hpp"

#include <cstring>
#include <sys/stat.h>
#include <utility>

#include "archive/hash.hpp"

namespace ocikit::pack {

namespace {

// the bits of S_IFMT, which are the upper four of sixteen
constexpr unsigned shift = 12;
static_assert((S_IFMT >> shift) == 0xf);

}  // namespace

std::size_t PathTypes::Table::place(const Key& key) const {
    const std::size_t mask = keys.size() - 1;
    std::size_t at = key[0] & mask;
    while (keys[at] != Key{} && keys[at] != key)
        at = (at + 1) & mask;
    return at;
}

void PathTypes::Table::grow() {
    Table larger;
    larger.keys.resize(keys.empty() ? 16 : 2 * keys.size());
    larger.types.resize(larger.keys.size());
    larger.used = used;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        if (keys[i] == Key{})
            continue;
        const std::size_t to = larger.place(keys[i]);
        larger.keys[to] = keys[i];
        larger.types[to] = types[i];
    }
    *this = std::move(larger);
}

PathTypes::Key PathTypes::key_of(std::string_view path) {
    const archive::Sha256 digest = archive::sha256_of(path);
    Key key{};
    std::memcpy(key.data(), digest.data(), sizeof key);
    key[1] |= 1;
    return key;
}

std::optional<mode_t> PathTypes::find(std::string_view path) const {
    const Key key = key_of(path);
    const Table& table = tables_[key[1] >> 32 & (count - 1)];
    if (table.keys.empty())
        return std::nullopt;
    const std::size_t at = table.place(key);
    if (table.keys[at] != key)
        return std::nullopt;
    return static_cast<mode_t>(table.types[at]) << shift;
}

bool PathTypes::add(std::string_view path, mode_t type) {
    const Key key = key_of(path);
    Table& table = tables_[key[1] >> 32 & (count - 1)];
    if (4 * (table.used + 1) > 3 * table.keys.size())
        table.grow();
    const std::size_t at = table.place(key);
    if (table.keys[at] == key)
        return false;
    table.keys[at] = key;
    table.types[at] = static_cast<std::uint8_t>((type & S_IFMT) >> shift);
    ++table.used;
    return true;
}

void PathTypes::set(std::string_view path, mode_t type) {
    const Key key = key_of(path);
    Table& table = tables_[key[1] >> 32 & (count - 1)];
    table.types[table.place(key)] = static_cast<std::uint8_t>((type & S_IFMT) >> shift);
}

}  // namespace ocikit::pack
