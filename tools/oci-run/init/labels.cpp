// process.apparmorProfile and process.selinuxLabel: what a security module is told to do
// at the program's execve(2).
#include <cerrno>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ocikit/error.hpp>

#include "init/steps.hpp"
#include "kernel/files.hpp"
#include "kernel/mount.hpp"

namespace ocikit::run {

namespace {

const char* pointer_of(SecurityModule module) {
    return module == SecurityModule::apparmor ? "config.json: /process/apparmorProfile"
                                              : "config.json: /process/selinuxLabel";
}

// The text with its file in backticks is what engines look for (podman's ErrSetSecurityAttribute).
Error label_error(const LabelStep& step, int code) {
    const LabelWrite write = label_write(step);
    Error::Parts parts{.operation = "\"" + write.text + "\" to `/proc/" + write.file + "`",
                       .object = pointer_of(step.module),
                       .code = code};
    if (step.module == SecurityModule::apparmor && code == ENOENT) {
        parts.reason = "the profile isn't loaded";
        parts.code = 0;
        parts.hint = "apparmor_parser(8) loads it; aa-status(8) shows those that are";
    } else if (step.module == SecurityModule::selinux && code == EINVAL) {
        parts.reason = "the policy has no such context";
        parts.code = 0;
    }
    return Error(std::move(parts));
}

// 0 or an errno.
int write_label(const UniqueFd& proc, const LabelStep& step) {
    const LabelWrite write = label_write(step);
    const UniqueFd fd(::openat(proc.get(), write.file.c_str(), O_WRONLY | O_CLOEXEC));
    if (!fd)
        return errno;
    return ::write(fd.get(), write.text.data(), write.text.size()) < 0 ? errno : 0;
}

}  // namespace

// Both have files in /proc whether they are at work or not.
bool is_enabled(SecurityModule module) {
    try {
        return module == SecurityModule::apparmor
                   ? read_at(AT_FDCWD, "/sys/module/apparmor/parameters/enabled").starts_with('Y')
                   : read_at(AT_FDCWD, "/proc/filesystems").find("\tselinuxfs\n") != std::string::npos;
    } catch (const Error&) {
        return false;
    }
}

void leave_out_apparmor_without_it(ProcessPlan& process, std::vector<std::string>& warnings) {
    const auto removed = std::erase_if(process.labels, [](const LabelStep& step) {
        return step.module == SecurityModule::apparmor && !is_enabled(step.module);
    });
    if (removed != 0)
        warnings.emplace_back(
            "config.json: /process/apparmorProfile: AppArmor is not enabled on this machine: "
            "the program runs without the profile");
}

LabelWrite label_write(const LabelStep& step) {
    if (step.module == SecurityModule::apparmor)
        return {"thread-self/attr/apparmor/exec", "exec " + step.label};
    return {"thread-self/attr/exec", step.label};
}

UniqueFd open_own_proc() {
    try {
        return DetachedMount::create("proc", "proc", {},
                                     MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)
            .release();
    } catch (const Error& error) {
        // In a user namespace there is none without a pid namespace of its own. The machine's
        // is in place yet.
        if (error.code() != EPERM)
            throw;
        return open_at(AT_FDCWD, "/proc", O_PATH | O_DIRECTORY);
    }
}

UniqueFd prepare_labels(const std::vector<LabelStep>& steps) {
    for (const auto& step : steps)
        if (!is_enabled(step.module))
            throw Error(
                {.object = pointer_of(step.module),
                 .reason = std::string(step.module == SecurityModule::apparmor ? "AppArmor" : "SELinux") +
                           " is not enabled on this machine",
                 .hint = "remove the property"});
    return steps.empty() ? UniqueFd() : open_own_proc();
}

void check_labels(const UniqueFd& proc, const std::vector<LabelStep>& steps) {
    for (const auto& step : steps) {
        const pid_t child = ::fork();
        if (child == 0)
            ::_exit(write_label(proc, step));
        int status = 0;
        if (child < 0 || ::waitpid(child, &status, 0) < 0)
            throw Error::last("try the label", pointer_of(step.module));
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
            throw label_error(step, WEXITSTATUS(status));
    }
}

void set_labels(const UniqueFd& proc, const std::vector<LabelStep>& steps) {
    for (const auto& step : steps)
        if (const int code = write_label(proc, step))
            throw label_error(step, code);
}

}  // namespace ocikit::run
