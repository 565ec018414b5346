#include <malloc.h>
#include <string>
#include <string_view>

#include <ocikit/error.hpp>

#include "common/main_guard.hpp"
#include "oci-run/command_line.hpp"
#include "oci-run/commands/commands.hpp"
#include "oci-run/log.hpp"

namespace {

using namespace ocikit;
using namespace ocikit::run;

struct Entry {
    std::string_view name;
    int (*execute)(const cli::Arguments&);
};

constexpr Entry entries[] = {
    {"create", create_command}, {"start", start_command},       {"run", run_command},
    {"state", state_command},   {"kill", kill_command},         {"delete", delete_command},
    {"list", list_command},     {"exec", exec_command},         {"pause", pause_command},
    {"ps", ps_command},         {"events", events_command},     {"update", update_command},
    {"resume", resume_command}, {"features", features_command}, {"spec", spec_command},
};

LogFormat log_format(const cli::Arguments& arguments) {
    const std::string format = arguments.value_or("log-format", "text");
    if (format != "text" && format != "json")
        throw cli::UsageError("--log-format: \"" + format + "\" is neither text nor json");
    return format == "json" ? LogFormat::json : LogFormat::text;
}

// "": none. Other runtimes take other places too, after a prefix.
std::string log_file(const cli::Arguments& arguments) {
    const std::string name = arguments.value_or("log", "");
    if (name.starts_with("journald:") || name.starts_with("syslog:"))
        throw cli::UsageError("--log: \"" + name + "\": oci-run logs to files only");
    return name.starts_with("file:") ? name.substr(5) : name;
}

// Errors begin with the command and the container: `run web: …`.
int execute(const cli::Arguments& arguments) {
    const LogFormat format = log_format(arguments);
    const std::string log = log_file(arguments);
    if (!log.empty())
        check_log(log);  // before anything is done that it could have to tell of
    std::string context(arguments.command->name);
    if (!arguments.positionals.empty())
        context += " " + arguments.positionals.front();
    try {
        for (const auto& entry : entries)
            if (entry.name == arguments.command->name)
                return entry.execute(arguments);
        throw Error("the command is in the table, but not in the program");
    } catch (const Error& error) {
        const Error told = error.within(context);
        if (!log.empty())  // who reads it, engines, sees nothing else
            log_error(log, format, told.what() + (told.hint().empty() ? "" : " (" + told.hint() + ")"));
        throw told;
    } catch (const cli::UsageError& error) {
        if (!log.empty())
            log_error(log, format, context + ": " + error.what());
        throw;
    }
}

}  // namespace

int main(int argc, char** argv) {
    // One growth of the heap is enough for a whole run, in the command and in init.
    ::mallopt(M_TOP_PAD, 512 * 1024);
    // as runc: 1 for every error, the command line's included
    const cli::Conduct conduct{.usage = 1, .failure = 1, .system = 1, .unwind_on_sigpipe = false};
    return cli::run_tool(command_line(), argc, argv, execute, conduct);
}
