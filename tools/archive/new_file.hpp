// A file that nobody sees before it is complete.
#pragma once

#include <string>
#include <sys/types.h>

#include <ocikit/unique_fd.hpp>

namespace ocikit::archive {

// A hidden name that nobody else has.
std::string temporary_name();

// It has no name at first (open(2), O_TMPFILE), so that nothing is left of it, however the
// process ends. On file systems which don't have that, it has a temporary name.
class NewFile {
  public:
    // In an open directory, which is called folder in messages and stays the caller's; with
    // the mode that the umask leaves of 0666. Throws Error.
    NewFile(int directory, const std::string& folder);
    NewFile(NewFile&& other) noexcept;
    NewFile& operator=(NewFile&&) = delete;
    ~NewFile();

    int fd() const { return fd_.get(); }

    // These give it its name in the directory, which may be a path below it, and close it.
    // They return false, with errno, if that fails; then there is no such file, or the old one.

    // EEXIST: there is one.
    bool name_new(const std::string& name);
    // Whatever else has the name is gone.
    bool name_over(const std::string& name);

  private:
    bool link(const std::string& name);
    bool close();

    int directory_;
    UniqueFd fd_;
    std::string temporary_;  // empty: it has none
};

}  // namespace ocikit::archive
