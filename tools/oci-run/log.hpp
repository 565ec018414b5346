// --log: the file in which callers look for what went wrong.
#pragma once

#include <string>

namespace ocikit::run {

enum class LogFormat { text, json };

// Makes the file if it isn't there; throws Error if it can't be written.
void check_log(const std::string& file);

// Appends one line about an error: for json `{"level":"error","msg":…,"time":…}`,
// which podman reads as the file's only object. A log that can't be written is told
// on standard error.
void log_error(const std::string& file, LogFormat format, const std::string& message) noexcept;

}  // namespace ocikit::run
