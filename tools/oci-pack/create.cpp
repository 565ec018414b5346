#include "oci-pack/create.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

#include <ocikit/bundle.hpp>
#include <ocikit/document.hpp>
#include <ocikit/error.hpp>

#include "oci-pack/beneath.hpp"
#include "oci-pack/bundle_root.hpp"
#include "oci-pack/interrupt.hpp"
#include "oci-pack/output_file.hpp"
#include "oci-pack/writer.hpp"

namespace ocikit::pack {

namespace {

class Creator {
  public:
    Creator(const CreateOptions& options, const Warn& warn)
        : warn_(warn),
          bundle_(::open(options.bundle.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)),
          buffer_(1u << 20) {
        if (!bundle_)
            throw Error::last("open", {});
    }

    void run(const CreateOptions& options) {
        const UniqueFd file = open_beneath(bundle_.get(), config_file_name, O_RDONLY | O_NONBLOCK);
        const Document config = Document::load(file.get(), config_file_name);
        const std::string root = bundle_root(config);
        // fails before there is an output if the root is missing
        open_beneath(bundle_.get(), root, O_RDONLY | O_DIRECTORY);
        OutputFile output(options.output, options.replace);
        Writer writer(options.compression, [&](std::string_view bytes) { output.write(bytes); });
        add_config(writer, file.get(), config);
        add_parents(writer, root);
        walk(
            bundle_.get(), root,
            [&](const Entry& entry, int fd, const struct stat& status) {
                if (output.is(status.st_dev, status.st_ino))
                    throw Error(Error::Parts{.object = entry.path,
                                             .reason = "this is the archive itself",
                                             .hint = "write it to a place outside the bundle's root"});
                writer.begin(entry);
                if (fd >= 0)
                    add_content(writer, entry, fd);
            },
            warn_);
        writer.finish();
        output.commit();
    }

  private:
    // The bytes that were checked, not what the file may be by now.
    static void add_config(Writer& writer, int fd, const Document& config) {
        Entry entry = entry_of(fd, config_file_name);
        if (!S_ISREG(entry.mode))
            throw Error(Error::Parts{.object = config_file_name, .reason = "it is not a regular file"});
        entry.size = config.text().size();
        writer.begin(entry);
        writer.write(config.text());
    }

    // root.path may be a/b/root: then a and b are entries too.
    void add_parents(Writer& writer, const std::string& root) const {
        for (std::size_t slash = root.find('/'); slash != std::string::npos;
             slash = root.find('/', slash + 1)) {
            const std::string path = root.substr(0, slash);
            const UniqueFd fd = open_beneath(bundle_.get(), path, O_RDONLY | O_DIRECTORY);
            writer.begin(entry_of(fd.get(), path));
        }
    }

    void add_content(Writer& writer, const Entry& entry, int fd) {
        std::uint64_t left = entry.size;
        while (left > 0) {
            check_interrupt();
            const ssize_t size = ::read(fd, buffer_.data(), std::min<std::uint64_t>(buffer_.size(), left));
            if (size < 0 && errno == EINTR)
                continue;
            if (size < 0)
                throw Error::last("read", entry.path);
            if (size == 0)
                changed(entry);
            writer.write({buffer_.data(), static_cast<std::size_t>(size)});
            left -= static_cast<std::uint64_t>(size);
        }
        struct stat after {};
        if (::fstat(fd, &after) != 0)
            throw Error::last("stat", entry.path);
        if (static_cast<std::uint64_t>(after.st_size) != entry.size ||
            after.st_mtim.tv_sec != entry.mtime.tv_sec || after.st_mtim.tv_nsec != entry.mtime.tv_nsec)
            changed(entry);
    }

    [[noreturn]] static void changed(const Entry& entry) {
        throw Error(Error::Parts{.object = entry.path,
                                 .reason = "it changed while it was read",
                                 .hint = "stop what writes to the bundle, and try again"});
    }

    const Warn& warn_;
    UniqueFd bundle_;
    std::vector<char> buffer_;
};

}  // namespace

void create(const CreateOptions& options, const Warn& warn) {
    try {
        Creator(options, warn).run(options);
    } catch (const Error& error) {
        throw error.within("create " + options.bundle);
    }
}

}  // namespace ocikit::pack
