// Bytes that are read while those before them are worked on.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>

namespace ocikit::archive {

class ReadAhead {
  public:
    // Up to size bytes, 0 at the end.
    using Read = std::function<std::size_t(char* to, std::size_t size)>;
    // Whether a thread reads, or the caller: a thread that waits for a pipe can't be stopped.
    enum class By { thread, caller };

    // A thread is started only for what is more than some blocks.
    ReadAhead(Read read, By by);
    ~ReadAhead();
    ReadAhead(const ReadAhead&) = delete;
    ReadAhead& operator=(const ReadAhead&) = delete;

    // The next block, an empty one at the end; valid until the next call. Throws what
    // reading it threw, and Interrupted.
    std::string_view next();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace ocikit::archive
