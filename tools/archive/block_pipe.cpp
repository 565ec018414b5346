#include "archive/block_pipe.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstring>
#include <exception>
#include <mutex>
#include <pthread.h>
#include <thread>
#include <utility>

#include "archive/interrupt.hpp"

namespace ocikit::archive {

namespace {

// A signal doesn't end a wait for another thread, so that is looked for from time to time.
constexpr auto patience = std::chrono::milliseconds(50);

}  // namespace

struct BlockPipe::State {
    struct Worker {
        Consumer consume;
        std::uint64_t taken = 0;  // blocks
        bool waits = false;
        std::thread thread = {};
    };
    struct Block {
        std::unique_ptr<char[]> bytes;
        std::size_t size = 0;
        bool is_placed = false;  // or the first worker has to
        std::string_view view() const { return {bytes.get(), size}; }
    };

    Size size;
    Place place;  // may be empty
    // Who waits is woken for so many at once, as it takes about as long to wake a thread as
    // to write a block.
    std::size_t batch;
    std::vector<Worker> workers;
    std::vector<Block> blocks;
    std::size_t used = 0;   // of the block that the caller fills
    bool has_room = false;  // that block is the caller's

    std::mutex mutex;
    std::condition_variable for_caller;
    std::condition_variable for_workers;
    std::uint64_t given = 0;  // blocks
    std::size_t running = 0;
    bool ended = false;
    bool given_up = false;
    std::exception_ptr failure;

    State(std::vector<Consumer> consumers, Place place_of, const Size& size_of)
        : size(size_of),
          place(std::move(place_of)),
          batch(std::max<std::size_t>(size.blocks / 4, 1)),
          blocks(size.blocks) {
        for (Consumer& consumer : consumers)
            workers.push_back({.consume = std::move(consumer)});
    }

    void put_in_place(const Block& block, std::uint64_t number) const {
        if (place)
            place(block.view(), number * size.block);
    }

    Block& filling() { return blocks[given % blocks.size()]; }

    bool is_enough_for(const Worker& worker) const { return given - worker.taken >= batch; }

    void run(Worker& worker) {
        std::unique_lock lock(mutex);
        for (;;) {
            if (worker.taken == given) {
                worker.waits = true;
                for_workers.wait(lock, [&] { return given_up || ended || is_enough_for(worker); });
                worker.waits = false;
            }
            if (given_up || worker.taken == given)
                break;
            const Block& block = blocks[worker.taken % blocks.size()];
            lock.unlock();
            std::exception_ptr thrown;
            try {
                worker.consume(block.view());
                if (&worker == &workers.front() && !block.is_placed)
                    put_in_place(block, worker.taken);
            } catch (...) {
                thrown = std::current_exception();
            }
            lock.lock();
            ++worker.taken;
            if (thrown) {
                given_up = true;
                failure = failure ? failure : thrown;
                for_workers.notify_all();
            }
            if (thrown || free_blocks() >= batch)
                for_caller.notify_one();
        }
        --running;
        for_caller.notify_one();
    }

    void start() {
        const WithoutSignals without_signals;
        for (Worker& worker : workers) {
            worker.thread = std::thread([this, &worker] { run(worker); });
            ++running;
        }
    }

    bool is_running() const { return workers.front().thread.joinable(); }

    template <class Condition>
    void wait(std::unique_lock<std::mutex>& lock, const Condition& condition) {
        while (!for_caller.wait_for(lock, patience, [&] { return failure || condition(); }))
            check_interrupt();
        if (failure)
            std::rethrow_exception(failure);
    }

    std::size_t free_blocks() const {
        std::uint64_t most = 0;
        for (const Worker& worker : workers)
            most = std::max(most, given - worker.taken);
        return blocks.size() - static_cast<std::size_t>(most);
    }

    void get_room() {
        if (is_running()) {
            std::unique_lock lock(mutex);
            if (failure || free_blocks() == 0)
                wait(lock, [this] { return free_blocks() >= batch; });
        }
        if (Block& block = filling(); !block.bytes)
            block.bytes = std::make_unique_for_overwrite<char[]>(size.block);
        has_room = true;
    }

    void give() {
        if (!is_running()) {
            const std::lock_guard lock(mutex);
            start();
        }
        Block& block = filling();
        const std::uint64_t number = given;
        bool wakes = false;
        {
            const std::lock_guard lock(mutex);
            block.size = std::exchange(used, 0);
            // those before it keep the thread busy for longer than that takes
            block.is_placed = given - workers.front().taken >= batch;
            ++given;
            for (const Worker& worker : workers)
                wakes = wakes || (worker.waits && is_enough_for(worker));
        }
        has_room = false;
        if (wakes)
            for_workers.notify_all();
        if (block.is_placed)
            put_in_place(block, number);
    }

    void join() {
        for (Worker& worker : workers)
            if (worker.thread.joinable())
                worker.thread.join();
    }

    // A consumer may be held up by a system call, such as a write to a pipe that nobody reads.
    void give_up() {
        std::unique_lock lock(mutex);
        given_up = true;
        for_workers.notify_all();
        while (!for_caller.wait_for(lock, patience, [this] { return running == 0; })) {
            for (Worker& worker : workers)
                pass_interrupt(worker.thread.native_handle());
        }
        lock.unlock();
        join();
    }
};

BlockPipe::BlockPipe(std::vector<Consumer> consumers, Place place)
    : BlockPipe(std::move(consumers), std::move(place), Size()) {}

BlockPipe::BlockPipe(std::vector<Consumer> consumers, Place place, const Size& size)
    : state_(std::make_unique<State>(std::move(consumers), std::move(place), size)) {}

BlockPipe::~BlockPipe() {
    if (state_->is_running())
        state_->give_up();
}

std::span<char> BlockPipe::room() {
    if (!state_->has_room)
        state_->get_room();
    return {state_->filling().bytes.get() + state_->used, state_->size.block - state_->used};
}

void BlockPipe::filled(std::size_t size) {
    state_->used += size;
    if (state_->used == state_->size.block)
        state_->give();
}

void BlockPipe::write(std::string_view bytes) {
    while (!bytes.empty()) {
        const std::span<char> to = room();
        const std::size_t size = std::min(bytes.size(), to.size());
        std::memcpy(to.data(), bytes.data(), size);
        bytes.remove_prefix(size);
        filled(size);
    }
}

void BlockPipe::finish() {
    State& state = *state_;
    if (!state.is_running()) {
        if (state.used == 0)
            return;
        State::Block& block = state.filling();
        block.size = state.used;
        for (State::Worker& worker : state.workers)
            worker.consume(block.view());
        state.put_in_place(block, 0);
        return;
    }
    if (state.used > 0)
        state.give();
    {
        std::unique_lock lock(state.mutex);
        state.ended = true;
        state.for_workers.notify_all();
        state.wait(lock, [&] { return state.running == 0; });
    }
    state.join();
}

}  // namespace ocikit::archive
