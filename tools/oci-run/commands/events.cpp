#include <charconv>
#include <chrono>
#include <poll.h>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <ocikit/encode.hpp>
#include <ocikit/error.hpp>

#include "cgroup/statistics.hpp"
#include "common/output.hpp"
#include "kernel/pidfd.hpp"
#include "oci-run/commands/commands.hpp"
#include "oci-run/container.hpp"

namespace ocikit::run {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// `5s`, `1m30s`, `200ms`: a duration as Go's programs take them; a mere number is of seconds.
milliseconds parse_duration(std::string_view text) {
    const auto refuse = [&, whole = text]() -> milliseconds {
        throw cli::UsageError("--interval: \"" + std::string(whole) +
                              "\" is no duration above 0, such as 5s, 500ms or 1m30s");
    };
    constexpr std::pair<std::string_view, double> units[] = {{"ms", 1},   {"us", 0.001}, {"ns", 0.000001},
                                                             {"s", 1000}, {"m", 60000},  {"h", 3600000}};
    double total = 0;
    const std::string_view whole = text;
    while (!text.empty()) {
        double value = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (error != std::errc{} || !(value >= 0))
            return refuse();
        const std::size_t length = static_cast<std::size_t>(end - text.data());
        text.remove_prefix(length);
        double factor = length == whole.size() ? 1000 : 0;
        for (const auto& [unit, milliseconds_of_it] : units)
            if (factor == 0 && text.starts_with(unit)) {
                factor = milliseconds_of_it;
                text.remove_prefix(unit.size());
            }
        if (factor == 0)
            return refuse();
        total += value * factor;
    }
    if (!(total >= 1) || total > 1e12)
        return refuse();
    return milliseconds(static_cast<std::int64_t>(total));
}

void print_event(const char* type, const std::string& id, boost::json::value data) {
    boost::json::object event{{"type", type}, {"id", id}};
    if (!data.is_null())
        event["data"] = std::move(data);
    cli::print(to_text(event, 0));
}

int timeout_until(Clock::time_point then) {
    const auto left = std::chrono::ceil<milliseconds>(then - Clock::now()).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, 3600000));
}

// Until the container ends.
void follow(const Container& container, const Cgroup& cgroup, milliseconds interval) {
    const std::string& id = container.record().id;
    const UniqueFd init(pidfd_open(container.record().pid));
    if (!init)
        throw Error("container not running");
    OomWatch oom(cgroup);
    auto next = Clock::now() + interval;
    for (;;) {
        struct pollfd fds[2] = {{init.get(), POLLIN, 0}, {oom.fd(), POLLIN, 0}};
        if (::poll(fds, 2, timeout_until(next)) < 0 && errno != EINTR)
            throw Error::last("wait for events", "poll");
        if (fds[1].revents != 0 && oom.happened())
            print_event("oom", id, nullptr);
        if (fds[0].revents != 0)
            return;
        if (Clock::now() < next)
            continue;
        print_event("stats", id, cgroup_statistics(cgroup));
        next += interval;
    }
}

}  // namespace

int events_command(const cli::Arguments& arguments) {
    const milliseconds interval = parse_duration(arguments.value_or("interval", "5s"));
    const Container container = Container::open(state_root(arguments), arguments.positionals.front());
    const Status status = container.status();
    if (status == Status::creating || status == Status::stopped)
        throw Error("container not running");
    const CgroupLayout layout = CgroupLayout::detect();
    const Cgroup cgroup(layout, container.record().cgroup);
    const bool once = arguments.flag("stats");
    boost::json::object first = cgroup_statistics(cgroup);
    if (once)
        print_event("stats", container.record().id, std::move(first));
    else
        follow(container, cgroup, interval);
    return 0;
}

}  // namespace ocikit::run
