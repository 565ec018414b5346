#include "archive/decompressor.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <lzma.h>
#include <new>
#include <string>
#include <string_view>
#include <unistd.h>
#include <utility>
#include <vector>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <ocikit/error.hpp>

#include "archive/interrupt.hpp"

namespace ocikit::archive {

namespace {

using namespace std::string_view_literals;

constexpr std::string_view gzip_magic = "\x1f\x8b"sv;
constexpr std::string_view zstd_magic = "\x28\xb5\x2f\xfd"sv;
constexpr std::string_view xz_magic =
    "\xfd"
    "7zXZ\0"sv;
// enough for every preset of xz (level 9: 65 MiB); an archive may ask for 4 GiB
constexpr std::uint64_t xz_memory = std::uint64_t{128} << 20;

[[noreturn]] void damaged(const char* what) {
    throw Error(std::string("the compressed data is ") + what);
}

// The file's bytes, of which some can be looked at before they are taken.
class Input {
  public:
    Input(const Source& source, Decompressor::Observer observer)
        : source_(source), observer_(std::move(observer)), buffer_(1u << 20) {}

    std::string_view bytes() const { return {buffer_.data() + begin_, end_ - begin_}; }
    void take(std::size_t size) { begin_ += size; }

    // Reads on until there are at least `wanted` bytes, or the end has come.
    bool fill(std::size_t wanted) {
        if (begin_ == end_)
            begin_ = end_ = 0;
        while (end_ - begin_ < wanted && read_more()) {
        }
        return end_ - begin_ >= wanted;
    }

    // Takes up to so many bytes, without a detour if there are none yet; 0 at the end.
    std::size_t read(char* to, std::size_t size) {
        if (begin_ == end_)
            return read_source(to, size);
        const std::size_t count = std::min(size, end_ - begin_);
        std::memcpy(to, buffer_.data() + begin_, count);
        begin_ += count;
        return count;
    }

  private:
    bool read_more() {
        if (begin_ > 0) {
            std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
            end_ -= begin_;
            begin_ = 0;
        }
        const std::size_t size = read_source(buffer_.data() + end_, buffer_.size() - end_);
        end_ += size;
        return size > 0;
    }

    std::size_t read_source(char* to, std::size_t room) {
        for (;;) {
            check_interrupt();
            const ssize_t size = ::read(source_.fd, to, std::min<std::uint64_t>(room, source_.size));
            if (size < 0 && errno == EINTR)
                continue;
            if (size < 0)
                throw Error::last("read", {});
            if (observer_)
                observer_({to, static_cast<std::size_t>(size)});
            source_.size -= static_cast<std::uint64_t>(size);
            return static_cast<std::size_t>(size);
        }
    }

    Source source_;
    Decompressor::Observer observer_;
    std::vector<char> buffer_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

class Plain : public Decompressor {
  public:
    explicit Plain(Input input) : input_(std::move(input)) {}
    std::size_t read(char* to, std::size_t size) override { return input_.read(to, size); }

  private:
    Input input_;
};

class Gzip : public Decompressor {
  public:
    explicit Gzip(Input input) : input_(std::move(input)) {
        constexpr int window_bits = 15 + 16;  // 16: gzip headers, and their checksums
        if (inflateInit2(&stream_, window_bits) != Z_OK)
            throw std::bad_alloc();
    }
    Gzip(const Gzip&) = delete;
    Gzip& operator=(const Gzip&) = delete;
    ~Gzip() override { inflateEnd(&stream_); }

    std::size_t read(char* to, std::size_t size) override {
        stream_.next_out = reinterpret_cast<Bytef*>(to);
        stream_.avail_out = static_cast<uInt>(size);
        while (!ended_ && stream_.avail_out == size) {
            if (!input_.fill(1))
                damaged("cut off");
            const std::string_view bytes = input_.bytes();
            stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
            stream_.avail_in = static_cast<uInt>(bytes.size());
            const int result = inflate(&stream_, Z_NO_FLUSH);
            input_.take(bytes.size() - stream_.avail_in);
            if (result == Z_STREAM_END)
                next_member();
            else if (result != Z_OK && result != Z_BUF_ERROR)
                damaged("damaged");
        }
        return size - stream_.avail_out;
    }

  private:
    // RFC 1952: a file can have several streams. Behind the last there may be zeros, the
    // padding of a medium, which gzip(1) ignores as well.
    void next_member() {
        ended_ = !input_.fill(gzip_magic.size()) || !input_.bytes().starts_with(gzip_magic);
        if (!ended_) {
            inflateReset(&stream_);
            return;
        }
        for (; input_.fill(1); input_.take(input_.bytes().size())) {
            if (input_.bytes().find_first_not_of('\0') != std::string_view::npos)
                throw Error("refused: there is more data after the end of the compressed data");
        }
    }

