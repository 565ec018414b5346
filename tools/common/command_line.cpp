#include "common/command_line.hpp"

#include <algorithm>

#include <boost/make_shared.hpp>
#include <boost/program_options/errors.hpp>
#include <boost/program_options/options_description.hpp>
#include <boost/program_options/parsers.hpp>

#include "common/normalize.hpp"

namespace ocikit::cli {

namespace {

namespace po = boost::program_options;

// What the parser has to know of an option: how many values it takes. Unlike
// po::value it converts nothing, and so needs no streams.
class Text : public po::value_semantic {
  public:
    explicit Text(bool takes_value) : takes_value_(takes_value) {}

    std::string name() const override { return {}; }
    unsigned min_tokens() const override { return takes_value_ ? 1 : 0; }
    unsigned max_tokens() const override { return 1; }
    bool is_composing() const override { return true; }
    bool is_required() const override { return false; }
    void parse(boost::any&, const std::vector<std::string>&, bool) const override {}
    bool apply_default(boost::any&) const override { return false; }
    void notify(const boost::any&) const override {}

  private:
    bool takes_value_;
};

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
    return std::find(words.begin(), words.end(), text) != words.end();
}

// The spellings of Go's strconv.ParseBool, which callers of other runtimes use.
std::string flag_value(const std::string& name, const std::vector<std::string>& value) {
    if (value.empty() || is_one_of(value[0], {"1", "t", "T", "true", "TRUE", "True"}))
        return "true";
    if (is_one_of(value[0], {"0", "f", "F", "false", "FALSE", "False"}))
        return "false";
    throw UsageError("option '--" + name + "' is a flag: '" + value[0] + "' is neither true nor false");
}

// Only the options that occur are described: each description costs a string stream.
std::vector<Arguments::Given> collect(const Normalized& normalized) {
    po::options_description description;
    for (const Option* option : normalized.options) {
        const std::string name(option->name);
        description.add(
            boost::make_shared<po::option_description>(name.c_str(), new Text(!option->argument.empty())));
    }
    namespace style = po::command_line_style;
    std::vector<Arguments::Given> result;
    try {
        const auto parsed =
            po::command_line_parser(normalized.tokens)
                .options(description)
                .style(style::allow_long | style::long_allow_adjacent | style::long_allow_next)
                .run();
        for (const po::option& option : parsed.options) {
            const auto known =
                std::find_if(normalized.options.begin(), normalized.options.end(),
                             [&](const Option* candidate) { return candidate->name == option.string_key; });
            const bool flag = known != normalized.options.end() && (*known)->argument.empty();
            result.push_back(
                {option.string_key, flag ? flag_value(option.string_key, option.value) : option.value.at(0)});
        }
    } catch (const po::invalid_command_line_syntax& error) {
        throw UsageError("option '" + error.get_option_name() + "' requires an argument");
    } catch (const po::error& error) {
        throw UsageError(error.what());
    }
    return result;
}

void check_positionals(const Command& command, const std::vector<std::string>& positionals) {
    const std::string expected =
        command.positionals.empty() ? "none is expected" : "expected " + std::string(command.positionals);
    if (positionals.size() > command.max_positionals)
        throw UsageError("unexpected argument '" + positionals[command.max_positionals] + "': " + expected);
    if (positionals.size() < command.min_positionals)
        throw UsageError("too few arguments: " + expected);
}

}  // namespace

bool Arguments::flag(std::string_view name) const {
    const auto found = options.find(name);
    return found != options.end() && found->second.back() != "false";
}

std::optional<std::string> Arguments::value(std::string_view name) const {
    const auto found = options.find(name);
    if (found == options.end())
        return std::nullopt;
    return found->second.back();
}

std::string Arguments::value_or(std::string_view name, std::string_view otherwise) const {
    const auto found = options.find(name);
    return found == options.end() ? std::string(otherwise) : found->second.back();
}

std::vector<std::string> Arguments::values(std::string_view name) const {
    const auto found = options.find(name);
    return found == options.end() ? std::vector<std::string>() : found->second;
}

Parsed parse(const Tool& tool, std::span<const char* const> arguments) {
    Normalized normalized = normalize(tool, arguments);
    Parsed parsed;
    parsed.arguments.command = normalized.command;
    parsed.arguments.given = collect(normalized);
    for (const Arguments::Given& option : parsed.arguments.given)
        parsed.arguments.options[option.name].push_back(option.value);
    const auto asked = [&](const Option& standard) {
        return std::find(normalized.options.begin(), normalized.options.end(), &standard) !=
                   normalized.options.end() &&
               parsed.arguments.flag(standard.name);
    };
    if (asked(standard_options[0]))
        parsed.print = help_text(tool, normalized.command);
    else if (asked(standard_options[1]))
        parsed.print = version_text(tool);
    if (!parsed.print.empty())
        return parsed;
    if (!normalized.command)
        throw UsageError("no command given");
    check_positionals(*normalized.command, normalized.positionals);
    parsed.arguments.positionals = std::move(normalized.positionals);
    return parsed;
}

}  // namespace ocikit::cli
