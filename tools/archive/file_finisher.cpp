#include "archive/file_finisher.hpp"

#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "archive/interrupt.hpp"

namespace ocikit::archive {

namespace {

// each is an open file
constexpr std::size_t most_files = 192;
constexpr std::size_t most_bytes = std::size_t{4} << 20;
// to wake the thread for each would cost more than it does
constexpr std::size_t worth_waking = 64;

}  // namespace

struct FileFinisher::State {
    Finish finish;
    std::thread thread;
    std::mutex mutex;
    std::condition_variable for_caller;
    std::condition_variable for_thread;
    std::vector<File> files;
    std::size_t bytes = 0;
    bool working = false;  // on files which aren't in `files` any more
    bool flushing = false;
    bool given_up = false;
    std::exception_ptr failure;

    bool is_worth_waking() const {
        return given_up || files.size() >= worth_waking || bytes >= most_bytes ||
               (flushing && !files.empty());
    }

    void run() {
        std::vector<File> taken;
        std::unique_lock lock(mutex);
        for (;;) {
            for_thread.wait(lock, [this] { return is_worth_waking(); });
            if (given_up)
                return;
            taken.swap(files);
            bytes = 0;
            working = true;
            lock.unlock();
            for_caller.notify_one();
            const std::exception_ptr thrown = finish_all(taken);
            taken.clear();
            lock.lock();
            working = false;
            if (thrown) {
                failure = thrown;
                given_up = true;
            }
            for_caller.notify_one();
        }
    }

    std::exception_ptr finish_all(const std::vector<File>& taken) const {
        try {
            for (const File& file : taken)
                finish(file);
            return nullptr;
        } catch (...) {
            return std::current_exception();
        }
    }

    template <class Condition>
    void wait(std::unique_lock<std::mutex>& lock, const Condition& condition) {
        for_caller.wait(lock, [&] { return failure || condition(); });
        if (failure)
            std::rethrow_exception(failure);
    }
};

FileFinisher::FileFinisher(Finish finish) : state_(std::make_unique<State>()) {
    state_->finish = std::move(finish);
}

FileFinisher::~FileFinisher() {
    State& state = *state_;
    if (!state.thread.joinable())
        return;
    {
        const std::lock_guard lock(state.mutex);
        state.given_up = true;
    }
    state.for_thread.notify_one();
    state.thread.join();
}

void FileFinisher::add(File file) {
    State& state = *state_;
    std::unique_lock lock(state.mutex);
    if (!state.thread.joinable()) {
        const WithoutSignals without_signals;
        state.thread = std::thread([&state] { state.run(); });
    }
    state.wait(lock, [&] { return state.files.size() < most_files && state.bytes < most_bytes; });
    state.bytes += file.content.size();
    state.files.push_back(std::move(file));
    const bool wake = !state.working && state.is_worth_waking();
    lock.unlock();
    if (wake)
        state.for_thread.notify_one();
}

void FileFinisher::flush() {
    State& state = *state_;
    std::unique_lock lock(state.mutex);
    state.flushing = true;
    state.for_thread.notify_one();
    state.wait(lock, [&] { return state.files.empty() && !state.working; });
    state.flushing = false;
}

}  // namespace ocikit::archive
