#include "archive/path_types.hpp"

#include <sys/stat.h>

namespace ocikit::archive {

namespace {

// A number which isn't 0.
std::uint64_t number_of(mode_t type) {
    return (type & S_IFMT) + std::uint64_t{1};
}

}  // namespace

std::optional<mode_t> PathTypes::find(std::string_view path) const {
    const std::uint64_t number = types_.find(KeyTable::key_of(path));
    if (number == 0)
        return std::nullopt;
    return static_cast<mode_t>(number - 1);
}

bool PathTypes::add(std::string_view path, mode_t type) {
    return types_.add(KeyTable::key_of(path), number_of(type)) == 0;
}

void PathTypes::set(std::string_view path, mode_t type) {
    types_.replace(KeyTable::key_of(path), number_of(type));
}

}  // namespace ocikit::archive
