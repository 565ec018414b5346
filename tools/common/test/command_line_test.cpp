#include "common/command_line.hpp"

#include <initializer_list>
#include <map>

#include <boost/test/unit_test.hpp>

#include "common/test/sample_tool.hpp"

namespace cli = ocikit::cli;
using cli::test::plain_tool;
using cli::test::tool;

namespace {

using Words = std::vector<const char*>;

cli::Parsed parse(const cli::Tool& which, const Words& words) {
    return cli::parse(which, words);
}

// One line for what a command line says: `run bundle=x,y tty=true | web`
std::string meaning(const cli::Tool& which, const Words& words) {
    const cli::Arguments arguments = parse(which, words).arguments;
    std::string text(arguments.command->name);
    for (const auto& [name, values] : arguments.options) {
        text += " " + name + "=";
        for (std::size_t i = 0; i < values.size(); ++i)
            text += (i ? "," : "") + values[i];
    }
    text += " |";
    for (const std::string& word : arguments.positionals)
        text += " " + word;
    return text;
}

std::string complaint(const cli::Tool& which, const Words& words) {
    try {
        parse(which, words);
    } catch (const cli::UsageError& error) {
        return error.what();
    }
    return "none";
}

}  // namespace

BOOST_AUTO_TEST_CASE(what_is_taken) {
    const struct {
        Words words;
        std::string meaning;
    } cases[] = {
        {{"run", "web"}, "run | web"},
        {{"run", "--bundle", "x", "web"}, "run bundle=x | web"},
        {{"run", "web", "--bundle=x"}, "run bundle=x | web"},
        {{"run", "-bundle", "x", "web"}, "run bundle=x | web"},
        {{"run", "-bundle=x", "web"}, "run bundle=x | web"},
        {{"run", "-b", "x", "web"}, "run bundle=x | web"},
        {{"run", "-bx", "web"}, "run bundle=x | web"},
        {{"run", "-b=x", "web"}, "run bundle=x | web"},
        {{"run", "-dtb", "x", "web"}, "run bundle=x detach=true tty=true | web"},
        {{"run", "--bundle=", "web"}, "run bundle= | web"},
        {{"run", "--bundle", "", "web"}, "run bundle= | web"},
        {{"run", "--env", "A=B=C", "web"}, "run env=A=B=C | web"},
        {{"run", "-e", "A=1", "web", "--env=B=2"}, "run env=A=1,B=2 | web"},
        {{"run", "--tty=false", "web"}, "run tty=false | web"},
        {{"run", "--tty=1", "-d=F", "web"}, "run detach=false tty=true | web"},
        {{"run", "--tty", "web"}, "run tty=true | web"},
        {{"run", "-no-subreaper", "web"}, "run no-subreaper=true | web"},
        {{"--root", "a", "--root=b", "run", "--root", "c", "web"}, "run root=a,b,c | web"},
        {{"--debug", "run", "web", "--log", "f"}, "run debug=true log=f | web"},
        {{"run", "--memory", "-1", "web"}, "run memory=-1 | web"},
        {{"run", "--memory=-1", "web"}, "run memory=-1 | web"},
        {{"run", "--bundle", "--tty", "web"}, "run bundle=--tty | web"},
        {{"run", "--bundle", "--", "web"}, "run bundle=-- | web"},
        {{"run", "-"}, "run | -"},
        {{"run", ""}, "run | "},
        {{"run", "--bundle", "-", "web"}, "run bundle=- | web"},
        {{"kill", "web", "-9"}, "kill | web -9"},
        {{"run", "--", "--tty"}, "run | --tty"},
        {{"--", "run", "web"}, "run | web"},
        {{"exec", "-t", "web", "ls", "-l", "--tty=false"}, "exec tty=true | web ls -l --tty=false"},
        {{"exec", "web", "-t", "ls", "--help"}, "exec tty=true | web ls --help"},
        {{"exec", "web", "ls", "--", "x"}, "exec | web ls -- x"},
        {{"exec", "web", "--", "ls", "--", "x"}, "exec | web ls -- x"},
        {{"exec", "--", "web", "--"}, "exec | web --"},
        {{"exec", "--log", "f", "web", "ls", "--log", "g"}, "exec log=f | web ls --log g"},
    };
    for (const auto& [words, expected] : cases)
        BOOST_TEST(meaning(tool, words) == expected);
    BOOST_TEST(meaning(plain_tool, {"-f", "a", "-v", "x", "b"}) == " force=true volume=x | a b");
}

