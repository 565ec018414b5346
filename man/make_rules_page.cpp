// make-rules-page PAGE: writes oci-validate-rules(7) from the catalogue of rules.
#include <cstdio>
#include <exception>
#include <fstream>
#include <stdexcept>
#include <string>

#include <ocikit/document.hpp>
#include <ocikit/encode.hpp>
#include <ocikit/rules.hpp>

namespace {

using ocikit::Rule;

// Text as roff has it: no control characters, hyphens that stay what they are.
std::string roff(std::string_view text) {
    std::string result;
    bool line_begins = true;
    for (const char c : text) {
        if (line_begins && (c == '.' || c == '\''))
            result += "\\&";
        if (c == '\\')
            result += "\\e";
        else if (c == '-')
            result += "\\-";
        else if (c == '\'')
            result += "\\(aq";
        else
            result += c;
        line_begins = c == '\n';
    }
    return result;
}

std::string example(const char* title, std::string_view text) {
    const auto document = ocikit::Document::parse(std::string(text), "example");
    const std::string shown =
        document.diagnostics().empty() ? ocikit::to_text(document.value(), 2) : std::string(text) + '\n';
    return std::string(".IP\n") + title + "\n.IP\n.EX\n" + roff(shown) + ".EE\n";
}

std::string entry(const Rule& rule) {
    std::string text = ".TP\n.BR " + roff(rule.id) + " \" (" + std::string(to_string(rule.severity)) +
                       ")\"\n" + roff(rule.summary) + ".\n.IP\n" + roff(rule.details) + "\n.IP\nSee " +
                       roff(rule.source) + ".\n";
    if (rule.runtime_refuses)
        text += "A runtime makes no container of it.\n";
    if (!rule.bad.empty())
        text += example("Wrong:", rule.bad) + example("Right:", rule.good);
    return text;
}

void make_page(const std::string& path) {
    std::ofstream out(path);
    out << ".TH OCI\\-VALIDATE\\-RULES 7 \"\" \"ocikit " OCIKIT_VERSION
           "\" \"Miscellaneous Information\"\n"
           ".SH NAME\noci\\-validate\\-rules \\- what oci\\-validate checks\n"
           ".SH DESCRIPTION\n"
           "These are the rules that\n.BR oci\\-validate (1)\nchecks documents by, in groups.\n"
           "Sections such as config.md#process are of the OCI Runtime Specification 1.3.0.\n"
           "Examples are parts of a\n.IR config.json .\n";
    std::string group;
    for (const Rule& rule : ocikit::all_rules()) {
        const std::string name(rule.id.substr(0, rule.id.find('/')));
        if (name != group)
            out << ".SS " << roff(name) << '\n';
        group = name;
        out << entry(rule);
    }
    out << ".SH SEE ALSO\n.BR oci\\-validate (1)\n";
    out.close();
    if (!out)
        throw std::runtime_error("can't write " + path);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fprintf(stderr, "usage: %s PAGE\n", argv[0]);
        return 2;
    }
    try {
        make_page(argv[1]);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s: %s\n", argv[0], error.what());
        return 1;
    }
    return 0;
}
