#include "oci-pack/command_line.hpp"

namespace ocikit::pack {

namespace {

constexpr cli::Option max_size = {
    .name = "max-size",
    .argument = "BYTES",
    .help =
        "refuse archives with more content than that, as a number or with K, M, G or T behind it, "
        "counted by 1024 (default: 1T)"};
constexpr cli::Option max_entries = {.name = "max-entries",
                                     .argument = "N",
                                     .help = "refuse archives with more files than that (default: 10000000)"};
constexpr cli::Option format = {
    .name = "format", .argument = "text|json", .help = "how it is written; text by default"};

constexpr cli::Option threads = {
    .name = "threads",
    .argument = "N",
    .help =
        "how many compress (default: a processor each, 4 at most); the bytes are the same for any number"};
constexpr cli::Option cross_file_systems = {.name = "cross-file-systems",
                                            .help = "take along what is mounted in the root directory"};
constexpr cli::Option owner = {
    .name = "owner", .argument = "UID", .help = "the user of all files in the archive, a number"};
constexpr cli::Option group = {
    .name = "group", .argument = "GID", .help = "the group of all files in the archive, a number"};
constexpr cli::Option mtime = {
    .name = "mtime",
    .argument = "TIME",
    .help = "the time of all files in the archive: @SECONDS, YYYY-MM-DD or YYYY-MM-DDTHH:MM:SSZ"};
constexpr cli::Option uid_map = {
    .name = "uid-map",
    .argument = "CONTAINER:HOST:SIZE",
    .help = "archive the users from HOST on as those from CONTAINER on; others are an error",
    .repeatable = true};
constexpr cli::Option gid_map = {
    .name = "gid-map", .argument = "CONTAINER:HOST:SIZE", .help = "the same for groups", .repeatable = true};

constexpr cli::Option create_options[] = {
    {.name = "output",
     .letter = 'o',
     .argument = "FILE",
     .help = "the archive; its suffix .tar, .tar.gz, .tgz, .tar.zst, .tzst, .tar.xz or .txz tells the "
             "compression; - is standard output, the default"},
    {.name = "force", .letter = 'f', .help = "replace FILE if it exists"},
    {.name = "compress",
     .letter = 'c',
     .argument = "NAME[:LEVEL]",
     .help = "none, gzip, zstd or xz, whatever the suffix (for standard output the default is none)"},
    threads,
    {.name = "rsyncable",
     .help = "with zstd, keep the archive's bytes the same away from what has changed in the bundle"},
    {.name = "include",
     .argument = "PATH",
     .help = "take along this file or directory of the bundle too",
     .repeatable = true},
    {.name = "sparse", .help = "keep holes of files as holes (pax records of GNU tar)"},
    cross_file_systems,
    owner,
    group,
    uid_map,
    gid_map,
    mtime,
    {.name = "digest-file",
     .argument = "FILE",
     .help = "write the digests to FILE, which sha256sum -c takes"},
    {.name = "quiet",
     .letter = 'q',
     .help = "don't print the digests, nor compute them without --digest-file"},
};

constexpr cli::Option extract_options[] = {
    {.name = "strip", .help = "take away the outer folder that all of the archive is in"},
    {.name = "numeric",
     .help = "set the owners which the archive has, by their numbers, also if the user isn't root"},
    {.name = "map",
     .argument = "CONTAINER:HOST:SIZE",
     .help = "set owners, the users and groups from CONTAINER on as those from HOST on; others are refused",
     .repeatable = true},
    {.name = "uid-map", .argument = "CONTAINER:HOST:SIZE", .help = "the same for users", .repeatable = true},
    {.name = "gid-map", .argument = "CONTAINER:HOST:SIZE", .help = "the same for groups", .repeatable = true},
    max_size,
    max_entries,
};

constexpr cli::Option list_options[] = {format, max_size, max_entries};

constexpr cli::Option verify_options[] = {
    {.name = "digest-file",
     .argument = "FILE",
     .help = "compare with the digests in FILE, which create or sha256sum has written"},
    {.name = "quiet", .letter = 'q', .help = "print nothing, the exit status tells"},
    max_size,
    max_entries,
};

constexpr cli::Option diff_options[] = {
    format,
    {.name = "quiet", .letter = 'q', .help = "print nothing, the exit status tells"},
    max_size,
    max_entries,
};

constexpr cli::Option to_image_options[] = {
    {.name = "output",
     .letter = 'o',
     .argument = "DIR[:TAG]",
     .help =
         "the OCI image layout that the image is added to, made if there is none; TAG, latest by default, "
         "becomes this image's and no other's"},
    {.name = "platform",
     .argument = "OS/ARCH[/VARIANT]",
     .help = "what the image is for; by default what the bundle's annotations say, or this machine"},
    {.name = "compress",
     .letter = 'c',
     .argument = "NAME[:LEVEL]",
     .help = "gzip, the default, zstd or none"},
    threads,
    cross_file_systems,
    owner,
    group,
    uid_map,
    gid_map,
    mtime,
    {.name = "quiet", .letter = 'q', .help = "don't print the digest"},
};

constexpr cli::Command commands[] = {
    {.name = "create",
     .positionals = "BUNDLE",
     .summary = "write the bundle in the directory BUNDLE as an archive",
     .options = create_options,
     .min_positionals = 1,
     .max_positionals = 1},
    {.name = "extract",
     .positionals = "ARCHIVE [DIR]",
     .summary = "make the bundle in ARCHIVE (- is standard input) in DIR, which must be empty or not exist; "
                "without DIR it is named like ARCHIVE without its suffix, in the current directory",
     .options = extract_options,
     .min_positionals = 1,
     .max_positionals = 2},
    {.name = "list",
     .positionals = "ARCHIVE",
     .summary = "print what is in ARCHIVE, a file a line",
     .options = list_options,
     .min_positionals = 1,
     .max_positionals = 1},
    {.name = "verify",
     .positionals = "ARCHIVE",
     .summary =
         "check that ARCHIVE is a bundle which can be extracted, without doing it, and print its digests",
     .options = verify_options,
     .min_positionals = 1,
     .max_positionals = 1},
    {.name = "diff",
     .positionals = "A B",
     .summary = "print what differs between two archives or bundles (directories)",
     .options = diff_options,
     .min_positionals = 2,
     .max_positionals = 2},
    {.name = "to-image",
     .positionals = "BUNDLE",
     .summary =
         "add the bundle in the directory BUNDLE to an OCI image layout, as an image of one layer, and "
         "print the digest of its manifest",
     .options = to_image_options,
     .min_positionals = 1,
     .max_positionals = 1},
};

constexpr cli::Tool tool{
    .name = "oci-pack",
    .summary =
        "Packs bundles of the OCI Runtime Specification into archives to share them: config.json and "
        "the root directory at the archive's top, with everything that files have. The same bundle "
        "gives the same bytes.",
    .commands = commands,
    .exit_status =
        "0  done\n"
        "1  the bundle or the archive was refused; diff: there are differences\n"
        "2  the command line is wrong, or the system failed (a missing file, a full disk)",
    .version_details = "archives: tar (POSIX pax), plain or compressed with gzip, zstd or xz"};

}  // namespace

const cli::Tool& command_line() {
    return tool;
}

}  // namespace ocikit::pack
