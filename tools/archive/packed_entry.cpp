#include "archive/packed_entry.hpp"

#include <utility>

namespace ocikit::archive {

void Packer::text(std::string_view text) {
    number(static_cast<std::uint32_t>(text.size()));
    bytes_ += text;
}

void Packer::entry(const Entry& entry) {
    number(entry.mode);
    number(entry.uid);
    number(entry.gid);
    number(entry.mtime.tv_sec);
    number(static_cast<std::uint32_t>(entry.mtime.tv_nsec));
    number(entry.size);
    number(entry.device);
    text(entry.link);
    number(static_cast<std::uint32_t>(entry.xattrs.size()));
    for (const auto& [name, value] : entry.xattrs) {
        text(name);
        text(value);
    }
}

std::string PackReader::text() {
    const auto size = number<std::uint32_t>();
    std::string text(bytes_.substr(0, size));
    bytes_.remove_prefix(size);
    return text;
}

Entry PackReader::entry() {
    Entry entry;
    entry.mode = number<mode_t>();
    entry.uid = number<uid_t>();
    entry.gid = number<gid_t>();
    entry.mtime.tv_sec = number<time_t>();
    entry.mtime.tv_nsec = number<std::uint32_t>();
    entry.size = number<std::uint64_t>();
    entry.device = number<dev_t>();
    entry.link = text();
    for (auto left = number<std::uint32_t>(); left > 0; --left) {
        std::string name = text();
        entry.xattrs[std::move(name)] = text();
    }
    return entry;
}

}  // namespace ocikit::archive
