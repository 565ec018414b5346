#include "archive/digest.hpp"

#include <utility>

#include "archive/block_pipe.hpp"

namespace ocikit::archive {

struct Digester::State {
    Hasher hasher;
    BlockPipe pipe;

    explicit State(Hash hash) : hasher(hash), pipe({[this](std::string_view bytes) { hasher.add(bytes); }}) {}
};

Digester::Digester(Hash hash) : state_(std::make_unique<State>(hash)) {}
Digester::~Digester() = default;
Digester::Digester(Digester&&) noexcept = default;
Digester& Digester::operator=(Digester&&) noexcept = default;

void Digester::add(std::string_view bytes) {
    state_->pipe.write(bytes);
}

std::string Digester::finish() {
    state_->pipe.finish();
    return state_->hasher.finish();
}

}  // namespace ocikit::archive
