// Which file the program is, and whether executing it is safe.
#include <cerrno>
#include <cstring>
#include <elf.h>
#include <fcntl.h>
#include <optional>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

#include <ocikit/error.hpp>

#include "init/steps.hpp"

namespace ocikit::run {

namespace {

constexpr std::string_view default_path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

std::string_view search_path(const ProcessPlan& process) {
    std::string_view path = default_path;
    for (const auto& variable : process.env)
        if (variable.starts_with("PATH="))
            path = std::string_view(variable).substr(5);
    return path;
}

// 0, or the errno that execve(2) would give for the file by itself.
int why_not_executable(const std::string& path) {
    struct stat st;
    if (::stat(path.c_str(), &st) < 0)
        return errno;
    if (!S_ISREG(st.st_mode))
        return S_ISDIR(st.st_mode) ? EISDIR : EACCES;
    return ::access(path.c_str(), X_OK) < 0 ? errno : 0;
}

[[noreturn]] void refuse_program(std::string reason, int code) {
    throw Error(
        {.operation = "/process/args/0", .object = "config.json", .reason = std::move(reason), .code = code});
}

std::string search(const ProcessPlan& process) {
    const std::string& name = process.args.front();
    const std::string quoted = "\"" + name + "\"";
    if (name.find('/') != std::string::npos) {
        if (const int code = why_not_executable(name))
            refuse_program(quoted + " in the root filesystem", code);
        return name;
    }
    int code = ENOENT;
    const std::string_view path = search_path(process);
    for (std::size_t at = 0; !name.empty() && at <= path.size();) {
        const std::size_t end = std::min(path.find(':', at), path.size());
        const std::string directory(path.substr(at, end - at));
        at = end + 1;
        std::string candidate = (directory.empty() ? "." : directory) + "/" + name;
        const int why = why_not_executable(candidate);
        if (why == 0)
            return candidate;
        // as execvp(3): a file that may not be executed doesn't end the search
        if (why != ENOENT && why != ENOTDIR)
            code = why;
    }
    refuse_program(quoted + ": executable file not found in $PATH (looked in " +
                       (path.empty() ? "the working directory, for it is empty)"
                                     : std::string(path) + " of the root filesystem)"),
                   code);
}

// The first page of a program, and what the kernel reads in it (execve(2)).
class Head {
  public:
    explicit Head(int fd) {
        const ssize_t length = ::pread(fd, bytes_, sizeof bytes_, 0);
        text_ = std::string_view(bytes_, length > 0 ? static_cast<std::size_t>(length) : 0);
    }

    bool is_script() const { return text_.starts_with("#!"); }

    // Of a script; may end with the carriage return of a line of DOS.
    std::string interpreter() const {
        std::string_view line = text_.substr(2);
        line = line.substr(0, line.find('\n'));
        line.remove_prefix(std::min(line.size(), line.find_first_not_of(" \t")));
        return std::string(line.substr(0, line.find_first_of(" \t")));
    }

    // PT_INTERP of a 64-bit ELF file: "" if it is static, nothing if that can't be told.
    std::optional<std::string> loader() const {
        Elf64_Ehdr header;
        if (!read(0, header) || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
            header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_phentsize != sizeof(Elf64_Phdr))
            return std::nullopt;
        for (unsigned i = 0; i < header.e_phnum; ++i) {
            Elf64_Phdr segment;
            if (!read(header.e_phoff + i * sizeof segment, segment))
                return std::nullopt;
            if (segment.p_type != PT_INTERP)
                continue;
            if (segment.p_offset >= text_.size() || segment.p_filesz > text_.size() - segment.p_offset)
                return std::nullopt;
            return std::string(text_.data() + segment.p_offset,
                               ::strnlen(text_.data() + segment.p_offset, segment.p_filesz));
        }
        return "";
    }

  private:
    template <class T>
    bool read(std::size_t offset, T& value) const {
        if (offset > text_.size() || text_.size() - offset < sizeof value)
            return false;
        std::memcpy(&value, text_.data() + offset, sizeof value);
        return true;
    }

    char bytes_[4096];
    std::string_view text_;
};

bool is_own(const struct stat& st, const FileId& own) {
    return st.st_dev == own.device && st.st_ino == own.inode;
}

[[noreturn]] void refuse_own(const std::string& path) {
    refuse_program("\"" + path + "\" is oci-run itself, which a container may not execute", EACCES);
}

// An interpreter or a loader: there, and not oci-run (CVE-2019-5736).
void check_helper(const std::string& program, const char* what, const std::string& helper,
                  const FileId& own) {
    struct stat st;
    if (::stat(helper.c_str(), &st) < 0) {
        const int code = errno;
        if (helper.ends_with('\r'))
            refuse_program(
                "execute \"" + program + "\": its #! line ends with a carriage return (line ends of DOS)",
                code);
        refuse_program("execute \"" + program + "\": its " + what + " \"" + helper + "\" is missing", code);
    }
    if (is_own(st, own))
        refuse_own(helper);
}

}  // namespace

FileId own_executable() {
    struct stat st;
    // still the host's /proc
    if (::stat("/proc/self/exe", &st) < 0)
        throw Error::last("find oci-run's own file", "/proc/self/exe");
    return {st.st_dev, st.st_ino};
}

Program find_program(const ProcessPlan& process, const FileId& own) {
    Program program{search(process), false};
    const UniqueFd fd(::open(program.path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    struct stat st;
    if (!fd || ::fstat(fd.get(), &st) < 0)  // executable, but not readable
        return program;
    if (is_own(st, own))
        refuse_own(program.path);
    const Head head(fd.get());
    if (head.is_script()) {
        check_helper(program.path, "interpreter", head.interpreter(), own);
    } else if (const auto loader = head.loader()) {
        if (!loader->empty())
            check_helper(program.path, "loader", *loader, own);
        program.seen_through = true;
    }
    return program;
}

}  // namespace ocikit::run
