#include "systemd_units.hpp"

#include <filesystem>

#include "child.hpp"
#include "rootless.hpp"

namespace ocikit::run::test {

std::string why_no_units(Systemd which) {
    if (which == Systemd::machines)
        return std::filesystem::exists("/run/systemd/system") ? why_no_containers()
                                                              : "systemd doesn't run on this machine";
    if (const std::string reason = why_not_rootless(); !reason.empty())
        return reason;
    return Child({"systemctl", "--user", "show", "--property", "Version"}).wait().status == 0
               ? ""
               : "this user has no systemd of their own";
}

std::string unit_property(Systemd which, const std::string& unit, const std::string& name) {
    std::vector<std::string> words{"systemctl", "show", "--property", name, "--value", unit};
    if (which == Systemd::users)
        words.insert(words.begin() + 1, "--user");
    const std::string out = Child(words).wait().out;
    return out.substr(0, out.find_last_not_of('\n') + 1);
}

void make_runnable(Systemd which, Bundle& bundle) {
    if (which == Systemd::users)
        make_rootless(bundle);
}

}  // namespace ocikit::run::test
