#include <unistd.h>

#include "common/output.hpp"
#include "oci-pack/commands.hpp"
#include "oci-pack/create.hpp"
#include "oci-pack/create_arguments.hpp"
#include "oci-pack/digest_lines.hpp"

namespace ocikit::pack {

namespace {

Compression compression_of(const cli::Arguments& arguments, const std::string& output) {
    Compression compression;
    if (const auto name = arguments.value("compress")) {
        compression = parse_compression(*name);
    } else if (output != "-") {
        const auto by_suffix = compression_of_file(output);
        if (!by_suffix)
            throw cli::UsageError("can't tell the compression from the name '" + output +
                                  "': end it in .tar, .tar.gz, .tar.zst or .tar.xz, or give --compress");
        compression = *by_suffix;
    }
    compression.threads = threads_of(arguments);
    compression.rsyncable = arguments.flag("rsyncable");
    check_rsyncable(compression);
    return compression;
}

}  // namespace

int run_create(const cli::Arguments& arguments) {
    CreateOptions options{.bundle = arguments.positionals[0],
                          .output = arguments.value_or("output", "-"),
                          .replace = arguments.flag("force"),
                          .compression = {}};
    for (const char* name : {"output", "digest-file"})
        if (arguments.value(name) == "")
            throw cli::UsageError("option '--" + std::string(name) + "': the name of the file is empty");
    options.compression = compression_of(arguments, options.output);
    options.selection.include = arguments.values("include");
    if (arguments.flag("cross-file-systems"))
        options.selection.others = Walker::OtherFileSystems::include;
    options.selection.adjustments = adjustments_of(arguments);
    options.sparse = arguments.flag("sparse");
    options.progress = ::isatty(STDERR_FILENO) == 1;
    options.digest_file = arguments.value_or("digest-file", "");
    if (options.digest_file == "-")
        throw cli::UsageError("--digest-file takes the name of a file; the digests are printed anyway");
    options.digests = options.output != "-" && !arguments.flag("quiet");
    const Digests digests = create(options, warn);
    if (options.digests)
        cli::print(digest_text(digests, options.output));
    return 0;
}

}  // namespace ocikit::pack
