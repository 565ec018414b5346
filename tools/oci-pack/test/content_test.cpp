// Holes of files, found by what is in them.
#include "oci-pack/content.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <sys/mman.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

#include <ocikit/unique_fd.hpp>

using namespace ocikit;
using namespace ocikit::pack;

namespace {

using Extents = std::vector<std::pair<std::uint64_t, std::uint64_t>>;

enum class Zeros { stored, holes };

// In a file of memory, or one in the directory for temporary ones.
enum class Place { memory, disk };

UniqueFd make_file(const std::string& content, Zeros zeros, Place place) {
    UniqueFd fd(::memfd_create("content", MFD_CLOEXEC));
    if (place == Place::disk) {
        std::string name = "/tmp/ocikit-test-content-XXXXXX";
        fd = UniqueFd(::mkstemp(name.data()));
        ::unlink(name.c_str());
    }
    BOOST_TEST_REQUIRE(static_cast<bool>(fd));
    BOOST_TEST_REQUIRE(::ftruncate(fd.get(), static_cast<off_t>(content.size())) == 0);
    for (std::size_t at = 0; at < content.size(); ++at) {
        std::size_t size = 1;
        if (zeros == Zeros::stored)
            size = content.size();
        else if (content[at] == '\0')
            continue;
        BOOST_TEST_REQUIRE(::pwrite(fd.get(), content.data() + at, size, static_cast<off_t>(at)) ==
                           static_cast<ssize_t>(size));
        at += size - 1;
    }
    return fd;
}

// Whole where nothing is said: no extents.
std::optional<Extents> extents_of(int fd, std::size_t size, std::size_t most) {
    archive::Entry entry;
    entry.size = size;
    const auto found = find_extents(fd, entry, most);
    if (!found)
        return std::nullopt;
    Extents extents;
    for (const archive::Extent& extent : *found)
        extents.emplace_back(extent.offset, extent.size);
    return extents;
}

}  // namespace

// Each '.' and letter stands for 1024 bytes of zeros, or with one other byte at the end.
BOOST_AUTO_TEST_CASE(holes_are_zeros_in_whole_blocks) {
    constexpr std::size_t unit = 1024;
    const std::string few = "x.......";           // 8 KiB with a hole of 4
    const std::string many = "x...............";  // 16 KiB with a hole of 12
    const struct {
        std::string picture;
        std::size_t rest;  // bytes of zeros behind them
        std::optional<Extents> expected;
        std::size_t most = most_extents;
    } cases[] = {
        {"", 0, {}},
        {"", 4095, {}},
        {"....", 0, Extents{}},
        {"........", 0, Extents{}},
        {"....", 1, Extents{{4096, 1}}},
        {"...x", 0, {}},
        {"xxxx....", 0, Extents{{0, 4096}}},
        {"xxxx....", 100, Extents{{0, 4096}, {8192, 100}}},
        {"....xxxx", 0, Extents{{4096, 4096}}},
        {"x.......x", 0, Extents{{0, 4096}, {8192, 1024}}},
        {"x......x", 0, {}},  // the zeros fill no block
        {"x..........x", 0, Extents{{0, 4096}, {8192, 4096}}},
        {"...xx...", 0, {}},
        {many + many + many, 0, Extents{{0, 4096}, {16384, 4096}, {32768, 4096}}},
        // larger holes alone
        {few + few + few + many + "x", 0, Extents{{0, 28672}, {40960, 1024}}, 4},
        {many + many + many + many, 0, Extents{{0, 53248}}, 3},
    };
    for (const auto& [picture, rest, expected, most] : cases) {
        std::string content;
        for (const char c : picture)
            content.append(unit - 1, '\0').push_back(c == '.' ? '\0' : c);
        content.append(rest, '\0');
        for (const Place place : {Place::memory, Place::disk}) {
            for (const Zeros zeros : {Zeros::stored, Zeros::holes}) {
                const UniqueFd fd = make_file(content, zeros, place);
                BOOST_TEST((extents_of(fd.get(), content.size(), most) == expected),
                           picture << " and " << rest << (zeros == Zeros::stored ? ", stored" : ""));
            }
        }
    }
}
