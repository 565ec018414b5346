#include "oci-gen/draft.hpp"

#include <boost/json/serialize.hpp>

#include <ocikit/bundle.hpp>
#include <ocikit/decode.hpp>
#include <ocikit/encode.hpp>
#include <ocikit/error.hpp>

namespace json = boost::json;

namespace ocikit::gen {

namespace {

json::value with_changed_members(const json::object& original, const json::object& before,
                                 const json::object& after) {
    json::object result = original;
    for (const auto& member : before)
        if (!after.contains(member.key()))
            result.stable_erase(member.key());
    for (const auto& member : after) {
        const json::value* old = before.if_contains(member.key());
        const json::value* kept = original.if_contains(member.key());
        result[member.key()] =
            old && kept ? with_changes(*kept, *old, member.value()) : json::value(member.value());
    }
    return result;
}

// Elements that are still there keep what the model doesn't know of them.
json::value with_changed_elements(const json::array& original, const json::array& before,
                                  const json::array& after) {
    json::array result;
    std::size_t next = 0;
    for (const json::value& element : after) {
        std::size_t at = next;
        while (at < before.size() && before[at] != element)
            ++at;
        if (at < before.size() && at < original.size()) {
            result.push_back(original[at]);
            next = at + 1;
        } else {
            result.push_back(element);
        }
    }
    return result;
}

}  // namespace

json::value with_changes(const json::value& original, const json::value& before, const json::value& after) {
    if (before == after)
        return original;
    if (original.is_object() && before.is_object() && after.is_object())
        return with_changed_members(original.get_object(), before.get_object(), after.get_object());
    if (original.is_array() && before.is_array() && after.is_array())
        return with_changed_elements(original.get_array(), before.get_array(), after.get_array());
    return after;
}

spec::Config Draft::config() const {
    const Document document = Document::parse(json::serialize(value_), config_file_name);
    Diagnostics found = document.diagnostics();
    std::optional<spec::Config> config;
    if (document.has_value())
        config = decode_config(document, found);
    for (const Diagnostic& finding : found)
        if (finding.severity == Severity::error)
            throw Error("options can't change this config: " +
                        (finding.pointer.empty() ? "the whole document" : finding.pointer) + ": " +
                        finding.message);
    return *config;
}

void Draft::change(const std::function<void(spec::Config&)>& edit) {
    spec::Config config = this->config();
    const json::value before = encode(config);
    edit(config);
    value_ = with_changes(value_, before, encode(config));
}

std::string Draft::text() const {
    return to_text(in_model_order(value_));
}

}  // namespace ocikit::gen
