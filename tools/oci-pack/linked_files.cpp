#include "oci-pack/linked_files.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace ocikit::pack {

namespace {

constexpr std::size_t names_in_memory = std::size_t{1} << 20;
constexpr std::size_t least_size = 64;
constexpr std::uint64_t most_left = (std::uint64_t{1} << 24) - 1;
constexpr std::uint64_t most_place = (std::uint64_t{1} << 40) - 1;

}  // namespace

// Inodes that follow each other are the usual case: a multiplicative hash spreads them.
std::size_t LinkedFiles::Table::home(ino_t inode) const {
    return (inode * 0x9e3779b97f4a7c15 >> 20) & (files_.size() - 1);
}

LinkedFiles::File& LinkedFiles::Table::find(ino_t inode) {
    if (4 * (used_ + 1) > 3 * files_.size())
        grow();
    std::size_t at = home(inode);
    while (files_[at].left != 0 && files_[at].inode != inode)
        at = (at + 1) & (files_.size() - 1);
    return files_[at];
}

void LinkedFiles::Table::added() {
    ++used_;
}

// Those behind it that would not be found any more move up.
void LinkedFiles::Table::remove(File& file) {
    const std::size_t mask = files_.size() - 1;
    auto hole = static_cast<std::size_t>(&file - files_.data());
    for (std::size_t at = (hole + 1) & mask; files_[at].left != 0; at = (at + 1) & mask) {
        if (((at - home(files_[at].inode)) & mask) < ((at - hole) & mask))
            continue;
        files_[hole] = files_[at];
        hole = at;
    }
    files_[hole] = {};
    --used_;
}

void LinkedFiles::Table::grow() {
    std::vector<File> before(std::max(least_size, 2 * files_.size()));
    before.swap(files_);
    for (const File& file : before) {
        if (file.left == 0)
            continue;
        std::size_t at = home(file.inode);
        while (files_[at].left != 0)
            at = (at + 1) & (files_.size() - 1);
        files_[at] = file;
    }
}

std::optional<std::string> LinkedFiles::see(const struct stat& status, const std::string& path) {
    Table& table = tables_[status.st_dev];
    File& file = table.find(status.st_ino);
    if (file.left == 0) {
        const std::uint64_t place = keep(path);
        file.inode = status.st_ino;
        file.place = place & most_place;
        file.left = std::min<std::uint64_t>(status.st_nlink - 1, most_left) & most_left;
        table.added();
        return std::nullopt;
    }
    std::string first = name_at(file.place);
    // one with more names than are counted stays
    if (file.left != most_left && --file.left == 0)
        table.remove(file);
    return first;
}

std::uint64_t LinkedFiles::keep(const std::string& path) {
    if (last_names_.size() > names_in_memory) {
        names_.append(last_names_);
        last_names_.clear();
    }
    const std::uint64_t place = names_.size() + last_names_.size();
    last_names_.append(path).push_back('\0');
    return place;
}

std::string LinkedFiles::name_at(std::uint64_t place) const {
    if (place >= names_.size())
        return last_names_.c_str() + (place - names_.size());
    std::string name;
    char part[256];
    for (;;) {
        const std::size_t size = names_.read(part, sizeof part, place + name.size());
        const std::size_t length = ::strnlen(part, size);
        name.append(part, length);
        if (length < size)
            return name;
    }
}

}  // namespace ocikit::pack