BOOST_AUTO_TEST_CASE(what_is_refused) {
    const struct {
        Words words;
        std::string complaint;
    } cases[] = {
        {{}, "no command given"},
        {{"--debug"}, "no command given"},
        {{"rnu", "web"}, "unknown command 'rnu'; did you mean 'run'?"},
        {{"frobnicate"}, "unknown command 'frobnicate'"},
        {{"run", "--bundel", "x", "web"}, "unknown option '--bundel'; did you mean '--bundle'?"},
        {{"run", "--det", "web"}, "unknown option '--det'; did you mean '--detach'?"},
        {{"run", "-no-pivto", "web"}, "unknown option '-no-pivto'; did you mean '--no-pivot'?"},
        {{"run", "--xyzzy=1", "web"}, "unknown option '--xyzzy'"},
        {{"run", "-x", "web"}, "unknown option '-x'"},
        {{"run", "-dx", "web"}, "unknown option '-dx'"},
        {{"run", "--=x", "web"}, "unknown option '--'"},
        {{"run", "-=x", "web"}, "unknown option '-'"},
        {{"--bundle", "x", "run", "web"}, "unknown option '--bundle'"},
        {{"run", "web", "--bundle"}, "option '--bundle' requires an argument"},
        {{"run", "web", "-b"}, "option '--bundle' requires an argument"},
        {{"run", "--bundle"}, "option '--bundle' requires an argument"},
        {{"run", "--tty=maybe", "web"}, "option '--tty' is a flag: 'maybe' is neither true nor false"},
        {{"run"}, "too few arguments: expected ID"},
        {{"run", "a", "b"}, "unexpected argument 'b': expected ID"},
        {{"kill", "a", "b", "c"}, "unexpected argument 'c': expected ID [SIGNAL]"},
    };
    for (const auto& [words, expected] : cases)
        BOOST_TEST(complaint(tool, words) == expected);
    BOOST_TEST(complaint(plain_tool, {}) == "too few arguments: expected FILE...");
}

BOOST_AUTO_TEST_CASE(values) {
    const cli::Arguments arguments =
        parse(tool, {"run", "-e", "A", "-e", "B", "--tty", "--tty=false", "-d", "web"}).arguments;
    BOOST_TEST(arguments.value("env").value() == "B");
    BOOST_TEST(arguments.values("env").size() == 2u);
    BOOST_TEST(arguments.value_or("bundle", ".") == ".");
    BOOST_TEST(!arguments.value("bundle").has_value());
    BOOST_TEST(arguments.values("bundle").empty());
    BOOST_TEST(arguments.flag("detach"));
    BOOST_TEST(!arguments.flag("tty"));
    BOOST_TEST(!arguments.flag("no-pivot"));
}

BOOST_AUTO_TEST_CASE(information_is_printed_whatever_is_missing) {
    BOOST_TEST(parse(tool, {"run", "--help"}).print == cli::help_text(tool, &tool.commands[0]));
    BOOST_TEST(parse(tool, {"-h"}).print == cli::help_text(tool, nullptr));
    BOOST_TEST(parse(tool, {"--help", "run"}).print == cli::help_text(tool, &tool.commands[0]));
    BOOST_TEST(parse(tool, {"-v"}).print == cli::version_text(tool));
    BOOST_TEST(parse(tool, {"run", "--version"}).print == cli::version_text(tool));
    BOOST_TEST(parse(tool, {"run", "web"}).print.empty());
    BOOST_TEST(complaint(tool, {"--help=false"}) == "no command given");
    // a tool's own letter goes before the standard one
    BOOST_TEST(parse(plain_tool, {"-v", "name", "x"}).print.empty());
    BOOST_TEST(parse(plain_tool, {"--version"}).print == cli::version_text(plain_tool));
}
