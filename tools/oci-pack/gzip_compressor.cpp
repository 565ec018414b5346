#include "oci-pack/gzip_compressor.hpp"

#include <algorithm>
#include <cstring>
#include <exception>
#include <new>
#include <string>
#include <utility>
#include <zlib.h>

#include <ocikit/error.hpp>

#include "archive/interrupt.hpp"

namespace ocikit::pack {

namespace {

constexpr std::size_t piece_size = std::size_t{256} << 10;
constexpr std::size_t window = std::size_t{32} << 10;

// RFC 1952, without a name and a time; the eighth byte tells the fastest and the best level.
std::string header(int level) {
    constexpr char unix_system = 3;
    return {'\x1f', '\x8b', '\x08', 0, 0, 0, 0, 0, level == 9 ? '\2' : level == 1 ? '\4' : '\0', unix_system};
}

std::string little_endian(std::uint32_t value) {
    std::string bytes;
    for (int i = 0; i < 4; ++i, value >>= 8)
        bytes += static_cast<char>(value & 0xff);
    return bytes;
}

Bytef* bytes_of(std::vector<char>& bytes) {
    return reinterpret_cast<Bytef*>(bytes.data());
}

}  // namespace

struct GzipCompressor::Piece {
    std::vector<char> dictionary;  // the end of the piece before
    std::vector<char> input;
    bool last = false;
    std::vector<char> output;
    uLong crc = 0;
    bool done = false;
    std::exception_ptr failure;
};

class GzipCompressor::Deflater {
  public:
    explicit Deflater(int level) {
        constexpr int no_header = -15;
        constexpr int memory_level = 8;
        if (deflateInit2(&stream_, level == 0 ? Z_DEFAULT_COMPRESSION : level, Z_DEFLATED, no_header,
                         memory_level, Z_DEFAULT_STRATEGY) != Z_OK)
            throw std::bad_alloc();
    }
    Deflater(const Deflater&) = delete;
    Deflater& operator=(const Deflater&) = delete;
    ~Deflater() { deflateEnd(&stream_); }

    void run(Piece& piece) {
        deflateReset(&stream_);
        if (!piece.dictionary.empty())
            deflateSetDictionary(&stream_, bytes_of(piece.dictionary),
                                 static_cast<uInt>(piece.dictionary.size()));
        const auto size = static_cast<uInt>(piece.input.size());
        // for the empty block with which a piece ends on a byte
        constexpr uLong flush = 16;
        piece.output.resize(deflateBound(&stream_, size) + flush);
        stream_.next_in = bytes_of(piece.input);
        stream_.avail_in = size;
        stream_.next_out = bytes_of(piece.output);
        stream_.avail_out = static_cast<uInt>(piece.output.size());
        deflate(&stream_, piece.last ? Z_FINISH : Z_SYNC_FLUSH);  // fails on misuse only
        if (stream_.avail_in > 0 || stream_.avail_out == 0)
            throw Error("compress with gzip: zlib's bound for its output doesn't hold");
        piece.output.resize(piece.output.size() - stream_.avail_out);
        piece.crc = crc32(0, bytes_of(piece.input), size);
    }

  private:
    z_stream stream_{};
};

GzipCompressor::GzipCompressor(const Compression& compression, Sink sink)
    : level_(compression.level),
      sink_(std::move(sink)),
      most_pieces_(2 * static_cast<std::size_t>(compression.threads)),
      filling_(next_piece(nullptr)) {
    const archive::WithoutSignals without_signals;
    for (int i = 0; i < compression.threads; ++i)
        threads_.emplace_back([this] { work(); });
}

GzipCompressor::~GzipCompressor() {
    {
        const std::lock_guard lock(mutex_);
        ended_ = true;
        to_do_.clear();
    }
    for_threads_.notify_all();
    for (std::thread& thread : threads_)
        thread.join();
}

void GzipCompressor::write(std::string_view bytes) {
    while (!bytes.empty()) {
        std::vector<char>& input = filling_->input;
        const std::size_t size = std::min(bytes.size(), piece_size - input.size());
        input.insert(input.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
        bytes.remove_prefix(size);
        if (input.size() == piece_size)
            hand_over(false);
    }
}

void GzipCompressor::finish() {
    hand_over(true);
    while (!pieces_.empty())
        take_oldest();
    sink_(little_endian(crc_) + little_endian(size_));
}

std::unique_ptr<GzipCompressor::Piece> GzipCompressor::next_piece(const Piece* before) {
    auto piece = std::make_unique<Piece>();
    if (!unused_.empty()) {  // for its memory
        piece = std::move(unused_.back());
        unused_.pop_back();
    }
    piece->done = false;
    piece->input.clear();
    piece->input.reserve(piece_size);
    piece->dictionary.clear();
    if (before)
        piece->dictionary.assign(before->input.end() - window, before->input.end());
    return piece;
}

void GzipCompressor::hand_over(bool last) {
    if (!std::exchange(begun_, true))
        sink_(header(level_));
    filling_->last = last;
    auto next = last ? nullptr : next_piece(filling_.get());
    pieces_.push_back(std::move(filling_));
    filling_ = std::move(next);
    {
        const std::lock_guard lock(mutex_);
        to_do_.push_back(pieces_.back().get());
    }
    for_threads_.notify_one();
    while (!pieces_.empty() && (pieces_.size() > most_pieces_ || is_done(*pieces_.front())))
        take_oldest();
}

bool GzipCompressor::is_done(const Piece& piece) {
    const std::lock_guard lock(mutex_);
    return piece.done;
}

void GzipCompressor::take_oldest() {
    std::unique_ptr<Piece> piece = std::move(pieces_.front());
    pieces_.pop_front();
    {
        std::unique_lock lock(mutex_);
        for_caller_.wait(lock, [&] { return piece->done; });
    }
    if (piece->failure)
        std::rethrow_exception(piece->failure);
    sink_({piece->output.data(), piece->output.size()});
    const std::size_t size = piece->input.size();
    crc_ = static_cast<std::uint32_t>(crc32_combine(crc_, piece->crc, static_cast<z_off_t>(size)));
    size_ += static_cast<std::uint32_t>(size);
    unused_.push_back(std::move(piece));
}

void GzipCompressor::work() {
    std::unique_ptr<Deflater> deflater;
    std::unique_lock lock(mutex_);
    for (;;) {
        for_threads_.wait(lock, [this] { return ended_ || !to_do_.empty(); });
        if (to_do_.empty())
            return;
        Piece& piece = *to_do_.front();
        to_do_.pop_front();
        lock.unlock();
        try {
            if (!deflater)
                deflater = std::make_unique<Deflater>(level_);
            deflater->run(piece);
        } catch (...) {
            piece.failure = std::current_exception();
        }
        lock.lock();
        piece.done = true;
        for_caller_.notify_one();
    }
}

}  // namespace ocikit::pack
