// The small parts.
#include <algorithm>
#include <array>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "archive/acl.hpp"
#include "archive/digest.hpp"
#include "archive/directory_list.hpp"
#include "archive/entry_path.hpp"
#include "archive/key_table.hpp"
#include "archive/locale.hpp"
#include "archive/progress.hpp"
#include "archive/sorted_spool.hpp"
#include "archive/xattrs.hpp"

using namespace ocikit::archive;
using namespace std::string_literals;

BOOST_AUTO_TEST_CASE(paths_of_entries) {
    using Fault = EntryPath::Fault;
    std::string longest;
    while (longest.size() < max_path)
        longest += longest.size() % 256 == 255 ? '/' : 'x';
    const struct {
        std::string text;
        std::string path;
        Fault fault = Fault::none;
    } cases[] = {
        {"a", "a"},
        {"./a", "a"},
        {"a/", "a"},
        {".//a//b/.", "a/b"},
        {".", ""},
        {"./", ""},
        {"...", "..."},
        {"a/..b", "a/..b"},
        {"", "", Fault::empty},
        {"/a", "", Fault::absolute},
        {"//", "", Fault::absolute},
        {"..", "", Fault::outside},
        {"a/..", "", Fault::outside},
        {"a/../b", "", Fault::outside},
        {longest, longest},
        {std::string(255, 'x') + "/a", std::string(255, 'x') + "/a"},
        {"a/" + std::string(256, 'x'), "", Fault::component_too_long},
        {longest + "/x", "", Fault::too_long},
    };
    for (const auto& [text, path, fault] : cases) {
        const EntryPath parsed = parse_entry_path(text);
        BOOST_TEST(parsed.path == path);
        BOOST_TEST((parsed.fault == fault), text);
    }
    BOOST_TEST(directory_of("a/b/c") == "a/b");
    BOOST_TEST(directory_of("a") == "");
    BOOST_TEST(name_of("a/b/c") == "c");
    BOOST_TEST(name_of("a") == "a");
}

BOOST_AUTO_TEST_CASE(utf8) {
    for (const char* text : {"", "a", "caf\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x90\xa7", "\xed\x9f\xbf"})
        BOOST_TEST(is_utf8(text), text);
    for (const char* text : {"\xff", "\xc3", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                             "\x80", "a\xe2\x82"})
        BOOST_TEST(!is_utf8(text), text);
}

BOOST_AUTO_TEST_CASE(attributes_of_the_machine_do_not_travel) {
    for (const char* name : {"user.x", "trusted.x", "security.capability", "system.posix_acl_access",
                             "system.posix_acl_default"})
        BOOST_TEST(is_portable_xattr(name), name);
    for (const char* name : {"security.selinux", "security.ima", "security.evm", "trusted.overlay.opaque",
                             "user.overlay.opaque", "system.nfs4_acl"})
        BOOST_TEST(!is_portable_xattr(name), name);
}

// Values that the kernel takes, and those that it answers with EINVAL.
BOOST_AUTO_TEST_CASE(values_of_attributes) {
    const auto list = [](std::initializer_list<std::array<int, 3>> entries) {
        std::string value("\2\0\0\0", 4);
        for (const auto& [tag, permissions, id] : entries)
            for (const auto& [number, size] :
                 {std::pair(tag, 2), std::pair(permissions, 2), std::pair(id, 4)})
                for (int i = 0; i < size; ++i)
                    value += static_cast<char>(number >> (8 * i));
        return value;
    };
    const std::array<int, 3> user{1, 6, -1}, group{4, 4, -1}, other{32, 0, -1}, mask{16, 7, -1};
    const struct {
        const char* what;
        std::string value;
        bool possible;
    } lists[] = {
        {"the three", list({user, group, other}), true},
        {"with a mask", list({user, group, mask, other}), true},
        {"with a user", list({user, {2, 7, 5}, group, mask, other}), true},
        {"with groups", list({user, group, {8, 7, 5}, {8, 0, -2}, mask, other}), true},
        {"none", list({}), true},
        {"no header", "", false},
        {"half an entry", list({user, group, other}) + "1234", false},
        {"another version", "\3" + list({user, group, other}).substr(1), false},
        {"no owner", list({group, other}), false},
        {"no group", list({user, other}), false},
        {"no others", list({user, group}), false},
        {"two owners", list({user, user, group, other}), false},
        {"a user and no mask", list({user, {2, 7, 5}, group, other}), false},
        {"a user without a number", list({user, {2, 7, -1}, group, mask, other}), false},
        {"another order", list({user, group, {2, 7, 5}, mask, other}), false},
        {"an unknown kind", list({user, group, mask, other, {64, 0, -1}}), false},
        {"unknown permissions", list({{1, 8, -1}, group, other}), false},
    };
    for (const auto& [what, value, possible] : lists)
        BOOST_TEST(is_possible_xattr(access_list, value) == possible, what);

    const std::string rest(16, '\0');
    const struct {
        std::string value;
        bool possible;
    } capabilities[] = {{"\1"s + "\0\0\2"s + rest, true},
                        {"\0\0\0\3"s + rest + "\1\0\0\0"s, true},
                        {"\0\0\0\3"s + rest + "\xff\xff\xff\xff", false},
                        {"\0\0\0\2"s + rest + "\0\0\0\0"s, false},
                        {"\0\0\0\3"s + rest, false},
                        {"\2\0\0\2"s + rest, false},
                        {"\0\0\0\1"s + rest.substr(8), false},
                        {"", false}};
    for (const auto& [value, possible] : capabilities)
        BOOST_TEST(is_possible_xattr("security.capability", value) == possible);
}

