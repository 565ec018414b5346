// SHA-256, the digest by which archives are told apart.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace ocikit::archive {

// The bytes are copied and digested by a thread of its own, so that the caller's work
// goes on meanwhile.
class Sha256 {
  public:
    Sha256();
    ~Sha256();
    Sha256(Sha256&&) noexcept;
    Sha256& operator=(Sha256&&) noexcept;

    void add(std::string_view bytes);
    // In hexadecimal digits; to be called once, after the last of the bytes.
    std::string finish();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace ocikit::archive
