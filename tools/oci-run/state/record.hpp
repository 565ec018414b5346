// What is kept on disk about a container, beside the copy of its configuration.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <sys/types.h>

#include "cgroup/cgroup.hpp"
#include "shared_root.hpp"

namespace ocikit::run {

// A container's place in resctrl (resctrl.hpp).
struct RdtRecord {
    std::string group;       // directory; "": none
    std::string monitor;     // directory of its own; "": none
    bool own_group = false;  // group is the container's alone
};

struct Record {
    std::string id;
    pid_t pid = 0;                 // of init on the host; 0: not made yet
    std::uint64_t start_time = 0;  // of init (ProcessStat)
    std::string bundle;            // absolute
    std::string root;              // absolute
    std::string created;           // RFC 3339, UTC, with nanoseconds
    uid_t owner = 0;               // who made it
    std::string program;           // args[0], for messages of `start`; "" if there is no process
    bool own_pid_namespace = false;
    bool new_keyring = true;
    bool hooks = false;  // poststart or poststop ones, in the copy of the configuration
    CgroupRecord cgroup;
    RdtRecord rdt;
    SharedRoot shared_root;
    std::map<std::string, std::string> annotations;
};

std::string encode_record(const Record& record);
// name: the file, for the Error if the text isn't a record.
Record decode_record(const std::string& text, const std::string& name);

// The present time as Record::created has it.
std::string timestamp();

}  // namespace ocikit::run
