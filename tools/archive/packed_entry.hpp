// Entries as bytes, to be kept many at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "archive/entry.hpp"

namespace ocikit::archive {

// For this process alone: numbers are as the machine has them.
class Packer {
  public:
    template <class Number>
    void number(Number value) {
        bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
    }
    void text(std::string_view text);
    // All but the path and the extents.
    void entry(const Entry& entry);

    const std::string& bytes() const { return bytes_; }

  private:
    std::string bytes_;
};

// Takes out what was put in, in the same order.
class PackReader {
  public:
    explicit PackReader(std::string_view bytes) : bytes_(bytes) {}
    template <class Number>
    Number number() {
        Number value{};
        bytes_.copy(reinterpret_cast<char*>(&value), sizeof value);
        bytes_.remove_prefix(sizeof value);
        return value;
    }
    std::string text();
    Entry entry();

  private:
    std::string_view bytes_;
};

}  // namespace ocikit::archive
