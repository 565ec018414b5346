#include "oci-validate/validate.hpp"

#include <algorithm>
#include <optional>

#include <ocikit/error.hpp>

#include "common/output.hpp"
#include "oci-validate/check.hpp"
#include "oci-validate/command_line.hpp"
#include "oci-validate/output.hpp"

namespace ocikit::validate {

namespace {

enum Status { valid = 0, invalid = 1, unreadable = 2 };

DocumentType document_type(const std::string& name, const char* option) {
    if (name == "config")
        return DocumentType::config;
    if (name == "state")
        return DocumentType::state;
    if (name == "features")
        return DocumentType::features;
    throw cli::UsageError("option '--" + std::string(option) +
                          "': expected config, state or features, found '" + name + "'");
}

bool wants_json(const cli::Arguments& arguments) {
    const std::string format = arguments.value_or("format", "text");
    if (format != "text" && format != "json")
        throw cli::UsageError("option '--format': expected text or json, found '" + format + "'");
    return format == "json";
}

int print_schema(const cli::Arguments& arguments, const std::string& name) {
    const DocumentType type = document_type(name, "print-schema");
    if (!arguments.positionals.empty())
        throw cli::UsageError("option '--print-schema' checks nothing, but there is an input: '" +
                              arguments.positionals[0] + "'");
    cli::print(schema_text(type));
    return valid;
}

// Nothing if the input can't be read, which is told then.
std::optional<Report> try_check(const std::string& input, DocumentType type) {
    try {
        return check(input, type);
    } catch (const Error& error) {
        cli::complain(command_line().name, error.what(), error.hint());
        return std::nullopt;
    }
}

}  // namespace

int run(const cli::Arguments& arguments) {
    if (const auto schema = arguments.value("print-schema"))
        return print_schema(arguments, *schema);
    const DocumentType type = document_type(arguments.value_or("type", "config"), "type");
    const bool json = wants_json(arguments);
    const bool quiet = arguments.flag("quiet");
    const std::vector<std::string>& inputs = arguments.positionals;
    if (inputs.empty())
        throw cli::UsageError("no input given: expected a bundle, a file, or - for standard input");
    if (std::find(inputs.begin(), inputs.end(), "") != inputs.end())
        throw cli::UsageError("an input is empty: expected a bundle, a file, or - for standard input");

    int status = valid;
    std::vector<Report> reports;
    std::size_t unread = 0;
    for (const std::string& input : inputs) {
        std::optional<Report> report = try_check(input, type);
        if (!report) {
            status = unreadable;
            ++unread;
            continue;
        }
        status = std::max<int>(status, has_errors(report->diagnostics) ? invalid : valid);
        if (json)
            reports.push_back(std::move(*report));
        else if (!quiet)
            cli::print(as_text(*report));
    }
    if (json && !quiet)
        cli::print(as_json(reports, unread));
    return status;
}

}  // namespace ocikit::validate
