// The last step: the container's program takes init's place.
#include <cerrno>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <ocikit/error.hpp>

#include "init/protocol.hpp"
#include "init/steps.hpp"
#include "stub/init_stub.hpp"

namespace ocikit::run {

namespace {

std::vector<char*> pointers(const std::vector<std::string>& strings) {
    std::vector<char*> result;
    for (const auto& string : strings)
        result.push_back(const_cast<char*>(string.c_str()));
    result.push_back(nullptr);
    return result;
}

}  // namespace

void execute(const std::string& program, const ProcessPlan& process) {
    ::execve(program.c_str(), pointers(process.args).data(), pointers(process.env).data());
    throw execution_error(program, errno);
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

void execute_stub(const UniqueFd& stub, StubTask task, int socket, const std::string& program,
                  const ProcessPlan& process) {
    if (::fcntl(socket, F_SETFD, 0) < 0)
        throw Error::last("hand on the socket", "fcntl");
    std::vector<std::string> args{program, std::to_string(socket), task == StubTask::wait ? "w" : "x"};
    args.insert(args.end(), process.args.begin(), process.args.end());
    ::execveat(stub.get(), "", pointers(args).data(), pointers(process.env).data(), AT_EMPTY_PATH);
    throw Error::last("execute the program that waits for start", "memfd");
}

}  // namespace ocikit::run
