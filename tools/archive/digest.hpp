// The digests by which archives and parts of images are told apart.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "archive/hash.hpp"

namespace ocikit::archive {

// The bytes are copied and digested by a thread of its own, so that the caller's work
// goes on meanwhile.
class Digester {
  public:
    using Hash = HashKind;
    explicit Digester(Hash hash = Hash::sha256);
    ~Digester();
    Digester(Digester&&) noexcept;
    Digester& operator=(Digester&&) noexcept;

    void add(std::string_view bytes);
    // In hexadecimal digits; to be called once, after the last of the bytes.
    std::string finish();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace ocikit::archive
