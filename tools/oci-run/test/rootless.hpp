// Containers of an ordinary user.
#pragma once

#include "containers.hpp"
#include "support/skip.hpp"

namespace ocikit::run::test {

// Why this process can't run containers as an ordinary user; "" if it can.
std::string why_not_rootless();
// What an ordinary user can run without anybody's help: one who is root inside, and nobody else.
void make_rootless(Bundle& bundle);
// The first range of /etc/subuid (or subgid) for this user; {0, 0, 0}: none.
spec::IdMapping subordinate(const char* file);
// This process's cgroup of the v2 hierarchy, "/…"; "" if there is none.
std::string own_cgroup();
// Whether there is a v2 cgroup above this process's own that is this user's.
bool has_delegated_cgroup();

}  // namespace ocikit::run::test

#define ROOTLESS_TEST(name)                                               \
    struct name##_case : ocikit::run::test::Containers {                  \
        void body();                                                      \
    };                                                                    \
    BOOST_AUTO_TEST_CASE(name) {                                          \
        const std::string reason = ocikit::run::test::why_not_rootless(); \
        if (!reason.empty())                                              \
            return ocikit::test::skip(reason);                            \
        name##_case test;                                                 \
        ocikit::run::test::make_rootless(test.bundle);                    \
        test.body();                                                      \
        test.check_nothing_is_left();                                     \
    }                                                                     \
    void name##_case::body()
