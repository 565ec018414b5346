#include <algorithm>
#include <array>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <ocikit/encode.hpp>
#include <ocikit/error.hpp>

#include "common/output.hpp"
#include "oci-run/commands/commands.hpp"
#include "oci-run/container.hpp"

namespace ocikit::run {

namespace {

using Row = std::array<std::string, 6>;

std::string table(const std::vector<Row>& rows) {
    std::array<std::size_t, 6> widths{};
    for (const auto& row : rows)
        for (std::size_t i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], row[i].size());
    std::string text;
    for (const auto& row : rows) {
        for (std::size_t i = 0; i + 1 < row.size(); ++i)
            text += row[i] + std::string(widths[i] + 3 - row[i].size(), ' ');
        text += row.back() + "\n";
    }
    return text;
}

Row row_of(const boost::json::object& state) {
    const auto text = [&](const char* key) { return std::string(state.at(key).as_string()); };
    const std::string owner = text("owner");
    return {text("id"),      std::to_string(state.at("pid").to_number<int>()),
            text("status"),  text("bundle"),
            text("created"), owner.empty() ? "root" : owner};
}

}  // namespace

int list_command(const cli::Arguments& arguments) {
    const std::string format = arguments.value_or("format", "table");
    if (format != "table" && format != "json")
        throw cli::UsageError("--format: \"" + format + "\" is neither table nor json");
    const std::string root = state_root(arguments);
    boost::json::array states;
    for (const auto& id : StateDir::list(root)) {
        try {
            auto state = StateDir::try_open(root, id);
            if (state)  // another command may have deleted it meanwhile
                states.push_back(Container(std::move(*state)).describe());
        } catch (const Error& error) {  // one damaged container doesn't hide the others
            cli::complain("oci-run", error.what(), error.hint());
        }
    }
    std::string text;
    if (arguments.flag("quiet")) {
        for (const auto& state : states)
            text += std::string(state.at("id").as_string()) + "\n";
    } else if (format == "json") {
        text = to_text(states, 0);
    } else {
        std::vector<Row> rows{{"ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"}};
        for (const auto& state : states)
            rows.push_back(row_of(state.as_object()));
        text = table(rows);
    }
    cli::print(text);
    return 0;
}

}  // namespace ocikit::run
