#include "oci-pack/linked_files.hpp"

#include <cstring>

#include "oci-pack/content.hpp"

namespace ocikit::pack {

namespace {

constexpr std::size_t names_in_memory = std::size_t{1} << 20;

// Inodes that follow each other are the usual case: a multiplicative hash spreads them, and
// no two become the same, as the factor is odd.
archive::KeyTable::Key key_of(const struct stat& status) {
    return {status.st_ino * 0x9e3779b97f4a7c15, status.st_dev};
}

// Where a first name is, and something of the file's state, in one number that isn't 0.
constexpr int place_bits = 44;
constexpr std::uint64_t most_place = (std::uint64_t{1} << place_bits) - 1;

std::uint64_t state_of(const struct stat& status) {
    const auto text =
        std::uint64_t(status.st_mtim.tv_sec) * 1'000'000'000 + std::uint64_t(status.st_mtim.tv_nsec);
    return (text ^ std::uint64_t(status.st_size)) * 0x9e3779b97f4a7c15 & ~most_place;
}

}  // namespace

std::optional<std::string> LinkedFiles::see(const struct stat& status, const std::string& path) {
    const std::uint64_t state = state_of(status);
    const std::uint64_t known = places_.add(key_of(status), state | (end() + 1));
    if (known == 0) {
        keep(path);
        return std::nullopt;
    }
    // another file by now, perhaps, in the place of one that was removed
    if ((known & ~most_place) != state)
        refuse_changed(path);
    return name_at((known & most_place) - 1);
}

void LinkedFiles::keep(const std::string& path) {
    last_names_.append(path).push_back('\0');
    if (last_names_.size() > names_in_memory) {
        names_.append(last_names_);
        last_names_.clear();
    }
}

std::string LinkedFiles::name_at(std::uint64_t place) const {
    if (place >= names_.size())
        return last_names_.c_str() + (place - names_.size());
    std::string name;
    char part[256];
    for (;;) {
        const std::size_t size = names_.read(part, sizeof part, place + name.size());
        const std::size_t length = ::strnlen(part, size);
        name.append(part, length);
        if (length < size)
            return name;
    }
}

}  // namespace ocikit::pack
