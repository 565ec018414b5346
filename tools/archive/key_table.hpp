// Numbers by keys, of which more can come than memory holds.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "archive/temporary_file.hpp"

namespace ocikit::archive {

// A hash table with open addressing, in memory as long as it is small, then in a temporary
// file. Its keys are spread already: any bits of their first part tell them apart well.
class KeyTable {
  public:
    using Key = std::array<std::uint64_t, 2>;
    static constexpr std::size_t usual_in_memory = std::size_t{1} << 19;  // 12 MiB

    // Of a text, however long: half of its SHA-256, so that nobody can bring about that two
    // texts are taken for one.
    static Key key_of(std::string_view text);

    // The largest table that memory holds.
    explicit KeyTable(std::size_t slots_in_memory = usual_in_memory);

    // All throw Error if the file can't be written or read.

    // What was added under the key; 0: nothing.
    std::uint64_t find(const Key& key) const;
    // Unless there is something already, which is returned, and stays. The number isn't 0.
    std::uint64_t add(const Key& key, std::uint64_t number);
    // In place of what is there.
    void replace(const Key& key, std::uint64_t number);

  private:
    struct Slot {
        Key key{};
        std::uint64_t number = 0;  // 0: the slot is free
    };
    // Slots from 0 on, free ones where nothing was put.
    class Slots {
      public:
        // So many, or (more) any number in a file.
        Slots(std::uint64_t count, std::uint64_t most_in_memory);
        Slot get(std::uint64_t at) const;
        void put(std::uint64_t at, const Slot& slot);
        // Behind all that were put so far; in its place after flush.
        void put_later(std::uint64_t at, const Slot& slot);
        void flush();
        // All below that can be in use.
        std::uint64_t end() const;

      private:
        void read_window(std::uint64_t from) const;

        bool in_file_;
        std::vector<Slot> memory_;
        TemporaryFile file_;
        std::vector<Slot> later_;  // up to where the file ends
        // some slots that follow each other, as the file has them
        mutable std::array<Slot, 32> window_{};
        mutable std::uint64_t window_at_ = UINT64_MAX;
    };

    std::uint64_t size() const { return std::uint64_t{1} << (64 - shift_); }
    std::uint64_t home(const Key& key) const { return key[0] >> shift_; }
    std::uint64_t place(const Key& key) const;
    void grow();

    std::size_t slots_in_memory_;
    int shift_ = 60;  // the table has 2 to the power of 64 - shift_ slots, and some behind them
    std::uint64_t used_ = 0;
    Slots slots_;
};

}  // namespace ocikit::archive
