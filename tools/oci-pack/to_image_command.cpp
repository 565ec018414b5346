#include <ctime>
#include <unistd.h>

#include <ocikit/error.hpp>

#include "common/output.hpp"
#include "image/reference.hpp"
#include "oci-pack/commands.hpp"
#include "oci-pack/create_arguments.hpp"
#include "oci-pack/to_image.hpp"

namespace ocikit::pack {

namespace {

Compression layer_compression(const cli::Arguments& arguments) {
    Compression compression = parse_compression(arguments.value_or("compress", "gzip"));
    if (compression.kind == Compression::Kind::xz)
        throw cli::UsageError("--compress: layers of images are compressed with gzip or zstd, or not at all");
    compression.threads = threads_of(arguments);
    return compression;
}

// The ref of an annotation, as image-spec's annotations.md has its grammar.
std::string checked_tag(const std::string& tag) {
    const bool good = !tag.empty() && tag.find_first_not_of(
                                          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                          "0123456789-._:@+/") == tag.npos;
    if (!good)
        throw cli::UsageError("option '--output': '" + tag +
                              "' is no tag, which has letters, digits and -._:@+/");
    return tag;
}

// RFC 3339, whose years have four digits
std::string date_text(const timespec& time) {
    std::tm parts{};
    char text[64];
    if (!::gmtime_r(&time.tv_sec, &parts) || parts.tm_year < -1900 || parts.tm_year > 9999 - 1900 ||
        std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
        throw cli::UsageError("an image can't have the time @" + std::to_string(time.tv_sec) +
                              ": its date has a year from 0 to 9999");
    return text;
}

}  // namespace

int run_to_image(const cli::Arguments& arguments) {
    const auto output = arguments.value("output");
    if (!output)
        throw cli::UsageError("option '--output' is needed: the layout that the image is added to");
    const image::Reference reference = image::parse_reference(*output);
    if (reference.path.empty() || output->starts_with(':'))
        throw cli::UsageError("option '--output': the path is empty");
    if (output->ends_with(':'))
        throw cli::UsageError("option '--output': '" + *output + "' has no tag behind the colon");
    ToImageOptions options{.bundle = arguments.positionals[0],
                           .layout = reference.path,
                           .tag = checked_tag(reference.tag.empty() ? "latest" : reference.tag)};
    options.stream = {.compression = layer_compression(arguments), .progress = ::isatty(STDERR_FILENO) == 1};
    if (arguments.flag("cross-file-systems"))
        options.selection.others = Walker::OtherFileSystems::include;
    options.selection.adjustments = adjustments_of(arguments);
    if (const auto time = options.selection.adjustments.mtime)
        options.created = date_text(*time);
    else if (const auto epoch = source_date_epoch())
        options.created = date_text(*epoch);
    try {
        if (const auto platform = arguments.value("platform"))
            options.platform = image::parse_platform(*platform);
    } catch (const Error& error) {
        throw cli::UsageError(std::string("option '--platform': ") + error.what());
    }
    const std::string digest = to_image(options, warn);
    if (!arguments.flag("quiet"))
        cli::print(digest + "\n");
    return 0;
}

}  // namespace ocikit::pack
