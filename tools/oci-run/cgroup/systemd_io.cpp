#include "cgroup/systemd_io.hpp"

#include <charconv>
#include <limits>
#include <map>
#include <optional>
#include <string_view>

namespace ocikit::run {

namespace {

constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();

struct Row {
    const char* file;
    const char* key;  // of a `key=value`; "": the value stands alone
    const char* property;
};
constexpr Row rows[] = {
    {"io.max", "rbps", "IOReadBandwidthMax"},
    {"io.max", "wbps", "IOWriteBandwidthMax"},
    {"io.max", "riops", "IOReadIOPSMax"},
    {"io.max", "wiops", "IOWriteIOPSMax"},
    {"io.latency", "target", "IODeviceLatencyTargetUSec"},
    {"io.weight", "", "IODeviceWeight"},
    {"io.bfq.weight", "", "IODeviceWeight"},
    {"blkio.weight_device", "", "BlockIODeviceWeight"},
    {"blkio.throttle.read_bps_device", "", "BlockIOReadBandwidth"},
    {"blkio.throttle.write_bps_device", "", "BlockIOWriteBandwidth"},
};

std::optional<std::uint64_t> number(std::string_view text) {
    if (text == "max")
        return unlimited;
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

// Up to the next of the ends, which is taken off the text with it.
std::string_view next(std::string_view& text, char end) {
    const std::string_view part = text.substr(0, text.find(end));
    text.remove_prefix(std::min(text.size(), part.size() + 1));
    return part;
}

// The inverse of systemd's conversion, which has 1, 100 and 10000 as BFQ's 1, 100 and 1000.
std::uint64_t weight_for_bfq(std::uint64_t weight) {
    return weight <= 100 ? weight : 100 + (weight - 100) * 11;
}

class Properties {
  public:
    // A line of a control file: of a device, or a weight of all of them.
    void take(std::string_view file, std::string_view line) {
        const bool weight = file == "io.weight" || file == "io.bfq.weight";
        std::string_view first = next(line, ' ');
        if (weight && (first == "default" || first.find(':') == std::string_view::npos)) {
            if (const auto value = number(first == "default" ? line : first))
                all_.insert_or_assign("IOWeight", dbus::uint64(scaled(file, *value)));
            return;
        }
        while (!line.empty())
            take_value(file, std::string(first), next(line, ' '));
    }

    SystemdProperties result() const {
        SystemdProperties properties(all_.begin(), all_.end());
        for (const auto& [name, values] : devices_)
            properties.emplace_back(name, dbus::array("(st)", values));
        return properties;
    }

  private:
    void take_value(std::string_view file, const std::string& device, std::string_view word) {
        const auto equals = word.find('=');
        const std::string_view key = equals == std::string_view::npos ? "" : word.substr(0, equals);
        const auto value = number(word.substr(equals == std::string_view::npos ? 0 : equals + 1));
        for (const auto& row : rows)
            if (row.file == file && row.key == key && value && *value != 0)
                // which systemd takes apart without looking whether there is such a file
                devices_[row.property].push_back(dbus::structure(
                    {dbus::string("/dev/block/" + device), dbus::uint64(scaled(file, *value))}));
    }

    static std::uint64_t scaled(std::string_view file, std::uint64_t value) {
        return file == "io.bfq.weight" ? weight_for_bfq(value) : value;
    }

    std::map<std::string, dbus::Value> all_;
    std::map<std::string, std::vector<dbus::Value>> devices_;
};

}  // namespace

SystemdProperties io_properties(const std::vector<CgroupWrite>& limits, bool bfq) {
    Properties properties;
    for (const auto& write : limits) {
        const bool elsewhere = write.file == "io.bfq.weight" && !bfq && !write.otherwise.empty();
        std::string_view text = elsewhere ? write.otherwise_text : write.text;
        while (!text.empty())
            properties.take(elsewhere ? write.otherwise : write.file, next(text, '\n'));
    }
    return properties.result();
}

}  // namespace ocikit::run
