// systemd, asked to make and to end the units that containers run in.
#pragma once

#include <string>
#include <sys/types.h>

#include "cgroup/systemd_unit.hpp"
#include "dbus/connection.hpp"

namespace ocikit::run {

class Systemd {
  public:
    // Whose manager serves this process: root's is that of the machine; a user's, and that of
    // root in a user namespace, is their own.
    static bool is_users_own();
    // Throws Error, in words, if there is none.
    static Systemd connect(bool users_manager);

    unsigned version() const { return version_; }
    // Where a unit's cgroup is, below the mount; for a v2 hierarchy and systemd's own of v1.
    std::string cgroup(const SystemdUnit& unit) const;

    // Makes the unit, with the process in it if it is a scope. Returns when that is done. A
    // scope of that name which has failed is replaced; one that is there otherwise is an Error.
    // False for a slice that was there already.
    bool start(const SystemdUnit& unit, const SystemdProperties& properties, const std::string& description,
               pid_t pid);
    // Changes properties of one that exists, until it ends.
    void set_properties(const std::string& unit, const SystemdProperties& properties);
    // Ends it and forgets that it has failed; returns when that is done. No Error if there is none.
    void stop(const std::string& unit);

  private:
    Systemd(dbus::Connection bus, bool users_manager) : bus_(std::move(bus)), users_(users_manager) {}
    dbus::Message manager_call(const std::string& member, std::vector<dbus::Value> arguments);
    std::string property(const std::string& name);
    // Waits for the end of the job that an answer names.
    void await_job(const dbus::Message& answer, const std::string& operation);

    dbus::Connection bus_;
    bool users_;
    unsigned version_ = 0;
    std::string top_;  // of the manager's units, "" or "a/b"
};

}  // namespace ocikit::run
