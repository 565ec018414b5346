#include <algorithm>
#include <charconv>
#include <cstdint>
#include <sys/resource.h>
#include <thread>

#include "common/main_guard.hpp"
#include "common/output.hpp"
#include "oci-pack/command_line.hpp"
#include "oci-pack/create.hpp"
#include "oci-pack/entry_path.hpp"
#include "oci-pack/extract.hpp"
#include "oci-pack/interrupt.hpp"

#ifdef __SANITIZE_ADDRESS__
// libarchive 3.6 doesn't free its buffer if a writer is given up in the middle.
extern "C" __attribute__((visibility("default"))) const char* __lsan_default_suppressions() {
    return "leak:libarchive.so";
}
extern "C" __attribute__((visibility("default"))) const char* __lsan_default_options() {
    return "print_suppressions=0";
}
#endif

namespace {

using namespace ocikit;

void warn(const std::string& text) {
    cli::complain("oci-pack", "warning: " + text);
}

// A number, with K, M, G or T behind it if units are allowed.
std::uint64_t parse_number(std::string_view option, std::string_view text, bool units) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.begin(), text.end(), number);
    std::string_view rest(end, static_cast<std::size_t>(text.end() - end));
    unsigned shift = 0;
    if (units && rest.size() == 1)
        shift = rest == "K" ? 10 : rest == "M" ? 20 : rest == "G" ? 30 : rest == "T" ? 40 : 0;
    if (shift != 0)
        rest = {};
    if (error != std::errc() || !rest.empty() || number > (UINT64_MAX >> shift))
        throw cli::UsageError("option '--" + std::string(option) + "': '" + std::string(text) +
                              "' is not a number" + (units ? " of bytes" : ""));
    return number << shift;
}

// More threads are hardly faster and take some 10 MB each.
int compression_threads() {
    return static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 1u, 4u));
}

int run_create(const cli::Arguments& arguments) {
    pack::CreateOptions options{.bundle = arguments.positionals[0],
                                .output = arguments.value_or("output", "-"),
                                .replace = arguments.flag("force"),
                                .compression = {}};
    if (const auto compression = arguments.value("compress")) {
        options.compression = pack::parse_compression(*compression);
    } else if (options.output != "-") {
        const auto by_suffix = pack::compression_of_file(options.output);
        if (!by_suffix)
            throw cli::UsageError("can't tell the compression from the name '" + options.output +
                                  "': end it in .tar, .tar.gz or .tar.zst, or give --compress");
        options.compression = *by_suffix;
    }
    options.compression.threads = compression_threads();
    pack::create(options, warn);
    return 0;
}

int run_extract(const cli::Arguments& arguments) {
    pack::ExtractOptions options{.archive = arguments.positionals[0], .destination = {}, .limits = {}};
    if (const auto size = arguments.value("max-size"))
        options.limits.bytes = parse_number("max-size", *size, true);
    if (const auto entries = arguments.value("max-entries"))
        options.limits.entries = parse_number("max-entries", *entries, false);
    if (arguments.positionals.size() > 1)
        options.destination = arguments.positionals[1];
    else
        options.destination = pack::without_suffix(pack::name_of(options.archive));
    if (options.destination.empty())
        throw cli::UsageError("'" + options.archive +
                              "' has no suffix to name a directory without it: give DIR");
    pack::extract(options, warn);
    return 0;
}

// A tree is walked with a descriptor a level, and paths have up to 2047 of those.
void raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

int run(const cli::Arguments& arguments) {
    pack::catch_interrupts();
    raise_descriptor_limit();
    try {
        return arguments.command->name == "create" ? run_create(arguments) : run_extract(arguments);
    } catch (const pack::Interrupted& interrupted) {
        pack::die_by(interrupted.signal);
    }
}

}  // namespace

int main(int argc, char** argv) {
    return cli::run_tool(pack::command_line(), argc, argv, run);
}
