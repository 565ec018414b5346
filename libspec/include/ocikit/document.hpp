// A JSON text with its parsed value and the place of everything in it.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json/fwd.hpp>

#include <ocikit/diagnostic.hpp>

namespace ocikit {

struct DocumentLimits {
    std::size_t size = 16u << 20;  // bytes
    std::size_t depth = 32;        // nested arrays and objects
};

// A document that could be read, but isn't JSON: diagnostics tell where and why.
// One whose file can't be read is an Error instead (see the load functions).
// Not for use by several threads at once, not even if const: places are looked up lazily.
class Document {
  public:
    // Parses strict JSON (RFC 8259): UTF-8 without a byte order mark, no
    // comments, no trailing commas, no duplicate keys, within the limits.
    // name is used in messages only.
    static Document parse(std::string text, std::string name, const DocumentLimits& limits = {});
    // Throws Error if the file can't be opened or read, or is no regular file, FIFO or the like.
    static Document load(const std::string& path, const DocumentLimits& limits = {});
    // Reads fd (such as standard input) to its end; doesn't close it.
    static Document load(int fd, std::string name, const DocumentLimits& limits = {});

    Document(Document&&) noexcept;
    Document& operator=(Document&&) noexcept;
    ~Document();

    const std::string& name() const;
    const std::string& text() const;

    // True if the text is JSON; then value() may be called. Duplicate keys keep
    // the value (the last of each), so that the rest can be checked too.
    bool has_value() const;
    const boost::json::value& value() const;

    // Findings of the parse (rules syntax/…), all errors.
    const Diagnostics& diagnostics() const;

    // The place of the value at an RFC 6901 pointer, or of its key if asked for;
    // for a pointer that leads nowhere, the place of its nearest existing parent.
    // The first call scans the text. The root's key is its value.
    enum class Part { key, value };
    Position locate(std::string_view pointer, Part part = Part::value) const;
    // The bytes of the value at a pointer, as written; empty if it leads nowhere.
    std::string_view source(std::string_view pointer) const;

    // A diagnostic at a pointer of this document.
    Diagnostic at(Severity severity, std::string rule, std::string message, std::string pointer,
                  Part part = Part::value) const;

  private:
    struct Impl;
    explicit Document(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

// RFC 6901: appends a reference token, `~` and `/` escaped.
std::string pointer_append(std::string_view pointer, std::string_view token);
std::string pointer_append(std::string_view pointer, std::size_t index);

}  // namespace ocikit
