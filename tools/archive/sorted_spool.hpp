// Records in order, of which more can come than memory holds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "archive/temporary_file.hpp"

namespace ocikit::archive {

// Sorts by the bytes of keys, those with the same key by their numbers. What is more than
// the given memory goes to a temporary file.
class SortedSpool {
  public:
    static constexpr std::size_t usual_memory = std::size_t{4} << 20;
    explicit SortedSpool(std::size_t memory = usual_memory);
    ~SortedSpool();
    SortedSpool(SortedSpool&&) noexcept;
    SortedSpool& operator=(SortedSpool&&) noexcept;

    // All throw Error if the file can't be written or read.

    void add(std::string_view key, std::uint64_t number, std::string_view value);
    // Leaves little in memory: what the file has is read a part at a time.
    void to_file();
    // To the first record; to be called when all are there, and then again at will.
    void rewind();

    // The current record, until the next call of another function.
    bool at_end() const { return !current_; }
    std::string_view key() const;
    std::uint64_t number() const;
    std::string_view value() const;
    void advance();

  private:
    class Run;

    void keep(std::string_view key, std::uint64_t number, std::string_view value);
    void sort();
    void spill();
    void select();

    std::size_t memory_;
    std::vector<std::unique_ptr<char[]>> chunks_;
    std::size_t chunk_size_ = 0;  // of the last one
    std::size_t chunk_used_ = 0;
    std::size_t bytes_ = 0;             // of the records in memory
    std::vector<const char*> records_;  // in memory
    std::size_t at_ = 0;                // of these, the next
    TemporaryFile file_;
    std::vector<Run> runs_;          // sorted parts of the file
    std::vector<std::size_t> heap_;  // of runs, the one with the least record first
    const char* current_ = nullptr;
};

}  // namespace ocikit::archive
