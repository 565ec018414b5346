#include "oci-pack/verify.hpp"

#include <algorithm>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

#include <ocikit/error.hpp>

#include "archive/digest.hpp"
#include "archive/entry_path.hpp"
#include "oci-pack/archive_check.hpp"
#include "oci-pack/archive_file.hpp"

namespace ocikit::pack {

namespace {

constexpr std::size_t digits = 64;

// A file of some lines; one that is larger is none of ours.
std::string read_text(const std::string& path) {
    const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd)
        throw Error::last("open", path);
    std::string text(std::size_t{1} << 20, '\0');
    std::size_t size = 0;
    while (size < text.size()) {
        const ssize_t part = ::read(fd.get(), text.data() + size, text.size() - size);
        if (part < 0)
            throw Error::last("read", path);
        if (part == 0)
            break;
        size += static_cast<std::size_t>(part);
    }
    text.resize(size);
    return text;
}

bool is_digest(std::string_view text) {
    return text.size() == digits && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

void compare(const char* what, const std::string& found, std::string_view expected, const std::string& file) {
    if (found == expected)
        return;
    throw Error(Error::Parts{.reason = std::string("the SHA-256 of the ") + what + " is " + found + ", not " +
                                       std::string(expected) + " as " + file + " has it"});
}

Verified read(const std::string& archive, const archive::Limits& limits) {
    const ArchiveFile file(archive);
    archive::Digester of_file;
    archive::Digester of_tar;
    archive::Reader reader(file.fd(), limits,
                           {.file = [&](std::string_view bytes) { of_file.add(bytes); },
                            .tar = [&](std::string_view bytes) { of_tar.add(bytes); }});
    ArchiveCheck check;
    for (archive::Entry entry; reader.next(entry);)
        check.add(entry, reader);
    return {.root = check.finish().root,
            .entries = check.entries(),
            .bytes = check.bytes(),
            .digests = {.tar = of_tar.finish(), .file = of_file.finish()}};
}

// A line `DIGEST  NAME` with the archive's name, or the only one; perhaps after a line `# tar DIGEST`.
struct Expected {
    std::string_view tar;  // empty: none
    std::string_view file;
};

Expected find_digests(std::string_view text, std::string_view archive, const std::string& digest_file) {
    constexpr std::string_view tar_mark = "# tar ";
    std::string_view tar;
    Expected first;
    std::size_t files = 0;
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        if (line.starts_with(tar_mark) && is_digest(line.substr(tar_mark.size())))
            tar = line.substr(tar_mark.size());
        if (line.size() < digits + 2 || !is_digest(line.substr(0, digits)))
            continue;
        const Expected found{.tar = std::exchange(tar, {}), .file = line.substr(0, digits)};
        if (archive::name_of(line.substr(digits + 2)) == archive::name_of(archive))
            return found;
        if (++files == 1)
            first = found;
    }
    if (files != 1)
        throw Error(Error::Parts{.object = digest_file, .reason = "it has no digest of this archive"});
    return first;
}

}  // namespace

Verified verify(const std::string& archive, const archive::Limits& limits) {
    try {
        return read(archive, limits);
    } catch (const Error& error) {
        throw error.within("verify " + archive_name(archive));
    }
}

void check_digests(const Digests& found, const std::string& archive, const std::string& digest_file) {
    try {
        const std::string text = read_text(digest_file);
        const Expected expected = find_digests(text, archive, digest_file);
        if (!expected.tar.empty())
            compare("tar file in it", found.tar, expected.tar, digest_file);
        compare("archive", found.file, expected.file, digest_file);
    } catch (const Error& error) {
        throw error.within("verify " + archive_name(archive));
    }
}

}  // namespace ocikit::pack