// The mask takes the group's place in the mode, and gives it back with the list.
BOOST_AUTO_TEST_CASE(modes_with_lists) {
    // user::rw-, user:5:rwx, group::r-x, mask::-wx or ::rw-, other::--x
    const std::string begin("\2\0\0\0\1\0\6\0\xff\xff\xff\xff\2\0\7\0\5\0\0\0\4\0\5\0\xff\xff\xff\xff", 28);
    const std::string end("\x20\0\1\0\xff\xff\xff\xff", 8);
    const std::string list = begin + std::string("\x10\0\3\0\xff\xff\xff\xff", 8) + end;
    BOOST_TEST(mode_with_acl(0106777, list) == 0106631u);
    BOOST_TEST(mode_without_acl(0106777, list) == 0106611u);
    BOOST_TEST(mode_with_acl(0644, begin + end) == 0651u);
    BOOST_TEST(mode_with_acl(0644, std::string("\2\0\0\0", 4)) == 0644u);
}

BOOST_AUTO_TEST_CASE(sizes_are_readable) {
    BOOST_TEST(readable_size(1023) == "1023 B");
    BOOST_TEST(readable_size(1536) == "1.5 KiB");
    BOOST_TEST(readable_size(UINT64_MAX) == "16.0 EiB");
}

// In memory, in a file because they are many, and because it is asked for.
BOOST_AUTO_TEST_CASE(directories_are_listed_in_bytewise_order) {
    std::set<std::string> expected;
    for (int i = 0; i < 3000; ++i)
        expected.insert(std::string(static_cast<std::size_t>(i % 250), 'x') + std::to_string(i));
    expected.insert({"\xff", "\x7f", "A", "a"});
    std::vector<std::string> names(expected.begin(), expected.end());
    std::reverse(names.begin() + 7, names.end());
    const struct {
        std::size_t memory;
        bool to_file;
    } cases[] = {{DirectoryList::usual_memory, false}, {DirectoryList::usual_memory, true}, {1000, false}};
    for (const auto& [memory, to_file] : cases) {
        DirectoryList list(memory);
        BOOST_TEST(list.empty());
        for (const std::string& name : names)
            list.add({name, static_cast<unsigned char>(name.size())});
        list.sort();
        if (to_file)
            list.to_file();
        BOOST_TEST(!list.empty());
        BOOST_TEST((list.bytes() == 0) == (to_file || memory == 1000));
        for (int turn = 0; turn < 2; ++turn) {
            std::vector<std::string> sorted;
            for (const DirectoryEntry entry : list) {
                sorted.emplace_back(entry.name);
                BOOST_TEST(entry.type == entry.name.size());
            }
            BOOST_TEST(sorted == std::vector<std::string>(expected.begin(), expected.end()));
        }
    }
}

// In memory, in a file from the beginning, and moving there; keys that follow each other, that
// want the same slots, and the last ones of all.
BOOST_AUTO_TEST_CASE(numbers_by_keys) {
    for (const std::size_t slots : {std::size_t{1}, std::size_t{256}, KeyTable::usual_in_memory}) {
        KeyTable table(slots);
        std::map<KeyTable::Key, std::uint64_t> expected;
        for (std::uint64_t i = 0, state = 1; i < 5000; ++i, state = state * 6364136223846793005u + 1) {
            const std::uint64_t first = i % 3 == 0   ? state >> 50 << 50
                                        : i % 3 == 1 ? UINT64_MAX - i / 30
                                                     : state;
            const KeyTable::Key key{first, state >> 60};
            const auto [found, is_new] = expected.emplace(key, i + 1);
            BOOST_TEST_REQUIRE(table.add(key, i + 1) == (is_new ? 0 : found->second));
            if (i % 7 == 0) {
                table.replace(key, i + 2);
                found->second = i + 2;
            }
        }
        for (const auto& [key, number] : expected) {
            BOOST_TEST_REQUIRE(table.find(key) == number);
            BOOST_TEST_REQUIRE(table.find({key[0], key[1] + 16}) == 0);
        }
    }
    BOOST_TEST((KeyTable::key_of("a") != KeyTable::key_of("b")));
}

// In memory alone, in runs of one record, of a few, and larger ones than is read at once.
BOOST_AUTO_TEST_CASE(records_are_sorted) {
    for (const std::size_t memory :
         {std::size_t{1}, std::size_t{1000}, std::size_t{100'000}, std::size_t{1} << 30}) {
        SortedSpool spool(memory);
        std::map<std::pair<std::string, std::uint64_t>, std::string> expected;
        for (std::uint32_t i = 0, state = 1; i < 500; ++i, state = state * 1664525 + 1013904223) {
            const std::string key = std::to_string(state >> 25) + '\xff';
            const std::string value(i % 100 == 0 ? 50'000 : i, 'x');
            spool.add(key, i, value);
            expected[{key, i}] = value;
        }
        for (int turn = 0; turn < 2; ++turn) {
            auto next = expected.begin();
            for (spool.rewind(); !spool.at_end(); spool.advance(), ++next) {
                BOOST_TEST_REQUIRE((next != expected.end()));
                BOOST_TEST(spool.key() == next->first.first);
                BOOST_TEST(spool.number() == next->first.second);
                BOOST_TEST((spool.value() == next->second));
            }
            BOOST_TEST((next == expected.end()));
        }
    }
    SortedSpool empty;
    empty.rewind();
    BOOST_TEST(empty.at_end());
}

BOOST_AUTO_TEST_CASE(digests) {
    Digester empty;
    BOOST_TEST(empty.finish() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    Digester abc;
    abc.add("ab");
    abc.add("c");
    BOOST_TEST(abc.finish() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    Digester longer(Digester::Hash::sha512);
    longer.add("abc");
    BOOST_TEST(longer.finish() ==
               "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
               "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
}
