#include "oci-pack/layout_writer.hpp"

#include <cerrno>
#include <exception>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <ocikit/error.hpp>

#include "archive/beneath.hpp"
#include "archive/directory_list.hpp"
#include "archive/interrupt.hpp"
#include "common/output.hpp"
#include "image/layout.hpp"
#include "image/media_type.hpp"
#include "image/store.hpp"

namespace json = boost::json;

namespace ocikit::pack {

namespace {

constexpr const char* blob_directory = "blobs/sha256";
constexpr const char* layout_text = R"({"imageLayoutVersion":"1.0.0"})";
constexpr const char* empty_index = R"({"schemaVersion":2,"manifests":[]})";
constexpr mode_t file_mode = 0644;  // as other programs make them: layouts are there to be shared

json::object descriptor_value(const image::Descriptor& descriptor) {
    json::object value;
    value["mediaType"] = descriptor.media_type;
    value["digest"] = descriptor.digest.text();
    value["size"] = descriptor.size;
    return value;
}

bool has_tag(const json::value& manifest, const std::string& tag) {
    const json::value* annotations = manifest.as_object().if_contains("annotations");
    const json::value* name = annotations && annotations->is_object()
                                  ? annotations->get_object().if_contains(image::ref_name)
                                  : nullptr;
    return name && name->is_string() && name->get_string() == tag;
}

// The index with the tag for the manifest; what else is in it stays as it is.
std::string with_image(const std::string& text, const image::Descriptor& manifest, const std::string& tag) {
    image::parse_index(text, image::index_file, {});
    json::value index = json::parse(text);
    json::array& manifests = index.as_object().at("manifests").as_array();
    json::array kept;
    for (const json::value& other : manifests)
        if (!has_tag(other, tag))
            kept.push_back(other);
    json::object added = descriptor_value(manifest);
    added["annotations"] = {{image::ref_name, tag}};
    kept.push_back(std::move(added));
    manifests = std::move(kept);
    return json::serialize(index);
}

// Others may be adding images of theirs at the same time, and find or make the layout.
class Lock {
  public:
    Lock(int directory, const std::string& path) : directory_(directory) {
        while (::flock(directory_, LOCK_EX) != 0) {
            if (errno != EINTR)
                throw Error::last("lock", path);
            archive::check_interrupt();
        }
    }
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;
    ~Lock() { ::flock(directory_, LOCK_UN); }

  private:
    int directory_;
};

}  // namespace

LayoutWriter::LayoutWriter(const std::string& path) : path_(path) {
    made_ = ::mkdir(path.c_str(), 0777) == 0;
    if (!made_ && errno != EEXIST)
        throw Error::last("create", path);
    try {
        open();
        const Lock lock(directory_.get(), path_);
        make_files();
    } catch (...) {
        remove_made();
        throw;
    }
}

LayoutWriter::~LayoutWriter() {
    remove_made();
}

void LayoutWriter::open() {
    directory_ = UniqueFd(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    struct stat status {};
    if (!directory_ || ::fstat(directory_.get(), &status) != 0)
        throw Error::last("open", path_);
    device_ = status.st_dev;
    inode_ = status.st_ino;
}

void LayoutWriter::make_files() {
    if (archive::list_directory(directory_.get(), path_).empty()) {
        make_directory("blobs");
        make_directory(blob_directory);
        replace_file(image::layout_file, layout_text);
        replace_file(image::index_file, empty_index);
        index_before_ = empty_index;
        return;
    }
    const auto store = image::open_store(path_);
    if (!store->open(image::layout_file))
        throw Error(
            Error::Parts{.object = path_,
                         .reason = "it is neither empty nor an OCI image layout",
                         .hint = "name a layout to add the image to, or a directory that doesn't exist"});
    image::check_layout_version(store->read(image::layout_file));
    index_before_ = store->read(image::index_file);
    image::parse_index(index_before_, image::index_file, {});
    make_directory("blobs");
    make_directory(blob_directory);
}

void LayoutWriter::make_directory(const char* name) {
    if (::mkdirat(directory_.get(), name, 0777) == 0)
        added_.emplace_back(name);
    else if (errno != EEXIST)
        throw Error::last("create", path_ + '/' + name);
}

void LayoutWriter::begin_blob() {
    blob_.emplace(directory_.get(), path_);
    size_ = 0;
    if (::fchmod(blob_->fd(), file_mode) != 0)
        throw Error::last("set the mode of a file in", path_);
}

void LayoutWriter::write(std::string_view bytes) {
    archive::check_interrupt();
    cli::write_all(blob_->fd(), bytes, path_);
    size_ += bytes.size();
}

void LayoutWriter::name_blob(const std::string& name) {
    const bool is_new = ::faccessat(directory_.get(), name.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) != 0;
    if (!blob_->name_over(name))
        throw Error::last("create", path_ + '/' + name);
    blob_.reset();
    if (is_new)
        added_.push_back(name);
}

image::Descriptor LayoutWriter::end_blob(std::string_view media_type, const image::Digest& digest) {
    name_blob(digest.path());
    return {.media_type = std::string(media_type), .digest = digest, .size = size_};
}

image::Descriptor LayoutWriter::add_blob(std::string_view media_type, std::string_view bytes) {
    begin_blob();
    write(bytes);
    return end_blob(media_type, image::digest_of(bytes));
}

void LayoutWriter::replace_file(const std::string& name, std::string_view text) {
    begin_blob();
    write(text);
    if (::fsync(blob_->fd()) != 0)
        throw Error::last("write", path_ + '/' + name);
    name_blob(name);
}

void LayoutWriter::commit(const image::Descriptor& manifest, const std::string& tag) {
    const Lock lock(directory_.get(), path_);
    const auto store = image::open_store(path_);
    replace_file(image::index_file, with_image(store->read(image::index_file), manifest, tag));
    added_.clear();
    made_ = false;
}

// Nothing, if others have added images meanwhile: they may have the same blobs.
void LayoutWriter::remove_made() noexcept {
    blob_.reset();
    ::flock(directory_.get(), LOCK_EX);
    if (!added_.empty() && is_changed())
        return;
    for (auto name = added_.rbegin(); name != added_.rend(); ++name)
        if (::unlinkat(directory_.get(), name->c_str(), 0) != 0)
            ::unlinkat(directory_.get(), name->c_str(), AT_REMOVEDIR);
    added_.clear();
    if (made_)
        ::rmdir(path_.c_str());
    ::flock(directory_.get(), LOCK_UN);
}

bool LayoutWriter::is_changed() const noexcept {
    try {
        return !index_before_.empty() && image::open_store(path_)->read(image::index_file) != index_before_;
    } catch (const std::exception&) {
        return false;  // it is gone
    }
}

}  // namespace ocikit::pack
