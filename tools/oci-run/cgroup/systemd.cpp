#include "cgroup/systemd.hpp"

#include <cstdlib>
#include <unistd.h>

#include <ocikit/error.hpp>

#include "kernel/files.hpp"

namespace ocikit::run {

namespace {

constexpr int job_ms = 30000;
constexpr const char* destination = "org.freedesktop.systemd1";
constexpr const char* manager_path = "/org/freedesktop/systemd1";
constexpr const char* manager_interface = "org.freedesktop.systemd1.Manager";

dbus::Message method(const char* path, const char* interface, std::string member,
                     std::vector<dbus::Value> body, const char* to = destination) {
    dbus::Message message;
    message.path = path;
    message.interface = interface;
    message.member = std::move(member);
    message.destination = to;
    message.body = std::move(body);
    return message;
}

std::string environment(const char* name) {
    const char* const value = std::getenv(name);
    return value ? value : "";
}

std::string bus_address(bool users_manager) {
    if (!users_manager) {
        const std::string given = environment("DBUS_SYSTEM_BUS_ADDRESS");
        return given.empty() ? "unix:path=/run/dbus/system_bus_socket" : given;
    }
    const std::string given = environment("DBUS_SESSION_BUS_ADDRESS");
    if (!given.empty())
        return given;
    const std::string run = environment("XDG_RUNTIME_DIR");
    return "unix:path=" + (run.empty() ? "/run/user/" + std::to_string(::getuid()) : run) + "/bus";
}

std::vector<dbus::Value> as_arguments(const SystemdProperties& properties) {
    std::vector<dbus::Value> values;
    for (const auto& [name, value] : properties)
        values.push_back(dbus::structure({dbus::string(name), dbus::variant(value)}));
    return values;
}

bool is_error(const dbus::Message& answer, std::string_view name) {
    return answer.type == dbus::Message::Type::error && answer.error_name == name;
}

}  // namespace

bool Systemd::is_users_own() {
    // every id is its own in the first user namespace only (user_namespaces(7))
    return ::geteuid() != 0 ||
           read_at(AT_FDCWD, "/proc/self/uid_map").find("4294967295") == std::string::npos;
}

Systemd Systemd::connect(bool users_manager) {
    const std::string address = bus_address(users_manager);
    try {
        if (!users_manager && ::access("/run/systemd/system", F_OK) != 0)  // sd_booted(3)
            throw Error("systemd doesn't run on this machine");
        Systemd systemd(dbus::Connection::open(address), users_manager);
        const std::string version = systemd.property("Version");  // "252.38-1~deb12u1", "v260"
        systemd.version_ =
            static_cast<unsigned>(std::strtoul(version.c_str() + version.starts_with('v'), nullptr, 10));
        systemd.top_ = systemd.property("ControlGroup");
        while (systemd.top_.starts_with('/'))
            systemd.top_.erase(0, 1);
        // signals come to those only who ask for them
        systemd.bus_.tell(method("/org/freedesktop/DBus", "org.freedesktop.DBus", "AddMatch",
                                 {dbus::string("type='signal',interface='org.freedesktop.systemd1.Manager',"
                                               "member='JobRemoved',path='/org/freedesktop/systemd1'")},
                                 "org.freedesktop.DBus"));
        systemd.bus_.tell(method(manager_path, manager_interface, "Subscribe", {}));
        return systemd;
    } catch (const Error& error) {
        throw Error(
            {.operation = users_manager ? "reach the user's systemd" : "reach systemd",
             .object = "--systemd-cgroup",
             .reason = error.what(),
             .code = 0,
             .hint = users_manager
                         ? "it needs a session of the user (loginctl enable-linger), and $XDG_RUNTIME_DIR or "
                           "$DBUS_SESSION_BUS_ADDRESS; or use --cgroup-manager cgroupfs"
                         : "without systemd use --cgroup-manager cgroupfs"});
    }
}

dbus::Message Systemd::manager_call(const std::string& member, std::vector<dbus::Value> arguments) {
    return bus_.call(method(manager_path, manager_interface, member, std::move(arguments)));
}

std::string Systemd::property(const std::string& name) {
    const dbus::Message answer = bus_.call(method(manager_path, "org.freedesktop.DBus.Properties", "Get",
                                                  {dbus::string(manager_interface), dbus::string(name)}));
    dbus::expect_result(answer, "read the property " + name);
    if (answer.body.size() != 1 || answer.body.front().signature != "v")
        throw Error("systemd's property " + name + " is not one");
    return answer.body.front().items.front().text;
}

std::string Systemd::cgroup(const SystemdUnit& unit) const {
    return top_.empty() ? unit.cgroup() : top_ + "/" + unit.cgroup();
}

void Systemd::await_job(const dbus::Message& answer, const std::string& operation) {
    dbus::expect_result(answer, operation);
    const std::string job = answer.body.empty() ? "" : answer.body.front().text;
    // id, job, unit, result
    const auto removed = bus_.await_signal(
        [&](const dbus::Message& signal) {
            return signal.member == "JobRemoved" && signal.body.size() == 4 && signal.body[1].text == job;
        },
        job_ms);
    if (!removed)
        throw Error({.operation = operation,
                     .object = "systemd",
                     .reason = "not done within " + std::to_string(job_ms / 1000) + " seconds"});
    if (const std::string& result = removed->body[3].text; result != "done" && result != "skipped")
        throw Error({.operation = operation,
                     .object = "systemd",
                     .reason = "its job ended with \"" + result + "\"",
                     .hint = "the journal of the unit may say why"});
}

bool Systemd::start(const SystemdUnit& unit, const SystemdProperties& properties,
                    const std::string& description, pid_t pid) {
    SystemdProperties all{{"Description", dbus::string(description)},
                          {"DefaultDependencies", dbus::boolean(false)}};
    if (unit.is_slice()) {
        all.emplace_back("Wants", dbus::array("s", {dbus::string(unit.slice)}));
    } else {
        all.emplace_back("Slice", dbus::string(unit.slice));
        all.emplace_back("Delegate", dbus::boolean(true));
        all.emplace_back("PIDs", dbus::array("u", {dbus::uint32(static_cast<std::uint32_t>(pid))}));
    }
    for (const char* const accounting :
         {"CPUAccounting", "MemoryAccounting", "IOAccounting", "TasksAccounting"})
        all.emplace_back(accounting, dbus::boolean(true));
    all.insert(all.end(), properties.begin(), properties.end());
    const std::vector<dbus::Value> arguments{dbus::string(unit.name), dbus::string("replace"),
                                             dbus::array("(sv)", as_arguments(all)),
                                             dbus::array("(sa(sv))", {})};
    dbus::Message answer = manager_call("StartTransientUnit", arguments);
    constexpr const char* exists = "org.freedesktop.systemd1.UnitExists";
    if (is_error(answer, exists)) {
        if (unit.is_slice())  // of somebody else too
            return false;
        manager_call("ResetFailedUnit", {dbus::string(unit.name)});
        answer = manager_call("StartTransientUnit", arguments);
    }
    if (is_error(answer, exists))
        throw Error({.operation = "start the unit " + unit.name,
                     .object = "systemd",
                     .reason = "it exists already",
                     .hint = "choose another linux.cgroupsPath, or end the container that uses it"});
    await_job(answer, "start the unit " + unit.name);
    return true;
}

void Systemd::set_properties(const std::string& unit, const SystemdProperties& properties) {
    if (properties.empty())
        return;
    dbus::expect_result(manager_call("SetUnitProperties", {dbus::string(unit), dbus::boolean(true),
                                                           dbus::array("(sv)", as_arguments(properties))}),
                        "change the unit " + unit);
}

void Systemd::stop(const std::string& unit) {
    const dbus::Message answer = manager_call("StopUnit", {dbus::string(unit), dbus::string("replace")});
    if (!is_error(answer, "org.freedesktop.systemd1.NoSuchUnit"))
        await_job(answer, "stop the unit " + unit);
    // one that has ended by itself, as with an out-of-memory kill, may be kept as failed
    manager_call("ResetFailedUnit", {dbus::string(unit)});
}

}  // namespace ocikit::run
