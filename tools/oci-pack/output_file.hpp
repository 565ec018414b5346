// Where an archive goes: a file that appears when it is complete, or a stream.
#pragma once

#include <string>
#include <sys/types.h>

#include <ocikit/unique_fd.hpp>

namespace ocikit::pack {

// A file is written under a temporary name in its own folder and gets its name
// with commit; without commit nothing is left of it. Standard output (`-`) and
// files that aren't regular, such as devices and FIFOs, are written directly.
class OutputFile {
  public:
    // Throws Error; for a regular file that exists, unless it is to be replaced.
    OutputFile(const std::string& path, bool replace);
    ~OutputFile();
    OutputFile(const OutputFile&) = delete;
    OutputFile& operator=(const OutputFile&) = delete;

    // Throws Error if that fails, if the reader has gone, or to end on a signal.
    void write(std::string_view bytes);
    void commit();

    // If a file is this one (st_dev, st_ino): then it can't be archived into itself.
    bool is(dev_t device, ino_t inode) const { return regular_ && device == device_ && inode == inode_; }

  private:
    void use_standard_output();
    void use_file(const std::string& path);
    void create_temporary();

    std::string path_;  // empty: written directly
    std::string temporary_;
    std::string name_;  // for messages
    bool replace_;
    bool regular_ = false;
    dev_t device_ = 0;
    ino_t inode_ = 0;
    UniqueFd owned_;
    int fd_ = -1;
};

}  // namespace ocikit::pack
