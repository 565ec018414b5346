// A container that exists: its status, its end and its removal.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <boost/json/fwd.hpp>

#include <ocikit/config.hpp>
#include <ocikit/state.hpp>

#include "kernel/channel.hpp"
#include "notify_socket.hpp"
#include "state/state_dir.hpp"

namespace ocikit::run {

enum class Status { creating, created, running, paused, stopped };

std::string to_string(Status status);

class Container {
  public:
    // Throws Error if there is none with this id.
    static Container open(const std::string& state_root, const std::string& id);
    // For a command that changes it: waits until no other one does.
    static Container open_locked(const std::string& state_root, const std::string& id);
    // One whose record may be damaged: with what can be told of it otherwise. What
    // can't is a warning.
    static Container salvage(StateDir state, std::vector<std::string>& warnings);
    explicit Container(StateDir state);
    Container(StateDir state, Record record);

    const StateDir& state() const { return state_; }
    const Record& record() const { return record_; }
    // Whether who asks while it is made may be one of its hooks.
    bool has_hooks() const { return state_.has_hooks(); }
    Status status() const;
    // Its configuration, as it was at create.
    spec::Config saved_config() const;
    // What hooks and listeners are told.
    spec::State hook_state(Status status) const;
    // What `state` prints: the spec's members and created, owner, rootfs as runc has them.
    boost::json::object describe() const;

    // Executes the program of a container that is created; returns when that is done.
    // Runs the poststart hooks; what fails in them is an Error, and the container's end,
    // or a warning, as the bundle's version has it (version.hpp).
    void start(std::vector<std::string>& warnings);
    void run_poststart_hooks(std::vector<std::string>& warnings);
    // With a socket of the caller's: what passes on what the container tells it. Made before
    // start; nothing if `create` had none.
    std::optional<Notifier> notifier(const std::string& callers_socket) const;
    // Passes on until it is ready, or has ended; other commands aren't held off meanwhile.
    void await_ready(const Notifier& notifier);
    // Sends a signal to init, or to every process. Throws Error `container not running`.
    void kill(int signal, bool all);
    // The IDs of all its processes, as this process's pid namespace has them.
    std::vector<pid_t> processes() const;
    // Hold all its processes, and let them go on. Throw Error unless the container runs, or
    // is paused.
    void pause();
    void resume();
    // Sets new limits, and keeps them in the copy of the configuration; on an Error all are
    // as before.
    void update(const spec::Resources& change, const spec::IntelRdt& schemata = {});
    // Kills what still runs and removes everything that create made, unless another
    // command has just done so. layout: if it is known already.
    // Then runs the poststop hooks, whose failures are warnings.
    void destroy(std::vector<std::string>& warnings, const CgroupLayout* layout = nullptr);

  private:
    void kill_init();
    void await_execution(const Channel& connection) const;
    void notify_listener(int fd) const;
    void update_resources(const spec::Resources& change, spec::Resources& present);
    void let_signals_through() const;
    std::vector<pid_t> signal_everybody(int signal) const;
    void stop_unit(std::vector<std::string>& warnings);
    std::optional<spec::Config> config_with_hooks() const;

    StateDir state_;
    Record record_;
};

}  // namespace ocikit::run
