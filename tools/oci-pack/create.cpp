#include "oci-pack/create.hpp"

#include <cstdint>
#include <optional>

#include <ocikit/error.hpp>

#include "oci-pack/digest_lines.hpp"
#include "oci-pack/output_file.hpp"

namespace ocikit::pack {

namespace {

ArchiveStream::Output to(OutputFile& file) {
    ArchiveStream::Output output{.append = [&file](std::string_view bytes) { file.write(bytes); }};
    if (file.takes_any_place())
        output.place = [&file](std::string_view bytes, std::uint64_t offset) {
            file.write_at(bytes, offset);
        };
    return output;
}

void refuse_itself(const archive::Entry& entry, const struct stat& status, const OutputFile& output,
                   const std::optional<OutputFile>& digest_file) {
    const bool is_digests = digest_file && digest_file->is_in(status);
    if (!is_digests && !output.is_in(status))
        return;
    const std::string what = is_digests ? "the digests are written to" : "the archive itself is written to";
    throw Error(Error::Parts{.object = entry.path,
                             .reason = "this is where " + what,
                             .hint = "write it to a place outside of what is archived"});
}

}  // namespace

Digests create(const CreateOptions& options, const Warn& warn) {
    try {
        BundleFiles files(options.bundle, options.selection, warn);
        OutputFile output(options.output, options.replace);
        std::optional<OutputFile> digest_file;
        if (!options.digest_file.empty())
            digest_file.emplace(options.digest_file, true);
        if (digest_file && digest_file->is_same(output))
            throw Error(Error::Parts{.object = options.digest_file,
                                     .reason = "the digests can't go where the archive goes"});
        ArchiveStream stream({.compression = options.compression,
                              .sparse = options.sparse,
                              .digests = options.digests || digest_file,
                              .progress = options.progress},
                             to(output));
        files.visit(
            [&](const archive::Entry& entry, std::string_view text, const struct stat& status) {
                refuse_itself(entry, status, output, digest_file);
                stream.add_text(entry, text);
            },
            [&](const archive::Entry& entry, int fd, const struct stat& status) {
                refuse_itself(entry, status, output, digest_file);
                stream.add_file(entry, fd, status);
            });
        Digests digests = stream.finish();
        if (digest_file)
            digest_file->write(digest_text(digests, options.output));
        output.commit();
        if (digest_file)
            digest_file->commit();
        return digests;
    } catch (const Error& error) {
        throw error.within("create " + options.bundle);
    }
}

}  // namespace ocikit::pack
