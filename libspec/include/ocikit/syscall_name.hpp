// System calls of Linux by name (syscalls(2)).
#pragma once

#include <span>
#include <string_view>

namespace ocikit {

// Those of all architectures up to Linux 6.18, sorted.
std::span<const std::string_view> syscall_names();

bool is_syscall_name(std::string_view name);

}  // namespace ocikit
