#include <cerrno>
#include <elf.h>
#include <fcntl.h>
#include <string_view>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <ocikit/error.hpp>

#include "init/steps.hpp"
#include "stub/init_stub.hpp"

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

std::string quoted_argument(const ProcessPlan& process) {
    return "\"" + process.args.front() + "\"";
}

// What the kernel looked for in vain when the program itself is there: the
// interpreter of a script, or the loader of a dynamic program.
std::string missing_interpreter(const std::string& program) {
    const UniqueFd fd(::open(program.c_str(), O_RDONLY | O_CLOEXEC));
    char head[4096];
    const ssize_t length = fd ? ::pread(fd.get(), head, sizeof head, 0) : -1;
    std::string_view text(head, length > 0 ? static_cast<std::size_t>(length) : 0);
    if (text.starts_with("#!")) {
        text.remove_prefix(2);
        text = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), text.find_first_not_of(" \t")));
        const std::string interpreter(text.substr(0, text.find_first_of(" \t")));
        return interpreter.ends_with('\r') ? "its #! line ends with a carriage return (DOS line ends)"
                                           : "its interpreter \"" + interpreter + "\" is missing";
    }
    if (text.starts_with(ELFMAG)) {
        const auto loader = text.find("/ld-");
        const auto start = loader == std::string_view::npos ? loader : text.rfind('\0', loader) + 1;
        if (start != std::string_view::npos && start != 0)
            return "its loader \"" + std::string(text.substr(start, text.find('\0', start) - start)) +
                   "\" is missing";
        return "the loader that it needs is missing";
    }
    return "";
}

std::vector<char*> pointers(const std::vector<std::string>& strings) {
    std::vector<char*> result;
    for (const auto& string : strings)
        result.push_back(const_cast<char*>(string.c_str()));
    result.push_back(nullptr);
    return result;
}

}  // namespace

std::string find_program(const ProcessPlan& process) {
    const std::string& name = process.args.front();
    if (name.find('/') != std::string::npos) {
        if (const int code = why_not_executable(name))
            throw Error({.operation = "/process/args/0",
                         .object = "config.json",
                         .reason = quoted_argument(process) + " in the root filesystem",
                         .code = code});
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
    throw Error({.operation = "/process/args/0",
                 .object = "config.json",
                 .reason = quoted_argument(process) + ": executable file not found in $PATH (looked in " +
                           std::string(path) + " of the root filesystem)",
                 .code = code});
}

void execute(const std::string& program, const ProcessPlan& process) {
    ::execve(program.c_str(), pointers(process.args).data(), pointers(process.env).data());
    const int code = errno;
    std::string reason = "execute \"" + program + "\"";
    if (code == ENOENT) {
        const std::string interpreter = missing_interpreter(program);
        if (!interpreter.empty())
            reason += ": " + interpreter;
    }
    throw Error({.operation = "/process/args/0", .object = "config.json", .reason = reason, .code = code});
}

UniqueFd make_stub() {
#ifdef MFD_EXEC
    constexpr unsigned executable = MFD_EXEC;
#else
    constexpr unsigned executable = 0x0010U;
#endif
    const unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
    UniqueFd stub(::memfd_create("oci-run:init", flags | executable));
    if (!stub && errno == EINVAL)  // before Linux 6.3
        stub.reset(::memfd_create("oci-run:init", flags));
    if (!stub ||
        ::write(stub.get(), init_stub.data(), init_stub.size()) != static_cast<ssize_t>(init_stub.size()) ||
        ::fcntl(stub.get(), F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
        throw Error::last("make the program that waits for start", "memfd");
    return stub;
}

void execute_after_start(const UniqueFd& stub, const std::string& program, const ProcessPlan& process,
                         int start_socket) {
    if (::fcntl(start_socket, F_SETFD, 0) < 0)
        throw Error::last("hand on the socket", "fcntl");
    std::vector<std::string> args{program, std::to_string(start_socket)};
    args.insert(args.end(), process.args.begin(), process.args.end());
    ::execveat(stub.get(), "", pointers(args).data(), pointers(process.env).data(), AT_EMPTY_PATH);
    throw Error::last("execute the program that waits for start", "memfd");
}

}  // namespace ocikit::run
