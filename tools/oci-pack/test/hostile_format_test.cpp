// Archives whose headers, records or compression are damaged, or mean different things
// to different readers. hostile_test.cpp has those with names that lead outside,
// hostile_maps_test.cpp those of sparse files.
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

#include "oci-pack/test/prey.hpp"
#include "support/skip.hpp"

using namespace ocikit::pack::test;

namespace {

using namespace std::string_literals;

// The records in a pax header as they are.
std::string with_records(const std::string& text) {
    return bundle().add("PaxHeader", 'x', text).add("rootfs/x").finished();
}

std::string with_field(std::size_t at, const std::string& text, char type = '0') {
    return bundle().patch(at, text).add("rootfs/x", type).finished();
}

constexpr std::size_t mode_at = 100;
constexpr std::size_t uid_at = 108;
constexpr std::size_t size_at = 124;
constexpr std::size_t mtime_at = 136;
constexpr std::size_t type_at = 156;
constexpr std::size_t magic_at = 257;
constexpr std::size_t major_at = 329;
constexpr std::size_t minor_at = 337;
constexpr std::size_t prefix_at = 345;

}  // namespace

BOOST_FIXTURE_TEST_CASE(headers, Prey) {
    std::string bad_checksum = bundle().add("rootfs/x").finished();
    bad_checksum[2 * 512 + 512 + 1] ^= 1;
    for (const Case& hostile : std::vector<Case>{
             {"a negative size", with_field(size_at, std::string(12, '\xff')), "its size is negative"},
             {"a huge size", with_field(size_at, "\x80\0\0\0\x40\0\0\0\0\0\0\0"s), "bytes of content"},
             {"a size beyond 63 bits", with_field(size_at, "\x80\x7f" + std::string(10, '\xff')),
              "larger than any file's"},
             {"a size of letters", with_field(size_at, "zzzzzzzzzzz"), "a size that isn't one"},
             {"a size with an 8", with_field(size_at, "00000000018"), "a size that isn't one"},
             {"more size than there is", with_field(size_at, "00000777777"), "cut off"},
             {"a mode of letters", with_field(mode_at, "rw-r--r"), "a mode that isn't one"},
             {"an owner of letters", with_field(uid_at, "root\0\0\0"s), "an owner that isn't one"},
             {"a negative owner", with_field(uid_at, std::string(8, '\xff')), "no user or group id"},
             {"a time of letters", with_field(mtime_at, "yesterday  "), "a time that isn't one"},
             {"a checksum that is wrong", bad_checksum, "damaged"},
             {"a header of ones", bundle().bytes(std::string(512, '\xff')).finished(), "damaged"},
             {"dots in the prefix", bundle().patch(prefix_at, "../..").add("x").finished(), "'..' in it"},
             {"an absolute name in the old format",
              bundle().patch(magic_at, std::string(8, '\0')).add(path("inside/x")).finished(), "absolute"},
             {"a major number too large", with_field(major_at, "7777777", '3'), "that Linux doesn't have"},
             {"a minor number too large", with_field(minor_at, "7777777", '4'), "that Linux doesn't have"},
             {"device numbers of letters", with_field(minor_at, "tty\0\0\0\0"s, '3'),
              "a device number that isn't one"},
             {"a directory with content", bundle().add("rootfs/d", '5', "x").finished(), ""},
             {"a directory with a size", with_field(size_at, "00000001000", '5'), "as only files can have"},
             {"a size behind a NUL",
              with_field(size_at,
                         "\0"
                         "0000000001"s),
              "a size that isn't one"},
             {"a size of blanks", with_field(size_at, std::string(12, ' ')), "a size that isn't one"},
             {"a time beyond numbers", with_field(mtime_at, "\x80\0\0\1"s + std::string(8, '\0')),
              "beyond all numbers"},
             {"a prefix in a header of GNU tar",
              bundle().patch(magic_at, "ustar  \0"s).patch(prefix_at, "rootfs").add("x").finished(),
              "where only some programs look"},
             {"a prefix in the old format",
              bundle().patch(magic_at, std::string(8, '\0')).patch(prefix_at, "rootfs").add("x").finished(),
              "where only some programs look"},
             {"a prefix that runs into star's times",
              bundle()
                  .patch(prefix_at, std::string(131, 'a') + "14000000000")
                  .patch(508, "tar")
                  .add("x")
                  .finished(),
              "a name without an end"},
             {"a device in the old format",
              bundle().patch(magic_at, std::string(8, '\0')).add("rootfs/x", '3').finished(),
              "it is a device"},
             {"a file with a slash behind its name", bundle().add("rootfs/x/").finished(),
              "rootfs/x/: refused: it is a file with the name of a directory"},
         })
        check(hostile);
}

