// What is mounted in the container.
#include <algorithm>
#include <filesystem>
#include <map>

#include <ocikit/text.hpp>

#include "oci-gen/flags/groups.hpp"
#include "oci-gen/flags/mount_words.hpp"
#include "oci-gen/values.hpp"

namespace ocikit::gen {

namespace {

using Strings = std::vector<std::string>;

// A folder or file of the host; those relative to the current folder begin with a dot.
std::string host_path(std::string_view option, const std::string& text) {
    if (text.starts_with('/'))
        return text;
    if (text == "." || text == ".." || text.starts_with("./") || text.starts_with("../"))
        return std::filesystem::absolute(text).lexically_normal().string();
    throw unusable(option, ocikit::quoted(text) +
                               " is the name of a volume, and there is no store of volumes: "
                               "a path begins with / or .");
}

void add_volumes(FlagContext& context, const FlagValues& values) {
    for (const std::string& value : values) {
        const Strings parts = split(value, ':');
        if (parts.size() == 1)
            throw unusable("volume", ocikit::quoted(value) +
                                         " asks for a volume without a name, and there is no "
                                         "store of volumes: give /HOST:/CONTAINER, or --tmpfs");
        if (parts.size() > 3)
            throw unusable("volume", "expected /HOST:/CONTAINER[:OPTIONS], found " + ocikit::quoted(value));
        const Strings words = parts.size() == 3 && !parts[2].empty() ? split(parts[2], ',') : Strings();
        place_mount(context, "volume", bind_mount("volume", host_path("volume", parts[0]), parts[1], words));
    }
}

void add_tmpfs(FlagContext& context, const FlagValues& values) {
    for (const std::string& value : values) {
        const std::size_t colon = std::min(value.find(':'), value.size());
        const std::string words = value.substr(std::min(colon + 1, value.size()));
        place_mount(
            context, "tmpfs",
            tmpfs_mount("tmpfs", value.substr(0, colon), words.empty() ? Strings() : split(words, ',')));
    }
}

// The parts of --mount that mean the same with every type, and the others.
struct MountRequest {
    std::string type = "volume";  // docker's default
    std::string source;
    std::string target;
    Strings words;
    std::map<std::string, std::string> others;
};

bool boolean(const std::string& key, const std::optional<std::string>& value) {
    if (!value || *value == "true" || *value == "1")
        return true;
    if (*value == "false" || *value == "0")
        return false;
    throw unusable("mount", key + ": " + ocikit::quoted(*value) + " is neither true nor false");
}

MountRequest parse_mount(const std::string& text) {
    MountRequest request;
    for (const std::string& part : split_commas("mount", text)) {
        const auto [key, value] = split_pair(part);
        if (key == "type")
            request.type = value.value_or("");
        else if (key == "source" || key == "src")
            request.source = value.value_or("");
        else if (key == "target" || key == "dst" || key == "destination")
            request.target = value.value_or("");
        else if (key == "readonly" || key == "ro" || key == "rw")
            request.words.emplace_back(boolean(key, value) == (key != "rw") ? "ro" : "rw");
        else
            request.others.emplace(key, value.value_or(""));
    }
    if (request.target.empty())
        throw unusable("mount", ocikit::quoted(text) + " has no target");
    return request;
}

cli::UsageError unknown_key(const MountRequest& request, const std::string& key) {
    return unusable("mount", "a mount of type " + request.type + " has no " + ocikit::quoted(key));
}

spec::Mount bind_request(const MountRequest& request) {
    Strings words = request.words;
    for (const auto& [key, value] : request.others) {
        if (key == "bind-propagation")
            words.push_back(value);
        else if (key == "bind-nonrecursive")
            words.emplace_back(boolean(key, value.empty() ? std::nullopt : std::optional(value)) ? "bind"
                                                                                                 : "rbind");
        else if (key == "bind-recursive" && value == "readonly")
            words.emplace_back("rro");
        else if (key == "bind-recursive" && value == "disabled")
            words.emplace_back("bind");
        else if (key == "relabel" && (value == "shared" || value == "private"))
            words.emplace_back(value == "shared" ? "z" : "Z");
        else if (key == "idmap")
            words.push_back(value.empty() ? key : key + '=' + value);
        else if (key == "consistency" ||
                 (key == "bind-recursive" && (value == "enabled" || value == "writable")))
            continue;  // what there is anyway
        else if (value.empty())
            words.push_back(key);
        else
            throw unknown_key(request, key);
    }
    if (request.source.empty())
        throw unusable("mount", "a mount of type bind needs a source");
    return bind_mount("mount", host_path("mount", request.source), request.target, words);
}

spec::Mount tmpfs_request(const MountRequest& request) {
    Strings words;
    for (const auto& [key, value] : request.others) {
        if (key == "tmpfs-size")
            words.push_back("size=" + std::to_string(parse_size("mount", value)));
        else if (key == "tmpfs-mode") {
            parse_mode("mount", value);
            words.push_back("mode=" + value);
        } else if (value.empty())
            words.push_back(key);
        else
            throw unknown_key(request, key);
    }
    words.insert(words.end(), request.words.begin(), request.words.end());
    if (!request.source.empty())
        throw unusable("mount", "a mount of type tmpfs has no source");
    return tmpfs_mount("mount", request.target, words);
}

spec::Mount devpts_request(const MountRequest& request) {
    spec::Mount mount{.destination = mount_destination("mount", request.target),
                      .type = "devpts",
                      .source = "devpts",
                      .options = request.words,
                      .uidMappings = {},
                      .gidMappings = {}};
    for (const auto& [key, value] : request.others) {
        if (key != "uid" && key != "gid" && key != "mode" && key != "max")
            throw unknown_key(request, key);
        mount.options.push_back(key + '=' + value);
    }
    return mount;
}

void add_mounts(FlagContext& context, const FlagValues& values) {
    for (const std::string& value : values) {
        const MountRequest request = parse_mount(value);
        if (request.type == "bind")
            place_mount(context, "mount", bind_request(request));
        else if (request.type == "tmpfs")
            place_mount(context, "mount", tmpfs_request(request));
        else if (request.type == "devpts")
            place_mount(context, "mount", devpts_request(request));
        else if (request.type == "volume" || request.type == "image" || request.type == "cluster")
            throw unusable("mount", "there is no store of volumes and images, which type=" + request.type +
                                        " needs: use type=bind");
        else
            throw unusable("mount", "there is no type " + ocikit::quoted(request.type) +
                                        ", expected bind, tmpfs or devpts; --set takes any mount");
    }
}

void set_shm_size(FlagContext& context, const FlagValues& values) {
    const std::int64_t size = parse_size("shm-size", values.back());
    std::vector<spec::Mount>& mounts = context.config.mounts;
    auto shm = std::find_if(mounts.begin(), mounts.end(),
                            [](const spec::Mount& mount) { return mount.destination == "/dev/shm"; });
    if (shm == mounts.end())
        shm = mounts.insert(mounts.end(), {.destination = "/dev/shm",
                                           .type = "tmpfs",
                                           .source = "shm",
                                           .options = {"nosuid", "noexec", "nodev", "mode=1777"},
                                           .uidMappings = {},
                                           .gidMappings = {}});
    if (shm->type != "tmpfs")
        throw unusable("shm-size", "/dev/shm is no tmpfs of the container's own");
    std::erase_if(shm->options, [](const std::string& word) { return word.starts_with("size="); });
    if (size > 0)  // 0 is no limit, as with podman
        shm->options.push_back("size=" + std::to_string(size));
}

void set_writable_folders(FlagContext& context, const FlagValues& values) {
    if (values.back() != "true")
        return;
    for (const char* folder : {"/run", "/tmp", "/var/tmp"})
        if (std::none_of(context.config.mounts.begin(), context.config.mounts.end(),
                         [&](const spec::Mount& mount) { return mount.destination == folder; }))
            place_mount(context, "read-only-tmpfs", tmpfs_mount("read-only-tmpfs", folder, {"rw"}));
}

constexpr Flag flags[] = {
    {.option = {.name = "volume",
                .letter = 'v',
                .argument = "/HOST:/CONTAINER[:OPTIONS]",
                .help =
                    "mount a file or folder of the host: ro, rw, [r]private, [r]shared, [r]slave, nosuid, "
                    "nodev, noexec, bind (without what is mounted below), idmap[=uids=...;gids=...]",
                .repeatable = true},
     .sets = "/mounts",
     .apply = add_volumes},
    {.option = {.name = "mount",
                .argument = "type=TYPE,target=PATH[,...]",
                .help = "mount: type=bind,source=PATH[,ro][,bind-propagation=...], "
                        "type=tmpfs[,tmpfs-size=SIZE][,tmpfs-mode=MODE] or type=devpts",
                .repeatable = true},
     .sets = "/mounts",
     .apply = add_mounts},
    {.option =
         {.name = "tmpfs",
          .argument = "PATH[:OPTIONS]",
          .help =
              "mount a file system in memory: size=SIZE, mode=MODE, ro, noexec, exec, ...; it begins with "
              "what the root has there, but for notmpcopyup",
          .repeatable = true},
     .sets = "/mounts",
     .apply = add_tmpfs},
    {.option = {.name = "shm-size", .argument = "SIZE", .help = "size of /dev/shm; 0 is no limit"},
     .sets = "/mounts",
     .apply = set_shm_size},
    {.option = {.name = "read-only-tmpfs",
                .help = "mount a tmpfs on /run, /tmp and /var/tmp, unless something else is"},
     .sets = "/mounts",
     .apply = set_writable_folders},
};

}  // namespace

FlagGroup mount_flags() {
    return {.title = "Mounts", .flags = flags};
}

}  // namespace ocikit::gen
