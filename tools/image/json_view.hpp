// Documents of images, read with the place of what is wrong.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/json/fwd.hpp>

namespace ocikit::image {

// A value in a document. What image-spec doesn't know is ignored, as it asks for; null is
// as good as nothing, as programs in Go write it. All functions throw Error, which begins
// with the document's name and the place.
class JsonView {
  public:
    // Parses a document; name is for messages.
    static JsonView parse(std::string text, const std::string& name);

    std::optional<JsonView> member(std::string_view key) const;
    JsonView required(std::string_view key) const;
    bool has(std::string_view key) const { return member(key).has_value(); }

    std::vector<JsonView> elements() const;
    std::vector<std::string> keys() const;
    std::string string() const;
    std::uint64_t number() const;

    // Of members which may be absent: an empty value then.
    std::string string(std::string_view key) const;
    std::vector<std::string> strings(std::string_view key) const;
    std::map<std::string, std::string> string_map(std::string_view key) const;
    std::vector<JsonView> elements(std::string_view key) const;
    std::vector<std::string> keys(std::string_view key) const;

    [[noreturn]] void fail(const std::string& reason) const;

  private:
    struct Root;
    JsonView(std::shared_ptr<const Root> root, const boost::json::value* value, std::string pointer);

    std::shared_ptr<const Root> root_;
    const boost::json::value* value_;
    std::string pointer_;
};

}  // namespace ocikit::image
