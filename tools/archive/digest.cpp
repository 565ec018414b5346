#include "archive/digest.hpp"

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <nettle/sha2.h>
#include <signal.h>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

namespace ocikit::archive {

namespace {

// Small enough to be in the processor's cache when the thread comes to it.
constexpr std::size_t block_size = std::size_t{128} << 10;
constexpr std::size_t most_blocks = 16;

using Block = std::vector<char>;

// Signals are for the thread that does the work: its system calls are to be interrupted.
class WithoutSignals {
  public:
    WithoutSignals() {
        sigset_t all;
        ::sigfillset(&all);
        ::pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    WithoutSignals(const WithoutSignals&) = delete;
    WithoutSignals& operator=(const WithoutSignals&) = delete;
    ~WithoutSignals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

  private:
    sigset_t before_{};
};

}  // namespace

struct Digester::State {
    std::variant<sha256_ctx, sha512_ctx> context;  // the thread's while it runs
    Block filling;
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<Block> full;
    std::vector<Block> empty;
    bool ended = false;
    std::thread thread;

    explicit State(Hash hash) {
        // nettle's, as it uses the processor's instructions
        if (hash == Hash::sha256)
            sha256_init(&context.emplace<sha256_ctx>());
        else
            sha512_init(&context.emplace<sha512_ctx>());
        filling.reserve(block_size);
    }

    ~State() {
        if (thread.joinable())
            end();
    }

    void digest(const Block& block) {
        const auto* bytes = reinterpret_cast<const std::uint8_t*>(block.data());
        if (auto* sha256 = std::get_if<sha256_ctx>(&context))
            sha256_update(sha256, block.size(), bytes);
        else
            sha512_update(&std::get<sha512_ctx>(context), block.size(), bytes);
    }

    void run() {
        std::unique_lock lock(mutex);
        for (;;) {
            changed.wait(lock, [this] { return ended || !full.empty(); });
            if (full.empty())
                return;
            Block block = std::move(full.front());
            full.pop_front();
            lock.unlock();
            digest(block);
            block.clear();
            lock.lock();
            empty.push_back(std::move(block));
            changed.notify_all();
        }
    }

    void hand_over() {
        if (!thread.joinable()) {
            const WithoutSignals without_signals;
            thread = std::thread([this] { run(); });
        }
        std::unique_lock lock(mutex);
        changed.wait(lock, [this] { return full.size() < most_blocks; });
        full.push_back(std::move(filling));
        filling = {};
        if (!empty.empty()) {
            filling = std::move(empty.back());
            empty.pop_back();
        }
        lock.unlock();
        changed.notify_all();
        filling.reserve(block_size);
    }

    void end() {
        {
            const std::lock_guard lock(mutex);
            ended = true;
        }
        changed.notify_all();
        thread.join();
    }
};

Digester::Digester(Hash hash) : state_(std::make_unique<State>(hash)) {}
Digester::~Digester() = default;
Digester::Digester(Digester&&) noexcept = default;
Digester& Digester::operator=(Digester&&) noexcept = default;

void Digester::add(std::string_view bytes) {
    while (!bytes.empty()) {
        Block& block = state_->filling;
        const std::size_t size = std::min(bytes.size(), block_size - block.size());
        block.insert(block.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
        bytes.remove_prefix(size);
        if (block.size() == block_size)
            state_->hand_over();
    }
}

std::string Digester::finish() {
    if (state_->thread.joinable())
        state_->end();
    state_->digest(state_->filling);
    std::vector<std::uint8_t> digest;
    if (auto* sha256 = std::get_if<sha256_ctx>(&state_->context)) {
        digest.resize(SHA256_DIGEST_SIZE);
        sha256_digest(sha256, digest.size(), digest.data());
    } else {
        digest.resize(SHA512_DIGEST_SIZE);
        sha512_digest(&std::get<sha512_ctx>(state_->context), digest.size(), digest.data());
    }
    std::string text;
    for (const std::uint8_t byte : digest) {
        text += "0123456789abcdef"[byte >> 4];
        text += "0123456789abcdef"[byte & 15];
    }
    return text;
}

}  // namespace ocikit::archive
