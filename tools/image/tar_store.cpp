#include "image/tar_store.hpp"

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <map>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

#include <ocikit/error.hpp>

#include "archive/beneath.hpp"
#include "archive/entry_path.hpp"
#include "archive/reader.hpp"
#include "common/output.hpp"

namespace ocikit::image {

namespace {

constexpr int most_links = 8;  // in a row
// Of names: there are some for each layer.
constexpr std::size_t most_memory = std::size_t{4} << 20;

// The path that a symbolic link at `at` leads to; empty if that is outside.
std::string target_of(const std::string& at, const std::string& link) {
    const auto path = (std::filesystem::path(at).parent_path() / link).lexically_normal();
    archive::EntryPath parsed = archive::parse_entry_path(path.string());
    return parsed.fault == archive::EntryPath::Fault::none ? parsed.path : std::string();
}

class Tar : public Store {
  public:
    explicit Tar(UniqueFd fd) : fd_(std::move(fd)) {
        archive::Reader reader(fd_.get(), {});
        std::size_t memory = 0;
        for (archive::Entry entry; reader.next(entry);) {
            if (!entry.hard_link && S_ISDIR(entry.mode))
                continue;
            memory += entry.path.size() + entry.link.size() + sizeof(Place);
            if (memory > most_memory)
                throw Error("refused: it has more files than any image");
            if (files_.contains(entry.path) || links_.contains(entry.path))
                throw Error(
                    Error::Parts{.object = entry.path, .reason = "refused: it is in the archive twice"});
            if (entry.hard_link)
                links_.emplace(entry.path, entry.link);
            else if (S_ISLNK(entry.mode))
                links_.emplace(entry.path, target_of(entry.path, entry.link));
            else if (S_ISREG(entry.mode))
                files_.emplace(entry.path, Place{.offset = reader.content_position(), .size = entry.size});
        }
    }

    std::optional<Blob> open(const std::string& name) const override {
        std::string path = archive::parse_entry_path(name).path;
        for (int hops = 0; hops < most_links; ++hops) {
            const auto link = links_.find(path);
            if (link == links_.end())
                break;
            path = link->second;
        }
        const auto file = files_.find(path);
        if (file == files_.end())
            return std::nullopt;
        // one of its own, with its own offset
        Blob blob{.fd = UniqueFd(::open(archive::descriptor_path(fd_.get()).c_str(), O_RDONLY | O_CLOEXEC)),
                  .size = file->second.size};
        if (!blob.fd || ::lseek(blob.fd.get(), static_cast<off_t>(file->second.offset), SEEK_SET) < 0)
            throw Error::last("open", name);
        return blob;
    }

  private:
    struct Place {
        std::uint64_t offset;
        std::uint64_t size;
    };

    UniqueFd fd_;
    std::map<std::string, Place> files_;
    std::map<std::string, std::string> links_;
};

bool is_plain_file(int fd) {
    struct stat status {};
    char begin[archive::Decompressor::magic_size];
    if (::fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
        return false;
    const ssize_t size = ::pread(fd, begin, sizeof begin, 0);
    return size >= 0 && !archive::Decompressor::is_compressed({begin, static_cast<std::size_t>(size)});
}

// It has no name, so nothing is left of it however the program ends.
UniqueFd decompressed(int fd) {
    const std::string folder = std::filesystem::temp_directory_path().string();
    UniqueFd file(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    if (!file)
        throw Error::last("create a temporary file in", folder, "TMPDIR names another directory");
    const archive::Limits limits{.ratio = default_ratio};
    std::uint64_t file_bytes = 0;
    std::uint64_t tar_bytes = 0;
    const auto input = archive::Decompressor::open(
        fd, [&file_bytes](std::string_view bytes) { file_bytes += bytes.size(); });
    std::vector<char> buffer(1u << 20);
    while (const std::size_t size = input->read(buffer.data(), buffer.size())) {
        limits.check_ratio(file_bytes, tar_bytes += size);
        cli::write_all(file.get(), {buffer.data(), size}, "a temporary file in " + folder);
    }
    if (::lseek(file.get(), 0, SEEK_SET) != 0)
        throw Error::last("seek in a temporary file in", folder);
    return file;
}

}  // namespace

std::unique_ptr<Store> open_tar(UniqueFd fd) {
    return std::make_unique<Tar>(is_plain_file(fd.get()) ? std::move(fd) : decompressed(fd.get()));
}

}  // namespace ocikit::image
