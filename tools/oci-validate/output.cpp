#include "oci-validate/output.hpp"

#include <algorithm>

namespace ocikit::validate {

std::size_t count(const Diagnostics& diagnostics, Severity severity) {
    return static_cast<std::size_t>(
        std::count_if(diagnostics.begin(), diagnostics.end(),
                      [severity](const Diagnostic& diagnostic) { return diagnostic.severity == severity; }));
}

std::string_view line_at(const Report& report, const Position& position) {
    std::string_view text = report.document.text();
    for (std::size_t line = 1; line < position.line; ++line)
        text.remove_prefix(std::min(text.size(), text.find('\n') + 1));
    text = text.substr(0, text.find('\n'));
    if (text.ends_with('\r'))
        text.remove_suffix(1);
    return text;
}

std::size_t character_column(const Report& report, const Position& position) {
    const std::string_view before = line_at(report, position).substr(0, position.column - 1);
    return 1 + static_cast<std::size_t>(std::count_if(before.begin(), before.end(), [](char c) {
               return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
           }));
}

}  // namespace ocikit::validate
