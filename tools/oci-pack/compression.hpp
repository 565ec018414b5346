// Which compression an archive gets.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ocikit::pack {

struct Compression {
    enum class Kind { none, gzip, zstd, xz };
    Kind kind = Kind::none;
    int level = 0;  // 0: the library's default
    // zstd, xz: how many work; the bytes are the same for any number from 1 on
    int threads = 1;
    // zstd: a change of the content changes the archive only near it, for rsync and the like
    bool rsyncable = false;

    bool operator==(const Compression&) const = default;
};

// By the file's suffix: .tar, .tar.gz, .tgz, .tar.zst, .tzst, .tar.xz, .txz; nothing for others.
std::optional<Compression> compression_of_file(std::string_view file);
// NAME[:LEVEL] as in --compress; throws UsageError.
Compression parse_compression(std::string_view text);
// Throws UsageError if it can't be done with this compression.
void check_rsyncable(const Compression& compression);
// The file's name without such a suffix; empty if it has none.
std::string_view without_suffix(std::string_view file);

}  // namespace ocikit::pack
