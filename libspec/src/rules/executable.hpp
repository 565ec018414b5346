// What the kernel needs to execute a file, by its first bytes (execve(2), elf(5)).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ocikit {

// Enough of a file for its interpreter to be in it: the headers of ELF files come first.
inline constexpr std::size_t executable_head = 4096;

struct Executable {
    enum class Kind { script, elf, unknown } kind = Kind::unknown;
    // Of a script the one after `#!`, of an ELF file its dynamic loader; empty if there is none.
    std::string interpreter = {};
    std::uint16_t machine = 0;  // EM_… of an ELF file
};

Executable executable_of(std::string_view head);

// The machine that this program is for.
std::uint16_t this_machine();

// "x86_64" for EM_X86_64.
std::string machine_name(std::uint16_t machine);

}  // namespace ocikit
