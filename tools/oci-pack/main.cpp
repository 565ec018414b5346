#include "archive/descriptor_limit.hpp"
#include "archive/interrupt.hpp"
#include "common/main_guard.hpp"
#include "oci-pack/command_line.hpp"
#include "oci-pack/commands.hpp"

namespace {

using namespace ocikit;

int run(const cli::Arguments& arguments) {
    archive::catch_interrupts();
    archive::raise_descriptor_limit();
    try {
        return pack::run_command(arguments);
    } catch (const archive::Interrupted& interrupted) {
        archive::die_by(interrupted.signal);
    }
}

}  // namespace

int main(int argc, char** argv) {
    return cli::run_tool(pack::command_line(), argc, argv, run);
}
