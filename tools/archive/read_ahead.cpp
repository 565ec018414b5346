#include "archive/read_ahead.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

#include "archive/interrupt.hpp"

namespace ocikit::archive {

namespace {

constexpr std::size_t block_size = std::size_t{256} << 10;
constexpr std::uint64_t most_blocks = 16;
constexpr std::uint64_t before_thread = 2;  // blocks
// Who waits is woken for so many at once, as it takes about as long to wake a thread as to
// read a block.
constexpr std::uint64_t batch = 4;

// A signal doesn't end a wait for another thread, so that is looked for from time to time.
constexpr auto patience = std::chrono::milliseconds(50);

}  // namespace

struct ReadAhead::State {
    struct Block {
        std::unique_ptr<char[]> bytes;
        std::size_t size = 0;
    };

    Read read;
    By by;
    Block blocks[most_blocks];
    std::uint64_t taken = 0;  // blocks; the last of them is in the caller's hands
    std::uint64_t ready = 0;

    std::thread thread;
    std::mutex mutex;
    std::condition_variable for_caller;
    std::condition_variable for_thread;
    bool ended = false;
    bool given_up = false;
    std::exception_ptr failure;

    // Returns false at the end.
    bool fill(Block& block) {
        if (!block.bytes)
            block.bytes = std::make_unique_for_overwrite<char[]>(block_size);
        block.size = read(block.bytes.get(), block_size);
        return block.size > 0;
    }

    // One of those that were taken is in the caller's hands.
    std::uint64_t free_blocks() const { return most_blocks - 1 - (ready - taken); }

    void run() {
        std::unique_lock lock(mutex);
        while (!ended) {
            if (free_blocks() == 0)
                for_thread.wait(lock, [this] { return given_up || free_blocks() >= batch; });
            if (given_up)
                break;
            Block& block = blocks[ready % most_blocks];
            lock.unlock();
            bool more = false;
            std::exception_ptr thrown;
            try {
                more = fill(block);
            } catch (...) {
                thrown = std::current_exception();
            }
            lock.lock();
            failure = thrown;
            ended = !more;
            ready += more ? 1 : 0;
            if (ready - taken >= batch)
                for_caller.notify_one();
        }
        ended = true;
        for_caller.notify_one();
    }

    void start() {
        const WithoutSignals without_signals;
        thread = std::thread([this] { run(); });
    }

    std::string_view next_by_caller() {
        ended = ended || !fill(blocks[0]);
        if (ended)
            return {};
        ++taken;
        ++ready;
        return {blocks[0].bytes.get(), blocks[0].size};
    }

    std::string_view next_of_thread() {
        std::unique_lock lock(mutex);
        if (ready == taken) {
            while (!for_caller.wait_for(lock, patience, [this] { return ended || ready - taken >= batch; }))
                check_interrupt();
        }
        if (ready == taken) {
            if (failure)
                std::rethrow_exception(failure);
            return {};
        }
        const Block& block = blocks[taken++ % most_blocks];
        if (free_blocks() == batch)
            for_thread.notify_one();
        return {block.bytes.get(), block.size};
    }
};

ReadAhead::ReadAhead(Read read, By by) : state_(std::make_unique<State>()) {
    state_->read = std::move(read);
    state_->by = by;
}

ReadAhead::~ReadAhead() {
    State& state = *state_;
    if (!state.thread.joinable())
        return;
    {
        std::unique_lock lock(state.mutex);
        state.given_up = true;
        state.for_thread.notify_one();
        while (!state.for_caller.wait_for(lock, patience, [&] { return state.ended; }))
            pass_interrupt(state.thread.native_handle());
    }
    state.thread.join();
}

std::string_view ReadAhead::next() {
    State& state = *state_;
    if (!state.thread.joinable()) {
        if (state.by == By::caller || state.ended || state.taken < before_thread)
            return state.next_by_caller();
        state.start();
    }
    return state.next_of_thread();
}

}  // namespace ocikit::archive
