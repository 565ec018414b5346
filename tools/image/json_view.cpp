#include "image/json_view.hpp"

#include <algorithm>

#include <boost/json/value.hpp>

#include <ocikit/document.hpp>
#include <ocikit/error.hpp>

namespace json = boost::json;

namespace ocikit::image {

struct JsonView::Root {
    Document document;
};

JsonView::JsonView(std::shared_ptr<const Root> root, const json::value* value, std::string pointer)
    : root_(std::move(root)), value_(value), pointer_(std::move(pointer)) {}

JsonView JsonView::parse(std::string text, const std::string& name) {
    auto root = std::make_shared<Root>(Root{.document = Document::parse(std::move(text), name)});
    const Document& document = root->document;
    if (!document.diagnostics().empty()) {
        const Diagnostic& first = document.diagnostics().front();
        throw Error(Error::Parts{.object = name + ':' + std::to_string(first.position.line) + ':' +
                                           std::to_string(first.position.column),
                                 .reason = first.message});
    }
    return JsonView(root, &document.value(), {});
}

void JsonView::fail(const std::string& reason) const {
    throw Error(Error::Parts{.operation = pointer_, .object = root_->document.name(), .reason = reason});
}

std::optional<JsonView> JsonView::member(std::string_view key) const {
    if (!value_->is_object())
        fail("expected an object");
    const json::value* found = value_->get_object().if_contains({key.data(), key.size()});
    if (!found || found->is_null())
        return std::nullopt;
    return JsonView(root_, found, pointer_append(pointer_, key));
}

JsonView JsonView::required(std::string_view key) const {
    if (auto found = member(key))
        return *std::move(found);
    fail("it has no " + std::string(key));
}

std::vector<JsonView> JsonView::elements() const {
    if (!value_->is_array())
        fail("expected an array");
    std::vector<JsonView> views;
    for (const json::value& element : value_->get_array())
        views.push_back(JsonView(root_, &element, pointer_append(pointer_, views.size())));
    return views;
}

std::vector<std::string> JsonView::keys() const {
    if (!value_->is_object())
        fail("expected an object");
    std::vector<std::string> keys;
    for (const auto& member : value_->get_object())
        keys.emplace_back(member.key());
    std::sort(keys.begin(), keys.end());
    return keys;
}

std::string JsonView::string() const {
    if (!value_->is_string())
        fail("expected a string");
    const json::string& text = value_->get_string();
    if (text.find('\0') != json::string::npos)
        fail("the string has a NUL in it");
    return {text.data(), text.size()};
}

std::uint64_t JsonView::number() const {
    if (value_->is_int64() && value_->get_int64() >= 0)
        return static_cast<std::uint64_t>(value_->get_int64());
    if (value_->is_uint64())
        return value_->get_uint64();
    fail("expected a whole number that isn't negative");
}

std::string JsonView::string(std::string_view key) const {
    const auto found = member(key);
    return found ? found->string() : std::string();
}

std::vector<std::string> JsonView::strings(std::string_view key) const {
    std::vector<std::string> strings;
    for (const JsonView& element : elements(key))
        strings.push_back(element.string());
    return strings;
}

std::map<std::string, std::string> JsonView::string_map(std::string_view key) const {
    std::map<std::string, std::string> strings;
    if (const auto found = member(key))
        for (const std::string& name : found->keys())
            strings.emplace(name, found->string(name));
    return strings;
}

std::vector<JsonView> JsonView::elements(std::string_view key) const {
    const auto found = member(key);
    return found ? found->elements() : std::vector<JsonView>();
}

std::vector<std::string> JsonView::keys(std::string_view key) const {
    const auto found = member(key);
    return found ? found->keys() : std::vector<std::string>();
}

}  // namespace ocikit::image
