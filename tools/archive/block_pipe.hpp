// Bytes on their way from one thread to others.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace ocikit::archive {

// Each consumer runs in a thread of its own and is given all of the bytes, in blocks that
// the consumers share, while the caller fills the next ones. A caller who is ahead by all
// the blocks there are waits. Without a full block no thread is started.
class BlockPipe {
  public:
    using Consumer = std::function<void(std::string_view bytes)>;
    // Puts bytes where they belong. Called for each block once, in any order, by whoever has
    // the time, the caller or the first consumer's thread; so perhaps by both at the same time.
    using Place = std::function<void(std::string_view bytes, std::uint64_t offset)>;
    struct Size {
        // that both caches and system calls like: a few are in the processor's at a time
        std::size_t block = std::size_t{256} << 10;
        std::size_t blocks = 16;
    };

    // At least one consumer.
    explicit BlockPipe(std::vector<Consumer> consumers, Place place = {});
    BlockPipe(std::vector<Consumer> consumers, Place place, const Size& size);
    // Without finish, what hasn't been consumed is given up.
    ~BlockPipe();
    BlockPipe(const BlockPipe&) = delete;
    BlockPipe& operator=(const BlockPipe&) = delete;

    // These throw what a consumer or place has thrown, and Interrupted.

    // Where the next bytes go, at least one; valid until the next call of write or filled.
    std::span<char> room();
    // So many bytes of room() have been put there.
    void filled(std::size_t size);
    void write(std::string_view bytes);
    // Returns when all is consumed. To be called once, after the last of the bytes.
    void finish();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace ocikit::archive
