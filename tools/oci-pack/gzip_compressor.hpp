// gzip by several threads.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "oci-pack/compressor.hpp"

namespace ocikit::pack {

// The input is cut into pieces of one size, each compressed with what comes before it as
// its dictionary: together they are one stream (RFC 1951, RFC 1952) which any program
// takes, a thousandth larger than if it had been made in one go. So the number of threads
// doesn't change a byte.
class GzipCompressor : public Compressor {
  public:
    GzipCompressor(const Compression& compression, Sink sink);
    ~GzipCompressor() override;
    GzipCompressor(const GzipCompressor&) = delete;
    GzipCompressor& operator=(const GzipCompressor&) = delete;

    void write(std::string_view bytes) override;
    void finish() override;

  private:
    struct Piece;
    class Deflater;

    std::unique_ptr<Piece> next_piece(const Piece* before);
    void hand_over(bool last);
    void take_oldest();
    bool is_done(const Piece& piece);
    void work();

    int level_;
    Sink sink_;
    std::size_t most_pieces_;
    std::deque<std::unique_ptr<Piece>> pieces_;  // in order, of those that aren't written yet
    std::vector<std::unique_ptr<Piece>> unused_;
    std::unique_ptr<Piece> filling_;
    bool begun_ = false;
    std::uint32_t crc_ = 0;
    std::uint32_t size_ = 0;  // modulo 2^32

    std::mutex mutex_;
    std::condition_variable for_threads_;
    std::condition_variable for_caller_;
    std::deque<Piece*> to_do_;
    bool ended_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace ocikit::pack
