// Bytes that go from one thread to another.
#include <atomic>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <signal.h>
#include <stdexcept>
#include <string>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include <ocikit/unique_fd.hpp>

#include "archive/block_pipe.hpp"
#include "archive/interrupt.hpp"
#include "archive/read_ahead.hpp"

using namespace ocikit::archive;
using ocikit::UniqueFd;

namespace {

constexpr BlockPipe::Size small{.block = 8, .blocks = 2};

std::string sample(std::size_t size) {
    std::string text;
    for (std::uint32_t state = 1; text.size() < size; state = state * 1664525 + 1013904223)
        text += static_cast<char>(state >> 24);
    return text;
}

// Gives a text in pieces of some size.
struct Source {
    std::string text;
    std::size_t piece;
    std::size_t at = 0;

    std::size_t operator()(char* to, std::size_t size) {
        const std::string part = text.substr(at, std::min(piece, size));
        std::memcpy(to, part.data(), part.size());
        at += part.size();
        return part.size();
    }
};

}  // namespace

BOOST_AUTO_TEST_CASE(every_consumer_gets_all_bytes) {
    for (const std::size_t size : {0u, 1u, 7u, 8u, 9u, 16u, 1000u}) {
        const std::string expected = sample(size);
        std::string first;
        std::string second;
        BlockPipe pipe({[&](std::string_view bytes) { first += bytes; },
                        [&](std::string_view bytes) { second += bytes; }},
                       {}, small);
        pipe.write(std::string_view(expected).substr(0, size / 2));
        for (const char c : expected.substr(size / 2)) {
            pipe.room()[0] = c;
            pipe.filled(1);
        }
        pipe.finish();
        BOOST_TEST(first == expected);
        BOOST_TEST(second == expected);
    }
}

BOOST_AUTO_TEST_CASE(what_a_consumer_throws_reaches_the_caller) {
    for (const std::size_t size : {4u, 8u, 1000u}) {  // in finish, also without a thread; in write
        BlockPipe pipe({[](std::string_view) {}, [](std::string_view) { throw std::runtime_error("full"); }},
                       {}, small);
        BOOST_CHECK_EXCEPTION(
            [&] {
                pipe.write(sample(size));
                pipe.finish();
            }(),
            std::runtime_error, [](const auto& error) { return std::string(error.what()) == "full"; });
    }
}

BOOST_AUTO_TEST_CASE(every_block_is_put_in_its_place) {
    for (const std::size_t size : {0u, 1u, 8u, 9u, 64u, 10'001u}) {
        const std::string expected = sample(size);
        std::string seen;
        std::string placed(size, '\0');
        std::atomic<std::size_t> sum = 0;
        BlockPipe pipe({[&](std::string_view bytes) { seen += bytes; }},
                       [&](std::string_view bytes, std::uint64_t offset) {
                           bytes.copy(placed.data() + offset, bytes.size());
                           sum += bytes.size();
                       },
                       {.block = 8, .blocks = 8});
        pipe.write(expected);
        pipe.finish();
        BOOST_TEST(seen == expected);
        BOOST_TEST(placed == expected);
        BOOST_TEST(sum == size);
    }
}

BOOST_AUTO_TEST_CASE(what_putting_a_block_in_its_place_throws_reaches_the_caller) {
    for (const std::size_t size : {4u, 8u, 1000u}) {
        BlockPipe pipe(
            {[](std::string_view) {}},
            [](std::string_view, std::uint64_t) { throw std::runtime_error("full"); }, small);
        BOOST_CHECK_THROW(
            [&] {
                pipe.write(sample(size));
                pipe.finish();
            }(),
            std::runtime_error);
    }
}

BOOST_AUTO_TEST_CASE(a_pipe_can_be_given_up) {
    std::atomic<int> calls = 0;
    {
        BlockPipe pipe({[&](std::string_view) { ++calls; }}, {}, small);
        pipe.write(sample(8));
    }
    BOOST_TEST(calls <= 1);
}

BOOST_AUTO_TEST_CASE(all_is_read_ahead) {
    for (const ReadAhead::By by : {ReadAhead::By::thread, ReadAhead::By::caller}) {
        for (const std::size_t size : {0u, 1u, 3000u, 300'000u}) {
            const std::string expected = sample(size);
            ReadAhead ahead(Source{.text = expected, .piece = 1000}, by);
            std::string read;
            for (std::string_view block = ahead.next(); !block.empty(); block = ahead.next())
                read += block;
            BOOST_TEST(read == expected);
            BOOST_TEST(ahead.next().empty());
        }
    }
}

BOOST_AUTO_TEST_CASE(what_reading_throws_comes_after_what_was_read) {
    Source source{.text = sample(20'000), .piece = 1000};
    ReadAhead ahead(
        [&](char* to, std::size_t size) {
            const std::size_t read = source(to, size);
            return read > 0 ? read : throw std::runtime_error("damaged");
        },
        ReadAhead::By::thread);
    std::size_t size = 0;
    BOOST_CHECK_THROW(
        [&] {
            for (std::string_view block = ahead.next(); !block.empty(); block = ahead.next())
                size += block.size();
        }(),
        std::runtime_error);
    BOOST_TEST(size == 20'000u);
}

BOOST_AUTO_TEST_CASE(reading_ahead_can_be_given_up) {
    ReadAhead ahead(Source{.text = sample(1'000'000), .piece = 100}, ReadAhead::By::thread);
    for (int i = 0; i < 10; ++i)
        BOOST_TEST(!ahead.next().empty());
}

// The last one, as the signal stays noted.
BOOST_AUTO_TEST_CASE(a_signal_ends_a_consumer_that_waits) {
    catch_interrupts();
    int ends[2];
    BOOST_REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    const UniqueFd reader(ends[0]);
    const UniqueFd writer(ends[1]);
    const std::string block = sample(BlockPipe::Size().block);  // more than a pipe takes
    BlockPipe pipe({[&](std::string_view bytes) {
        while (::write(writer.get(), bytes.data(), bytes.size()) >= 0) {
        }
        check_interrupt();
    }});
    pipe.write(block);
    ::raise(SIGHUP);
    const auto fill = [&] {
        for (std::size_t i = 0; i <= BlockPipe::Size().blocks; ++i)
            pipe.write(block);
    };
    BOOST_CHECK_EXCEPTION(fill(), Interrupted, [](const auto& thrown) { return thrown.signal == SIGHUP; });
}
