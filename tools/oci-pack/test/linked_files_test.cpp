// Names of files with several, against a plain map.
#include "oci-pack/linked_files.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include <boost/test/unit_test.hpp>

#include <ocikit/error.hpp>

using namespace ocikit::pack;

// More than is kept in memory, of several file systems.
BOOST_AUTO_TEST_CASE(first_names_of_linked_files) {
    LinkedFiles files;
    std::map<std::pair<dev_t, ino_t>, std::string> first;
    std::uint64_t state = 1;
    for (int i = 0; i < 100'000; ++i) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        struct stat status {};
        status.st_dev = state >> 62;
        status.st_ino = (state >> 40) % 20'000 * (status.st_dev == 0 ? std::uint64_t{1} << 44 : 1);
        status.st_size = static_cast<off_t>(status.st_ino);
        const std::string path(i % 1000 == 0 ? 4095 : 20 + i % 50, 'x');
        const std::string name = path.substr(std::to_string(i).size()) + std::to_string(i);
        const auto found = files.see(status, name);
        const auto [expected, is_first] = first.try_emplace({status.st_dev, status.st_ino}, name);
        BOOST_TEST_REQUIRE(found.has_value() == !is_first);
        if (found)
            BOOST_TEST_REQUIRE(*found == expected->second);
    }
}

// Else an inode that is used again would make another file a link of the first.
BOOST_AUTO_TEST_CASE(linked_files_that_change) {
    struct stat before {};
    before.st_ino = 7;
    struct stat larger = before;
    larger.st_size = 1;
    struct stat later = before;
    later.st_mtim.tv_nsec = 1;
    for (const struct stat& after : {larger, later}) {
        LinkedFiles files;
        BOOST_TEST(!files.see(before, "a").has_value());
        BOOST_CHECK_EXCEPTION(files.see(after, "b"), ocikit::Error, [](const ocikit::Error& error) {
            return std::string(error.what()) == "b: it changed while it was read";
        });
        BOOST_TEST(files.see(before, "c").value() == "a");
    }
}
