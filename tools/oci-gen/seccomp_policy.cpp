#include "oci-gen/seccomp_policy.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <sys/utsname.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <ocikit/decode.hpp>
#include <ocikit/error.hpp>
#include <ocikit/text.hpp>

#include "oci-gen/json_text.hpp"
#include "oci-gen/profile.hpp"

namespace json = boost::json;

namespace ocikit::gen {

namespace {

// The names of an architecture: uname(2)'s, that of conditions, libseccomp's.
struct Architecture {
    std::string_view machine;
    std::string_view condition;
    std::string_view seccomp;
};
constexpr auto architectures = std::to_array<Architecture>({
    {"x86_64", "amd64", "SCMP_ARCH_X86_64"},
    {"aarch64", "arm64", "SCMP_ARCH_AARCH64"},
});

const Architecture& own_architecture() {
    utsname host{};
    ::uname(&host);
    for (const Architecture& architecture : architectures)
        if (architecture.machine == host.machine)
            return architecture;
    throw Error("seccomp policies can't be resolved for the architecture " + std::string(host.machine));
}

struct KernelVersion {
    int major = 0;
    int minor = 0;
    auto operator<=>(const KernelVersion&) const = default;
};

KernelVersion parse_kernel(const std::string& text) {
    KernelVersion version;
    if (std::sscanf(text.c_str(), "%d.%d", &version.major, &version.minor) != 2)
        throw Error("minKernel: " + quoted(text) + " is no version of a kernel, such as 4.8");
    return version;
}

KernelVersion own_kernel() {
    utsname host{};
    ::uname(&host);
    return parse_kernel(host.release);
}

bool has(const json::array& words, std::string_view word) {
    return std::any_of(words.begin(), words.end(), [&](const json::value& value) {
        return value.is_string() && value.get_string() == word;
    });
}

const json::array& list(const json::object& object, std::string_view name) {
    static const json::array none;
    const json::value* value = object.if_contains(name);
    if (!value || value->is_null())
        return none;
    if (!value->is_array())
        throw Error(std::string(name) + ": expected array");
    return value->get_array();
}

class Resolver {
  public:
    explicit Resolver(const spec::Process& process) {
        if (process.capabilities)
            capabilities_ = process.capabilities->bounding;
    }

    json::object resolve(const json::object& policy) const {
        json::object result;
        for (const auto& member : policy)
            if (!is_own_member(member.key()))
                result.insert(member);
        if (const json::value* name = policy.if_contains("defaultErrno"); name && name->is_string())
            result["defaultErrnoRet"] = errno_number(std::string(name->get_string()));
        if (policy.contains("archMap") && policy.contains("architectures") &&
            !list(policy, "architectures").empty())
            throw Error("architectures and archMap exclude each other");
        if (policy.contains("archMap"))
            if (json::array names = own_architectures(list(policy, "archMap")); !names.empty())
                result["architectures"] = std::move(names);
        json::array calls;
        for (const json::value& call : list(policy, "syscalls")) {
            if (!call.is_object())
                throw Error("syscalls: expected objects");
            if (applies(call.get_object()))
                calls.push_back(plain(call.get_object()));
        }
        result["syscalls"] = std::move(calls);
        return result;
    }

  private:
    static bool is_own_member(std::string_view name) {
        return name == "archMap" || name == "defaultErrno" || name == "syscalls" || name == "comment";
    }

    static int errno_number(const std::string& name) {
        constexpr int most = 133;  // EHWPOISON
        for (int code = 1; code <= most; ++code)
            if (const char* known = ::strerrorname_np(code); known && name == known)
                return code;
        throw Error("there is no error " + quoted(name));
    }

    static json::array own_architectures(const json::array& map) {
        json::array names;
        for (const json::value& row : map) {
            const json::value* name =
                row.is_object() ? row.get_object().if_contains("architecture") : nullptr;
            if (!name || !name->is_string() || name->get_string() != own_architecture().seccomp)
                continue;
            names.push_back(*name);
            const json::array& others = list(row.get_object(), "subArchitectures");
            names.insert(names.end(), others.begin(), others.end());
        }
        return names;
    }

    bool has_capability(const json::value& name) const {
        return name.is_string() && std::find(capabilities_.begin(), capabilities_.end(),
                                             std::string_view(name.get_string())) != capabilities_.end();
    }

    static bool is_own_kernel(const json::object& condition, bool otherwise) {
        const json::value* least = condition.if_contains("minKernel");
        if (!least || !least->is_string() || least->get_string().empty())
            return otherwise;
        return own_kernel() >= parse_kernel(std::string(least->get_string()));
    }

    // includes: all that it names must hold; excludes: nothing of it may.
    bool applies(const json::object& call) const {
        static const json::object nothing;
        const auto condition = [&](std::string_view name) -> const json::object& {
            const json::value* value = call.if_contains(name);
            return value && value->is_object() ? value->get_object() : nothing;
        };
        const json::object& includes = condition("includes");
        const json::object& excludes = condition("excludes");
        const json::array& needed = list(includes, "caps");
        const json::array& barred = list(excludes, "caps");
        const auto holds = [&](const json::value& name) { return has_capability(name); };
        const std::string_view own = own_architecture().condition;
        return !has(list(excludes, "arches"), own) && std::none_of(barred.begin(), barred.end(), holds) &&
               !is_own_kernel(excludes, false) &&
               (list(includes, "arches").empty() || has(list(includes, "arches"), own)) &&
               std::all_of(needed.begin(), needed.end(), holds) && is_own_kernel(includes, true);
    }

    // Without the conditions, and in the form of config.json.
    static json::object plain(const json::object& call) {
        json::object result;
        if (const json::value* name = call.if_contains("name");
            name && name->is_string() && !call.contains("names"))
            result["names"] = json::array{*name};
        for (const auto& member : call) {
            const std::string_view key = member.key();
            if (key != "includes" && key != "excludes" && key != "comment" && key != "name" &&
                key != "errno" && !member.value().is_null())
                result.insert(member);
        }
        if (const json::value* name = call.if_contains("errno");
            name && name->is_string() && !name->get_string().empty())
            result["errnoRet"] = errno_number(std::string(name->get_string()));
        return result;
    }

    std::vector<std::string> capabilities_;
};

}  // namespace

json::value load_seccomp_policy(const std::string& path) {
    json::value policy = load_json(path);
    if (!policy.is_object() || !policy.get_object().contains("defaultAction"))
        throw Error(path + ": is no seccomp profile: it has no \"defaultAction\"");
    return policy;
}

json::value default_seccomp_policy() {
    const std::string_view text = profile_text("seccomp");
    return json::parse({text.data(), text.size()});
}

spec::Seccomp resolve_seccomp(const json::value& policy, const spec::Process& process) {
    const json::object config{
        {"ociVersion", "1.3.0"},
        {"linux", json::object{{"seccomp", Resolver(process).resolve(policy.as_object())}}}};
    const Document document = Document::parse(json::serialize(config), "seccomp profile");
    Diagnostics found = document.diagnostics();
    auto decoded = decode_config(document, found);
    for (const Diagnostic& finding : found)
        if (finding.severity == Severity::error)
            throw Error("the seccomp profile can't be used: " + finding.pointer + ": " + finding.message);
    return std::move(*decoded->linux->seccomp);
}

}  // namespace ocikit::gen
