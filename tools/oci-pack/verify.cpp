#include "oci-pack/verify.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <ocikit/bundle.hpp>
#include <ocikit/document.hpp>
#include <ocikit/error.hpp>

#include "archive/bundle_check.hpp"
#include "archive/digest.hpp"
#include "oci-pack/archive_file.hpp"
#include "oci-pack/bundle_config.hpp"
#include "oci-pack/digest_lines.hpp"

namespace ocikit::pack {

namespace {

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

void compare(const char* what, const std::string& found, const std::string& expected,
             const std::string& file) {
    if (found == expected)
        return;
    throw Error(Error::Parts{.reason = std::string("the SHA-256 of the ") + what + " is " + found + ", not " +
                                       expected + " as " + file + " has it"});
}

// Of the archive's config.json, which is checked.
std::string root_of(const archive::BundleCheck& bundle) {
    const Document document = Document::parse(bundle.finish(), config_file_name);
    std::string root = read_bundle_config(document, RootPlace::inside).root;
    if (!bundle.has_directory(root))
        throw Error(Error::Parts{
            .object = root,
            .reason = "refused: the root directory that config.json names is not in the archive"});
    return root;
}

Verified read(const std::string& archive, const archive::Limits& limits) {
    const ArchiveFile file(archive);
    archive::Digester of_file;
    archive::Digester of_tar;
    archive::Reader reader(file.fd(), limits,
                           {.file = [&](std::string_view bytes) { of_file.add(bytes); },
                            .tar = [&](std::string_view bytes) { of_tar.add(bytes); }});
    archive::BundleCheck check;
    for (archive::Entry entry; reader.next(entry);)
        check.add(entry, reader);
    return {.root = root_of(check),
            .entries = check.entries(),
            .bytes = check.bytes(),
            .digests = {.tar = of_tar.finish(), .file = of_file.finish()}};
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
        const Digests expected = find_digests(text, archive, digest_file);
        if (!expected.tar.empty())
            compare("tar file in it", found.tar, expected.tar, digest_file);
        compare("archive", found.file, expected.file, digest_file);
    } catch (const Error& error) {
        throw error.within("verify " + archive_name(archive));
    }
}

}  // namespace ocikit::pack
