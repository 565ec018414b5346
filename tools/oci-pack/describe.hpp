// Entries in words.
#pragma once

#include <ctime>
#include <string>

#include <boost/json/fwd.hpp>

#include "archive/entry.hpp"

namespace ocikit::pack {

// "file", "directory", "symlink", "fifo", "character device", "block device"
std::string type_name(mode_t mode);
// As ls(1) shows it: "-rwxr-xr-x".
std::string mode_text(mode_t mode);
// "0755"
std::string permissions_text(mode_t mode);
// "2001-09-09T01:46:40Z", with a fraction if there is one.
std::string time_text(const timespec& time);
// "1:3", of a device node.
std::string device_text(dev_t device);

// One line, as tar -tv has it: mode, owner, size, time, name.
std::string describe_line(const archive::Entry& entry);
// A name under a key. What isn't printable is written as \xNN; then the exact name is in
// "pathHex", if the key is "path", in hexadecimal digits.
void add_name(boost::json::object& object, const char* key, const std::string& name);
// All of it.
boost::json::object describe_json(const archive::Entry& entry);

}  // namespace ocikit::pack
