#include "executable.hpp"

#include <algorithm>
#include <cstring>
#include <elf.h>
#include <optional>

namespace ocikit {

namespace {

template <class T>
std::optional<T> read_at(std::string_view bytes, std::uint64_t offset) {
    if (offset > bytes.size() || bytes.size() - offset < sizeof(T))
        return std::nullopt;
    T value;
    std::memcpy(&value, bytes.data() + offset, sizeof value);
    return value;
}

template <class Header, class Segment>
std::string loader_of(std::string_view head) {
    const auto header = read_at<Header>(head, 0);
    for (unsigned i = 0; header && i < header->e_phnum; ++i) {
        const auto segment = read_at<Segment>(head, header->e_phoff + std::uint64_t{i} * sizeof(Segment));
        if (!segment)
            break;
        if (segment->p_type != PT_INTERP || segment->p_offset >= head.size())
            continue;
        const std::string_view text = head.substr(segment->p_offset, segment->p_filesz);
        return std::string(text.substr(0, text.find('\0')));
    }
    return {};
}

Executable elf_of(std::string_view head) {
    constexpr unsigned char native = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB;
    Executable result{.kind = Executable::Kind::elf};
    const auto machine = read_at<std::uint16_t>(head, offsetof(Elf64_Ehdr, e_machine));
    if (!machine)
        return {};
    result.machine = *machine;
    if (static_cast<unsigned char>(head[EI_DATA]) != native) {
        result.machine = static_cast<std::uint16_t>(*machine >> 8 | *machine << 8);
        return result;
    }
    result.interpreter = head[EI_CLASS] == ELFCLASS32 ? loader_of<Elf32_Ehdr, Elf32_Phdr>(head)
                                                      : loader_of<Elf64_Ehdr, Elf64_Phdr>(head);
    return result;
}

Executable script_of(std::string_view head) {
    std::string_view line = head.substr(2, head.find('\n') - 2);
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    return {.kind = Executable::Kind::script,
            .interpreter = std::string(line.substr(0, line.find_first_of(" \t")))};
}

}  // namespace

Executable executable_of(std::string_view head) {
    if (head.starts_with("#!"))
        return script_of(head);
    if (head.starts_with(ELFMAG) && head.size() > EI_NIDENT)
        return elf_of(head);
    return {};
}

std::uint16_t this_machine() {
#if defined(__x86_64__)
    return EM_X86_64;
#elif defined(__aarch64__)
    return EM_AARCH64;
#elif defined(__riscv)
    return EM_RISCV;
#elif defined(__powerpc64__)
    return EM_PPC64;
#elif defined(__s390x__)
    return EM_S390;
#else
    return EM_NONE;
#endif
}

std::string machine_name(std::uint16_t machine) {
    constexpr struct {
        std::uint16_t number;
        const char* name;
    } names[] = {{EM_386, "i386"},        {EM_X86_64, "x86_64"}, {EM_ARM, "arm"},
                 {EM_AARCH64, "aarch64"}, {EM_RISCV, "riscv"},   {EM_PPC64, "ppc64"},
                 {EM_S390, "s390x"},      {EM_MIPS, "mips"},     {EM_LOONGARCH, "loongarch"}};
    for (const auto& [number, name] : names)
        if (number == machine)
            return name;
    return "machine " + std::to_string(machine);
}

}  // namespace ocikit
