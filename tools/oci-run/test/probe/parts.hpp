// The parts of the probe's report. Each tells what this process sees, as plain JSON.
#pragma once

#include <string>

#include <boost/json/value.hpp>

namespace probe {

boost::json::value identity();      // IDs, groups, umask, capabilities, what it may gain
boost::json::value limits();        // RLIMIT_… as [soft, hard], "max" for no limit
boost::json::value scheduling();    // policy, nice, priority, I/O priority, affinity, memory policy
boost::json::value surroundings();  // names, namespaces, ID mappings, clocks, cgroup, labels, terminal
boost::json::value mounts();        // by mount point; of several at one, the topmost
boost::json::value descriptors();   // number: what is open there

// A question of the command line, `WHAT:ARGUMENT`:
//   stat:PATH    {type, mode, uid, gid, device, link} of the file itself
//   read:PATH    its content, without the last line's end
//   write:PATH   "ok" if a byte can be written to it; nothing is created
//   create:PATH  "ok" if a file can be made there; it is removed again
//   list:PATH    the names in a directory, sorted
//   call:NAME[,NUMBER]…  the result of a system call, as a number
// What fails is the name of the error: "EPERM".
boost::json::value answer(const std::string& question);

std::string error_name(int code);
std::string content(const std::string& path);  // "" if there is none

}  // namespace probe
