// The groups of the catalogue. Each is a table in a file of its own.
#pragma once

#include <span>

#include <ocikit/rules.hpp>

namespace ocikit {

std::span<const Rule> document_rules();
std::span<const Rule> version_rules();
std::span<const Rule> root_rules();
std::span<const Rule> process_rules();
std::span<const Rule> limit_rules();
std::span<const Rule> scheduling_rules();
std::span<const Rule> program_rules();
std::span<const Rule> namespace_rules();
std::span<const Rule> mapping_rules();
std::span<const Rule> mount_rules();
std::span<const Rule> mount_risk_rules();
std::span<const Rule> tree_rules();
std::span<const Rule> path_rules();
std::span<const Rule> hook_rules();
std::span<const Rule> device_rules();
std::span<const Rule> sysctl_rules();
std::span<const Rule> memory_rules();
std::span<const Rule> resource_rules();
std::span<const Rule> seccomp_rules();
std::span<const Rule> placement_rules();
std::span<const Rule> label_rules();
std::span<const Rule> security_rules();
std::span<const Rule> annotation_rules();
std::span<const Rule> platform_rules();
std::span<const Rule> host_rules();
std::span<const Rule> other_document_rules();

}  // namespace ocikit
