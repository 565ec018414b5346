// The directory that a bundle is extracted to, which is empty or complete.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <ocikit/unique_fd.hpp>

namespace ocikit::archive {

// The files are made in a hidden directory of its own, closed to others, beside the
// destination, which it becomes at once; or below it if the destination is there
// already: then commit moves the files up, config.json last. Before that, whatever
// happens, the destination is no bundle. Without commit all that was made is removed.
class Staging {
  public:
    // Throws Error if the destination is there and not empty.
    explicit Staging(const std::string& destination);
    ~Staging();
    Staging(const Staging&) = delete;
    Staging& operator=(const Staging&) = delete;

    // Where the files are to be made.
    int fd() const { return inner_.get(); }
    std::string path() const { return folder_ + "/" + inner_name_; }

    // finish is called with a descriptor of the directory that the files are in for good,
    // when all but config.json is in its place. A destination that was made has mode 0700.
    void commit(const std::function<void(int)>& finish);

  private:
    void open_folder();
    void make_inner();
    void become_destination();
    void move_up(const std::string& name);

    std::string destination_;
    bool exists_ = false;  // the destination
    std::string folder_;   // that inner is in
    UniqueFd outer_;       // of folder_
    std::string inner_name_;
    UniqueFd inner_;
    std::vector<std::string> moved_;
};

}  // namespace ocikit::archive
