#include "archive/sparse_check.hpp"

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <system_error>

#include <ocikit/error.hpp>

#include "archive/tar_headers.hpp"

namespace ocikit::archive {

namespace {

constexpr std::string_view prefix = "GNU.sparse.";

// A piece of the map in a header of type S: its offset and its size.
constexpr std::size_t piece_size = 24;
constexpr std::size_t header_pieces_at = 386;
constexpr std::size_t header_pieces = 4;
constexpr std::size_t is_extended_at = 482;
constexpr TarField real_size_field{483, 12, "a size"};
constexpr std::size_t block_pieces = 21;  // of a block that follows
constexpr std::size_t is_block_extended_at = 504;

std::optional<std::uint64_t> parse(std::string_view text) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.begin(), text.end(), number);
    return error == std::errc() && end == text.end() ? std::optional(number) : std::nullopt;
}

class SparseCheck {
  public:
    SparseCheck(std::string_view headers, std::string_view name) : name_(name) {
        each_header(headers, [this](std::string_view header, std::string_view content) {
            if (header[type_at] == 'x')
                each_record(content,
                            [this](std::string_view key, std::string_view value) { note(key, value); });
            if (!is_special_header(header))
                check(header, content);
        });
    }

  private:
    [[noreturn]] void refuse(const std::string& reason) const {
        throw Error(Error::Parts{.object = std::string(name_), .reason = "refused: " + reason});
    }
    [[noreturn]] void refuse_map() const { refuse("the map of its holes is damaged"); }

    void note(std::string_view key, std::string_view value) {
        if (key == "size")
            stored_ = number(value);
        if (!key.starts_with(prefix))
            return;
        has_records_ = true;
        key.remove_prefix(prefix.size());
        if (key == "size" || key == "realsize")
            (key == "size" ? size_ : real_size_) = number(value);
        else if (key == "numblocks")
            count_ = number(value);
        else if (key == "major" || key == "minor")
            (key == "major" ? major_ : minor_) = value;
        else if (key == "map")
            map_ = value;
        else if (key == "offset")
            begin_record(number(value));
        else if (key == "numbytes")
            end_record(number(value));
    }

    // Format 0.0: two records for each piece.
    void begin_record(std::uint64_t offset) {
        if (offset_)
            refuse_map();
        offset_ = offset;
    }
    void end_record(std::uint64_t size) {
        if (!offset_)
            refuse_map();
        add(*offset_, size);
        offset_.reset();
    }

    void check(std::string_view header, std::string_view content) {
        const char type = header[type_at];
        if (!has_records_ && type != 'S')
            return;
        if (has_records_ && type != '0' && type != '7' && type != '\0')
            refuse("it has holes, as only files can have");
        std::uint64_t stored = stored_.value_or(field_number(header, size_field));
        if (type == 'S')
            return read_blocks(header, content, stored);
        if (!major_.empty() || !minor_.empty()) {
            if (major_ != "1" || minor_ != "0" || !real_size_ || size_ || count_ || pieces_ != 0 ||
                !map_.empty())
                refuse("it has holes in a way that isn't known");
            const std::uint64_t map_size = read_text(content);
            if (map_size > stored)
                refuse_map();
            return finish(*real_size_, stored - map_size);
        }
        if (!size_ || !count_ || real_size_ || offset_ || (pieces_ != 0 && !map_.empty()))
            refuse_map();
        read_map();
        if (*count_ != pieces_)
            refuse_map();
        finish(*size_, stored);
    }

    // Format 0.1: `offset,size,offset,size`.
    void read_map() {
        while (!map_.empty()) {
            const std::uint64_t offset = take(map_, ',');
            add(offset, take(map_, ','));
        }
    }

    // Format 1.0: a line for each number, and first that of pieces. Returns how many bytes of
    // content that takes.
    std::uint64_t read_text(std::string_view content) {
        std::string_view text = content;
        const std::uint64_t count = take(text, '\n');
        for (std::uint64_t i = 0; i < count; ++i) {
            const std::uint64_t offset = take(text, '\n');
            add(offset, take(text, '\n'));
        }
        const std::uint64_t size = content.size() - text.size();
        return (size + tar_block - 1) / tar_block * tar_block;
    }

    // The oldest format: in the header and in blocks behind it.
    void read_blocks(std::string_view header, std::string_view content, std::uint64_t stored) {
        if (has_records_ || !is_number_field(header, real_size_field))
            refuse_map();
        bool more = read_pieces(header.substr(header_pieces_at), header_pieces);
        for (bool extended = header[is_extended_at] != '\0'; extended;) {
            if (!more || content.size() < tar_block)
                refuse_map();
            more = read_pieces(content, block_pieces);
            extended = content[is_block_extended_at] != '\0';
            content.remove_prefix(tar_block);
        }
        finish(field_number(header, real_size_field), stored);
    }

    // Returns whether the map may go on. It ends with a piece of zeros.
    bool read_pieces(std::string_view text, std::size_t count) {
        for (; count > 0; --count, text.remove_prefix(piece_size)) {
            const TarField offset{0, piece_size / 2, "an offset"};
            const TarField size{piece_size / 2, piece_size / 2, "a size"};
            if (text.substr(0, count * piece_size).find_first_not_of('\0') == std::string_view::npos)
                return false;
            if (text[offset.at] == '\0' || text[size.at] == '\0' || !is_number_field(text, offset) ||
                !is_number_field(text, size))
                refuse_map();
            add(field_number(text, offset), field_number(text, size));
        }
        return true;
    }

    void add(std::uint64_t offset, std::uint64_t size) {
        if (offset < end_)
            refuse("the map of its holes is out of order");
        if (size > UINT64_MAX - offset || (has_partial_ && size > 0))
            refuse_map();
        // GNU tar begins the next piece in a new block, and others right behind the last
        has_partial_ = has_partial_ || size % tar_block != 0;
        end_ = offset + size;
        total_ += size;
        ++pieces_;
    }

    void finish(std::uint64_t size, std::uint64_t stored) const {
        if (end_ > size)
            refuse("it has more content than its size says");
        // GNU tar ends the file where the map does
        if (end_ < size)
            refuse("the map of its holes doesn't reach its end");
        if (total_ != stored)
            refuse("the map of its holes is for " + std::to_string(total_) + " bytes, and there are " +
                   std::to_string(stored));
    }

    std::uint64_t number(std::string_view text) const {
        const auto found = parse(text);
        if (!found)
            refuse_map();
        return *found;
    }

    std::uint64_t take(std::string_view& text, char separator) const {
        const std::size_t end = std::min(text.find(separator), text.size());
        const std::uint64_t found = number(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        return found;
    }

    std::string_view name_;
    bool has_records_ = false;
    std::optional<std::uint64_t> stored_, size_, real_size_, count_, offset_;
    std::string_view major_, minor_, map_;
    std::uint64_t pieces_ = 0;
    std::uint64_t end_ = 0;    // of the last piece
    std::uint64_t total_ = 0;  // of all pieces
    bool has_partial_ = false;
};

}  // namespace

void check_sparse(std::string_view headers, std::string_view name) {
    SparseCheck(headers, name);
}

}  // namespace ocikit::archive
