#include "oci-pack/extract.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>

#include <ocikit/bundle.hpp>
#include <ocikit/document.hpp>
#include <ocikit/error.hpp>

#include "archive/beneath.hpp"
#include "archive/bundle_check.hpp"
#include "archive/outer_folder.hpp"
#include "archive/progress.hpp"
#include "archive/staging.hpp"
#include "oci-pack/archive_file.hpp"
#include "oci-pack/bundle_config.hpp"

namespace ocikit::pack {

namespace {

void check_bundle(int directory, const archive::OuterFolder& outer, bool stripped) {
    const UniqueFd file = archive::try_open_beneath(directory, config_file_name, O_RDONLY | O_NONBLOCK);
    if (!file && errno == ENOENT)
        outer.refuse(stripped);
    if (!file && errno == EACCES)
        throw Error::last("open", config_file_name,
                          "its mode or its owner don't let you read it: root can extract it");
    struct stat status {};
    if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode))
        throw Error(Error::Parts{.object = config_file_name, .reason = "refused: it is not a regular file"});
    const Document config = Document::load(file.get(), config_file_name);
    const std::string root = read_bundle_config(config, RootPlace::inside).root;
    if (!archive::try_open_beneath(directory, root, O_PATH | O_DIRECTORY))
        throw Error(Error::Parts{
            .object = root,
            .reason = "refused: the root directory that config.json names is not in the archive"});
}

void run(const ExtractOptions& options, const archive::Unpacker::Warn& warn) {
    const ArchiveFile file(options.archive);
    archive::Reader reader(file.fd(), options.limits);
    archive::Staging staging(options.destination);
    archive::Unpacker unpacker(staging.fd(), options.ownership, warn,
                               archive::Unpacker::Directories::are_final);
    archive::OuterFolder outer;
    archive::StripFolder folder;
    archive::Progress progress(options.progress);
    for (archive::Entry entry; reader.next(entry);) {
        if (options.strip)
            folder.strip(entry);
        outer.see(entry.path);
        archive::check_config_link(entry);
        unpacker.add(entry, reader);
        progress.entry();
        progress.bytes(entry.size);
    }
    unpacker.finish_files();
    check_bundle(staging.fd(), outer, options.strip);
    staging.commit([&](int directory) { unpacker.finish_directories(directory); });
}

}  // namespace

void extract(const ExtractOptions& options, const archive::Unpacker::Warn& warn) {
    try {
        run(options, warn);
    } catch (const Error& error) {
        throw error.within("extract " + archive_name(options.archive));
    }
}

}  // namespace ocikit::pack
