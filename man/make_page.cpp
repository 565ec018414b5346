// make-page-TOOL TEMPLATE PAGE: writes a man page. In TEMPLATE the lines
// @SYNOPSIS@ and @OPTIONS@ are replaced with the text from the tool's table, and
// @VERSION@ anywhere with the version.
#include <cstdio>
#include <exception>
#include <fstream>
#include <stdexcept>
#include <string>

#include OCIKIT_TOOL_HEADER

namespace {

using ocikit::OCIKIT_TOOL_NAMESPACE::command_line;

void make_page(const std::string& source, const std::string& destination) {
    std::ifstream in(source);
    std::ofstream out(destination);
    if (!in || !out)
        throw std::runtime_error("can't open " + (in ? destination : source));
    const std::string version = "@VERSION@";
    for (std::string line; std::getline(in, line);) {
        if (line == "@SYNOPSIS@") {
            out << ocikit::cli::man_synopsis(command_line());
        } else if (line == "@OPTIONS@") {
            out << ocikit::cli::man_options(command_line());
        } else {
            if (const auto at = line.find(version); at != std::string::npos)
                line.replace(at, version.size(), OCIKIT_VERSION);
            out << line << '\n';
        }
    }
    out.close();
    if (in.bad() || !out)
        throw std::runtime_error("can't write " + destination);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::fprintf(stderr, "usage: %s TEMPLATE PAGE\n", argv[0]);
        return 2;
    }
    try {
        make_page(argv[1], argv[2]);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s: %s\n", argv[0], error.what());
        return 1;
    }
    return 0;
}
