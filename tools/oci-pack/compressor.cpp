#include "oci-pack/compressor.hpp"

#include <algorithm>
#include <cstdint>
#include <lzma.h>
#include <new>
#include <string>
#include <utility>
#include <vector>
// the parameter for rsync is in this part of the interface; setting it fails where a library lacks it
#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>

#include <ocikit/error.hpp>

#include "oci-pack/gzip_compressor.hpp"

namespace ocikit::pack {

namespace {

constexpr std::size_t buffer_size = 1u << 20;

class Plain : public Compressor {
  public:
    explicit Plain(Sink sink) : sink_(std::move(sink)) {}
    void write(std::string_view bytes) override { sink_(bytes); }
    void finish() override {}

  private:
    Sink sink_;
};

struct FreeContext {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};

class Zstd : public Compressor {
  public:
    Zstd(const Compression& compression, Sink sink)
        : sink_(std::move(sink)), buffer_(buffer_size), context_(ZSTD_createCCtx()) {
        if (!context_)
            throw std::bad_alloc();
        if (compression.level != 0)
            set(ZSTD_c_compressionLevel, compression.level);
        set(ZSTD_c_checksumFlag, 1);
        // without workers (0) the frames come out different from those of any other
        // number, so that the bytes would depend on the machine
        set(ZSTD_c_nbWorkers, compression.threads);
        if (compression.rsyncable)
            set(ZSTD_c_rsyncable, 1);
    }

    void write(std::string_view bytes) override {
        ZSTD_inBuffer input{bytes.data(), bytes.size(), 0};
        while (input.pos < input.size)
            compress(input, ZSTD_e_continue);
    }
    void finish() override {
        ZSTD_inBuffer input{nullptr, 0, 0};
        while (compress(input, ZSTD_e_end) != 0) {
        }
    }

  private:
    static std::size_t check(std::size_t result) {
        if (ZSTD_isError(result))
            throw Error(std::string("compress with zstd: ") + ZSTD_getErrorName(result));
        return result;
    }
    void set(ZSTD_cParameter parameter, int value) {
        check(ZSTD_CCtx_setParameter(context_.get(), parameter, value));
    }
    std::size_t compress(ZSTD_inBuffer& input, ZSTD_EndDirective directive) {
        ZSTD_outBuffer output{buffer_.data(), buffer_.size(), 0};
        const std::size_t left = check(ZSTD_compressStream2(context_.get(), &output, &input, directive));
        if (output.pos > 0)
            sink_({buffer_.data(), output.pos});
        return left;
    }

    Sink sink_;
    std::vector<char> buffer_;
    std::unique_ptr<ZSTD_CCtx, FreeContext> context_;
};

class Xz : public Compressor {
  public:
    Xz(const Compression& compression, Sink sink) : sink_(std::move(sink)), buffer_(buffer_size) {
        lzma_mt options{};
        options.threads = static_cast<std::uint32_t>(compression.threads);
        options.preset =
            compression.level == 0 ? LZMA_PRESET_DEFAULT : static_cast<std::uint32_t>(compression.level);
        // Blocks of this size are compressed by themselves, whatever the number of
        // threads. Three times the dictionary is what xz(1) takes; said here, as the
        // bytes depend on it.
        lzma_options_lzma lzma{};
        lzma_lzma_preset(&lzma, options.preset);
        options.block_size = std::max<std::uint64_t>(std::uint64_t{3} * lzma.dict_size, 1u << 20);
        options.check = LZMA_CHECK_CRC64;
        if (lzma_stream_encoder_mt(&stream_, &options) != LZMA_OK)
            throw std::bad_alloc();
    }
    Xz(const Xz&) = delete;
    Xz& operator=(const Xz&) = delete;
    ~Xz() override { lzma_end(&stream_); }

    void write(std::string_view bytes) override { code(bytes, LZMA_RUN); }
    void finish() override { code({}, LZMA_FINISH); }

  private:
    void code(std::string_view bytes, lzma_action action) {
        stream_.next_in = reinterpret_cast<const std::uint8_t*>(bytes.data());
        stream_.avail_in = bytes.size();
        lzma_ret result = LZMA_OK;
        do {
            stream_.next_out = reinterpret_cast<std::uint8_t*>(buffer_.data());
            stream_.avail_out = buffer_.size();
            result = lzma_code(&stream_, action);
            if (result == LZMA_MEM_ERROR)
                throw std::bad_alloc();
            if (result != LZMA_OK && result != LZMA_STREAM_END)
                throw Error("compress with xz: error " + std::to_string(result));
            if (const std::size_t size = buffer_.size() - stream_.avail_out; size > 0)
                sink_({buffer_.data(), size});
        } while (action == LZMA_FINISH ? result != LZMA_STREAM_END : stream_.avail_in > 0);
    }

    Sink sink_;
    std::vector<char> buffer_;
    lzma_stream stream_ = LZMA_STREAM_INIT;
};

}  // namespace

std::unique_ptr<Compressor> make_compressor(const Compression& compression, Compressor::Sink sink) {
    switch (compression.kind) {
        case Compression::Kind::gzip:
            return std::make_unique<GzipCompressor>(compression, std::move(sink));
        case Compression::Kind::zstd:
            return std::make_unique<Zstd>(compression, std::move(sink));
        case Compression::Kind::xz:
            return std::make_unique<Xz>(compression, std::move(sink));
        case Compression::Kind::none:
            break;
    }
    return std::make_unique<Plain>(std::move(sink));
}

}  // namespace ocikit::pack
