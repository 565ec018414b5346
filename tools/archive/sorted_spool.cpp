#include "archive/sorted_spool.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "archive/interrupt.hpp"

namespace ocikit::archive {

namespace {

constexpr std::size_t chunk = std::size_t{256} << 10;
constexpr std::size_t write_size = std::size_t{256} << 10;
constexpr std::size_t read_size = std::size_t{16} << 10;  // for each run

// What is in front of a record's key and value.
struct Head {
    std::uint64_t number;
    std::uint32_t key;  // sizes
    std::uint32_t value;
    std::size_t size() const { return sizeof(Head) + key + value; }
};

Head head_of(const char* record) {
    Head head{};
    std::memcpy(&head, record, sizeof head);
    return head;
}

std::string_view key_of(const char* record) {
    return {record + sizeof(Head), head_of(record).key};
}

bool is_before(const char* a, const char* b) {
    const int order = key_of(a).compare(key_of(b));
    return order != 0 ? order < 0 : head_of(a).number < head_of(b).number;
}

}  // namespace

// A sorted part of the file, read from its beginning to its end.
class SortedSpool::Run {
  public:
    Run(std::uint64_t begin, std::uint64_t end) : begin_(begin), end_(end) {}

    const char* record() const { return record_; }
    void rewind(const TemporaryFile& file) {
        next_ = begin_;
        used_ = 0;
        filled_ = 0;
        advance(file);
    }
    void advance(const TemporaryFile& file) {
        record_ = nullptr;
        if (!has(file, sizeof(Head)))
            return;
        const std::size_t size = head_of(buffer_.data() + used_).size();
        has(file, size);
        record_ = buffer_.data() + used_;
        used_ += size;
    }

  private:
    // Reads until so much is in the buffer; false at the end.
    bool has(const TemporaryFile& file, std::size_t size) {
        if (filled_ - used_ >= size)
            return true;
        if (next_ == end_)
            return false;
        std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(used_),
                  buffer_.begin() + static_cast<std::ptrdiff_t>(filled_), buffer_.begin());
        filled_ -= std::exchange(used_, 0);
        buffer_.resize(std::max(size, read_size));
        while (filled_ < size) {
            const std::size_t part =
                file.read(buffer_.data() + filled_,
                          std::min<std::uint64_t>(buffer_.size() - filled_, end_ - next_), next_);
            filled_ += part;
            next_ += part;
        }
        return true;
    }

    std::uint64_t begin_;
    std::uint64_t end_;
    std::uint64_t next_ = 0;  // what isn't in the buffer yet
    std::vector<char> buffer_;
    std::size_t used_ = 0;
    std::size_t filled_ = 0;
    const char* record_ = nullptr;
};

SortedSpool::SortedSpool(std::size_t memory) : memory_(memory) {}
SortedSpool::~SortedSpool() = default;
SortedSpool::SortedSpool(SortedSpool&&) noexcept = default;
SortedSpool& SortedSpool::operator=(SortedSpool&&) noexcept = default;

void SortedSpool::add(std::string_view key, std::uint64_t number, std::string_view value) {
    keep(key, number, value);
    if (bytes_ > memory_)
        spill();
}

void SortedSpool::keep(std::string_view key, std::uint64_t number, std::string_view value) {
    const Head head{.number = number,
                    .key = static_cast<std::uint32_t>(key.size()),
                    .value = static_cast<std::uint32_t>(value.size())};
    if (chunk_size_ - chunk_used_ < head.size()) {
        chunk_size_ = std::max(std::min(chunk, memory_), head.size());
        chunks_.push_back(std::make_unique_for_overwrite<char[]>(chunk_size_));
        chunk_used_ = 0;
    }
    char* to = chunks_.back().get() + chunk_used_;
    records_.push_back(to);
    std::memcpy(to, &head, sizeof head);
    to = std::copy(key.begin(), key.end(), to + sizeof head);
    std::copy(value.begin(), value.end(), to);
    chunk_used_ += head.size();
    bytes_ += head.size() + sizeof(const char*);
}

void SortedSpool::sort() {
    std::sort(records_.begin(), records_.end(), is_before);
}

void SortedSpool::spill() {
    sort();
    const std::uint64_t begin = file_.size();
    std::string buffer;
    for (const char* record : records_) {
        buffer.append(record, head_of(record).size());
        if (buffer.size() >= write_size) {
            file_.append(buffer);
            buffer.clear();
        }
    }
    file_.append(buffer);
    runs_.emplace_back(begin, file_.size());
    records_.clear();
    chunks_.clear();
    chunk_size_ = chunk_used_ = bytes_ = 0;
}

void SortedSpool::to_file() {
    if (!records_.empty())
        spill();
    records_ = {};
    chunks_ = std::vector<std::unique_ptr<char[]>>();
}

// What is still in memory becomes one more run, if there are any.
void SortedSpool::rewind() {
    if (!runs_.empty())
        to_file();
    if (runs_.empty() && at_ == 0)
        sort();
    at_ = 0;
    heap_.clear();
    for (std::size_t i = 0; i < runs_.size(); ++i) {
        runs_[i].rewind(file_);
        heap_.push_back(i);
    }
    const auto later = [this](std::size_t a, std::size_t b) {
        return is_before(runs_[b].record(), runs_[a].record());
    };
    std::make_heap(heap_.begin(), heap_.end(), later);
    select();
}

void SortedSpool::select() {
    if (runs_.empty())
        current_ = at_ < records_.size() ? records_[at_] : nullptr;
    else
        current_ = heap_.empty() ? nullptr : runs_[heap_.front()].record();
}

void SortedSpool::advance() {
    check_interrupt();
    if (runs_.empty()) {
        ++at_;
        return select();
    }
    const auto later = [this](std::size_t a, std::size_t b) {
        return is_before(runs_[b].record(), runs_[a].record());
    };
    std::pop_heap(heap_.begin(), heap_.end(), later);
    Run& run = runs_[heap_.back()];
    run.advance(file_);
    if (run.record())
        std::push_heap(heap_.begin(), heap_.end(), later);
    else
        heap_.pop_back();
    select();
}

std::string_view SortedSpool::key() const {
    return key_of(current_);
}

std::uint64_t SortedSpool::number() const {
    return head_of(current_).number;
}

std::string_view SortedSpool::value() const {
    const Head head = head_of(current_);
    return {current_ + sizeof(Head) + head.key, head.value};
}

}  // namespace ocikit::archive
