#include "archive/reader.hpp"

#include <algorithm>
#include <archive.h>
#include <archive_entry.h>
#include <cerrno>
#include <climits>
#include <exception>
#include <optional>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include <vector>

#include <ocikit/error.hpp>
#include <ocikit/text.hpp>

#include "archive/acl.hpp"
#include "archive/decompressor.hpp"
#include "archive/entry_path.hpp"
#include "archive/header_check.hpp"
#include "archive/interrupt.hpp"
#include "archive/locale.hpp"
#include "archive/raw_bytes.hpp"
#include "archive/read_ahead.hpp"
#include "archive/reader_error.hpp"
#include "archive/sparse_check.hpp"
#include "archive/tar_headers.hpp"
#include "archive/what_else.hpp"
#include "archive/xattrs.hpp"

namespace ocikit::archive {

namespace {

// Headers of one entry with the map of a sparse file: what libarchive makes of them takes up
// to ten times as much memory.
constexpr std::uint64_t most_headers = std::uint64_t{2} << 20;

[[noreturn]] void refuse(const std::string& name, const std::string& reason) {
    throw Error(Error::Parts{.object = name.empty() ? "an entry" : name, .reason = "refused: " + reason});
}

// Of names beyond the length of any.
std::string shortened(const std::string& name) {
    constexpr std::size_t most = 60;
    return name.size() > NAME_MAX ? name.substr(0, most) + "…" : name;
}

std::string pathname_of(archive_entry* entry) {
    const char* name = archive_entry_pathname(entry);
    return name ? name : "";
}

// Of an entry, or what a hard link leads to; name is then the link's own.
std::string checked_path(const std::string& text, const std::string& name, const std::string& what) {
    EntryPath parsed = parse_entry_path(text);
    switch (parsed.fault) {
        case EntryPath::Fault::none:
            return std::move(parsed.path);
        case EntryPath::Fault::empty:
            refuse(name, what + "is empty");
        case EntryPath::Fault::absolute:
            refuse(name, what + "is absolute");
        case EntryPath::Fault::outside:
            refuse(name, what + "has '..' in it");
        case EntryPath::Fault::component_too_long:
            refuse(shortened(name), what + "has a part longer than 255 bytes");
        case EntryPath::Fault::too_long:
            break;
    }
    refuse(shortened(name), what + "is longer than " + std::to_string(max_path) + " bytes");
}

// Writers escape what can't be in a record's keyword as %XX (GNU tar: = and %;
// libarchive: anything but printable ASCII).
std::string unescaped(std::string_view text) {
    const auto digit = [](char c) {
        const std::string_view digits = "0123456789abcdef";
        return digits.find(c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c);
    };
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const std::size_t high =
            text[i] == '%' && i + 2 < text.size() ? digit(text[i + 1]) : std::string::npos;
        const std::size_t low = high != std::string::npos ? digit(text[i + 2]) : std::string::npos;
        if (low == std::string::npos) {
            out += text[i];
            continue;
        }
        out += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return out;
}

Xattrs xattrs_of(archive_entry* from, const std::string& path) {
    Xattrs xattrs;
    archive_entry_xattr_reset(from);
    const char* name = nullptr;
    const void* value = nullptr;
    size_t size = 0;
    while (archive_entry_xattr_next(from, &name, &value, &size) == ARCHIVE_OK) {
        const std::string plain = unescaped(name);
        if (!is_portable_xattr(plain))
            continue;
        const auto [found, is_new] =
            xattrs.emplace(plain, std::string(static_cast<const char*>(value), size));
        if (!is_new && found->second != std::string_view(static_cast<const char*>(value), size))
            refuse(path, "it has two values of the attribute " + shown(plain));
    }
    return xattrs;
}

// The reverse of what the writer does: -1.25 is the kernel's -2 s + 750,000,000 ns.
timespec as_kernel_time(archive_entry* from) {
    const time_t seconds = archive_entry_mtime(from);
    const long nanoseconds = archive_entry_mtime_nsec(from);
    if (seconds >= 0 || nanoseconds == 0)
        return {.tv_sec = seconds, .tv_nsec = nanoseconds};
    return {.tv_sec = seconds - 1, .tv_nsec = 1'000'000'000 - nanoseconds};
}

// linux/kdev_t.h: 12 and 20 bits
constexpr dev_t most_major = dev_t{1} << 12;
constexpr dev_t most_minor = dev_t{1} << 20;

std::uint32_t checked_id(la_int64_t id, const std::string& path) {
    if (id < 0 || id >= 0xffffffff)  // -1 means "leave it" to chown(2)
        refuse(path, "its owner " + std::to_string(id) + " is no user or group id");
    return static_cast<std::uint32_t>(id);
}

// libarchive takes a hard link to nothing for an entry of no type.
std::string target_of_link(const Entry& entry, const char* text) {
    const std::string target = text ? text : "";
    const std::string what = "it is a hard link to '" + shortened(target) + "', which ";
    if (target.ends_with('/'))  // of which some readers make a link, and some don't
        refuse(entry.path, what + "ends in a slash");
    return checked_path(target, entry.path, what);
}

void set_type(Entry& entry, archive_entry* from, char type) {
    if (const char* target = archive_entry_hardlink(from); target || type == '1') {
        entry.hard_link = true;
        entry.link = target_of_link(entry, target);
        return;
    }
    switch (archive_entry_filetype(from)) {
        case AE_IFREG:
            if (archive_entry_size(from) < 0)
                refuse(entry.path, "its size is negative");
            entry.size = static_cast<std::uint64_t>(archive_entry_size(from));
            return;
        case AE_IFLNK:
            entry.link = archive_entry_symlink(from) ? archive_entry_symlink(from) : "";
            if (entry.link.empty())
                refuse(entry.path, "it is a symbolic link to nowhere");
            if (entry.link.size() > max_link)
                refuse(entry.path, "it is a symbolic link with a target longer than " +
                                       std::to_string(max_link) + " bytes");
            return;
        case AE_IFCHR:
        case AE_IFBLK:
            if (archive_entry_rdevmajor(from) >= most_major || archive_entry_rdevminor(from) >= most_minor)
                refuse(entry.path, "it is a device with numbers that Linux doesn't have");
            entry.device = ::makedev(static_cast<unsigned>(archive_entry_rdevmajor(from)),
                                     static_cast<unsigned>(archive_entry_rdevminor(from)));
            return;
        case AE_IFDIR:
        case AE_IFIFO:
            return;
        default:
            refuse(entry.path, "it is of an unknown type");
    }
}

Entry convert(archive_entry* from, std::string_view headers, const HeaderFacts& facts) {
    Entry entry;
    entry.path = checked_path(pathname_of(from), pathname_of(from), "its name ");
    entry.mode = archive_entry_mode(from);
    entry.uid = checked_id(archive_entry_uid(from), entry.path);
    entry.gid = checked_id(archive_entry_gid(from), entry.path);
    entry.mtime = as_kernel_time(from);
    set_type(entry, from, facts.type);
    entry.xattrs = xattrs_of(from, entry.path);
    if (facts.has_acl)
        entry.xattrs.merge(acl_xattrs(headers, entry.path));
    for (const auto& [name, value] : entry.xattrs) {
        if (!is_possible_xattr(name, value))
            refuse(entry.path, "its attribute " + shown(name) + " has no such value");
        if (!entry.hard_link && !is_possible_xattr_of(entry.mode, name))
            refuse(entry.path, "no file of its type can have the attribute " + shown(name));
    }
    if (const auto list = entry.xattrs.find(access_list); list != entry.xattrs.end()) {
        // libarchive gives the group's permissions, not the mask's
        entry.mode = mode_with_acl(entry.mode, list->second);
        if (is_only_mode(list->second))
            entry.xattrs.erase(list);
    }
    return entry;
}

}  // namespace

void Limits::check_ratio(std::uint64_t file_bytes, std::uint64_t tar_bytes) const {
    if (ratio != 0 && tar_bytes > ratio_free && tar_bytes / ratio > file_bytes)
        throw Error(
            "refused: it is more than " + std::to_string(ratio) + " times as large as its compressed file",
            "--max-ratio raises the limit");
}

namespace {

bool is_regular(int fd) {
    struct stat status {};
    return ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

}  // namespace

struct Reader::State {
    ::archive* handle = archive_read_new();
    std::unique_ptr<Decompressor> input;
    std::exception_ptr failure;  // of the input, carried through libarchive's C code
    Source source = -1;
    Limits limits;
    ReadObservers observers;
    std::uint64_t entries = 0;
    std::string last_path;  // of the entry before
    std::uint64_t bytes = 0;
    std::uint64_t file_bytes = 0;
    std::uint64_t tar_bytes = 0;
    RawBytes raw;  // what libarchive has been given
    bool in_headers = false;
    std::optional<ReadAhead> blocks;  // its thread uses all of the above but the handle, raw and in_headers

