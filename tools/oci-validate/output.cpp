#include "oci-validate/output.hpp"

#include <algorithm>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <ocikit/encode.hpp>
#include <ocikit/text.hpp>

namespace json = boost::json;

namespace ocikit::validate {

namespace {

std::size_t count(const Diagnostics& diagnostics, Severity severity) {
    return static_cast<std::size_t>(
        std::count_if(diagnostics.begin(), diagnostics.end(),
                      [severity](const Diagnostic& diagnostic) { return diagnostic.severity == severity; }));
}

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

std::string line_of(const Report& report, const Diagnostic& finding) {
    std::string line = report.document + ':' + std::to_string(finding.position.line) + ':' +
                       std::to_string(finding.position.column) + ": " +
                       std::string(to_string(finding.severity)) + ": " + finding.message + " [" +
                       finding.rule + ']';
    if (!finding.pointer.empty())
        line += " (" + finding.pointer + ')';
    return printable(line) + '\n';
}

json::object as_object(const Report& report, const Diagnostic& finding) {
    return {{"severity", to_string(finding.severity)},
            {"rule", finding.rule},
            {"message", finding.message},
            {"pointer", finding.pointer},
            {"line", finding.position.line},
            {"column", finding.position.column},
            {"bundle", printable(report.input)}};
}

}  // namespace

std::string as_text(const Report& report) {
    std::string text;
    for (const Diagnostic& finding : report.diagnostics)
        text += line_of(report, finding);
    return text + printable(report.document) + ": " + verdict(report.diagnostics) + '\n';
}

std::string as_json(const std::vector<Report>& reports, std::size_t unreadable) {
    json::array findings;
    std::size_t invalid = 0;
    std::size_t errors = 0;
    std::size_t warnings = 0;
    for (const Report& report : reports) {
        for (const Diagnostic& finding : report.diagnostics)
            findings.push_back(as_object(report, finding));
        invalid += has_errors(report.diagnostics) ? 1 : 0;
        errors += count(report.diagnostics, Severity::error);
        warnings += count(report.diagnostics, Severity::warning);
    }
    json::object summary = {{"inputs", reports.size() + unreadable},
                            {"valid", reports.size() - invalid},
                            {"invalid", invalid},
                            {"unreadable", unreadable},
                            {"errors", errors},
                            {"warnings", warnings}};
    return to_text(json::object{{"diagnostics", std::move(findings)}, {"summary", std::move(summary)}}, 2);
}

}  // namespace ocikit::validate
