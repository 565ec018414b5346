// Messages of D-Bus as bytes, and values as text.
#include <boost/test/unit_test.hpp>

#include <ocikit/error.hpp>

#include "dbus/message.hpp"
#include "dbus/variant_text.hpp"

using namespace ocikit;
using namespace ocikit::run::dbus;

namespace {

// A value in words: its signature and its parts.
std::string words(const Value& value) {
    std::string text = value.signature + ":";
    if (value.signature[0] == 'a' || value.signature[0] == '(' || value.signature[0] == 'v') {
        text += "[";
        for (const auto& item : value.items)
            text += words(item) + " ";
        return text + "]";
    }
    const bool is_text = value.signature == "s" || value.signature == "o" || value.signature == "g";
    return text + (is_text ? value.text : std::to_string(value.number));
}

std::string parsed(const std::string& text) {
    try {
        return words(parse_variant(text));
    } catch (const Error& error) {
        const std::string message = error.what();
        return "error" + message.substr(message.rfind(':'));
    }
}

Message sample() {
    Message message;
    message.serial = 7;
    message.path = "/org/freedesktop/systemd1";
    message.interface = "org.freedesktop.systemd1.Manager";
    message.member = "StartTransientUnit";
    message.destination = "org.freedesktop.systemd1";
    message.body = {string("web.scope"),
                    array("(sv)", {structure({string("PIDs"), variant(array("u", {uint32(1)}))}),
                                   structure({string("A"), variant(uint64(5))}),
                                   structure({string("B"), variant(array("y", {{"y", 9}}))}),
                                   structure({string("C"), variant(boolean(true))})}),
                    array("(sa(sv))", {}),
                    {"q", 3},
                    {"x", ~std::uint64_t{0}},
                    {"g", 0, "a(sv)"}};
    return message;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(dbus)

BOOST_AUTO_TEST_CASE(a_message_comes_back_as_it_was) {
    const Message sent = sample();
    std::string bytes = encode(sent) + encode(sent) + "l";
    for (int i = 0; i < 2; ++i) {
        const auto received = decode(bytes);
        BOOST_REQUIRE(received);
        BOOST_TEST(received->serial == 7u);
        BOOST_TEST(received->path == sent.path);
        BOOST_TEST(received->interface == sent.interface);
        BOOST_TEST(received->member == sent.member);
        BOOST_TEST(received->wants_reply);
        BOOST_TEST((received->body == sent.body));
    }
    BOOST_TEST(bytes == "l");
    BOOST_TEST(!decode(bytes));
}

// Written by hand from the specification.
BOOST_AUTO_TEST_CASE(the_bytes_are_those_of_the_specification) {
    Message message;
    message.serial = 1;
    message.path = "/a";
    message.member = "M";
    message.body = {boolean(true), array("t", {uint64(2)})};
    const char bytes[] =
        "l\1\0\1"
        "\x10\0\0\0"
        "\1\0\0\0"
        "\x28\0\0\0"
        "\1\1o\0"
        "\2\0\0\0"
        "/a\0\0"
        "\0\0\0\0"
        "\3\1s\0"
        "\1\0\0\0"
        "M\0\0\0"
        "\0\0\0\0"
        "\x8\1g\0"
        "\3bat\0";
    // the fields' length is without what pads the header; so is the array's
    std::string expected(bytes, sizeof bytes - 1);
    expected.resize((expected.size() + 7) / 8 * 8);
    expected[12] = static_cast<char>(41);
    expected += std::string(
        "\1\0\0\0"
        "\x8\0\0\0"
        "\2\0\0\0\0\0\0\0",
        16);
    BOOST_TEST(encode(message) == expected);
}

BOOST_AUTO_TEST_CASE(a_message_in_parts_is_waited_for) {
    const std::string bytes = encode(sample());
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        std::string part = bytes.substr(0, size);
        BOOST_TEST(!decode(part));
        BOOST_TEST(part.size() == size);
    }
}

BOOST_AUTO_TEST_CASE(what_is_no_message_is_refused) {
    const std::string good = encode(sample());
    std::string other = good;
    other[0] = 'B';
    BOOST_CHECK_THROW(decode(other), Error);
    // every byte another: an error, a message or more to come, but never beyond the bytes
    for (std::size_t at = 0; at < good.size(); ++at)
        for (const char change : {'\x01', '\x7f', '\xff'}) {
            std::string bytes = good;
            bytes[at] = static_cast<char>(bytes[at] ^ change);
            try {
                decode(bytes);
            } catch (const Error&) {
            }
        }
}

BOOST_AUTO_TEST_CASE(values_in_text) {
    const struct {
        const char* text;
        const char* value;
    } rows[] = {
        {"true", "b:1"},
        {" 'a b' ", "s:a b"},
        {"\"it's\"", "s:it's"},
        {"'it\\'s'", "s:it's"},
        {"5", "i:5"},
        {"-5", "i:18446744073709551611"},
        {"uint64 5", "t:5"},
        {"uint64 18446744073709551615", "t:18446744073709551615"},
        {"uint32 0x10", "u:16"},
        {"@t 7", "t:7"},
        {"byte 255", "y:255"},
        {"int16 -32768", "n:18446744073709518848"},
        {"1.5", "d:4609434218613702656"},
        {"['a', 'b']", "as:[s:a s:b ]"},
        {"[uint32 1, 2]", "au:[u:1 u:2 ]"},
        {"@as []", "as:[]"},
        {"[('/dev/null', 'rw')]", "a(ss):[(ss):[s:/dev/null s:rw ] ]"},
        {"@a(st) [('/dev/vda', 5)]", "a(st):[(st):[s:/dev/vda t:5 ] ]"},
        {"(1,)", "(i):[i:1 ]"},
        {"objectpath '/a'", "o:/a"},
        {"", "error: it ends too early"},
        {"[]", "error: an empty array needs its type before it, as in @as []"},
        {"[1, 'a']", "error: a string where the type is i"},
        {"byte 256", "error: \"256\" is out of range"},
        {"2147483648", "error: \"2147483648\" is out of range"},
        {"uint32 -1", "error: \"-1\" is out of range"},
        {"word", "error: \"word\" is no number"},
        {"'a", "error: a quotation mark is missing"},
        {"1 2", "error: there is more after the value"},
        {"[1 2]", "error: a comma is missing"},
        {"boolean 1", "error: \"1\" is no boolean"},
        {"@", "error: a signature that isn't one"},
        {"[[[[[[[[[[[[[[[[[[[[1", "error: too many levels"},
    };
    for (const auto& row : rows)
        BOOST_TEST_CONTEXT(row.text)
    BOOST_TEST(parsed(row.text) == row.value);
}

BOOST_AUTO_TEST_SUITE_END()
