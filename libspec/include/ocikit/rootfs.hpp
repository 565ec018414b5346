// What a container finds in its root filesystem: the program that it runs.
#pragma once

#include <string>

#include <ocikit/config.hpp>
#include <ocikit/diagnostic.hpp>
#include <ocikit/document.hpp>

namespace ocikit {

// Rules program/…: the program of the process and the hooks of startContainer are there and
// can be executed. Names are resolved inside of the root, symbolic links too. What may come
// from a mount isn't judged, since the root doesn't have it. Of an empty directory just
// root/empty is told.
//
// root is an existing directory (root_path). For containers of Linux only.
void check_rootfs(const Document& document, const spec::Config& config, const std::string& root,
                  Diagnostics& diagnostics);

// Rules about files of the bundle: a root that is no symbolic link, relative sources of bind
// mounts, and what is in the root where something is mounted or a device is made.
//
// bundle is the directory that config.json is in. For containers of Linux only.
void check_bundle_files(const Document& document, const spec::Config& config, const std::string& bundle,
                        Diagnostics& diagnostics);

}  // namespace ocikit
