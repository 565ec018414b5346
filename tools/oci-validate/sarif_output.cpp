// Static Analysis Results Interchange Format 2.1.0 (OASIS).
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <ocikit/encode.hpp>
#include <ocikit/rules.hpp>

#include "common/command_line.hpp"
#include "common/output.hpp"
#include "oci-validate/command_line.hpp"
#include "oci-validate/output.hpp"

namespace json = boost::json;

namespace ocikit::validate {

namespace {

std::string_view level(Severity severity) {
    return severity == Severity::info ? "note" : to_string(severity);
}

// A relative reference of RFC 3986: what isn't unreserved or a slash is percent-encoded.
std::string uri(const std::string& path) {
    constexpr char digits[] = "0123456789ABCDEF";
    std::string text;
    for (const char c : path) {
        const auto byte = static_cast<unsigned char>(c);
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (letter || std::string_view("-._~/").find(c) != std::string_view::npos)
            text += c;
        else
            ((text += '%') += digits[byte >> 4]) += digits[byte & 15];
    }
    return text;
}

json::object message(std::string_view text) {
    return {{"text", text}};
}

json::object location(const Report& report, const Position& position, const std::string& pointer) {
    json::object physical{{"artifactLocation", json::object{{"uri", uri(report.document.name())}}},
                          {"region", json::object{{"startLine", position.line},
                                                  {"startColumn", character_column(report, position)}}}};
    json::object result{{"physicalLocation", std::move(physical)}};
    if (!pointer.empty())
        result["logicalLocations"] = json::array{json::object{{"fullyQualifiedName", pointer}}};
    return result;
}

json::object result_of(const Report& report, const Diagnostic& finding) {
    json::object result{{"ruleId", finding.rule},
                        {"level", level(finding.severity)},
                        {"message", message(finding.message)},
                        {"locations", json::array{location(report, finding.position, finding.pointer)}}};
    if (const Rule* rule = find_rule(finding.rule))
        result["ruleIndex"] = rule - all_rules().data();
    json::array related;
    for (const RelatedPlace& other : finding.related) {
        related.push_back(location(report, other.position, other.pointer));
        related.back().as_object()["message"] = message(other.message);
    }
    if (!related.empty())
        result["relatedLocations"] = std::move(related);
    return result;
}

json::array descriptions() {
    json::array rules;
    for (const Rule& rule : all_rules())
        rules.push_back(json::object{
            {"id", rule.id},
            {"shortDescription", message(rule.summary)},
            {"fullDescription", message(rule.details)},
            {"help", message(std::string(rule.details) + " See " + std::string(rule.source) + '.')},
            {"defaultConfiguration", json::object{{"level", level(rule.severity)}}}});
    return rules;
}

class SarifOutput : public Output {
  public:
    void add(const Report& report) override {
        for (const Diagnostic& finding : report.diagnostics)
            results_.push_back(result_of(report, finding));
    }

    void finish(std::size_t unreadable) override {
        std::string version = cli::version_text(command_line());
        version = version.substr(0, version.find('\n'));
        json::object driver{{"name", command_line().name},
                            {"version", version.substr(version.rfind(' ') + 1)},
                            {"rules", descriptions()}};
        json::object run{{"tool", json::object{{"driver", std::move(driver)}}},
                         {"columnKind", "unicodeCodePoints"},
                         {"invocations", json::array{json::object{{"executionSuccessful", unreadable == 0}}}},
                         {"results", std::move(results_)}};
        cli::print(to_text(json::object{{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
                                        {"version", "2.1.0"},
                                        {"runs", json::array{std::move(run)}}},
                           2));
    }

  private:
    json::array results_;
};

}  // namespace

std::unique_ptr<Output> make_sarif_output() {
    return std::make_unique<SarifOutput>();
}

}  // namespace ocikit::validate
