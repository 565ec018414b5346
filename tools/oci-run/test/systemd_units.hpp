// Containers whose cgroup is a unit of systemd's.
#pragma once

#include <string>
#include <vector>

#include "containers.hpp"
#include "support/skip.hpp"

namespace ocikit::run::test {

// The machine's, or the user's own.
enum class Systemd { machines, users };

// Why containers can't have units of it here; "" if they can.
std::string why_no_units(Systemd which);
// As systemctl(1) shows it.
std::string unit_property(Systemd which, const std::string& unit, const std::string& name);
// What makes the configuration one that whoever this systemd is for can run.
void make_runnable(Systemd which, Bundle& bundle);

template <Systemd which>
struct UnitContainers : Containers {
    UnitContainers() { make_runnable(which, bundle); }

    static std::vector<std::string> with(std::vector<std::string> words) {
        words.insert(words.begin(), "--systemd-cgroup");
        return words;
    }
    static std::string property(const std::string& unit, const std::string& name) {
        return unit_property(which, unit, name);
    }

    std::string scope = "p-" + id() + ".scope";
};

}  // namespace ocikit::run::test

#define SYSTEMD_TEST(which, name)                                                                      \
    struct name##_case : ocikit::run::test::UnitContainers<ocikit::run::test::Systemd::which> {        \
        void body();                                                                                   \
    };                                                                                                 \
    BOOST_AUTO_TEST_CASE(name) {                                                                       \
        const std::string reason = ocikit::run::test::why_no_units(ocikit::run::test::Systemd::which); \
        if (!reason.empty())                                                                           \
            return ocikit::test::skip(reason);                                                         \
        name##_case test;                                                                              \
        test.body();                                                                                   \
        test.check_nothing_is_left();                                                                  \
        BOOST_TEST(test.property(test.scope, "ActiveState") == "inactive");                            \
    }                                                                                                  \
    void name##_case::body()
