// Comparisons of a system call's arguments, which are 64 bits wide, by instructions of
// BPF, which are 32.
#pragma once

#include <cstddef>
#include <cstdint>
#include <linux/filter.h>
#include <string>
#include <vector>

#include "seccomp/profile.hpp"

namespace ocikit::run {

inline sock_filter bpf_statement(unsigned code, std::uint32_t k) {
    return {static_cast<std::uint16_t>(code), 0, 0, k};
}

inline sock_filter bpf_jump(unsigned code, std::uint32_t k, std::size_t if_true, std::size_t if_false) {
    return {static_cast<std::uint16_t>(code), static_cast<std::uint8_t>(if_true),
            static_cast<std::uint8_t>(if_false), k};
}

// Appends: if all conditions hold, return the action; else go on behind this. narrow: of
// an architecture with arguments of 32 bits.
void append_conditions(std::vector<sock_filter>& program, const Conditions& conditions, bool narrow,
                       std::uint32_t action);

// The number that a multiplexed call of x86 has of its own; -1 if it hasn't one.
int direct_x86_call(const std::string& name);

}  // namespace ocikit::run
