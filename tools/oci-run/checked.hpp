// Configurations held to the rules of libspec that a runtime refuses a container for.
#pragma once

#include <string>
#include <string_view>

#include <ocikit/config.hpp>
#include <ocikit/document.hpp>

namespace ocikit::run {

// Throws Error: the first error of a document's, with its place and how many there are.
[[noreturn]] void refuse_document(const Document& document, const Diagnostics& diagnostics,
                                  const std::string& hint);

// The configuration of a container to make. What is planned from it relies on the rules
// that were checked here. Throws Error for one that breaks any of them.
spec::Config checked_config(const Document& document);

// The process of `exec`, in the container of this configuration. Throws Error that names
// its properties as those of config.json.
void check_process(const spec::Config& container, const spec::Process& process);

// What `update` makes of a container's limits, and the lines that it writes to resctrl. As
// check_process.
void check_limits(const std::string& version, const spec::Resources& resources,
                  const spec::IntelRdt& schemata);

}  // namespace ocikit::run