BOOST_FIXTURE_TEST_CASE(types, Prey) {
    for (const char type : "ADIMNZa8?\x80 "s)
        check({"type " + std::to_string(type), with_field(type_at, {type}), ""});
    for (const Case& hostile : std::vector<Case>{
             {"a volume label", bundle().add("label", 'V').add("rootfs/x").finished(), "unknown type 'V'"},
             {"a part of a file from another volume", bundle().add("rootfs/x", 'M', "x").finished(),
              "unknown type 'M'"},
             {"a hard link to itself", bundle().add("rootfs/x", '1', "", "rootfs/x").finished(), "before it"},
             {"a hard link to what comes later",
              bundle().add("rootfs/x", '1', "", "rootfs/y").add("rootfs/y").finished(), "before it"},
             {"a hard link to config.json", bundle().add("rootfs/x", '1', "", "./config.json").finished(),
              "a hard link to config.json"},
             {"config.json as a hard link",
              RawTar()
                  .add("rootfs", '5')
                  .add("rootfs/x", '0', config_text())
                  .add("config.json", '1', "", "rootfs/x")
                  .finished(),
              "it is not a regular file"},
             {"the root as a hard link",
              RawTar().add("config.json", '0', config_text()).add("x").add("rootfs", '1', "", "x").finished(),
              "is not in the archive"},
             {"the root as a device",
              RawTar().add("config.json", '0', config_text()).add("rootfs", '3').finished(),
              "is not in the archive"},
             {"config.json beyond all measure",
              RawTar()
                  .add("config.json", '0', config_text() + std::string(17u << 20, ' '))
                  .add("rootfs", '5')
                  .finished(),
              "longer than 16777216 bytes"},
             {"a device over a file", bundle().add("rootfs/x").add("rootfs/x", '3').finished(), "twice"},
             {"a file over a directory", bundle().add("rootfs/x", '5').add("rootfs/x").finished(), "twice"},
             {"a link over a directory",
              bundle().add("rootfs/x", '5').add("rootfs/x", '2', "", "/").add("rootfs/x/y").finished(),
              "twice"},
             {"a hard link over a file",
              bundle().add("rootfs/x").add("rootfs/y").add("rootfs/y", '1', "", "rootfs/x").finished(),
              "twice"},
             {"a hard link with content",
              bundle().add("rootfs/x").add("rootfs/y", '1', "y", "rootfs/x").finished(), ""},
             {"a hard link with an entry in it",
              bundle()
                  .add("rootfs/x")
                  .add("rootfs/y", '1', RawTar().add("rootfs/z").unfinished(), "rootfs/x")
                  .finished(),
              "rootfs/y: refused: it has content"},
             {"a hard link with a size in a record",
              bundle().add("rootfs/x").record("size", "512").add("rootfs/y", '1', "", "rootfs/x").finished(),
              ""},
             {"a hard link to a slash",
              bundle().add("rootfs/x").add("rootfs/y", '1', "", "rootfs/x/").finished(),
              "rootfs/y: refused: it is a hard link to 'rootfs/x/', which ends in a slash"},
             {"a hard link to nothing", bundle().add("rootfs/x", '1').finished(), "which is empty"},
             {"a label at the end", bundle().add("label", 'V').finished(), "a header without an entry"},
             {"a comment at the end", bundle().add("g", 'g', RawTar::record_text("comment", "x")).finished(),
              "a header without an entry"},
             {"records of Solaris",
              bundle().add("x", 'X', RawTar::record_text("path", "rootfs/y")).add("rootfs/x").finished(),
              "unknown type 'X'"},
             {"a symbolic link to nothing", bundle().add("rootfs/x", '2').finished(), "to nowhere"},
         })
        check(hostile);
}

