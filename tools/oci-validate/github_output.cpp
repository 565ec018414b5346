#include <ocikit/text.hpp>

#include "common/output.hpp"
#include "oci-validate/output.hpp"

namespace ocikit::validate {

namespace {

// What a runner would take for the end of a command, or of a property of it.
std::string escaped(std::string_view text, bool property) {
    std::string result;
    for (const char c : text) {
        if (c == '%')
            result += "%25";
        else if (c == '\r')
            result += "%0D";
        else if (c == '\n')
            result += "%0A";
        else if (property && c == ':')
            result += "%3A";
        else if (property && c == ',')
            result += "%2C";
        else
            result += c;
    }
    return result;
}

class GithubOutput : public Output {
  public:
    void add(const Report& report) override {
        std::string text;
        for (const Diagnostic& finding : report.diagnostics) {
            const auto severity =
                finding.severity == Severity::info ? std::string_view("notice") : to_string(finding.severity);
            std::string message = finding.message;
            if (!finding.pointer.empty())
                message += " (" + finding.pointer + ')';
            text +=
                "::" + std::string(severity) + " file=" + escaped(printable(report.document.name()), true) +
                ",line=" + std::to_string(finding.position.line) +
                ",col=" + std::to_string(finding.position.column) + ",title=" + escaped(finding.rule, true) +
                "::" + escaped(printable(message), false) + '\n';
        }
        cli::print(text);
    }
    void finish(std::size_t) override {}
};

}  // namespace

std::unique_ptr<Output> make_github_output() {
    return std::make_unique<GithubOutput>();
}

}  // namespace ocikit::validate