    ~State() { archive_read_free(handle); }

    static la_ssize_t give(::archive* handle, void* data, const void** bytes) {
        auto& state = *static_cast<State*>(data);
        try {
            state.keep_headers();
            if (state.in_headers && state.entries > 0 &&
                state.position() - state.header_position() > most_headers)
                throw Error(Error::Parts{
                    .object = state.next_place(),
                    .reason = "refused: its headers and the map of its holes are longer than 2 MiB"});
            const std::string_view block = state.blocks->next();
            state.raw.add(block);
            *bytes = block.data();
            return static_cast<la_ssize_t>(block.size());
        } catch (...) {
            state.failure = std::current_exception();
            archive_set_error(handle, EIO, "can't be read");
            return -1;
        }
    }

    std::size_t read(char* to, std::size_t room) {
        const std::size_t size = input->read(to, room);
        tar_bytes += size;
        limits.check_ratio(file_bytes, tar_bytes);
        if (observers.tar)
            observers.tar({to, size});
        return size;
    }

    [[noreturn]] void fail(const std::string& path) {
        if (failure)
            std::rethrow_exception(failure);
        const std::string_view text = archive_error_string(handle) ? archive_error_string(handle) : "";
        if (text == "Unrecognized archive format")
            throw Error("refused: " + what_else(raw.from(0, tar_block)));
        throw Error(Error::Parts{.object = path, .reason = reader_error_text(text)});
    }

