// The directory that a bundle is extracted to, which is empty or complete.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <ocikit/unique_fd.hpp>

namespace ocikit::archive {

// The files are made in a hidden directory of its own below the destination,
// closed to others. Commit moves them up, config.json last: before that, whatever
// happens, the destination is no bundle. Without commit all that was made is
// removed.
class Staging {
  public:
    // Makes the destination (mode 0700) if there is none; throws Error if it is
    // there and not empty.
    explicit Staging(const std::string& destination);
    ~Staging();
    Staging(const Staging&) = delete;
    Staging& operator=(const Staging&) = delete;

    // Where the files are to be made.
    int fd() const { return inner_.get(); }
    std::string path() const { return destination_ + "/" + inner_name_; }

    // finish is called with the destination's descriptor when all but config.json
    // is in its place.
    void commit(const std::function<void(int)>& finish);

  private:
    void make_inner();
    void move_up(const std::string& name);

    std::string destination_;
    bool made_ = false;
    UniqueFd outer_;
    std::string inner_name_;
    UniqueFd inner_;
    std::vector<std::string> moved_;
};

}  // namespace ocikit::archive
