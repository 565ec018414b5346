#include "oci-validate/validate.hpp"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <optional>
#include <unistd.h>

#include <ocikit/error.hpp>
#include <ocikit/rules.hpp>
#include <ocikit/text.hpp>

#include "common/output.hpp"
#include "oci-validate/check.hpp"
#include "oci-validate/command_line.hpp"
#include "oci-validate/explain.hpp"
#include "oci-validate/fix.hpp"
#include "oci-validate/output.hpp"

namespace ocikit::validate {

namespace {

enum Status { valid = 0, invalid = 1, unreadable = 2 };

template <class T>
T choose(const cli::Arguments& arguments, const std::string& option, std::string_view otherwise,
         const std::vector<std::pair<std::string_view, T>>& choices) {
    const std::string name = arguments.value_or(option, otherwise);
    std::vector<std::string> words;
    for (const auto& [word, value] : choices) {
        if (word == name)
            return value;
        words.emplace_back(word);
    }
    throw cli::UsageError("option '--" + option + "': expected " + one_of(words) + ", found '" + name + "'");
}

DocumentType document_type(const cli::Arguments& arguments, const std::string& option) {
    return choose<DocumentType>(arguments, option, "config",
                                {{"config", DocumentType::config},
                                 {"state", DocumentType::state},
                                 {"features", DocumentType::features}});
}

bool wants_color(const cli::Arguments& arguments) {
    enum class When { automatic, always, never };
    const When when =
        choose<When>(arguments, "color", "auto",
                     {{"auto", When::automatic}, {"always", When::always}, {"never", When::never}});
    const char* const no_color = std::getenv("NO_COLOR");  // https://no-color.org
    const bool refused = no_color && *no_color;
    return when == When::always || (when == When::automatic && !refused && ::isatty(STDOUT_FILENO));
}

std::unique_ptr<Output> make_output(const cli::Arguments& arguments) {
    const bool color = wants_color(arguments);
    using Make = std::unique_ptr<Output> (*)(bool);
    return choose<Make>(arguments, "format", "text",
                        {{"text", make_text_output},
                         {"json", [](bool) { return make_json_output(); }},
                         {"sarif", [](bool) { return make_sarif_output(); }},
                         {"github", [](bool) { return make_github_output(); }}})(color);
}

Settings settings_of(const cli::Arguments& arguments) {
    Settings settings;
    settings.type = document_type(arguments, "type");
    if (arguments.value("severity"))
        settings.least = choose<Severity>(
            arguments, "severity", "warning",
            {{"error", Severity::error}, {"warning", Severity::warning}, {"info", Severity::info}});
    if (arguments.value("platform"))
        settings.platform = choose<Platform>(arguments, "platform", "",
                                             {{"linux", Platform::linux},
                                              {"windows", Platform::windows},
                                              {"solaris", Platform::solaris},
                                              {"zos", Platform::zos},
                                              {"freebsd", Platform::freebsd}});
    if (const auto version = arguments.value("spec-version")) {
        settings.held_to = Version::parse(*version);
        if (!settings.held_to || settings.held_to->major != 1 ||
            *settings.held_to > *Version::parse(spec_version))
            throw cli::UsageError("option '--spec-version': expected a version from " +
                                  std::string(oldest_spec_version) + " to " + std::string(spec_version) +
                                  ", found '" + *version + "'");
    }
    settings.host = arguments.flag("host");
    settings.trust_bundles = !arguments.flag("no-suppressions");
    settings.strict = arguments.flag("strict");
    settings.enabled = arguments.values("enable");
    settings.disabled = arguments.values("disable");
    for (const std::string& name : settings.enabled)
        check_rule_name("enable", name);
    for (const std::string& name : settings.disabled)
        check_rule_name("disable", name);
    return settings;
}

// What is printed instead of checking anything, if it is asked for.
std::optional<std::string> information(const cli::Arguments& arguments) {
    std::string option;
    std::string text;
    if (arguments.value("print-schema")) {
        option = "print-schema";
        text = schema_text(document_type(arguments, option));
    } else if (arguments.flag("list-rules")) {
        option = "list-rules";
        text = rule_list();
    } else if (const auto name = arguments.value("explain")) {
        option = "explain";
        const Rule* const rule = find_rule(*name);
        if (!rule) {
            check_rule_name(option, *name);
            throw cli::UsageError("option '--explain': '" + *name +
                                  "' is a group of rules, see --list-rules");
        }
        text = explanation(*rule);
    } else {
        return std::nullopt;
    }
    if (!arguments.positionals.empty())
        throw cli::UsageError("option '--" + option + "' checks nothing, but there is an input: '" +
                              arguments.positionals[0] + "'");
    return text;
}

// Nothing if the input can't be read, which is told then.
std::optional<Report> try_check(const std::string& input, const Settings& settings) {
    try {
        return check(input, settings);
    } catch (const Error& error) {
        cli::complain(command_line().name, error.what(), error.hint());
        return std::nullopt;
    }
}

// Corrects one input, and tells how; the status of what it is then.
int fix_one(const std::string& input, const Settings& settings, bool in_place) {
    const Report report = check(input, settings);
    const std::vector<Edit> edits = corrections(report.document);
    const std::string& name = report.document.name();
    const std::string& text = report.document.text();
    if (edits.empty())
        return has_errors(report.diagnostics) ? invalid : valid;
    const std::string result = edited(text, edits);
    if (in_place && report.is_archived)
        throw Error(Error::Parts{.object = input,
                                 .reason = "an archive is not changed in place",
                                 .hint = "extract it, correct the bundle, and pack it again"});
    if (in_place) {
        write_edited(name, result);
        cli::print(printable(name) + ": corrected\n");
        return has_errors(check(input, settings).diagnostics) ? invalid : valid;
    }
    cli::print(unified_diff(text, edits, name));
    return has_errors(check_text(result, report, settings)) ? invalid : valid;
}

int fix_all(const std::vector<std::string>& inputs, const Settings& settings, bool in_place) {
    if (settings.type != DocumentType::config)
        throw cli::UsageError("option '--fix' is for configs, not for other documents");
    if (in_place && std::find(inputs.begin(), inputs.end(), "-") != inputs.end())
        throw cli::UsageError("option '--write': standard input can't be changed in place");
    int status = valid;
    for (const std::string& input : inputs)
        try {
            status = std::max(status, fix_one(input, settings, in_place));
        } catch (const Error& error) {
            cli::complain(command_line().name, error.what(), error.hint());
            status = unreadable;
        }
    return status;
}

}  // namespace

int run(const cli::Arguments& arguments) {
    if (const auto text = information(arguments)) {
        cli::print(*text);
        return valid;
    }
    const Settings settings = settings_of(arguments);
    const std::unique_ptr<Output> output = make_output(arguments);
    const bool quiet = arguments.flag("quiet");
    const std::vector<std::string>& inputs = arguments.positionals;
    if (inputs.empty())
        throw cli::UsageError("no input given: expected a bundle, a file, or - for standard input");
    if (std::find(inputs.begin(), inputs.end(), "") != inputs.end())
        throw cli::UsageError("an input is empty: expected a bundle, a file, or - for standard input");

    if (arguments.flag("fix"))
        return fix_all(inputs, settings, arguments.flag("write"));
    if (arguments.flag("write"))
        throw cli::UsageError("option '--write' goes with --fix");

    int status = valid;
    std::size_t unread = 0;
    for (const std::string& input : inputs) {
        const std::optional<Report> report = try_check(input, settings);
        if (!report) {
            status = unreadable;
            ++unread;
            continue;
        }
        status = std::max<int>(status, has_errors(report->diagnostics) ? invalid : valid);
        if (!quiet)
            output->add(*report);
    }
    if (!quiet)
        output->finish(unread);
    return status;
}

}  // namespace ocikit::validate
