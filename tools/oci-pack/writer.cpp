#include "oci-pack/writer.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <cerrno>
#include <exception>
#include <new>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <ocikit/error.hpp>

#include "archive/locale.hpp"

namespace ocikit::pack {

namespace {

constexpr int block_size = 1 << 20;  // of one write to the sink

struct FreeEntry {
    void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};
using EntryPointer = std::unique_ptr<archive_entry, FreeEntry>;

// A time before 1970 with a fraction: tar wants it as a decimal number, -1.25
// for the kernel's -2 s + 750,000,000 ns; libarchive prints what it gets.
timespec as_decimal(const archive::Entry& entry) {
    timespec time = entry.mtime;
    if (time.tv_sec >= 0 || time.tv_nsec == 0)
        return time;
    if (time.tv_sec == -1)  // libarchive can't print -0.25
        throw Error(
            Error::Parts{.object = entry.path,
                         .reason = "its time is within the second before 1970, which can't be archived",
                         .hint = "touch it"});
    return {.tv_sec = time.tv_sec + 1, .tv_nsec = 1'000'000'000 - time.tv_nsec};
}

// libarchive writes them in the format 1.0 of GNU tar
void add_extents(archive_entry* to, const archive::Entry& entry) {
    for (const archive::Extent& extent : *entry.extents)
        archive_entry_sparse_add_entry(to, static_cast<la_int64_t>(extent.offset),
                                       static_cast<la_int64_t>(extent.size));
    if (entry.extents->empty())
        archive_entry_sparse_add_entry(to, static_cast<la_int64_t>(entry.size), 0);
}

EntryPointer convert(const archive::Entry& entry) {
    EntryPointer result(archive_entry_new());
    if (!result)
        throw std::bad_alloc();
    archive_entry* to = result.get();
    archive_entry_copy_pathname(to, entry.path.empty() ? "./" : entry.path.c_str());
    archive_entry_set_mode(to, entry.mode);
    archive_entry_set_uid(to, entry.uid);
    archive_entry_set_gid(to, entry.gid);
    const timespec time = as_decimal(entry);
    archive_entry_set_mtime(to, time.tv_sec, time.tv_nsec);
    archive_entry_set_size(to, static_cast<la_int64_t>(entry.size));
    if (entry.extents)
        add_extents(to, entry);
    if (entry.hard_link)
        archive_entry_copy_hardlink(to, entry.link.c_str());
    else if (S_ISLNK(entry.mode))
        archive_entry_copy_symlink(to, entry.link.c_str());
    else if (S_ISCHR(entry.mode) || S_ISBLK(entry.mode)) {
        archive_entry_set_rdevmajor(to, major(entry.device));
        archive_entry_set_rdevminor(to, minor(entry.device));
    }
    if (!entry.hard_link)
        // libarchive writes them last to first
        for (auto xattr = entry.xattrs.rbegin(); xattr != entry.xattrs.rend(); ++xattr)
            archive_entry_xattr_add_entry(to, xattr->first.c_str(), xattr->second.data(),
                                          xattr->second.size());
    return result;
}

}  // namespace

struct Writer::State {
    ::archive* handle = archive_write_new();
    Sink sink;
    std::exception_ptr failure;  // of the sink, carried through libarchive's C code
    bool finished = false;

    ~State() {
        // or freeing would write the end of an archive which isn't complete
        if (!finished)
            archive_write_fail(handle);
        archive_write_free(handle);
    }

    static la_ssize_t take(::archive*, void* data, const void* bytes, size_t size) {
        auto& state = *static_cast<State*>(data);
        try {
            state.sink({static_cast<const char*>(bytes), size});
            return static_cast<la_ssize_t>(size);
        } catch (...) {
            state.failure = std::current_exception();
            return -1;
        }
    }

    [[noreturn]] void fail(const std::string& path) {
        if (failure)
            std::rethrow_exception(failure);
        const char* text = archive_error_string(handle);
        throw Error(Error::Parts{
            .operation = "archive", .object = path, .reason = text ? text : "the archive can't be written"});
    }
};

Writer::Writer(Sink sink) : state_(std::make_unique<State>()) {
    ::archive* handle = state_->handle;
    if (!handle)
        throw std::bad_alloc();
    state_->sink = std::move(sink);
    archive::use_byte_names();
    // Not pax_restricted, which drops nanoseconds. Records are written as needed all
    // the same, as the entries have no other times than mtime.
    if (archive_write_set_format_pax(handle) != ARCHIVE_OK ||
        // one record an attribute, the one that GNU tar reads
        archive_write_set_format_option(handle, "pax", "xattrheader", "SCHILY") != ARCHIVE_OK)
        state_->fail({});
    archive_write_add_filter_none(handle);
    archive_write_set_bytes_per_block(handle, block_size);
    archive_write_set_bytes_in_last_block(handle, 1);
    if (archive_write_open(handle, state_.get(), nullptr, State::take, nullptr) != ARCHIVE_OK)
        state_->fail({});
}

Writer::~Writer() = default;

void Writer::begin(const archive::Entry& entry) {
    const EntryPointer converted = convert(entry);
    const int result = archive_write_header(state_->handle, converted.get());
    // names that aren't UTF-8 are written as they are, with a record that says so, and a warning
    const bool bytes = !archive::is_utf8(entry.path) || !archive::is_utf8(entry.link);
    if (result != ARCHIVE_OK && !(result == ARCHIVE_WARN && bytes))
        state_->fail(entry.path);
}

void Writer::write(std::string_view bytes) {
    while (!bytes.empty()) {
        const la_ssize_t written = archive_write_data(state_->handle, bytes.data(), bytes.size());
        if (written <= 0)
            state_->fail({});
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
}

void Writer::finish() {
    if (archive_write_close(state_->handle) != ARCHIVE_OK)
        state_->fail({});
    state_->finished = true;
}

}  // namespace ocikit::pack
