#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fcntl.h>
#include <thread>
#include <unistd.h>

#include <ocikit/error.hpp>
#include <ocikit/unique_fd.hpp>

#include "common/output.hpp"
#include "oci-pack/commands.hpp"
#include "oci-pack/create.hpp"

namespace ocikit::pack {

namespace {

// More threads are hardly faster and take some 10 MB each.
int compression_threads() {
    return static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 1u, 4u));
}

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
    compression.threads = compression_threads();
    if (const auto threads = arguments.value("threads")) {
        const auto [end, error] =
            std::from_chars(threads->data(), threads->data() + threads->size(), compression.threads);
        if (error != std::errc() || end != threads->data() + threads->size() || compression.threads < 1 ||
            compression.threads > 256)
            throw cli::UsageError("option '--threads': '" + *threads + "' is not a number from 1 to 256");
    }
    compression.rsyncable = arguments.flag("rsyncable");
    check_rsyncable(compression);
    return compression;
}

std::optional<std::uint32_t> id_of(const cli::Arguments& arguments, const std::string& option,
                                   const std::string& map) {
    const auto text = arguments.value(option);
    if (!text)
        return std::nullopt;
    if (!arguments.values(map).empty())
        throw cli::UsageError("--" + option + " and --" + map + " exclude each other");
    std::uint32_t id = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), id);
    if (error != std::errc() || end != text->data() + text->size() || id == 0xffffffff)
        throw cli::UsageError("option '--" + option + "': '" + *text + "' is no number of a user or group");
    return id;
}

// https://reproducible-builds.org/specs/source-date-epoch/: a decimal number of seconds
std::optional<timespec> source_date_epoch() {
    const char* text = std::getenv("SOURCE_DATE_EPOCH");
    if (!text)
        return std::nullopt;
    return parse_time("SOURCE_DATE_EPOCH", std::string("@") + text);
}

Adjustments adjustments_of(const cli::Arguments& arguments) {
    Adjustments adjustments;
    adjustments.owner = id_of(arguments, "owner", "uid-map");
    adjustments.group = id_of(arguments, "group", "gid-map");
    for (const std::string& text : arguments.values("uid-map"))
        adjustments.uid_map.add("uid-map", text);
    for (const std::string& text : arguments.values("gid-map"))
        adjustments.gid_map.add("gid-map", text);
    if (const auto time = arguments.value("mtime"))
        adjustments.mtime = parse_time("option '--mtime'", *time);
    adjustments.latest_mtime = source_date_epoch();
    return adjustments;
}

void write_digests(const std::string& path, const std::string& text) {
    const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
    if (!fd)
        throw Error::last("open", path);
    cli::write_all(fd.get(), text, path);
}

}  // namespace

int run_create(const cli::Arguments& arguments) {
    CreateOptions options{.bundle = arguments.positionals[0],
                          .output = arguments.value_or("output", "-"),
                          .replace = arguments.flag("force"),
                          .compression = {}};
    options.compression = compression_of(arguments, options.output);
    options.selection.include = arguments.values("include");
    if (arguments.flag("cross-file-systems"))
        options.selection.others = Walker::OtherFileSystems::include;
    options.selection.adjustments = adjustments_of(arguments);
    options.sparse = arguments.flag("sparse");
    options.progress = ::isatty(STDERR_FILENO) == 1;
    const std::string digests = digest_text(create(options, warn), options.output);
    if (const auto file = arguments.value("digest-file"))
        write_digests(*file, digests);
    if (options.output != "-" && !arguments.flag("quiet"))
        cli::print(digests);
    return 0;
}

}  // namespace ocikit::pack
