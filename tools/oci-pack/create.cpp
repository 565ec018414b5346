#include "oci-pack/create.hpp"

#include <ocikit/error.hpp>

#include "oci-pack/output_file.hpp"

namespace ocikit::pack {

Digests create(const CreateOptions& options, const Warn& warn) {
    try {
        BundleFiles files(options.bundle, options.selection, warn);
        OutputFile output(options.output, options.replace);
        ArchiveStream stream(
            {.compression = options.compression, .sparse = options.sparse, .progress = options.progress},
            [&output](std::string_view bytes) { output.write(bytes); });
        files.visit(
            [&](const archive::Entry& entry, std::string_view text) { stream.add_text(entry, text); },
            [&](const archive::Entry& entry, int fd, const struct stat& status) {
                if (output.is(status.st_dev, status.st_ino))
                    throw Error(Error::Parts{.object = entry.path,
                                             .reason = "this is the archive itself",
                                             .hint = "write it to a place outside of what is archived"});
                stream.add_file(entry, fd, status);
            });
        Digests digests = stream.finish();
        output.commit();
        return digests;
    } catch (const Error& error) {
        throw error.within("create " + options.bundle);
    }
}

}  // namespace ocikit::pack
