#include "oci-pack/compression.hpp"

#include <charconv>

#include <ocikit/error.hpp>

#include "common/command_line.hpp"

namespace ocikit::pack {

namespace {

using Kind = Compression::Kind;

constexpr struct {
    std::string_view suffix;
    Kind kind;
} suffixes[] = {
    {".tar", Kind::none},  {".tar.gz", Kind::gzip}, {".tgz", Kind::gzip}, {".tar.zst", Kind::zstd},
    {".tzst", Kind::zstd}, {".tar.xz", Kind::xz},   {".txz", Kind::xz},
};

constexpr struct {
    std::string_view name;
    Kind kind;
    int max_level;  // zstd's levels above need gigabytes
} kinds[] = {{"none", Kind::none, 0}, {"gzip", Kind::gzip, 9}, {"zstd", Kind::zstd, 19}, {"xz", Kind::xz, 9}};

}  // namespace

std::optional<Compression> compression_of_file(std::string_view file) {
    for (const auto& [suffix, kind] : suffixes) {
        if (file.ends_with(suffix))
            return Compression{.kind = kind};
    }
    return std::nullopt;
}

std::string_view without_suffix(std::string_view file) {
    for (const auto& [suffix, kind] : suffixes) {
        if (file.ends_with(suffix))
            return file.substr(0, file.size() - suffix.size());
    }
    return {};
}

Compression parse_compression(std::string_view text) {
    const std::size_t colon = text.find(':');
    const std::string_view name = text.substr(0, colon);
    for (const auto& candidate : kinds) {
        if (candidate.name != name)
            continue;
        Compression result{.kind = candidate.kind};
        if (colon == std::string_view::npos)
            return result;
        const std::string_view level = text.substr(colon + 1);
        const auto [end, error] = std::from_chars(level.begin(), level.end(), result.level);
        if (error == std::errc() && end == level.end() && result.level >= 1 &&
            result.level <= candidate.max_level)
            return result;
        throw cli::UsageError("--compress: '" + std::string(level) + "' is no level of " + std::string(name) +
                              (candidate.max_level == 0
                                   ? ", which has none"
                                   : "; it has 1 to " + std::to_string(candidate.max_level)));
    }
    throw cli::UsageError("--compress: '" + std::string(name) + "' is none of none, gzip, zstd and xz");
}

void check_rsyncable(const Compression& compression) {
    if (!compression.rsyncable || compression.kind == Kind::zstd || compression.kind == Kind::none)
        return;
    throw cli::UsageError(std::string("--rsyncable: ") +
                          (compression.kind == Kind::gzip ? "zlib" : "liblzma") +
                          " doesn't have it; compress with zstd, or not at all");
}

}  // namespace ocikit::pack
