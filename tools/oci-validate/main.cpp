#include "common/main_guard.hpp"
#include "oci-validate/command_line.hpp"
#include "oci-validate/validate.hpp"

int main(int argc, char** argv) {
    return ocikit::cli::run_tool(ocikit::validate::command_line(), argc, argv, ocikit::validate::run);
}