    // Where it is, as the name of an entry that can't be read isn't known.
    std::string next_place() const {
        return entries == 0 ? "the first entry" : "the entry after '" + last_path + "'";
    }

    // To the end of the file, where its checksum is, and so that a program which
    // writes to us can end. Tar archives are padded with zeros, up to a tape's block.
    void read_rest() {
        constexpr std::size_t most = 64u << 20;
        check_padding(raw.from(position()));
        std::size_t rest = 0;
        for (std::string_view block = blocks->next(); !block.empty(); block = blocks->next()) {
            check_padding(block);
            rest += block.size();
            if (rest > most)
                refuse_rest();
        }
        if (observers.file)
            read_padding();
    }

    // Other readers may go on where this one has stopped.
    static void check_padding(std::string_view bytes) {
        if (bytes.find_first_not_of('\0') != std::string_view::npos)
            refuse_rest();
    }

    [[noreturn]] static void refuse_rest() {
        throw Error("refused: there is more data after the end of the archive");
    }

    void see_file(std::string_view seen) {
        file_bytes += seen.size();
        if (observers.file)
            observers.file(seen);
    }

    // What a compressed file has behind the end of its last stream.
    void read_padding() {
        std::vector<char> buffer(std::size_t{64} << 10);
        for (;;) {
            check_interrupt();
            const std::size_t room = std::min<std::uint64_t>(buffer.size(), source.size - file_bytes);
            const ssize_t size = ::read(source.fd, buffer.data(), room);
            if (size < 0 && errno != EINTR)
                throw Error::last("read", {});
            if (size == 0)
                return;
            if (size > 0)
                see_file({buffer.data(), static_cast<std::size_t>(size)});
        }
    }

    void count(const Entry& entry) {
        if (entry.size > limits.bytes - bytes)
            throw Error("refused: more than " + std::to_string(limits.bytes) + " bytes of content",
                        "--max-size raises the limit");
        bytes += entry.size;
    }

    std::uint64_t position() const { return static_cast<std::uint64_t>(archive_filter_bytes(handle, 0)); }
    std::uint64_t header_position() const {
        return static_cast<std::uint64_t>(archive_read_header_position(handle));
    }

    // Before the next block takes the place of the last: headers may go across.
    void keep_headers() { raw.keep_from(entries == 0 ? 0 : in_headers ? header_position() : UINT64_MAX); }

