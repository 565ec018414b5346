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

// The program of a filter, for the stub to map; not close-on-exec, as it is the stub that
// reads and closes it.
UniqueFd filter_file(const SeccompFilter& filter) {
    UniqueFd fd(::memfd_create("oci-run:seccomp", 0));
    const std::size_t size = filter.program.size() * sizeof filter.program.front();
    if (!fd || ::write(fd.get(), filter.program.data(), size) != static_cast<ssize_t>(size))
        throw Error::last("hand on the filter", "memfd");
    return fd;
}

std::string described_labels(const StubCall& call, const ProcessPlan& process) {
    return call.labels ? std::to_string(call.labels.get()) + "," + std::to_string(process.labels.size())
                       : "-";
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

void execute_stub(const StubCall& call, const std::string& program, const ProcessPlan& process) {
    if (::fcntl(call.socket, F_SETFD, 0) < 0 || (call.labels && ::fcntl(call.labels.get(), F_SETFD, 0) < 0))
        throw Error::last("hand on what the program waits with", "fcntl");
    const UniqueFd filter = call.filter ? filter_file(*call.filter) : UniqueFd();
    const std::string described = !call.filter ? "-"
                                               : std::to_string(filter.get()) + "," +
                                                     std::to_string(call.filter->program.size()) + "," +
                                                     std::to_string(call.filter->flags);
    std::vector<std::string> args{program, std::to_string(call.socket),
                                  call.task == StubTask::wait ? "w" : "x", described,
                                  described_labels(call, process)};
    if (call.labels)
        for (const auto& step : process.labels) {
            LabelWrite write = label_write(step);
            args.push_back(std::move(write.file));
            args.push_back(std::move(write.text));
        }
    args.insert(args.end(), process.args.begin(), process.args.end());
    ::execveat(call.stub.get(), "", pointers(args).data(), pointers(process.env).data(), AT_EMPTY_PATH);
    throw Error::last("execute the program that waits for start", "memfd");
}

}  // namespace ocikit::run
