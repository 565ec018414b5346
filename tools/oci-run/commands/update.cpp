#include "cgroup/update.hpp"

#include <charconv>
#include <cmath>
#include <cstdint>

#include <ocikit/decode.hpp>
#include <ocikit/document.hpp>
#include <ocikit/error.hpp>

#include "oci-run/checked.hpp"
#include "oci-run/commands/commands.hpp"
#include "oci-run/container.hpp"
#include "oci-run/preparation.hpp"

namespace ocikit::run {

namespace {

[[noreturn]] void refuse_value(std::string_view option, std::string_view text, const char* expected) {
    throw cli::UsageError("--" + std::string(option) + ": \"" + std::string(text) + "\" is not " + expected);
}

template <class T>
std::optional<T> number(const cli::Arguments& arguments, std::string_view option) {
    const auto text = arguments.value(option);
    if (!text)
        return std::nullopt;
    T value{};
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
    if (error != std::errc{} || end != text->data() + text->size())
        refuse_value(option, *text, "a number that it can be");
    return value;
}

// `64m`, `1.5GiB`, `1048576`, -1: powers of 1024, as engines have always had it.
std::optional<std::int64_t> size(const cli::Arguments& arguments, std::string_view option) {
    const auto given = arguments.value(option);
    if (!given)
        return std::nullopt;
    if (*given == "-1")
        return -1;
    constexpr const char* expected = "-1 or a size such as 1048576, 64m or 1.5g";
    constexpr std::string_view units = "bkmgtp";
    double value = 0;
    const auto [end, error] = std::from_chars(given->data(), given->data() + given->size(), value);
    std::string unit(end, given->data() + given->size());
    for (char& c : unit)
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    const auto power = unit.empty() ? 0 : units.find(unit[0]);
    const bool suffix = unit.size() <= 1 || ((unit.substr(1) == "b" || unit.substr(1) == "ib") && power > 0);
    if (error != std::errc{} || power == std::string_view::npos || !suffix || !(value >= 0))
        refuse_value(option, *given, expected);
    const double bytes = std::ldexp(value, static_cast<int>(power) * 10);
    if (bytes >= 0x1p63)
        refuse_value(option, *given, expected);
    return static_cast<std::int64_t>(bytes);
}

template <class T>
T& of(std::optional<T>& part) {
    return part ? *part : part.emplace();
}

template <class T, class Part, class Member>
void set(std::optional<Part>& part, Member Part::*member, const std::optional<T>& value) {
    if (value)
        of(part).*member = *value;
}

void apply_options(const cli::Arguments& arguments, spec::Resources& resources) {
    auto& memory = resources.memory;
    set(memory, &spec::Memory::limit, size(arguments, "memory"));
    set(memory, &spec::Memory::swap, size(arguments, "memory-swap"));
    set(memory, &spec::Memory::reservation, size(arguments, "memory-reservation"));
    auto& cpu = resources.cpu;
    set(cpu, &spec::Cpu::shares, number<std::uint64_t>(arguments, "cpu-share"));
    set(cpu, &spec::Cpu::period, number<std::uint64_t>(arguments, "cpu-period"));
    set(cpu, &spec::Cpu::quota, number<std::int64_t>(arguments, "cpu-quota"));
    set(cpu, &spec::Cpu::burst, number<std::uint64_t>(arguments, "cpu-burst"));
    set(cpu, &spec::Cpu::idle, number<std::int64_t>(arguments, "cpu-idle"));
    set(cpu, &spec::Cpu::realtimePeriod, number<std::uint64_t>(arguments, "cpu-rt-period"));
    set(cpu, &spec::Cpu::realtimeRuntime, number<std::int64_t>(arguments, "cpu-rt-runtime"));
    set(cpu, &spec::Cpu::cpus, arguments.value("cpuset-cpus"));
    set(cpu, &spec::Cpu::mems, arguments.value("cpuset-mems"));
    set(resources.pids, &spec::Pids::limit, number<std::int64_t>(arguments, "pids-limit"));
    set(resources.blockIO, &spec::BlockIo::weight, number<std::uint16_t>(arguments, "blkio-weight"));
}

spec::Resources load_resources(const std::string& file) {
    const Document document = file == "-" ? Document::load(0, "standard input") : Document::load(file);
    Diagnostics diagnostics = document.diagnostics();
    std::optional<spec::Resources> resources;
    if (document.has_value() && !has_errors(diagnostics))
        resources = decode_resources(document, diagnostics);
    if (!resources)
        refuse_document(document, diagnostics, "");
    return std::move(*resources);
}

}  // namespace

int update_command(const cli::Arguments& arguments) {
    spec::Resources change;
    std::string name = "command line";
    if (const auto file = arguments.value("resources")) {
        change = load_resources(*file);
        name = *file == "-" ? "standard input" : *file;
    }
    apply_options(arguments, change);
    spec::IntelRdt schemata;
    schemata.l3CacheSchema = arguments.value("l3-cache-schema");
    schemata.memBwSchema = arguments.value("mem-bw-schema");
    Container container = Container::open_locked(state_root(arguments), arguments.positionals.front());
    try {
        container.update(change, schemata);
    } catch (const Error& error) {
        // not what config.json says is wrong
        const std::string text = error.what();
        for (const auto& [usual, place] : {std::pair{std::string_view("config.json: /linux/resources"), name},
                                           {"config.json: /linux/intelRdt", std::string("command line")}})
            if (text.starts_with(usual))
                throw Error::received(
                    place + (text[usual.size()] == '/' ? ": " : "") + text.substr(usual.size()), error.code(),
                    error.hint());
        throw;
    }
    return 0;
}

}  // namespace ocikit::run
