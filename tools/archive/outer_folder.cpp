#include "archive/outer_folder.hpp"

#include <algorithm>
#include <sys/stat.h>

#include <ocikit/bundle.hpp>
#include <ocikit/error.hpp>

namespace ocikit::archive {

void OuterFolder::see(const std::string& path) {
    if (path.empty())
        return;
    const std::string top = path.substr(0, path.find('/'));
    if (top_.empty())
        top_ = top;
    single_ = single_ && top == top_;
    has_config_ = has_config_ || path == top_ + "/" + config_file_name;
}

void OuterFolder::refuse(bool stripped) const {
    if (!single_ || !has_config_)
        throw Error(Error::Parts{.reason = "refused: it holds no config.json, so it is no bundle"});
    throw Error(Error::Parts{.reason = "refused: all of it is in the outer folder '" + top_ +
                                       "', but a bundle's archive has config.json at its top",
                             .hint = stripped ? "--strip takes one folder away, not two"
                                              : "oci-pack extract --strip takes the folder away"});
}

void StripFolder::strip(Entry& entry) {
    if (entry.path.empty())  // `./`
        return;
    if (folder_.empty()) {
        folder_ = entry.path.substr(0, entry.path.find('/'));
        if (folder_ == entry.path && !S_ISDIR(entry.mode))
            throw Error(Error::Parts{.object = entry.path,
                                     .reason = "refused: it is in no outer folder which could be stripped"});
    }
    const std::string name = entry.path;
    strip_path(entry.path, name);
    if (entry.hard_link)
        strip_path(entry.link, name);
}

void StripFolder::strip_path(std::string& path, const std::string& entry) const {
    if (path != folder_ && !path.starts_with(folder_ + "/"))
        throw Error(Error::Parts{
            .object = entry,
            .reason = "refused: '" + path + "' is not in the folder '" + folder_ + "' that is stripped"});
    path.erase(0, std::min(folder_.size() + 1, path.size()));
}

}  // namespace ocikit::archive
