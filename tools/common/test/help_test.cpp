#include <sstream>

#include <boost/test/unit_test.hpp>

#include "common/command_line.hpp"
#include "common/test/sample_tool.hpp"

namespace cli = ocikit::cli;
using cli::test::plain_tool;
using cli::test::tool;

namespace {

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_CASE(help_fits_into_80_columns) {
    for (const std::string& text :
         {cli::help_text(tool, nullptr), cli::help_text(tool, &tool.commands[0]),
          cli::help_text(tool, &tool.commands[1]), cli::help_text(plain_tool, nullptr)}) {
        std::istringstream lines(text);
        for (std::string line; std::getline(lines, line);) {
            BOOST_TEST(line.size() <= 80u, line);
            BOOST_TEST(!line.ends_with(' '), line);
        }
    }
}

BOOST_AUTO_TEST_CASE(help_of_a_command) {
    const std::string text = cli::help_text(tool, &tool.commands[0]);
    BOOST_TEST(text.starts_with("Usage: oci-sample [GLOBAL OPTION]... run [OPTION]... ID\n"));
    BOOST_TEST(
        contains(text, "\n  -b, --bundle DIR            the bundle (default: the current directory)\n"));
    BOOST_TEST(contains(text, "\n  -e, --env NAME=VALUE        set a variable (can be repeated)\n"));
    BOOST_TEST(
        contains(text, "\n      --no-subreaper          .hidden (no effect: there is never a subreaper)\n"));
    BOOST_TEST(contains(text, "\nGlobal options:\n      --root DIR "));
    BOOST_TEST(contains(text, "\n  -h, --help "));
    BOOST_TEST(!contains(text, "Exit status"));
    BOOST_TEST(contains(cli::help_text(tool, &tool.commands[1]),
                        "\n      --a-rather-long-option-name VALUE\n                              it has"));
}

BOOST_AUTO_TEST_CASE(help_of_a_tool) {
    const std::string text = cli::help_text(tool, nullptr);
    BOOST_TEST(text.starts_with("Usage: oci-sample [GLOBAL OPTION]... COMMAND [OPTION]... [ARGUMENT]...\n"));
    BOOST_TEST(contains(text, "\n  exec  run a program in a container\n"));
    BOOST_TEST(contains(text, "\nExit status:\n  0 if all went well\n  1 if not\n"));
    BOOST_TEST(!contains(text, "--bundle"));
    const std::string plain = cli::help_text(plain_tool, nullptr);
    BOOST_TEST(plain.starts_with("Usage: oci-plain [OPTION]... FILE...\n\nHas no commands.\n\nOptions:\n"));
    BOOST_TEST(!contains(plain, "COMMAND"));
}

BOOST_AUTO_TEST_CASE(version) {
    const std::string commit = sizeof OCIKIT_COMMIT > 1 ? "commit: " OCIKIT_COMMIT "\n" : "";
    BOOST_TEST(cli::version_text(tool) ==
               "oci-sample version " OCIKIT_VERSION "\n" + commit + "spec: 1.3.0\n");
    BOOST_TEST(cli::version_text(plain_tool) == "oci-plain version " OCIKIT_VERSION "\n" + commit);
}

BOOST_AUTO_TEST_CASE(roff_is_escaped) {
    const std::string options = cli::man_options(tool);
    BOOST_TEST(contains(options, ".SS \\fBrun\\fR\n"));
    BOOST_TEST(contains(options, ".TP\n\\fB\\-b\\fR \\fIDIR\\fR, \\fB\\-\\-bundle\\fR=\\fIDIR\\fR\n"));
    BOOST_TEST(contains(options, "\n\\-1: no limit.\n"));
    BOOST_TEST(contains(options, "\ndon\\(aqt wait for the container.\n"));
    BOOST_TEST(contains(options, "\nuse MS_MOVE and chroot\\e.\n"));
    BOOST_TEST(contains(options, "\n\\&.hidden.\nIt is accepted and has no effect: there is never"));
    BOOST_TEST(contains(options, "set a variable.\nIt can be repeated.\n"));
}

BOOST_AUTO_TEST_CASE(roff_synopsis) {
    BOOST_TEST(contains(cli::man_synopsis(tool),
                        "\\fBoci\\-sample\\fR [\\fIglobal option\\fR]... \\fBkill\\fR [\\fIoption\\fR]... "
                        "\\fIID\\fR [\\fISIGNAL\\fR]\n"));
    BOOST_TEST(
        contains(cli::man_synopsis(plain_tool), "\\fBoci\\-plain\\fR [\\fIoption\\fR]... \\fIFILE\\fR...\n"));
}
