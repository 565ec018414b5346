// The files of a bundle that are shared, in the order of the archive.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <ocikit/document.hpp>
#include <ocikit/unique_fd.hpp>

#include "oci-pack/adjust.hpp"
#include "oci-pack/bundle_config.hpp"
#include "oci-pack/walk.hpp"

namespace ocikit::pack {

struct Selection {
    std::vector<std::string> include = {};  // more files and directories of the bundle
    Walker::OtherFileSystems others = Walker::OtherFileSystems::leave_out;
    Adjustments adjustments = {};
    // Warn of what won't be found on another machine, and of a root outside the bundle.
    bool tell_of_host = true;
};

// What a root outside the bundle is called in an archive.
inline constexpr const char* default_root = "rootfs";

// config.json, then the root directory, then what else is to be included, sorted;
// each after the directories it is in.
class BundleFiles {
  public:
    // Reads and checks config.json, and that what is to be archived is there. Throws Error.
    BundleFiles(const std::string& bundle, Selection selection, Warn warn);

    const spec::Config& config() const { return config_.config; }
    // The root directory's path in the archive.
    const std::string& root() const { return root_; }

    // The entries come as the archive is to have them. Throws Error.
    using VisitConfig =
        std::function<void(const archive::Entry& entry, std::string_view text, const struct stat& status)>;
    void visit(const VisitConfig& config, const Visit& file);

  private:
    void open_root();
    void select_includes();
    void visit_config(const VisitConfig& config);
    void visit_parents(const std::string& path, const Visit& file);

    Selection selection_;
    Warn warn_;
    UniqueFd directory_;
    UniqueFd config_file_;
    Document document_;
    BundleConfig config_;
    std::string root_;  // in the archive
    UniqueFd root_fd_;
    std::vector<std::string> includes_;
    std::set<std::string> parents_;  // that had their entries
};

}  // namespace ocikit::pack