    Input input_;
    z_stream stream_{};
    bool ended_ = false;
};

struct FreeContext {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

class Zstd : public Decompressor {
  public:
    explicit Zstd(Input input) : input_(std::move(input)), context_(ZSTD_createDCtx()) {
        if (!context_)
            throw std::bad_alloc();
    }

    std::size_t read(char* to, std::size_t size) override {
        ZSTD_outBuffer output{to, size, 0};
        while (output.pos == 0) {
            // when a frame is in the middle, its end may need room rather than more input
            const bool more = input_.fill(1);
            if (!more && frame_ended_)
                return 0;
            ZSTD_inBuffer input{input_.bytes().data(), input_.bytes().size(), 0};
            const std::size_t result = ZSTD_decompressStream(context_.get(), &output, &input);
            if (ZSTD_isError(result))
                fail(result);
            input_.take(input.pos);
            frame_ended_ = result == 0;
            if (!more && !frame_ended_ && output.pos == 0)
                damaged("cut off");
        }
        return output.pos;
    }

  private:
    [[noreturn]] static void fail(std::size_t result) {
        switch (ZSTD_getErrorCode(result)) {
            case ZSTD_error_frameParameter_windowTooLarge:
                throw Error("refused: decompressing it takes more than 128 MiB of memory");
            case ZSTD_error_dictionary_wrong:
                throw Error("refused: it was compressed with a dictionary, which isn't there");
            default:
                damaged("damaged");
        }
    }

    Input input_;
    std::unique_ptr<ZSTD_DCtx, FreeContext> context_;
    bool frame_ended_ = true;
};

class Xz : public Decompressor {
  public:
    explicit Xz(Input input) : input_(std::move(input)) {
        if (lzma_stream_decoder(&stream_, xz_memory, LZMA_CONCATENATED) != LZMA_OK)
            throw std::bad_alloc();
    }
    Xz(const Xz&) = delete;
    Xz& operator=(const Xz&) = delete;
    ~Xz() override { lzma_end(&stream_); }

    std::size_t read(char* to, std::size_t size) override {
        stream_.next_out = reinterpret_cast<std::uint8_t*>(to);
        stream_.avail_out = size;
        while (!ended_ && stream_.avail_out == size) {
            const bool more = input_.fill(1);
            const std::string_view bytes = input_.bytes();
            stream_.next_in = reinterpret_cast<const std::uint8_t*>(bytes.data());
            stream_.avail_in = bytes.size();
            const lzma_ret result = lzma_code(&stream_, more ? LZMA_RUN : LZMA_FINISH);
            input_.take(bytes.size() - stream_.avail_in);
            ended_ = result == LZMA_STREAM_END;
            if (result == LZMA_MEMLIMIT_ERROR)
                throw Error("refused: decompressing it takes more than " + std::to_string(xz_memory >> 20) +
                            " MiB of memory");
            if (result == LZMA_BUF_ERROR)
                damaged("cut off");
            if (result != LZMA_OK && !ended_)
                damaged("damaged");
        }
        return size - stream_.avail_out;
    }

  private:
    Input input_;
    lzma_stream stream_ = LZMA_STREAM_INIT;
    bool ended_ = false;
};

// RFC 8878: a frame, or one to be skipped, whose number has sixteen values.
bool is_zstd(std::string_view begin) {
    constexpr std::string_view skippable = "\x2a\x4d\x18"sv;
    return begin.starts_with(zstd_magic) ||
           (begin.size() > skippable.size() && (static_cast<unsigned char>(begin[0]) & 0xf0) == 0x50 &&
            begin.substr(1).starts_with(skippable));
}

}  // namespace

bool Decompressor::is_compressed(std::string_view begin) {
    return begin.starts_with(gzip_magic) || is_zstd(begin) || begin.starts_with(xz_magic);
}

std::unique_ptr<Decompressor> Decompressor::open(const Source& source, Observer observer) {
    Input input(source, std::move(observer));
    static_assert(xz_magic.size() == magic_size);
    input.fill(magic_size);
    const std::string_view bytes = input.bytes();
    if (bytes.starts_with(gzip_magic))
        return std::make_unique<Gzip>(std::move(input));
    if (is_zstd(bytes))
        return std::make_unique<Zstd>(std::move(input));
    if (bytes.starts_with(xz_magic))
        return std::make_unique<Xz>(std::move(input));
    return std::make_unique<Plain>(std::move(input));
}

}  // namespace ocikit::archive
