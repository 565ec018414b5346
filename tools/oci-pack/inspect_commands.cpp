// list, verify, diff: the commands that make nothing.
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <ocikit/error.hpp>
#include <ocikit/text.hpp>

#include "common/output.hpp"
#include "oci-pack/archive_file.hpp"
#include "oci-pack/commands.hpp"
#include "oci-pack/describe.hpp"
#include "oci-pack/digest_lines.hpp"
#include "oci-pack/inventory.hpp"
#include "oci-pack/verify.hpp"

namespace ocikit::pack {

namespace {

constexpr std::size_t print_size = std::size_t{64} << 10;

bool wants_json(const cli::Arguments& arguments) {
    const std::string format = arguments.value_or("format", "text");
    if (format != "text" && format != "json")
        throw cli::UsageError("option '--format': expected text or json, found '" + format + "'");
    return format == "json";
}

// Of some size at a time, as a write for each line would take longer than all the rest.
class Printer {
  public:
    void add(std::string_view text) {
        text_ += text;
        if (text_.size() >= print_size)
            flush();
    }
    void flush() {
        cli::print(text_);
        text_.clear();
    }

  private:
    std::string text_;
};

void list(const std::string& archive, const archive::Limits& limits, bool json) {
    const ArchiveFile file(archive);
    archive::Reader reader(file.fd(), limits);
    Printer printer;
    bool first = true;
    for (archive::Entry entry; reader.next(entry); first = false) {
        if (!json) {
            printer.add(describe_line(entry) + "\n");
            continue;
        }
        printer.add(first ? "[\n" : ",\n");
        printer.add(boost::json::serialize(describe_json(entry)));
    }
    if (json)
        printer.add(first ? "[]\n" : "\n]\n");
    printer.flush();
}

constexpr const char* kind_names[] = {"added", "removed", "changed"};

std::string as_text(const Difference& difference) {
    std::string line = kind_names[static_cast<int>(difference.kind)];
    line.resize(8, ' ');
    line += printable(difference.path);
    for (std::size_t i = 0; i < difference.what.size(); ++i)
        line += (i == 0 ? ": " : ", ") + difference.what[i];
    return line + "\n";
}

std::string as_json(const Difference& difference) {
    boost::json::array what;
    for (const std::string& text : difference.what)
        what.emplace_back(text);
    boost::json::object object;
    add_name(object, "path", difference.path);
    object["change"] = kind_names[static_cast<int>(difference.kind)];
    object["what"] = std::move(what);
    return boost::json::serialize(object);
}

// Returns whether there are differences.
bool diff(const std::string& before_path, const std::string& after_path, const cli::Arguments& arguments) {
    const bool json = wants_json(arguments);
    const bool quiet = arguments.flag("quiet");
    const archive::Limits limits = limits_of(arguments);
    Inventory before = take_inventory(before_path, limits);
    Inventory after = take_inventory(after_path, limits);
    Printer printer;
    bool any = false;
    compare(before, after, [&](const Difference& difference) {
        if (!quiet)
            printer.add(json ? (any ? "," : "[") + as_json(difference) : as_text(difference));
        any = true;
    });
    if (json && !quiet)
        printer.add(any ? "]\n" : "[]\n");
    printer.flush();
    return any;
}

}  // namespace

int run_list(const cli::Arguments& arguments) {
    const std::string& archive = arguments.positionals[0];
    const bool json = wants_json(arguments);
    try {
        list(archive, limits_of(arguments), json);
    } catch (const Error& error) {
        throw error.within("list " + archive_name(archive));
    }
    return 0;
}

int run_verify(const cli::Arguments& arguments) {
    const std::string& archive = arguments.positionals[0];
    const Verified found = verify(archive, limits_of(arguments));
    if (const auto file = arguments.value("digest-file"))
        check_digests(found.digests, archive, *file);
    if (arguments.flag("quiet"))
        return 0;
    cli::print("# " + std::to_string(found.entries) + " entries, " + std::to_string(found.bytes) +
               " bytes of content, root " + printable(found.root) + "\n" +
               digest_text(found.digests, archive));
    return 0;
}

// As diff(1): 0 the same, 1 different, 2 trouble, be it a refused archive.
int run_diff(const cli::Arguments& arguments) {
    const std::string& before = arguments.positionals[0];
    const std::string& after = arguments.positionals[1];
    wants_json(arguments);  // a mistake there is no trouble with the archives
    limits_of(arguments);
    if (before == "-" && after == "-")
        throw cli::UsageError("only one of the two can be standard input");
    try {
        return diff(before, after, arguments) ? 1 : 0;
    } catch (const Error& error) {
        cli::complain("oci-pack", error.what(), error.hint());
        return 2;
    }
}

}  // namespace ocikit::pack