BOOST_FIXTURE_TEST_CASE(records, Prey) {
    const std::string outside = path("inside/x");
    for (const Case& hostile : std::vector<Case>{
             {"longer than there is", with_records("99 path=rootfs/q\n"), ""},
             {"of length zero", with_records("0 path=rootfs/q\n"), ""},
             {"of negative length", with_records("-5 path=rootfs/q\n"), ""},
             {"of a length beyond numbers", with_records("99999999999999999999999 path=rootfs/q\n"), ""},
             {"of no length", with_records("path=rootfs/q\n"), ""},
             {"without =", with_records("11 pathxxx\n"), ""},
             {"without an end", with_records("16 path=rootfs/q"), ""},
             {"larger than all memory",
              bundle().patch(size_at, "77777777777").add("PaxHeader", 'x').finished(), "longer than 1 MiB"},
             {"without an entry", bundle().record("path", "rootfs/x").finished(), "damaged"},
             {"at the end of the file", bundle().record("path", "rootfs/x").unfinished(), ""},
             {"two headers of them", bundle().record("path", "../a").record("mtime", "5").add("x").finished(),
              ""},
             {"of a size in binary, for all that follow",
              bundle()
                  .patch(size_at, "\x80" + std::string(10, '\0') + '\x10')
                  .add("g", 'g', RawTar::record_text("path", "../../x"))
                  .add("rootfs/x")
                  .finished(),
              "record 'path' is before it"},
             {"of a size of twelve digits, for all that follow",
              bundle()
                  .patch(size_at, "000000000020")
                  .add("g", 'g', RawTar::record_text("path", "../../x"))
                  .add("rootfs/x")
                  .finished(),
              "record 'path' is before it"},
             {"before those for all that follow",
              bundle()
                  .record("path", "rootfs/y")
                  .add("g", 'g', RawTar::record_text("comment", "x"))
                  .add("rootfs/x")
                  .finished(),
              "several headers for the same"},
             {"and a long name",
              bundle()
                  .record("path", "rootfs/y")
                  .add("././@LongLink", 'L', "rootfs/z\0"s)
                  .add("rootfs/x")
                  .finished(),
              "several headers for the same"},
             {"behind a long name",
              bundle()
                  .add("././@LongLink", 'L', "rootfs/z\0"s)
                  .record("path", "rootfs/y")
                  .add("rootfs/x")
                  .finished(),
              "several headers for the same"},
             {"two long names",
              bundle()
                  .add("././@LongLink", 'L', "rootfs/z\0"s)
                  .add("././@LongLink", 'L', "rootfs/y\0"s)
                  .add("rootfs/x")
                  .finished(),
              "several headers for the same"},
             {"a NUL in a long name",
              bundle().add("././@LongLink", 'L', "rootfs/z\0y\0"s).add("rootfs/x").finished(),
              "a NUL is in its long name"},
             {"a time beyond numbers", with_record("mtime", "9223372036854775808"), "record 'mtime'"},
             {"a size with holes of star", with_record("SCHILY.realsize", "100"), "in the way of star"},
             {"two values of an attribute",
              with_records(RawTar::record_text("SCHILY.xattr.user.a", "x") +
                           RawTar::record_text("LIBARCHIVE.xattr.user.a", "eQ")),
              "two values of the attribute user.a"},
             {"a NUL in an attribute's name", with_record("SCHILY.xattr.user.a%00b", "x"),
              "has no such value"},
             {"an access control list of nonsense", with_record("SCHILY.acl.access", "bogus::rwx"),
              "record 'SCHILY.acl.access'"},
             {"an access control list of letters that are none",
              with_record("SCHILY.acl.access", "user::rwz,group::r--,other::r--"),
              "record 'SCHILY.acl.access'"},
             {"an access control list of an id beyond numbers",
              with_record("SCHILY.acl.access",
                          "user::rw-,user:4294967296:r--,group::r--,mask::r--,other::r--"),
              "names '4294967296' without a number"},
             {"an access control list with two owners",
              with_record("SCHILY.acl.access", "user::rw-,user::r--,group::r--,other::r--"),
              "has no such value"},
             {"a NUL in the name", with_record("path", "rootfs/a\0b"s), "record 'path'"},
             {"a NUL before dots", with_record("path", "rootfs/a\0/../../x"s), "record 'path'"},
             {"an empty name", with_record("path", ""), "record 'path'"},
             {"a name of a slash", with_record("path", "/", '5'), "absolute"},
             {"a name of dots", with_record("path", "..", '5'), "'..' in it"},
             {"a NUL in a target", with_record("linkpath", "a\0b"s, '2'), "record 'linkpath'"},
             {"another target for a hard link",
              bundle().record("linkpath", "../victim").add("rootfs/x", '1', "", "rootfs").finished(),
              "'..' in it"},
             {"a NUL in a key", with_record("SCHILY.xattr.user.a\0b"s, "x"), ""},
             {"a negative size", with_record("size", "-1"), "negative"},
             {"a size of letters", with_record("size", "abc"), ""},
             {"a size beyond numbers", with_record("size", "99999999999999999999999"),
              "larger than any file's"},
             {"a size larger than there is", with_record("size", "100000"), "cut off"},
             {"a size smaller than there is",
              bundle().record("size", "1").add("rootfs/x", '0', std::string(3000, 'x')).finished(),
              "damaged"},
             {"a time of letters", with_record("mtime", "abc"), "record 'mtime'"},
             {"a time with two points", with_record("mtime", "1.2.3"), "record 'mtime'"},
             {"an owner of letters", with_record("uid", "root"), "record 'uid'"},
             {"a negative device", with_record("SCHILY.devmajor", "-1", '3'), ""},
             {"a name for all that follow",
              bundle().add("g", 'g', RawTar::record_text("path", "../../x")).add("rootfs/x").finished(),
              "record 'path' is before it, for all entries"},
             {"a long name that is absolute",
              bundle().add("././@LongLink", 'L', outside + '\0').add("x").finished(), "absolute"},
             {"a long name with dots",
              bundle().add("././@LongLink", 'L', "rootfs/../../x\0"s).add("x").finished(), "'..' in it"},
             {"a long name beyond all measure",
              bundle().add("././@LongLink", 'L', std::string(2u << 20, 'x')).add("x").finished(),
              "longer than 1 MiB"},
             {"a long name without an entry", bundle().add("././@LongLink", 'L', "rootfs/x\0"s).finished(),
              "damaged"},
             {"a long target upwards",
              bundle()
                  .add("././@LongLink", 'K', "../../victim\0"s)
                  .add("rootfs/x", '1', "", "rootfs")
                  .finished(),
              "'..' in it"},
             {"an attribute's name beyond all measure",
              with_record("SCHILY.xattr.user." + std::string(300, 'n'), "x"), "has no such value"},
             {"an attribute beyond all measure", with_record("SCHILY.xattr.user.n", std::string(70'000, 'x')),
              "has no such value"},
             {"capabilities that are none", with_record("SCHILY.xattr.security.capability", "all"),
              "has no such value"},
             {"an access control list that is none",
              with_record("SCHILY.xattr.system.posix_acl_access", "all"), "has no such value"},
             {"a user's attribute of a FIFO", with_record("SCHILY.xattr.user.n", "x", '6'),
              "rootfs/x: refused: no file of its type can have the attribute user.n"},
             {"a user's attribute of a symbolic link",
              bundle().record("SCHILY.xattr.user.n", "x").add("rootfs/x", '2', "", "y").finished(),
              "no file of its type can have the attribute user.n"},
             {"a default access control list of a file",
              with_record("SCHILY.acl.default", "user::rwx,group::r-x,other::r-x"),
              "no file of its type can have the attribute system.posix_acl_default"},
             {"an access control list of another kind", with_record("SCHILY.acl.ace", "owner@:rwx::allow"),
              "NFSv4"},
         })
        check(hostile);
}

// Cut off anywhere, it is never taken for whole.
BOOST_FIXTURE_TEST_CASE(cut_anywhere, Prey) {
    const std::string whole = bundle()
                                  .record("mtime", "1.5")
                                  .add("rootfs/x", '0', std::string(700, 'x'))
                                  .add("././@LongLink", 'L', "rootfs/" + std::string(150, 'n') + '\0')
                                  .add("x", '5')
                                  .add("rootfs/y", '2', "", "x")
                                  .unfinished();
    for (std::size_t size = 0; size <= whole.size(); size += size % 512 == 511 || size % 512 == 0 ? 1 : 510)
        check({"after " + std::to_string(size) + " bytes", whole.substr(0, size), ""});
}

BOOST_FIXTURE_TEST_CASE(behind_the_end, Prey) {
    const std::string whole = bundle().finished();
    const std::string one_block = bundle().unfinished() + std::string(512, '\0');
    for (const Case& hostile : std::vector<Case>{
             {"something", whole + "x", "more data after the end"},
             {"another archive", whole + whole, "more data after the end"},
             {"an entry behind a single block of zeros", one_block + RawTar().add("rootfs/x").finished(),
              "more data after the end"},
             {"a disk image", std::string(32768, '\0') + "\1CD001" + std::string(4000, '\0'),
              "more data after the end"},
             {"only zeros", std::string(10240, '\0'), "it holds no config.json"},
         })
        check(hostile);
}

BOOST_FIXTURE_TEST_CASE(other_files, Prey) {
    for (const auto& [begin, name] :
         {std::pair{"PK\3\4"s, "a zip archive"}, std::pair{"7z\xbc\xaf\x27\x1c"s, "a 7z archive"},
          std::pair{"070701"s, "a cpio archive"}, std::pair{"!<arch>\n"s, "an ar archive"},
          std::pair{"xar!"s, "a xar archive"}, std::pair{"#mtree\n"s, "an mtree specification"},
          std::pair{"#!/bin/sh\n"s, "a script"}, std::pair{"BZh91AY"s, "compressed with bzip2"},
          std::pair{"\4\x22\x4d\x18"s, "compressed with lz4"},
          std::pair{"{\"ociVersion\""s, "not a tar archive"}, std::pair{""s, "it is empty"}})
        check({name, begin.empty() ? begin : begin + std::string(2000, 'x'), name});
}

BOOST_FIXTURE_TEST_CASE(compressed, Prey) {
    const auto by = [&](const std::string& program, const std::string& bytes) {
        write("plain", bytes);
        shell("cd " + path() + " && " + program + " < plain > packed; rm plain");
        const std::string packed = shell("cat " + path("packed") + "; rm " + path("packed")).output;
        return packed;
    };
    const std::string whole = bundle().add("rootfs/x", '0', std::string(2u << 20, 'x')).finished();
    const std::string gzip = by("gzip -n", whole);
    const std::string zstd = by("zstd -q", whole);
    const std::string xz = by("xz", whole);
    if (zstd.size() < 20 || xz.size() < 20)
        return ocikit::test::skip("zstd and xz aren't there");
    const auto with = [](std::string bytes, std::size_t at, const std::string& text) {
        return bytes.replace(at < bytes.size() ? at : bytes.size(), text.size(), text);
    };
    for (const Case& hostile : std::vector<Case>{
             {"gzip, something behind it", gzip + "garbage", "more data after the end"},
             {"gzip, another checksum", with(gzip, gzip.size() - 8, "\1\2\3\4"), "damaged"},
             {"gzip, another size", with(gzip, gzip.size() - 4, "\1\2\3\4"), "damaged"},
             {"gzip, flags that nobody knows", with(gzip, 3, "\xe0"), "damaged"},
             {"gzip, a method that nobody knows", with(gzip, 2, "\7"), "damaged"},
             {"gzip, nothing but its magic", "\x1f\x8b", "cut off"},
             {"gzip, twice", by("gzip -n", gzip), "compressed twice"},
             {"gzip, of nothing", by("gzip -n", ""), "it is empty"},
             {"zstd, something behind it", zstd + "garbage", "damaged"},
             {"zstd, half of a frame to be skipped", zstd + "\x5f\x2a\x4d\x18\4\1\0\0abcd"s, "cut off"},
             {"zstd, a window of a gigabyte", by("zstd -q --long=30", whole), "more than 128 MiB of memory"},
             {"xz, something behind it", xz + "garbage", ""},
             {"xz, a dictionary of a gigabyte", by("xz --lzma2=dict=1GiB", whole),
              "more than 128 MiB of memory"},
             {"xz, another checksum", with(xz, xz.size() - 12, "\1"), "damaged"},
         })
        check(hostile);
}

// What was made before the refusal is removed, however few files may be open at a time.
BOOST_FIXTURE_TEST_CASE(a_deep_tree_is_removed_with_few_descriptors, Prey) {
    std::string deep = "rootfs";
    for (int i = 0; i < 300; ++i)
        deep += "/d";
    write("archive", bundle().record("path", deep).add("x", '5').add("../x").finished());
    for (const char* before : {"", "mkdir inside/out; "}) {
        const Outcome outcome =
            shell("cd " + path() + " && " + before + "prlimit --nofile=40:40 " + OCIKIT_OCI_PACK +
                  " extract archive inside/out; ls -A inside/out inside");
        BOOST_TEST(outcome.output.find("../x: refused: its name has '..' in it\n") != std::string::npos,
                   outcome.output);
        BOOST_TEST(outcome.output.ends_with(*before == '\0' ? "inside:\nvictim\n"
                                                            : "inside:\nout\nvictim\n\ninside/out:\n"),
                   outcome.output);
    }
}

// Names and notes of the machine are not for an archive to set.
BOOST_FIXTURE_TEST_CASE(attributes_of_the_machine_are_left_out, Prey) {
    RawTar archive = bundle();
    std::string records;
    for (const char* name : {"security.selinux", "security.ima", "security.evm", "trusted.overlay.opaque",
                             "user.overlay.opaque", "system.nfs4_acl", "bogus"})
        records += RawTar::record_text("SCHILY.xattr."s + name, "y");
    write("archive", archive.add("PaxHeader", 'x', records).add("rootfs/x").finished());
    const Outcome outcome = shell("cd " + path() + " && " + OCIKIT_OCI_PACK + " extract archive out");
    BOOST_TEST(outcome.status == 0, outcome.output);
    BOOST_TEST(read_tree(path("out")).at("rootfs/x").find("=79") == std::string::npos);
}

// Numbers that libarchive hasn't room for, and names with the numbers behind them.
BOOST_FIXTURE_TEST_CASE(access_control_lists_as_text, Prey) {
    write("archive",
          with_record("SCHILY.acl.access",
                      "user::rw-,user:3000000000:r--,group::r--,group:wheel:rwx:7,mask::r--,other:---"));
    const Outcome outcome = shell("cd " + path() + " && " + OCIKIT_OCI_PACK + " list --format json archive");
    BOOST_TEST(outcome.status == 0);
    BOOST_TEST(outcome.output.find("\"system.posix_acl_access\":\"02000000"
                                   "01000600ffffffff"
                                   "02000400005ed0b2"
                                   "04000400ffffffff"
                                   "0800070007000000"
                                   "10000400ffffffff"
                                   "20000000ffffffff\"") != std::string::npos,
               outcome.output);
}
