#include "archive/path_types.hpp"

#include <string>
#include <sys/stat.h>

#include <boost/test/unit_test.hpp>

using namespace ocikit::archive;

BOOST_AUTO_TEST_CASE(types_of_many_paths) {
    PathTypes types;
    BOOST_TEST(!types.find("").has_value());
    constexpr mode_t kinds[] = {0, S_IFREG, S_IFDIR, S_IFLNK, S_IFCHR, S_IFBLK, S_IFIFO, S_IFSOCK};
    constexpr int count = 20'000;
    for (int i = 0; i < count; ++i)
        BOOST_TEST(types.add("path/" + std::to_string(i), kinds[i % 8] | 0644));
    for (int i = 0; i < count; ++i) {
        const std::string path = "path/" + std::to_string(i);
        BOOST_TEST(!types.add(path, S_IFREG));
        BOOST_TEST((types.find(path) == kinds[i % 8]));
    }
    BOOST_TEST(!types.find("path/20000").has_value());
    types.set("path/0", S_IFDIR);
    BOOST_TEST((types.find("path/0") == mode_t{S_IFDIR}));
}
