#include <algorithm>
#include <cerrno>
#include <charconv>
#include <fcntl.h>
#include <unistd.h>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <ocikit/encode.hpp>
#include <ocikit/error.hpp>

#include "common/output.hpp"
#include "kernel/process.hpp"
#include "kernel/split.hpp"
#include "oci-run/commands/commands.hpp"
#include "oci-run/container.hpp"

namespace ocikit::run {

namespace {

[[noreturn]] void become_ps(const std::vector<std::string>& arguments, int output) {
    std::vector<char*> pointers{const_cast<char*>("ps")};
    for (const auto& argument : arguments)
        pointers.push_back(const_cast<char*>(argument.c_str()));
    pointers.push_back(nullptr);
    if (::dup2(output, STDOUT_FILENO) >= 0)
        ::execvp("ps", pointers.data());
    ::_exit(127);
}

// What ps(1) prints about all processes of the machine.
std::string run_ps(const std::vector<std::string>& arguments) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) < 0)
        throw Error::last("make a pipe", "ps");
    const UniqueFd output(ends[0]);
    UniqueFd input(ends[1]);
    Process ps = Process::clone(0, -1);
    if (ps.pid() == 0)
        become_ps(arguments, input.get());
    input.reset();
    std::string text;
    char buffer[4096];
    for (;;) {
        const ssize_t n = ::read(output.get(), buffer, sizeof buffer);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        text.append(buffer, static_cast<std::size_t>(n));
    }
    const int status = ps.wait().code;
    if (status == 127)
        throw Error("ps: the program is not installed, or not in $PATH", "--format json needs none");
    if (status != 0)
        throw Error("ps failed with exit status " + std::to_string(status));
    return text;
}

// The lines of ps that are about these processes, with its headings.
std::string table_of(const std::string& all, const std::vector<pid_t>& pids) {
    std::string table;
    std::size_t column = std::string::npos;
    for (const auto line : lines_of(all)) {
        const auto words = words_of(line);
        if (table.empty()) {
            column = static_cast<std::size_t>(std::find(words.begin(), words.end(), "PID") - words.begin());
            if (column == words.size())
                throw Error("ps: there is no column PID in what it prints",
                            "add it to the columns asked for");
            table = std::string(line) + "\n";
            continue;
        }
        pid_t pid = 0;
        if (column < words.size())
            std::from_chars(words[column].data(), words[column].data() + words[column].size(), pid);
        if (std::find(pids.begin(), pids.end(), pid) != pids.end())
            table += std::string(line) + "\n";
    }
    return table;
}

}  // namespace

int ps_command(const cli::Arguments& arguments) {
    const std::string format = arguments.value_or("format", "table");
    if (format != "table" && format != "json")
        throw cli::UsageError("--format: \"" + format + "\" is neither table nor json");
    const auto& words = arguments.positionals;
    const auto pids = Container::open(state_root(arguments), words.front()).processes();
    if (format == "json") {
        cli::print(to_text(boost::json::array(pids.begin(), pids.end()), 0));
        return 0;
    }
    // engines give all of them as one word
    std::vector<std::string> options;
    for (std::size_t i = 1; i < words.size(); ++i)
        for (const auto word : words_of(words[i]))
            options.emplace_back(word);
    if (options.empty())
        options.emplace_back("-ef");
    cli::print(table_of(run_ps(options), pids));
    return 0;
}

}  // namespace ocikit::run
