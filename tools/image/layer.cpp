#include "image/layer.hpp"

#include <string_view>
#include <sys/stat.h>

#include <ocikit/error.hpp>

#include "archive/entry_path.hpp"

namespace ocikit::image {

namespace {

constexpr std::string_view whiteout_prefix = ".wh.";
constexpr std::string_view opaque_name = ".wh..wh..opq";
// Notes of the aufs file system, which are no files of the image.
constexpr std::string_view notes_prefix = ".wh..wh.";

[[noreturn]] void refuse(const std::string& path, const std::string& reason) {
    throw Error(Error::Parts{.object = path, .reason = "refused: " + reason});
}

bool has_whiteout_folder(const std::string& folder) {
    return folder.starts_with(whiteout_prefix) || folder.find("/.wh.") != folder.npos;
}

bool is_directory(const archive::Entry& entry) {
    return !entry.hard_link && S_ISDIR(entry.mode);
}

std::string joined(const std::string& folder, std::string_view name) {
    return folder.empty() ? std::string(name) : folder + '/' + std::string(name);
}

}  // namespace

void LayerUnpacker::add(const archive::Entry& entry, archive::Reader& content) {
    const std::string folder(archive::directory_of(entry.path));
    const std::string name(archive::name_of(entry.path));
    if (has_whiteout_folder(folder))
        refuse(entry.path, "a directory can't be called .wh.…, which marks what is taken away");
    if (name.starts_with(whiteout_prefix))
        return whiteout(folder, name);
    if (entry.path.empty()) {
        if (!is_directory(entry))
            refuse("the top of the layer", "it is not a directory");
        return unpacker_.describe_directory(entry);
    }
    if (is_directory(entry) && S_ISDIR(unpacker_.type_of(entry.path))) {
        if (!lowest_)
            added_.insert(entry.path);
        return unpacker_.describe_directory(entry);
    }
    if (!lowest_)
        make_room(entry.path);
    unpacker_.add(entry, content);
}

// layer.md: MUST NOT include duplicate entries; those of directories do no harm.
void LayerUnpacker::make_room(const std::string& path) {
    if (!added_.insert(path).second || has_new_below(path))
        refuse(path, "it is in the layer twice");
    if (unpacker_.type_of(path) != 0)
        unpacker_.remove(path);
}

void LayerUnpacker::whiteout(const std::string& folder, const std::string& name) {
    if (name == opaque_name)
        return hide_below(folder);
    if (name.starts_with(notes_prefix))
        return;
    const std::string hidden = name.substr(whiteout_prefix.size());
    if (hidden.empty() || hidden == "." || hidden == "..")
        refuse(joined(folder, name), "it is the whiteout of no file");
    hide(joined(folder, hidden));
}

void LayerUnpacker::hide_below(const std::string& folder) {
    if (lowest_ || !S_ISDIR(folder.empty() ? S_IFDIR : unpacker_.type_of(folder)))
        return;
    for (const std::string& name : unpacker_.names_in(folder))
        hide(joined(folder, name));
}

// What this layer itself has made stays, whether it came before or comes after.
void LayerUnpacker::hide(const std::string& path) {
    if (lowest_)
        return;
    const mode_t type = unpacker_.type_of(path);
    if (type == 0)
        return;
    if (!is_new(path) && !has_new_below(path))
        unpacker_.remove(path);
    else if (S_ISDIR(type))
        hide_below(path);
}

bool LayerUnpacker::is_new(const std::string& path) const {
    return added_.contains(path);
}

bool LayerUnpacker::has_new_below(const std::string& path) const {
    const auto first = added_.lower_bound(path + '/');
    return first != added_.end() && first->starts_with(path + '/');
}

}  // namespace ocikit::image
