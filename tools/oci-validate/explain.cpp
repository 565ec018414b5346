#include "oci-validate/explain.hpp"

#include <algorithm>

#include <boost/json/value.hpp>

#include <ocikit/encode.hpp>

namespace ocikit::validate {

namespace {

std::string padded(std::string_view text, std::size_t width) {
    std::string result(text);
    result.resize(std::max(width, result.size()), ' ');
    return result;
}

std::string wrapped(std::string_view text) {
    constexpr std::size_t width = 78;
    std::string result;
    std::size_t column = 0;
    while (!text.empty()) {
        const std::string_view word = text.substr(0, text.find(' '));
        text.remove_prefix(std::min(text.size(), word.size() + 1));
        if (column > 0 && column + 1 + word.size() > width) {
            result += '\n';
            column = 0;
        } else if (column > 0) {
            result += ' ';
            ++column;
        }
        result += word;
        column += word.size();
    }
    return result + '\n';
}

// An example as it would be in a file; what isn't JSON is shown as it stands.
std::string example(std::string_view title, std::string_view text) {
    const Document document = Document::parse(std::string(text), "example");
    std::string shown =
        document.diagnostics().empty() ? to_text(document.value(), 2) : std::string(text) + '\n';
    std::string result = '\n' + std::string(title) + ":\n\n";
    while (!shown.empty()) {
        const std::size_t end = shown.find('\n');
        result += "  " + shown.substr(0, end) + '\n';
        shown.erase(0, end + 1);
    }
    return result;
}

}  // namespace

std::string rule_list() {
    std::size_t width = 0;
    for (const Rule& rule : all_rules())
        width = std::max(width, rule.id.size());
    std::string text;
    for (const Rule& rule : all_rules())
        text += padded(rule.id, width) + "  " + padded(to_string(rule.severity), 7) + "  " +
                std::string(rule.summary) + '\n';
    return text;
}

std::string explanation(const Rule& rule) {
    std::string text = std::string(rule.id) + " (" + std::string(to_string(rule.severity)) +
                       "): " + std::string(rule.summary) + "\n\n" + wrapped(rule.details);
    if (rule.runtime_refuses)
        text += "A runtime makes no container of it.\n";
    text += "See " + std::string(rule.source) + ".\n";
    if (!rule.bad.empty())
        text += example("Wrong", rule.bad) + example("Right", rule.good);
    return text;
}

}  // namespace ocikit::validate
