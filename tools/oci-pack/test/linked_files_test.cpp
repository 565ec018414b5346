// Names of files with several, against a plain map.
#include "oci-pack/linked_files.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include <boost/test/unit_test.hpp>

using namespace ocikit::pack;

// More than is kept in memory, inodes that fall on one place, files of which all names come by.
BOOST_AUTO_TEST_CASE(first_names_of_linked_files) {
    LinkedFiles files;
    struct First {
        std::string name;
        std::uint64_t left;
    };
    std::map<std::pair<dev_t, ino_t>, First> model;
    std::uint64_t state = 1;
    for (int i = 0; i < 100'000; ++i) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        struct stat status {};
        status.st_dev = state >> 62;
        status.st_ino = (state >> 40) % 20'000 * (status.st_dev == 0 ? std::uint64_t{1} << 44 : 1);
        status.st_nlink = 2 + status.st_ino % 5;
        const std::string path(i % 1000 == 0 ? 4095 : 20 + i % 50, 'x');
        const std::string name = path.substr(std::to_string(i).size()) + std::to_string(i);
        const auto found = files.see(status, name);
        const std::pair key(status.st_dev, status.st_ino);
        const auto [expected, is_first] = model.try_emplace(key, First{name, status.st_nlink - 1});
        BOOST_TEST_REQUIRE(found.has_value() == !is_first);
        if (is_first)
            continue;
        BOOST_TEST_REQUIRE(*found == expected->second.name);
        if (--expected->second.left == 0)
            model.erase(expected);
    }
}
