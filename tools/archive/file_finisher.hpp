// Small files that are made by two threads.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include <ocikit/unique_fd.hpp>

#include "archive/entry.hpp"

namespace ocikit::archive {

// One thread makes files in the order of the archive; this one's gives them what they are
// to have, when the first is some files further.
class FileFinisher {
  public:
    struct File {
        UniqueFd fd;
        Entry entry;
        std::string content;
    };
    // Is called for each file in that thread, in order.
    using Finish = std::function<void(const File& file)>;
    // Larger ones aren't worth the copy of their content.
    static constexpr std::size_t most_content = std::size_t{256} << 10;

    // The thread is started with the first file.
    explicit FileFinisher(Finish finish);
    // Files that aren't finished stay so.
    ~FileFinisher();
    FileFinisher(const FileFinisher&) = delete;
    FileFinisher& operator=(const FileFinisher&) = delete;

    // Both throw what finishing a file has thrown; then no more are finished.
    void add(File file);
    // Returns when all files are finished.
    void flush();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace ocikit::archive
