#include "archive/descriptor_limit.hpp"
#include "archive/interrupt.hpp"
#include "common/main_guard.hpp"
#include "oci-pack/command_line.hpp"
#include "oci-pack/commands.hpp"

#ifdef __SANITIZE_ADDRESS__
// libarchive 3.6 doesn't free its buffer if a writer is given up in the middle.
extern "C" __attribute__((visibility("default"))) const char* __lsan_default_suppressions() {
    return "leak:archive_write_";
}
extern "C" __attribute__((visibility("default"))) const char* __lsan_default_options() {
    return "print_suppressions=0";
}
#endif

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
