// Where an archive goes: a file that appears when it is complete, or a stream.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <sys/stat.h>

#include <ocikit/unique_fd.hpp>

#include "archive/new_file.hpp"

namespace ocikit::pack {

// A file gets its name with commit, when it is complete; without commit nothing is left of
// it. Standard output (`-`) and files that aren't regular, such as devices and FIFOs, are
// written directly.
class OutputFile {
  public:
    // Throws Error; for a regular file that exists, unless it is to be replaced.
    OutputFile(const std::string& path, bool replace);

    // Throws Error if that fails, if the reader has gone, or to end on a signal.
    void write(std::string_view bytes);
    // The same at any place, if it takes that: then not both, and from any thread.
    bool takes_any_place() const { return file_.has_value(); }
    void write_at(std::string_view bytes, std::uint64_t offset);
    void commit();

    // If a file (by st_dev, st_ino) is this one, the one that it replaces, or the directory that
    // it appears in: then it can't be archived into itself.
    bool is_in(const struct stat& status) const;
    // If both are to have the same name.
    bool is_same(const OutputFile& other) const;

  private:
    void use_standard_output();
    void use_file(const std::string& path);
    void make_file(const std::string& path);
    void note_place(int fd);
    template <class Some>
    void write_all(std::string_view bytes, const Some& some);

    std::string name_;       // for messages
    std::string file_name_;  // in the folder; empty: written directly
    bool replace_;
    dev_t device_ = 0;  // of the folder, or of the regular file that is written directly
    ino_t inode_ = 0;   // 0: of neither
    dev_t replaced_device_ = 0;
    ino_t replaced_inode_ = 0;  // 0: nothing is replaced
    UniqueFd folder_;
    UniqueFd owned_;
    std::optional<archive::NewFile> file_;
    int fd_ = -1;
};

}  // namespace ocikit::pack
