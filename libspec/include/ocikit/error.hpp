// The one exception of the library and the tools.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace ocikit {

// What failed, on what, why, and what to do about it.
//
// what() is `object: operation: reason`, with the empty parts left out; the
// hint is kept apart, for a line of its own.
class Error : public std::runtime_error {
  public:
    struct Parts {
        std::string operation = {};  // what was tried: "open", "mount the proc filesystem"
        std::string object = {};     // on what: a path, a pointer into config.json, a container
        std::string reason = {};     // why it failed, if errno doesn't say it
        int code = 0;                // errno, 0 if there is none
        std::string hint = {};       // what the user can do, may be empty
    };

    // An error in words, without errno.
    explicit Error(std::string message, std::string hint = {});
    explicit Error(Parts parts);

    // From errno, which the caller has not touched since the failed call.
    static Error last(std::string_view operation, std::string_view object, std::string hint = {});

    int code() const { return code_; }
    const std::string& hint() const { return hint_; }
    // One that was worded in another process: its text has the errno in words already.
    static Error received(std::string text, int code, std::string hint);
    // The same error, its text preceded by `context: `.
    Error within(std::string_view context) const;

  private:
    int code_;
    std::string hint_;
};

// The text of an errno value in lower case, as messages have it: "no such file or directory".
std::string error_text(int code);

}  // namespace ocikit
