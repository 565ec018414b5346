#include <algorithm>

#include <ocikit/text.hpp>

#include "common/output.hpp"
#include "oci-validate/output.hpp"

namespace ocikit::validate {

namespace {

constexpr std::string_view red = "\x1b[1;31m", yellow = "\x1b[1;33m", blue = "\x1b[1;34m", green = "\x1b[32m",
                           bold = "\x1b[1m", plain = "\x1b[0m";

std::string amount(std::size_t number, const std::string& noun) {
    return std::to_string(number) + ' ' + noun + (number == 1 ? "" : "s");
}

std::string verdict(const Diagnostics& diagnostics) {
    const std::size_t errors = count(diagnostics, Severity::error);
    const std::size_t warnings = count(diagnostics, Severity::warning);
    std::string text = errors == 0 ? "valid" : "invalid, " + amount(errors, "error");
    if (warnings > 0)
        text += ", " + amount(warnings, "warning");
    return text;
}

bool continues_character(char c) {
    return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

class TextOutput : public Output {
  public:
    explicit TextOutput(bool color) : color_(color) {}

    void add(const Report& report) override {
        std::string text;
        for (const Diagnostic& finding : report.diagnostics)
            text += finding_text(report, finding);
        const bool valid = !has_errors(report.diagnostics);
        cli::print(text + printable(report.document.name()) + ": " +
                   colored(valid ? green : red, verdict(report.diagnostics)) + '\n');
    }

    void finish(std::size_t) override {}

  private:
    std::string finding_text(const Report& report, const Diagnostic& finding) const {
        const std::string_view shade = finding.severity == Severity::error     ? red
                                       : finding.severity == Severity::warning ? yellow
                                                                               : blue;
        std::string rest = finding.message + " [" + finding.rule + ']';
        if (!finding.pointer.empty())
            rest += " (" + finding.pointer + ')';
        std::string text = place(report, finding.position) +
                           colored(shade, std::string(to_string(finding.severity)) + ':') + ' ' +
                           printable(rest) + '\n' + excerpt(report, finding.position, shade);
        for (const RelatedPlace& other : finding.related)
            text += place(report, other.position) + colored(blue, "note:") + ' ' +
                    printable(other.message + " (" + other.pointer + ')') + '\n' +
                    excerpt(report, other.position, blue);
        return text;
    }

    std::string place(const Report& report, const Position& position) const {
        return colored(bold, printable(report.document.name()) + ':' + std::to_string(position.line) + ':' +
                                 std::to_string(position.column) + ':') +
               ' ';
    }

    // The line with a caret below the column, or as much of it as fits a terminal.
    std::string excerpt(const Report& report, const Position& position, std::string_view shade) const {
        constexpr std::size_t before = 40, width = 76;
        std::string_view line = line_at(report, position);
        std::size_t column = std::min(position.column - 1, line.size());
        std::size_t begin = column > before ? column - before : 0;
        while (begin > 0 && continues_character(line[begin]))
            --begin;
        line = line.substr(begin);
        column -= begin;
        std::size_t end = std::min(line.size(), width);
        while (end < line.size() && continues_character(line[end]))
            ++end;
        line = line.substr(0, end);
        if (line.find_first_not_of(" \t\r") == line.npos)
            return {};
        // A character a column: what isn't one, or would move the cursor, is shown as a blank or a question
        // mark.
        std::string shown_line;
        std::size_t caret = 0;
        for (std::size_t i = 0; i < line.size();) {
            const std::size_t length = std::max<std::size_t>(utf8_length(line, i), 1);
            const std::string_view character = line.substr(i, length);
            if (i < column)
                ++caret;
            if (character == "\t")
                shown_line += ' ';
            else if (printable(character) != character)
                shown_line += '?';
            else
                shown_line += character;
            i += length;
        }
        return "  " + shown_line + "\n  " + std::string(caret, ' ') + colored(shade, "^") + '\n';
    }

    std::string colored(std::string_view color, const std::string& text) const {
        return color_ ? std::string(color) + text + std::string(plain) : text;
    }

    bool color_;
};

}  // namespace

std::unique_ptr<Output> make_text_output(bool color) {
    return std::make_unique<TextOutput>(color);
}

}  // namespace ocikit::validate
