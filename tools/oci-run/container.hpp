// A container that exists: its status, its end and its removal.
#pragma once

#include <string>

#include <boost/json/fwd.hpp>

#include "state/state_dir.hpp"

namespace ocikit::run {

enum class Status { creating, created, running, stopped };

std::string to_string(Status status);

class Container {
  public:
    // Throws Error if there is none with this id.
    static Container open(const std::string& state_root, const std::string& id);
    explicit Container(StateDir state);
    Container(StateDir state, Record record);

    const StateDir& state() const { return state_; }
    const Record& record() const { return record_; }
    Status status() const;
    // What `state` prints: the spec's members and created, owner, rootfs as runc has them.
    boost::json::object describe() const;

    // Executes the program of a container that is created; returns when that is done.
    void start();
    // Sends a signal to init, or to every process. Throws Error `container not running`.
    void kill(int signal, bool all);
    // Kills what still runs and removes everything that create made. layout: if it is
    // known already.
    void destroy(const CgroupLayout* layout = nullptr);

  private:
    void kill_init();

    StateDir state_;
    Record record_;
};

}  // namespace ocikit::run
