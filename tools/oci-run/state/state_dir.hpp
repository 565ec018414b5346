// A container's directory below the root directory of the state (--root):
//   config.json   the configuration as it was at `create` (runtime.md#create)
//   state.json    the Record, replaced by rename
//   node-N        what device nodes in a user namespace are mounts of
//   start.sock    there from `create` to `start`: init's stub listens on it
//   notify/       if the caller of `create` has a $NOTIFY_SOCKET
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <ocikit/unique_fd.hpp>

#include "state/record.hpp"

namespace ocikit::run {

class StateDir {
  public:
    // Makes the directory of a new container (and root, mode 0700), locked; removes it again
    // unless kept. Throws Error for an invalid id or one that exists.
    static StateDir create(const std::string& root, const std::string& id);
    // Throws Error if there is no such container.
    static StateDir open(const std::string& root, const std::string& id);
    [[noreturn]] static void refuse_missing(const std::string& root, const std::string& id);
    static std::optional<StateDir> try_open(const std::string& root, const std::string& id);
    // The ids of all containers, sorted.
    static std::vector<std::string> list(const std::string& root);

    StateDir(StateDir&& other) noexcept;
    StateDir& operator=(StateDir&&) = delete;
    ~StateDir();

    const std::string& id() const { return id_; }
    // For device nodes of a container that can't make them itself, with the names that device_node
    // gives, from 0 on.
    int fd() const { return fd_.get(); }
    static std::string device_node(std::size_t number) { return "node-" + std::to_string(number); }
    // Holds off other commands that change this container, until this object goes.
    // False if one of them has removed it meanwhile.
    bool lock();
    void unlock();
    // Whether another command does so now.
    bool is_locked_by_other() const;
    // Whether another command makes this container now, which is known from the lock and from the
    // directory's mode: it has the sticky bit until the container is complete.
    bool is_being_made() const;
    // That hooks run while the container is made, which may ask for its state: the bit for the group.
    void announce_hooks() const;
    bool has_hooks() const;
    void save_config(const std::string& text) const;
    // As `update` changes it.
    void replace_config(const std::string& text) const;
    std::string load_config() const;
    void save(const Record& record) const;
    // Nothing if the container's making was cut off before there was a record.
    std::optional<Record> load() const;

    // The socket on which the stub waits for `start`.
    UniqueFd listen_for_start() const;
    UniqueFd connect_for_start() const;
    bool waits_for_start() const;
    void end_wait_for_start() const;

    // notify/, where the container sees its socket to tell that it is ready (notify_socket.hpp).
    std::string notify_path() const { return notify_path(path_); }
    static std::string notify_path(const std::string& state_path);
    void make_notify_directory() const;
    // Nothing if none was made.
    UniqueFd open_notify_directory() const;

    // The container is complete.
    void keep();
    // Removes the directory with all that is in it.
    void remove();

  private:
    StateDir(UniqueFd root, UniqueFd fd, std::string path, std::string id);

    UniqueFd root_;
    UniqueFd fd_;
    std::string path_;
    std::string id_;
    bool ours_ = false;
    bool locked_ = false;
};

// `/run/oci-run`; for others than root, and for the root of a user namespace whose $USER isn't
// root, `$XDG_RUNTIME_DIR/oci-run`.
std::string default_state_root();

// Throws Error unless id can name a container: letters, digits and _ + - . only, not
// "." or "..", at most 255 bytes.
void check_id(const std::string& id);

}  // namespace ocikit::run
