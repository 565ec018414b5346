#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <ocikit/encode.hpp>
#include <ocikit/text.hpp>

#include "common/output.hpp"
#include "oci-validate/output.hpp"

namespace json = boost::json;

namespace ocikit::validate {

namespace {

json::object as_object(const Report& report, const Diagnostic& finding) {
    json::object object{{"severity", to_string(finding.severity)},
                        {"rule", finding.rule},
                        {"message", finding.message},
                        {"pointer", finding.pointer},
                        {"line", finding.position.line},
                        {"column", finding.position.column},
                        {"bundle", printable(report.input)}};
    if (finding.related.empty())
        return object;
    json::array related;
    for (const RelatedPlace& other : finding.related)
        related.push_back(json::object{{"message", other.message},
                                       {"pointer", other.pointer},
                                       {"line", other.position.line},
                                       {"column", other.position.column}});
    object["related"] = std::move(related);
    return object;
}

class JsonOutput : public Output {
  public:
    void add(const Report& report) override {
        for (const Diagnostic& finding : report.diagnostics)
            findings_.push_back(as_object(report, finding));
        ++inputs_;
        invalid_ += has_errors(report.diagnostics) ? 1 : 0;
        errors_ += count(report.diagnostics, Severity::error);
        warnings_ += count(report.diagnostics, Severity::warning);
    }

    void finish(std::size_t unreadable) override {
        json::object summary = {
            {"inputs", inputs_ + unreadable}, {"valid", inputs_ - invalid_}, {"invalid", invalid_},
            {"unreadable", unreadable},       {"errors", errors_},           {"warnings", warnings_}};
        cli::print(
            to_text(json::object{{"diagnostics", std::move(findings_)}, {"summary", std::move(summary)}}, 2));
    }

  private:
    json::array findings_;
    std::size_t inputs_ = 0, invalid_ = 0, errors_ = 0, warnings_ = 0;
};

}  // namespace

std::unique_ptr<Output> make_json_output() {
    return std::make_unique<JsonOutput>();
}

}  // namespace ocikit::validate
