// The commands: each takes its arguments and gives the exit status, or throws Error.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/command_line.hpp"
#include "oci-run/launch.hpp"

namespace ocikit::run {

int create_command(const cli::Arguments& arguments);
int start_command(const cli::Arguments& arguments);
int run_command(const cli::Arguments& arguments);
int state_command(const cli::Arguments& arguments);
int kill_command(const cli::Arguments& arguments);
int delete_command(const cli::Arguments& arguments);
int exec_command(const cli::Arguments& arguments);
int features_command(const cli::Arguments& arguments);
int pause_command(const cli::Arguments& arguments);
int resume_command(const cli::Arguments& arguments);
int update_command(const cli::Arguments& arguments);
int ps_command(const cli::Arguments& arguments);
int events_command(const cli::Arguments& arguments);
int list_command(const cli::Arguments& arguments);
int spec_command(const cli::Arguments& arguments);

// What several of them share.
std::string state_root(const cli::Arguments& arguments);
LaunchRequest launch_request(const cli::Arguments& arguments);
// Does something with the container that ID names, or with --regex with all that it matches, one
// after the other; then an error with one of them is told, and the rest is done all the same.
int for_each_container(const cli::Arguments& arguments,
                       const std::function<void(const std::string& id)>& action);
// The value of --preserve-fds and the like; name: for the message.
unsigned descriptor_count(std::string_view text, const char* name);

// Warnings to be told when the command is done, whether it fails or not.
struct Warnings {
    std::vector<std::string> list;

    Warnings() = default;
    Warnings(const Warnings&) = delete;
    Warnings& operator=(const Warnings&) = delete;
    ~Warnings() { tell(); }
    // Tells those that there are now.
    void tell();
};

}  // namespace ocikit::run
