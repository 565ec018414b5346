// A config.json in the making.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/value.hpp>

#include <ocikit/config.hpp>

namespace ocikit::gen {

// What a base has beside its config, and later steps need.
struct Companions {
    std::vector<std::string> entrypoint;        // an image's: the part of args that a program doesn't replace
    std::optional<boost::json::value> seccomp;  // a policy that depends on the capabilities
};

// JSON rather than the model, so that what a template has beyond the specification, or in
// another form, stays as it is.
class Draft {
  public:
    explicit Draft(boost::json::value value) : value_(std::move(value)) {}

    const boost::json::value& value() const { return value_; }
    void replace(boost::json::value value) { value_ = std::move(value); }

    // The typed config; throws Error if the draft can't be understood as one.
    spec::Config config() const;
    // Has `edit` change the typed config, and takes over what it changed, nothing else.
    void change(const std::function<void(spec::Config&)>& edit);

    Companions beside;

    // The text, with its members in the order of the specification.
    std::string text() const;

  private:
    boost::json::value value_;
};

// What becomes of `original` when the part of it that is `before` becomes `after`.
boost::json::value with_changes(const boost::json::value& original, const boost::json::value& before,
                                const boost::json::value& after);

}  // namespace ocikit::gen
