#include "archive/key_table.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "archive/hash.hpp"

namespace ocikit::archive {

namespace {

// Behind the last slot, for keys whose own slots near the end are taken.
constexpr std::size_t usual_overflow = 64;

constexpr std::size_t written_at_once = 4096;  // slots

}  // namespace

KeyTable::Slots::Slots(std::uint64_t count, std::uint64_t most_in_memory) : in_file_(count > most_in_memory) {
    if (in_file_)
        return;
    memory_.reserve(count + usual_overflow);
    memory_.resize(count);
}

KeyTable::Slot KeyTable::Slots::get(std::uint64_t at) const {
    if (!in_file_)
        return at < memory_.size() ? memory_[at] : Slot{};
    if (at < window_at_ || at - window_at_ >= window_.size())
        read_window(at);
    return window_[at - window_at_];
}

void KeyTable::Slots::read_window(std::uint64_t from) const {
    window_.fill({});
    window_at_ = from;
    const std::uint64_t begin = from * sizeof(Slot);
    const std::uint64_t end = std::min<std::uint64_t>(begin + sizeof window_, file_.size());
    char* to = reinterpret_cast<char*>(window_.data());
    for (std::uint64_t at = begin; at < end;) {
        const std::size_t part = file_.read(to, static_cast<std::size_t>(end - at), at);
        to += part;
        at += part;
    }
}

void KeyTable::Slots::put(std::uint64_t at, const Slot& slot) {
    if (!in_file_) {
        if (at >= memory_.size())
            memory_.resize(at + 1);
        memory_[at] = slot;
        return;
    }
    file_.write({reinterpret_cast<const char*>(&slot), sizeof slot}, at * sizeof slot);
    if (at >= window_at_ && at - window_at_ < window_.size())
        window_[at - window_at_] = slot;
}

void KeyTable::Slots::put_later(std::uint64_t at, const Slot& slot) {
    if (!in_file_)
        return put(at, slot);
    for (std::uint64_t next = end() + later_.size(); next < at; ++next) {
        if (later_.size() >= written_at_once)
            flush();
        later_.emplace_back();
    }
    later_.push_back(slot);
}

void KeyTable::Slots::flush() {
    if (in_file_)
        file_.append({reinterpret_cast<const char*>(later_.data()), later_.size() * sizeof(Slot)});
    later_.clear();
}

std::uint64_t KeyTable::Slots::end() const {
    return in_file_ ? file_.size() / sizeof(Slot) : memory_.size();
}

KeyTable::KeyTable(std::size_t slots_in_memory)
    : slots_in_memory_(slots_in_memory), slots_(size(), slots_in_memory) {}

KeyTable::Key KeyTable::key_of(std::string_view text) {
    const Sha256 digest = sha256_of(text);
    Key key{};
    std::memcpy(key.data(), digest.data(), sizeof key);
    return key;
}

// Its slot, or the free one that it would get.
std::uint64_t KeyTable::place(const Key& key) const {
    for (std::uint64_t at = home(key);; ++at) {
        const Slot slot = slots_.get(at);
        if (slot.number == 0 || slot.key == key)
            return at;
    }
}

std::uint64_t KeyTable::find(const Key& key) const {
    return slots_.get(place(key)).number;
}

std::uint64_t KeyTable::add(const Key& key, std::uint64_t number) {
    std::uint64_t at = place(key);
    if (const Slot found = slots_.get(at); found.number != 0)
        return found.number;
    if (4 * (used_ + 1) > 3 * size()) {
        grow();
        at = place(key);
    }
    slots_.put(at, {.key = key, .number = number});
    ++used_;
    return 0;
}

void KeyTable::replace(const Key& key, std::uint64_t number) {
    slots_.put(place(key), {.key = key, .number = number});
}

// The upper bits of a key say where its slot is, so that the order stays when there are
// twice as many: old slots are read and new ones written from the first to the last. Only
// those of a run without a free one between them may change places.
void KeyTable::grow() {
    --shift_;
    Slots larger(size(), slots_in_memory_);
    std::vector<Slot> run;
    std::uint64_t next = 0;
    const std::uint64_t end = slots_.end();
    for (std::uint64_t at = 0; at <= end; ++at) {
        if (const Slot slot = slots_.get(at); slot.number != 0) {
            run.push_back(slot);
            continue;
        }
        std::sort(run.begin(), run.end(), [](const Slot& a, const Slot& b) { return a.key < b.key; });
        for (const Slot& slot : run) {
            next = std::max(next, home(slot.key));
            larger.put_later(next++, slot);
        }
        run.clear();
    }
    larger.flush();
    slots_ = std::move(larger);
}

}  // namespace ocikit::archive
