#include "oci-pack/extract.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ocikit/bundle.hpp>
#include <ocikit/document.hpp>
#include <ocikit/error.hpp>

#include "oci-pack/beneath.hpp"
#include "oci-pack/bundle_config.hpp"
#include "oci-pack/entry_path.hpp"
#include "oci-pack/staging.hpp"

namespace ocikit::pack {

namespace {

// Which directory holds a config.json, if all of the archive is in one.
class OuterFolder {
  public:
    void see(const std::string& path) {
        if (path.empty())
            return;
        const std::string top = path.substr(0, path.find('/'));
        if (top_.empty())
            top_ = top;
        single_ = single_ && top == top_;
        has_config_ = has_config_ || path == top_ + "/" + config_file_name;
    }
    // empty: there is none
    std::string name() const { return single_ && has_config_ ? top_ : std::string(); }

  private:
    std::string top_;
    bool single_ = true;
    bool has_config_ = false;
};

[[noreturn]] void refuse_without_config(const OuterFolder& outer) {
    if (outer.name().empty())
        throw Error(Error::Parts{.reason = "refused: it holds no config.json, so it is no bundle"});
    throw Error(
        Error::Parts{.reason = "refused: all of it is in the outer folder '" + outer.name() +
                               "', but a bundle's archive has config.json at its top",
                     .hint = "to repair it: extract it with tar, and pack it with `oci-pack create`"});
}

void check_bundle(int directory, const OuterFolder& outer) {
    const UniqueFd file = try_open_beneath(directory, config_file_name, O_RDONLY | O_NONBLOCK);
    if (!file && errno == ENOENT)
        refuse_without_config(outer);
    struct stat status {};
    if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode))
        throw Error(Error::Parts{.object = config_file_name, .reason = "refused: it is not a regular file"});
    const Document config = Document::load(file.get(), config_file_name);
    const std::string root = read_bundle_config(config, RootPlace::inside).root;
    if (!try_open_beneath(directory, root, O_PATH | O_DIRECTORY))
        throw Error(Error::Parts{
            .object = root,
            .reason = "refused: the root directory that config.json names is not in the archive"});
}

void run(const ExtractOptions& options, const Unpacker::Warn& warn) {
    UniqueFd file;
    if (options.archive != "-") {
        file = UniqueFd(::open(options.archive.c_str(), O_RDONLY | O_CLOEXEC));
        if (!file)
            throw Error::last("open", {});
    }
    Reader reader(file ? file.get() : STDIN_FILENO, options.limits);
    Staging staging(options.destination);
    Unpacker unpacker(staging.fd(), warn);
    OuterFolder outer;
    for (Entry entry; reader.next(entry);) {
        outer.see(entry.path);
        unpacker.add(entry, reader);
    }
    check_bundle(staging.fd(), outer);
    staging.commit([&](int directory) { unpacker.finish_directories(directory); });
}

}  // namespace

void extract(const ExtractOptions& options, const Unpacker::Warn& warn) {
    try {
        run(options, warn);
    } catch (const Error& error) {
        throw error.within("extract " + (options.archive == "-" ? "standard input" : options.archive));
    }
}

}  // namespace ocikit::pack
