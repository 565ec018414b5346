#include <algorithm>

#include "common/command_line.hpp"
#include "common/normalize.hpp"

namespace ocikit::cli {

namespace {

constexpr std::size_t width = 80;
constexpr std::size_t help_column = 30;

// Appends text, broken at blanks into lines of at most `width` columns; column
// is where the first one begins, the others begin at indent.
void append_wrapped(std::string& out, std::string_view text, std::size_t column, std::size_t indent) {
    bool first = true;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(' '), text.size());
        const std::string_view word = text.substr(0, end);
        if (!first && column + 1 + word.size() > width) {
            out += '\n';
            out.append(indent, ' ');
            column = indent;
        } else if (!first) {
            out += ' ';
            ++column;
        }
        out += word;
        column += word.size();
        first = false;
        text.remove_prefix(std::min(text.size(), end + 1));
    }
    out += '\n';
}

// Like append_wrapped, with the line breaks that the text has.
void append_paragraphs(std::string& out, std::string_view text, std::size_t indent) {
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        out.append(indent, ' ');
        append_wrapped(out, text.substr(0, end), indent, indent);
        text.remove_prefix(std::min(text.size(), end + 1));
    }
}

void append_entry(std::string& out, std::string_view name, std::string_view help, std::size_t help_at) {
    std::string line = "  " + std::string(name);
    if (line.size() + 2 > help_at) {
        out += line + '\n';
        line.clear();
    }
    line.resize(help_at, ' ');
    out += line;
    append_wrapped(out, help, help_at, help_at);
}

std::string option_names(const Option& option) {
    std::string text = option.letter ? std::string{'-', option.letter, ',', ' '} : std::string("    ");
    text += "--" + std::string(option.name);
    if (!option.alias.empty())
        text += ", --" + std::string(option.alias);
    if (!option.argument.empty())
        text += " " + std::string(option.argument);
    return text;
}

void append_option(std::string& out, const Option& option) {
    std::string help(option.help);
    if (option.repeatable)
        help += " (can be repeated)";
    if (!option.no_effect.empty())
        help += " (no effect: " + std::string(option.no_effect) + ")";
    append_entry(out, option_names(option), help, help_column);
}

template <class Options>
void append_options(std::string& out, std::string_view title, const Options& options) {
    if (std::begin(options) == std::end(options))
        return;
    out += "\n" + std::string(title) + ":\n";
    for (const Option& option : options)
        append_option(out, option);
}

void append_commands(std::string& out, const Tool& tool) {
    std::size_t longest = 0;
    for (const Command& command : tool.commands)
        longest = std::max(longest, command.name.size());
    out += "\nCommands:\n";
    for (const Command& command : tool.commands)
        append_entry(out, command.name, command.summary, longest + 4);
}

void append_usage(std::string& out, const Tool& tool, const Command* command) {
    std::string line = "Usage: " + std::string(tool.name);
    if (!tool.globals.empty())
        line += " [GLOBAL OPTION]...";
    if (!command) {
        line += " COMMAND [OPTION]... [ARGUMENT]...";
    } else {
        if (!command->name.empty())
            line += " " + std::string(command->name);
        line += " [OPTION]...";
        if (!command->positionals.empty())
            line += " " + std::string(command->positionals);
    }
    append_wrapped(out, line, 0, 7);
}

}  // namespace

std::string help_text(const Tool& tool, const Command* command) {
    if (!command && tool.commands.size() == 1 && tool.commands[0].name.empty())
        command = &tool.commands[0];
    std::string out;
    append_usage(out, tool, command);
    out += '\n';
    append_paragraphs(out, command && !command->name.empty() ? command->summary : tool.summary, 0);
    if (command)
        append_options(out, "Options", command->options);
    else
        append_commands(out, tool);
    append_options(out, "Global options", tool.globals);
    append_options(out, "Information", shown_standard_options(command));
    if (!tool.exit_status.empty() && (!command || command->name.empty())) {
        out += "\nExit status:\n";
        append_paragraphs(out, tool.exit_status, 2);
    }
    if (!command)
        out += "\n'" + std::string(tool.name) + " COMMAND --help' tells about a command.\n";
    return out;
}

std::string version_text(const Tool& tool) {
    // the word, and `commit:` and `spec:` at the beginning of lines, are what dockerd and go-runc look for
    std::string out = std::string(tool.name) + " version " OCIKIT_VERSION "\n";
    if constexpr (sizeof OCIKIT_COMMIT > 1)
        out += "commit: " OCIKIT_COMMIT "\n";
    out += tool.version_details;
    if (out.back() != '\n')
        out += '\n';
    return out;
}

}  // namespace ocikit::cli
