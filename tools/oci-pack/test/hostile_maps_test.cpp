// Archives with sparse files whose maps of holes are damaged, or mean different things to
// different readers.
#include <string>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "oci-pack/test/prey.hpp"

using namespace ocikit::pack::test;

namespace {

using namespace std::string_literals;

constexpr std::size_t magic_at = 257;

std::string with_records_of(const std::vector<std::pair<const char*, std::string>>& records,
                            const std::string& content) {
    std::string text;
    for (const auto& [key, value] : records)
        text += RawTar::record_text(key, value);
    return bundle().add("PaxHeader", 'x', text).add("rootfs/x", '0', content).finished();
}

// GNU tar's format 1.0: the map comes before the content.
std::string sparse(const std::string& size, std::string map, const std::string& content) {
    map.resize((map.size() + 511) / 512 * 512);
    return with_records_of({{"GNU.sparse.major", "1"},
                            {"GNU.sparse.minor", "0"},
                            {"GNU.sparse.name", "rootfs/sparse"},
                            {"GNU.sparse.realsize", size}},
                           map + content);
}

// GNU tar's oldest format, with one piece of 70 bytes at that offset. Numbers are octal.
std::string in_header(const std::string& offset, const std::string& size, const std::string& content) {
    return bundle()
        .patch(magic_at, "ustar  \0"s)
        .patch(386, offset + "\0"s + "00000000106\0"s)
        .patch(483, size + "\0"s)
        .add("rootfs/x", 'S', content)
        .finished();
}

}  // namespace

BOOST_FIXTURE_TEST_CASE(maps, Prey) {
    const std::string data(70, 'x');
    std::string zeros;
    for (int i = 0; i < 1'200'000; ++i)
        zeros += "0\n";
    for (const Case& hostile : std::vector<Case>{
             {"0.0, pieces that overlap",
              with_records_of({{"GNU.sparse.size", "100"},
                               {"GNU.sparse.numblocks", "2"},
                               {"GNU.sparse.offset", "50"},
                               {"GNU.sparse.numbytes", "10"},
                               {"GNU.sparse.offset", "0"},
                               {"GNU.sparse.numbytes", "60"}},
                              data),
              "out of order"},
             {"0.0, beyond the end",
              with_records_of({{"GNU.sparse.size", "10"},
                               {"GNU.sparse.numblocks", "1"},
                               {"GNU.sparse.offset", "5000"},
                               {"GNU.sparse.numbytes", "70"}},
                              data),
              "more content than its size"},
             {"0.1, an odd number",
              with_records_of({{"GNU.sparse.size", "100"}, {"GNU.sparse.map", "1,2,3"}}, data),
              "GNU.sparse.map"},
             {"0.1, negative",
              with_records_of({{"GNU.sparse.size", "100"}, {"GNU.sparse.map", "-1,2"}}, data), ""},
             {"0.1, a negative size",
              with_records_of({{"GNU.sparse.size", "-100"}, {"GNU.sparse.map", "0,70"}}, data), ""},
             {"0.1, another name",
              with_records_of(
                  {{"GNU.sparse.size", "100"}, {"GNU.sparse.name", "../../x"}, {"GNU.sparse.map", "0,70"}},
                  data),
              "'..' in it"},
             {"1.0, letters", sparse("100", "abc\n", data), ""},
             {"1.0, more pieces than there can be", sparse("100", "99999999999\n", data), ""},
             {"1.0, beyond the end", sparse("100", "1\n5000\n70\n", data), "more content than its size"},
             {"1.0, backwards", sparse("100", "2\n50\n10\n0\n60\n", data), "out of order"},
             {"1.0, negative", sparse("100", "1\n-5\n70\n", data), ""},
             {"1.0, at the end of numbers",
              sparse("9223372036854775807", "1\n9223372036854775800\n70\n", data), ""},
             {"1.0, no map", sparse("100", "", ""), ""},
             {"1.0, a size beyond numbers", sparse("99999999999999999999999", "1\n0\n70\n", data), ""},
             {"0.0, less pieces than it says",
              with_records_of({{"GNU.sparse.size", "70"},
                               {"GNU.sparse.numblocks", "2"},
                               {"GNU.sparse.offset", "0"},
                               {"GNU.sparse.numbytes", "70"}},
                              data),
              "the map of its holes is damaged"},
             {"0.1, more pieces than it says",
              with_records_of(
                  {{"GNU.sparse.size", "70"}, {"GNU.sparse.numblocks", "0"}, {"GNU.sparse.map", "0,70"}},
                  data),
              "the map of its holes is damaged"},
             {"1.0, less content than it says", sparse("100", "1\n0\n100\n", data),
              "is for 100 bytes, and there are 70"},
             {"1.0, more content than it says", sparse("60", "1\n0\n60\n", data), ""},
             {"1.0, to another end", sparse("100", "1\n0\n70\n", data), "doesn't reach its end"},
             {"1.0, pieces that begin within a block", sparse("70", "2\n0\n30\n30\n40\n", data),
              "the map of its holes is damaged"},
             {"1.0, more than there is memory for", sparse("0", "600000\n" + zeros, ""), "longer than 2 MiB"},
             {"1.0, of a directory",
              bundle()
                  .add("PaxHeader", 'x',
                       "22 GNU.sparse.major=1\n22 GNU.sparse.minor=0\n25 GNU.sparse.realsize=0\n")
                  .add("rootfs/x", '5')
                  .finished(),
              ""},
             {"2.0",
              bundle()
                  .add("PaxHeader", 'x',
                       "22 GNU.sparse.major=2\n22 GNU.sparse.minor=0\n25 GNU.sparse.realsize=0\n")
                  .add("rootfs/x")
                  .finished(),
              "in a way that isn't known"},
             {"of no format, a size", with_record("GNU.sparse.realsize", "100"), "damaged"},
             {"of no format, a name", with_record("GNU.sparse.name", "rootfs/y"), "damaged"},
             {"of GNU tar itself, to another end", in_header("00000000000", "00000000200", data),
              "doesn't reach its end"},
             {"of GNU tar itself, but for its header", bundle().add("rootfs/x", 'S').finished(),
              "in the way of GNU tar, but its header isn't"},
             {"of GNU tar itself, beyond the end", in_header("00000050000", "00000000100", data),
              "more content than its size"},
         })
        check(hostile);
}
