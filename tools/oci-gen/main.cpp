#include "common/main_guard.hpp"
#include "oci-gen/command_line.hpp"
#include "oci-gen/gen.hpp"

int main(int argc, char** argv) {
    return ocikit::cli::run_tool(ocikit::gen::command_line(), argc, argv, ocikit::gen::run);
}
