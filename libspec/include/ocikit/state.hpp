// The state of a container, as in runtime.md#state of the specification 1.3.0.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include <boost/describe/class.hpp>

namespace ocikit::spec {

// status is text: a runtime may have further values, such as `paused`.
struct State {
    std::string ociVersion;
    std::string id;
    std::string status;  // creating, created, running, stopped
    std::optional<std::int64_t> pid;
    std::string bundle;  // absolute
    std::map<std::string, std::string> annotations;
};
BOOST_DESCRIBE_STRUCT(State, (), (ociVersion, id, status, pid, bundle, annotations))

}  // namespace ocikit::spec
