// Values as GVariant writes them in text (docs.gtk.org/glib/gvariant-text-format.html).
#pragma once

#include <string_view>

#include "dbus/message.hpp"

namespace ocikit::run::dbus {

// Booleans, numbers, strings, arrays and tuples, with a type before them (`uint64 5`,
// `@as []`) or with that which they have by themselves: `5` is an int32. Throws Error
// for what is none of these.
Value parse_variant(std::string_view text);

}  // namespace ocikit::run::dbus
