#include "common/normalize.hpp"

#include <algorithm>

#include <ocikit/text.hpp>

namespace ocikit::cli {

namespace {

bool starts_like_number(std::string_view text) {
    return text.size() >= 2 && text[0] == '-' && text[1] >= '0' && text[1] <= '9';
}

class Normalizer {
  public:
    Normalizer(const Tool& tool, std::span<const char* const> arguments) : tool_(tool), rest_(arguments) {
        if (tool.commands.size() == 1 && tool.commands[0].name.empty())
            result_.command = &tool.commands[0];
    }

    Normalized run() {
        while (!rest_.empty()) {
            const std::string_view token = take();
            if (options_ended_ || token.size() < 2 || token[0] != '-')
                add_word(token);
            else if (token == "--")
                options_ended_ = true;
            else if (token[1] == '-')
                add_long(token, token.substr(2));
            else
                add_single_dash(token);
        }
        return std::move(result_);
    }

  private:
    std::string_view take() {
        const char* first = rest_.front();
        rest_ = rest_.subspan(1);
        return first;
    }

    // Calls visit for each option that may stand here, the command's own first.
    template <class Visit>
    void each_option(Visit visit) const {
        if (result_.command)
            std::for_each(result_.command->options.begin(), result_.command->options.end(), visit);
        std::for_each(tool_.globals.begin(), tool_.globals.end(), visit);
        std::for_each(std::begin(standard_options), std::end(standard_options), visit);
    }

    template <class Predicate>
    const Option* find(Predicate matches) const {
        const Option* found = nullptr;
        each_option([&](const Option& option) {
            if (!found && matches(option))
                found = &option;
        });
        return found;
    }
    const Option* find_name(std::string_view name) const {
        return find([&](const Option& option) {
            return option.name == name || (!option.alias.empty() && option.alias == name);
        });
    }
    const Option* find_letter(char letter) const {
        return find([&](const Option& option) { return option.letter == letter; });
    }

    [[noreturn]] void unknown_option(std::string_view token, std::string_view name) const {
        std::vector<std::string_view> names;
        each_option([&](const Option& option) {
            names.push_back(option.name);
            if (!option.alias.empty())
                names.push_back(option.alias);
        });
        std::string text = "unknown option '" + std::string(token.substr(0, token.find('='))) + "'";
        if (const std::string_view known = nearest(name, names); !known.empty())
            text += "; did you mean '--" + std::string(known) + "'?";
        throw UsageError(text);
    }

    void add_option(const Option& option, const std::string_view* value) {
        if (std::find(result_.options.begin(), result_.options.end(), &option) == result_.options.end())
            result_.options.push_back(&option);
        std::string token = "--" + std::string(option.name);
        std::string_view next;
        if (!value && !option.argument.empty() && !rest_.empty()) {
            // whatever it begins with: a value may be -1 or --not-an-option
            next = take();
            value = &next;
        }
        if (value && !value->empty())
            token += "=" + std::string(*value);
        result_.tokens.push_back(std::move(token));
        if (value && value->empty())
            result_.tokens.emplace_back();
    }

    // name[=value], after its dashes
    void add_long(std::string_view token, std::string_view text) {
        const std::size_t equals = text.find('=');
        const std::string_view name = text.substr(0, equals);
        const Option* option = find_name(name);
        if (!option)
            unknown_option(token, name);
        if (equals == std::string_view::npos)
            return add_option(*option, nullptr);
        const std::string_view value = text.substr(equals + 1);
        add_option(*option, &value);
    }

    // -name[=value], as Go's flag package allows; or letters.
    void add_single_dash(std::string_view token) {
        const std::string_view text = token.substr(1);
        const std::string_view name = text.substr(0, text.find('='));
        if (name.size() > 1 && find_name(name))
            return add_long(token, text);
        if (starts_like_number(token) && !find_letter(token[1]))
            return add_word(token);
        add_letters(token, text);
    }

    // -a, -ab (two flags), -n value, -nvalue, -n=value
    void add_letters(std::string_view token, std::string_view letters) {
        while (!letters.empty()) {
            const Option* option = find_letter(letters[0]);
            if (!option)
                unknown_option(token, token.substr(1, token.find('=') - 1));
            letters.remove_prefix(1);
            const bool equals = letters.starts_with('=');
            if (!equals && (option->argument.empty() || letters.empty())) {
                add_option(*option, nullptr);
                continue;
            }
            const std::string_view value = equals ? letters.substr(1) : letters;
            return add_option(*option, &value);
        }
    }

    void add_word(std::string_view token) {
        if (!result_.command)
            return set_command(token);
        result_.positionals.emplace_back(token);
        const int end = result_.command->options_end_after;
        if (end >= 0 && result_.positionals.size() >= static_cast<std::size_t>(end))
            options_ended_ = true;
    }

    void set_command(std::string_view name) {
        std::vector<std::string_view> names;
        for (const Command& command : tool_.commands) {
            if (command.name == name)
                result_.command = &command;
            names.push_back(command.name);
        }
        if (result_.command)
            return;
        std::string text = "unknown command '" + std::string(name) + "'";
        for (const MissingCommand& missing : tool_.missing)
            if (missing.name == name)
                throw UsageError(text + ": " + std::string(missing.advice));
        if (const std::string_view known = nearest(name, names); !known.empty())
            text += "; did you mean '" + std::string(known) + "'?";
        throw UsageError(text);
    }

    const Tool& tool_;
    std::span<const char* const> rest_;
    Normalized result_;
    bool options_ended_ = false;
};

}  // namespace

std::vector<Option> shown_standard_options(const Command* command) {
    std::vector<Option> shown(std::begin(standard_options), std::end(standard_options));
    for (Option& standard : shown)
        if (command && std::any_of(command->options.begin(), command->options.end(),
                                   [&](const Option& own) { return own.letter == standard.letter; }))
            standard.letter = 0;
    return shown;
}

Normalized normalize(const Tool& tool, std::span<const char* const> arguments) {
    return Normalizer(tool, arguments).run();
}

}  // namespace ocikit::cli
