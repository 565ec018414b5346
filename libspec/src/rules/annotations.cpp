// Annotations.
#include <algorithm>
#include <array>

#include <ocikit/signal_name.hpp>
#include <ocikit/text.hpp>

#include "groups.hpp"

namespace ocikit {

namespace {

constexpr std::string_view reserved = "org.opencontainers.";
constexpr std::string_view of_images = "org.opencontainers.image.";

std::string annotation_pointer(std::string_view key) {
    return pointer_append("/annotations", key);
}

void check_empty(RuleContext& rule) {
    if (rule.config.annotations.contains(""))
        rule.report("/annotations/", "the key of an annotation is empty", Document::Part::key);
}

void check_form(RuleContext& rule) {
    for (const auto& [key, value] : rule.config.annotations)
        if (!key.empty() && key.find('.') == key.npos)
            rule.report(annotation_pointer(key), quoted(key) + " is not the name of a domain, reversed",
                        Document::Part::key);
}

// Those of images are set by their makers, and copied by what turns images into bundles.
void check_reserved(RuleContext& rule) {
    for (const auto& [key, value] : rule.config.annotations)
        if (key.starts_with(reserved) && !key.starts_with(of_images))
            rule.report(annotation_pointer(key), quoted(key) + " is reserved by the specification",
                        Document::Part::key);
}

bool all_digits(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// RFC 3339, section 5.6
bool is_time(std::string_view text) {
    constexpr std::string_view form = "dddd-dd-ddTdd:dd:dd";
    if (text.size() < form.size() + 1)
        return false;
    for (std::size_t i = 0; i < form.size(); ++i)
        if (form[i] == 'd' ? !all_digits(text.substr(i, 1)) : (text[i] | 0x20) != (form[i] | 0x20))
            return false;
    text.remove_prefix(form.size());
    if (text[0] == '.') {
        const std::size_t end = text.find_first_not_of("0123456789", 1);
        if (end == 1 || end == text.npos)
            return false;
        text.remove_prefix(end);
    }
    return text == "Z" || text == "z" ||
           (text.size() == 6 && (text[0] == '+' || text[0] == '-') && text[3] == ':' &&
            all_digits(text.substr(1, 2)) && all_digits(text.substr(4)));
}

// GOOS and GOARCH, as the image specification has it.
bool is_word(std::string_view text) {
    return !text.empty() && text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789") == text.npos;
}

struct ImageAnnotation {
    std::string_view name;
    bool (*takes)(std::string_view value);
    std::string_view expected;
};

constexpr auto of_image = std::to_array<ImageAnnotation>({
    {"os", is_word, "the name of a system, such as linux"},
    {"architecture", is_word, "the name of an architecture, such as amd64"},
    {"created", is_time, "a time of RFC 3339, such as 2024-02-29T12:00:00Z"},
    {"stopSignal", [](std::string_view value) { return signal_number(value).has_value(); },
     "a signal, such as SIGTERM"},
});

void check_values(RuleContext& rule) {
    for (const ImageAnnotation& known : of_image) {
        const std::string key = std::string(of_images) + std::string(known.name);
        const auto found = rule.config.annotations.find(key);
        if (found != rule.config.annotations.end() && !known.takes(found->second))
            rule.report(annotation_pointer(key),
                        quoted(found->second) + " is not " + std::string(known.expected));
    }
}

constexpr Rule rules[] = {
    {.id = "annotations/key",
     .summary = "the key of an annotation is not empty",
     .details =
         "The keys of annotations must be strings that are not empty, and should be names of a reversed "
         "domain. Values may be empty.",
     .source = "config.md#annotations",
     .bad = R"({"annotations": {"": "x"}})",
     .good = R"({"annotations": {"org.example.key": ""}})",
     .runtime_refuses = true,
     .any_platform = true,
     .check = check_empty},
    {.id = "annotations/domain",
     .severity = Severity::info,
     .summary = "the key of an annotation is the name of a domain, reversed",
     .details = "Keys should be named so that those of different programs don't meet, such as "
                "com.example.myKey.",
     .source = "config.md#annotations",
     .bad = R"({"annotations": {"owner": "x"}})",
     .good = R"({"annotations": {"com.example.owner": "x"}})",
     .any_platform = true,
     .check = check_form},
    {.id = "annotations/reserved",
     .severity = Severity::warning,
     .summary = "no annotation is in the namespace of the specification",
     .details = "Keys that begin with org.opencontainers are reserved for what the specifications define, "
                "such as those of images.",
     .source = "config.md#annotations",
     .bad = R"({"annotations": {"org.opencontainers.owner": "x"}})",
     .good = R"({"annotations": {"org.opencontainers.image.title": "x"}})",
     .any_platform = true,
     .check = check_reserved},
    {.id = "annotations/image-value",
     .severity = Severity::warning,
     .summary = "an annotation of an image has a value that the image specification knows",
     .details = "os and architecture are words as Go has them, created is a time, stopSignal a signal.",
     .source = "config.md#annotations",
     .bad = R"({"annotations": {"org.opencontainers.image.stopSignal": "SIGSTOPP"}})",
     .good =
         R"({"annotations": {"org.opencontainers.image.stopSignal": "SIGQUIT", "org.opencontainers.image.created": "2024-02-29T12:00:00Z"}})",
     .any_platform = true,
     .check = check_values},
    {.id = "annotations/validate",
     .severity = Severity::warning,
     .summary = "org.ocikit.validate.disable names rules that there are",
     .details =
         "The annotation has a list of rules or groups of rules, with commas, that oci-validate does not "
         "report for the bundle.",
     .source = "oci-validate(1)",
     .any_platform = true,
     .scope = RuleScope::document},
};

}  // namespace

std::span<const Rule> annotation_rules() {
    return rules;
}

}  // namespace ocikit
