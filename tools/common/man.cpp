// The parts of a man page that come from the table, in the language of man(7).
#include "common/command_line.hpp"
#include "common/normalize.hpp"

namespace ocikit::cli {

namespace {

// Text for roff: what is typed on a command line stays as it is typed (a plain
// `-` would become a hyphen).
std::string escaped(std::string_view text, bool line_begins = true) {
    std::string out;
    for (const char c : text) {
        if (line_begins && (c == '.' || c == '\''))
            out += "\\&";  // else it would be a request
        line_begins = c == '\n';
        switch (c) {
            case '\\':
                out += "\\e";
                break;
            case '-':
                out += "\\-";
                break;
            case '\'':
                out += "\\(aq";
                break;
            case '`':
                out += "\\(ga";
                break;
            case '^':
                out += "\\(ha";
                break;
            case '~':
                out += "\\(ti";
                break;
            default:
                out += c;
        }
    }
    return out;
}

std::string bold(std::string_view text) {
    return "\\fB" + escaped(text) + "\\fR";
}
std::string italic(std::string_view text) {
    return "\\fI" + escaped(text) + "\\fR";
}

bool is_placeholder(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// `ID [SIGNAL]` with its placeholders in italics
std::string synopsis_words(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        std::size_t size = 0;
        while (size < text.size() && is_placeholder(text[size]))
            ++size;
        if (size > 0) {
            out += italic(text.substr(0, size));
        } else {
            size = 1;
            out += escaped(text.substr(0, 1), false);
        }
        text.remove_prefix(size);
    }
    return out;
}

void append_option(std::string& out, const Option& option) {
    out += ".TP\n";
    const bool takes_value = !option.argument.empty();
    if (option.letter) {
        out += bold(std::string{'-', option.letter});
        if (takes_value)
            out += " " + synopsis_words(option.argument);
        out += ", ";
    }
    out += bold("--" + std::string(option.name));
    if (takes_value)
        out += "=" + synopsis_words(option.argument);
    if (!option.alias.empty())
        out += ", " + bold("--" + std::string(option.alias));
    out += "\n" + escaped(option.help) + ".\n";
    if (option.repeatable)
        out += "It can be repeated.\n";
    if (!option.no_effect.empty())
        out += "It is accepted and has no effect: " + escaped(option.no_effect) + ".\n";
}

template <class Options>
void append_options(std::string& out, const Options& options) {
    for (const Option& option : options)
        append_option(out, option);
}

std::string synopsis_line(const Tool& tool, const Command& command) {
    std::string out = bold(tool.name);
    if (!tool.globals.empty())
        out += " [" + italic("global option") + "]...";
    if (!command.name.empty())
        out += " " + bold(command.name);
    out += " [" + italic("option") + "]...";
    if (!command.positionals.empty())
        out += " " + synopsis_words(command.positionals);
    return out + "\n";
}

}  // namespace

std::string man_synopsis(const Tool& tool) {
    std::string out = ".nh\n";
    for (const Command& command : tool.commands) {
        if (&command != &tool.commands.front())
            out += ".br\n";
        out += synopsis_line(tool, command);
    }
    out += ".br\n" + bold(tool.name) + " " + bold("--help") + "\n.br\n" + bold(tool.name) + " " +
           bold("--version") + "\n.hy\n";
    return out;
}

std::string man_options(const Tool& tool) {
    std::string out;
    const bool has_commands = !tool.commands.empty() && !tool.commands.front().name.empty();
    if (has_commands)
        out += ".SS Global options\n";
    append_options(out, tool.globals);
    if (!has_commands)
        append_options(out, tool.commands.front().options);
    append_options(out, shown_standard_options(has_commands ? nullptr : &tool.commands.front()));
    if (!has_commands)
        return out;
    for (const Command& command : tool.commands) {
        out += ".SS " + bold(command.name) + "\n" + escaped(command.summary) + ".\n";
        append_options(out, command.options);
    }
    return out;
}

}  // namespace ocikit::cli
