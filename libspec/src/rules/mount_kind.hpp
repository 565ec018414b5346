// What an entry of mounts does.
#pragma once

#include <string>
#include <string_view>

#include <ocikit/config.hpp>

namespace ocikit {

std::string mount_pointer(std::size_t index);

bool has_mount_option(const spec::Mount& mount, std::string_view name);
// bind or rbind
bool has_bind_option(const spec::Mount& mount);
// By an option, or by the type, which runtimes take for it more or less.
bool is_bind_mount(const spec::Mount& mount);
// Has an option such as rprivate.
bool changes_propagation(const spec::Mount& mount);
// Changes a mount that is there already.
bool is_change(const spec::Mount& mount);

}  // namespace ocikit
