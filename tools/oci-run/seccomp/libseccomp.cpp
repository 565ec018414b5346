#include <cerrno>
#include <memory>
#include <seccomp.h>
#include <sys/mman.h>
#include <unistd.h>

#include <boost/describe/enumerators.hpp>
#include <boost/mp11/algorithm.hpp>

#include <ocikit/error.hpp>
#include <ocikit/unique_fd.hpp>

#include "plan/refusal.hpp"
#include "seccomp/emit.hpp"
#include "seccomp/filter.hpp"
#include "seccomp/newer_calls.hpp"

namespace ocikit::run {

namespace {

constexpr const char* base = "/linux/seccomp";

using Context = std::unique_ptr<void, decltype(&seccomp_release)>;

[[noreturn]] void fail(const std::string& pointer, const std::string& operation, int code) {
    throw Error({.operation = operation, .object = "config.json: " + pointer, .code = code});
}

[[noreturn]] void fail_at_architecture(const spec::Seccomp& seccomp, std::uint32_t token, int code) {
    for (std::size_t i = 0; i < seccomp.architectures.size(); ++i) {
        if (architecture_token(seccomp.architectures[i]) != token)
            continue;
        const std::string pointer = std::string(base) + "/architectures/" + std::to_string(i);
        const std::string name = spec::to_text(seccomp.architectures[i]);
        if (code == EDOM)
            refuse(pointer, name + " has another byte order than this machine: no program here can be of it",
                   "`oci-run features` lists the architectures that a profile can have here");
        fail(pointer, "add " + name, code);
    }
    fail(base, "add an architecture", code);
}

void add_rule(scmp_filter_ctx context, const ProfileRule& rule) {
    for (std::size_t i = 0; i < rule.names->size(); ++i) {
        const std::string& name = (*rule.names)[i];
        const int call = seccomp_syscall_resolve_name(name.c_str());
        if (call == __NR_SCMP_ERROR)
            continue;
        int code = 0;
        for (const auto& conditions : rule.alternatives)
            code = code != 0
                       ? code
                       : seccomp_rule_add_array(context, rule.action, call,
                                                static_cast<unsigned>(conditions.size()), conditions.data());
        if (code != 0)
            fail(rule.pointer + "/names/" + std::to_string(i), "add a rule for " + name, -code);
    }
}

std::vector<sock_filter> export_program(scmp_filter_ctx context) {
    const UniqueFd fd(::memfd_create("seccomp", MFD_CLOEXEC));
    if (!fd)
        throw Error::last("make a file for the filter", "memfd");
    if (const int code = seccomp_export_bpf(context, fd.get()); code != 0)
        fail(base, "compile the filter", -code);
    const off_t size = ::lseek(fd.get(), 0, SEEK_END);
    std::vector<sock_filter> program(static_cast<std::size_t>(size) / sizeof(sock_filter));
    if (::pread(fd.get(), program.data(), program.size() * sizeof(sock_filter), 0) != size)
        throw Error::last("read the filter", "memfd");
    return program;
}

}  // namespace

std::vector<spec::SeccompArch> seccomp_architectures() {
    std::vector<spec::SeccompArch> usable;
    // a filter is for one order of bytes
    const Context context(seccomp_init(SCMP_ACT_ALLOW), seccomp_release);
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<spec::SeccompArch>>([&](auto enumerator) {
        const std::uint32_t token = architecture_token(enumerator.value);
        const int code = token == 0 ? -EINVAL : seccomp_arch_add(context.get(), token);
        if (code == 0 || code == -EEXIST)
            usable.push_back(enumerator.value);
    });
    return usable;
}

std::string seccomp_library_version() {
    const scmp_version* const version = seccomp_version();
    return std::to_string(version->major) + "." + std::to_string(version->minor) + "." +
           std::to_string(version->micro);
}

std::vector<sock_filter> compile_by_libseccomp(const Profile& profile) {
    const Context context(seccomp_init(profile.default_action), seccomp_release);
    if (!context)
        fail(base, "make the filter", ENOMEM);
    // a binary search instead of a list: a third of the load time and of each call's
    seccomp_attr_set(context.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);
    for (const std::uint32_t architecture : profile.architectures) {
        const int code = seccomp_arch_add(context.get(), architecture);
        if (code != 0 && code != -EEXIST)
            fail_at_architecture(*profile.source, architecture, -code);
    }
    for (const auto& rule : profile.rules)
        add_rule(context.get(), rule);
    auto program = export_program(context.get());
    if (denies_by_default(*profile.source))
        prepend_newer_calls(program, *profile.source);
    return program;
}

}  // namespace ocikit::run
