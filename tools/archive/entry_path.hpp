// Names in archives and in root.path.
#pragma once

#include <string>
#include <string_view>

namespace ocikit::archive {

// A relative name in its plain form: no empty component and no `.`. Empty: the
// top directory itself.
struct EntryPath {
    enum class Fault { none, empty, absolute, outside, component_too_long, too_long };
    std::string path;
    Fault fault = Fault::none;
};

// Any `..` is a fault, even if what is before it would outweigh it: it may be a link.
EntryPath parse_entry_path(std::string_view text);

// The directory part, empty for a name at the top.
std::string_view directory_of(std::string_view path);
std::string_view name_of(std::string_view path);

}  // namespace ocikit::archive