    int read_headers(archive_entry** entry) {
        // all of the content before, or its place would be taken for that of the headers
        if (entries > 0 && archive_read_data_skip(handle) < ARCHIVE_WARN)
            return ARCHIVE_FATAL;
        in_headers = true;
        const int result = archive_read_next_header(handle, entry);
        in_headers = false;
        return result;
    }

    // Of the entry that was read last; its own header may not be counted yet.
    std::string_view headers() {
        return raw.from(header_position(), position() - header_position() + tar_block);
    }

    // libarchive reads -0.25 as 0.25.
    void restore_sign(Entry& entry) {
        if (entry.mtime.tv_sec == 0 && entry.mtime.tv_nsec != 0 &&
            last_record(headers(), "mtime").value_or("").starts_with('-'))
            entry.mtime = {.tv_sec = -1, .tv_nsec = 1'000'000'000 - entry.mtime.tv_nsec};
    }

    // The end of a tar archive is a block of zeros; libarchive takes the end of the
    // file as well, which is what an archive looks like that was cut between entries, and
    // headers that belong to no entry.
    void check_end() {
        if (position() < header_position() + tar_block)
            throw Error("the archive has been cut off: its end is missing");
        if (raw.from(header_position(), tar_block).find_first_not_of('\0') != std::string_view::npos)
            throw Error("refused: there is a header without an entry at its end");
    }
};

Reader::Reader(const Source& source, const Limits& limits, ReadObservers observers)
    : state_(std::make_unique<State>()) {
    ::archive* handle = state_->handle;
    if (!handle)
        throw std::bad_alloc();
    state_->source = source;
    state_->limits = limits;
    state_->observers = std::move(observers);
    state_->input = Decompressor::open(source, [this](std::string_view bytes) { state_->see_file(bytes); });
    state_->blocks.emplace([this](char* to, std::size_t size) { return state_->read(to, size); },
                           is_regular(source.fd) ? ReadAhead::By::thread : ReadAhead::By::caller);
    use_byte_names();
    archive_read_support_format_tar(handle);
    if (archive_read_open(handle, state_.get(), nullptr, State::give, nullptr) != ARCHIVE_OK)
        state_->fail({});
}

Reader::~Reader() = default;

bool Reader::next(Entry& entry) {
    check_interrupt();
    archive_entry* from = nullptr;
    const int result = state_->read_headers(&from);
    if (result == ARCHIVE_EOF) {
        state_->check_end();
        state_->read_rest();
        return false;
    }
    // a warning about a name that isn't UTF-8: names are bytes here
    const char* name = result == ARCHIVE_WARN ? archive_entry_pathname(from) : nullptr;
    if (result != ARCHIVE_OK && (!name || is_utf8(name)))
        state_->fail(state_->next_place());
    if (++state_->entries > state_->limits.entries)
        throw Error("refused: more than " + std::to_string(state_->limits.entries) + " entries",
                    "--max-entries raises the limit");
    const HeaderFacts facts = check_headers(state_->headers(), pathname_of(from));
    entry = convert(from, state_->headers(), facts);
    state_->restore_sign(entry);
    state_->count(entry);
    if (facts.has_map)
        check_sparse(state_->headers(), entry.path);
    state_->last_path = entry.path;
    return true;
}

std::uint64_t Reader::content_position() const {
    return static_cast<std::uint64_t>(archive_filter_bytes(state_->handle, 0));
}

void Reader::content(const Entry& entry, const Take& take) {
    const void* bytes = nullptr;
    size_t size = 0;
    la_int64_t offset = 0;
    std::uint64_t end = 0;  // of the content so far
    for (;;) {
        check_interrupt();
        const int result = archive_read_data_block(state_->handle, &bytes, &size, &offset);
        if (result == ARCHIVE_EOF)
            return;
        if (result != ARCHIVE_OK)
            state_->fail(entry.path);
        if (size > 0 && static_cast<std::uint64_t>(offset) < end)
            refuse(entry.path, "the map of its holes is out of order");
        end = static_cast<std::uint64_t>(offset) + size;
        if (offset < 0 || static_cast<std::uint64_t>(offset) + size > entry.size)
            refuse(entry.path, "it has more content than its size says");
        take({static_cast<const char*>(bytes), size}, static_cast<std::uint64_t>(offset));
    }
}

}  // namespace ocikit::archive
