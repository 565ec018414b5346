#include "oci-pack/host_paths.hpp"

#include <algorithm>

#include "archive/entry_path.hpp"

namespace ocikit::pack {

namespace {

bool is_bind(const spec::Mount& mount) {
    const auto is = [](const std::string& option) { return option == "bind" || option == "rbind"; };
    return mount.type == "bind" || std::any_of(mount.options.begin(), mount.options.end(), is);
}

class Finder {
  public:
    Finder(const Document& document, const std::string& root, const std::vector<std::string>& includes)
        : document_(document), archived_(includes) {
        archived_.push_back(root);
    }

    void mounts(const std::vector<spec::Mount>& mounts) {
        for (std::size_t i = 0; i < mounts.size(); ++i) {
            if (mounts[i].source && is_bind(mounts[i]))
                source(*mounts[i].source, pointer_append("/mounts", i) + "/source");
        }
    }

    // startContainer hooks are the container's own files (config.md#posix-platform-hooks)
    void hooks(const spec::Hooks& hooks) {
        add_hooks(hooks.prestart, "prestart");
        add_hooks(hooks.createRuntime, "createRuntime");
        add_hooks(hooks.createContainer, "createContainer");
        add_hooks(hooks.poststart, "poststart");
        add_hooks(hooks.poststop, "poststop");
    }

    void namespaces(const std::vector<spec::Namespace>& namespaces) {
        for (std::size_t i = 0; i < namespaces.size(); ++i) {
            if (namespaces[i].path)
                add(pointer_append("/linux/namespaces", i) + "/path",
                    "the namespace " + *namespaces[i].path + " is this machine's");
        }
    }

    std::vector<std::string> take() { return std::move(found_); }

  private:
    void source(const std::string& path, const std::string& pointer) {
        const archive::EntryPath parsed = archive::parse_entry_path(path);
        if (parsed.fault == archive::EntryPath::Fault::absolute ||
            parsed.fault == archive::EntryPath::Fault::outside)
            return add(pointer, "the mount's source " + path + " is outside the bundle");
        const bool archived =
            std::any_of(archived_.begin(), archived_.end(), [&](const std::string& directory) {
                return parsed.path == directory || parsed.path.starts_with(directory + "/");
            });
        if (!archived)
            add(pointer, "the mount's source " + path + " is not archived: --include takes it along");
    }

    void add_hooks(const std::vector<spec::Hook>& hooks, const char* name) {
        const std::string list = pointer_append("/hooks", name);
        for (std::size_t i = 0; i < hooks.size(); ++i)
            add(pointer_append(list, i) + "/path", "the hook " + hooks[i].path + " is a program of the host");
    }

    void add(const std::string& pointer, const std::string& what) {
        const Position position = document_.locate(pointer);
        found_.push_back(document_.name() + ":" + std::to_string(position.line) + ":" +
                         std::to_string(position.column) + ": " + pointer + ": " + what);
    }

    const Document& document_;
    std::vector<std::string> archived_;
    std::vector<std::string> found_;
};

}  // namespace

std::vector<std::string> host_paths(const Document& document, const spec::Config& config,
                                    const std::string& root, const std::vector<std::string>& includes) {
    Finder finder(document, root, includes);
    finder.mounts(config.mounts);
    if (config.hooks)
        finder.hooks(*config.hooks);
    if (config.linux)
        finder.namespaces(config.linux->namespaces);
    return finder.take();
}

}  // namespace ocikit::pack
