// Where the root filesystem is.
#include "oci-gen/flags/groups.hpp"

namespace ocikit::gen {

namespace {

void set_rootfs(FlagContext& context, const FlagValues& values) {
    if (values.back().empty())
        throw unusable("rootfs", "the path is empty");
    context.root().path = values.back();
}

void set_read_only(FlagContext& context, const FlagValues& values) {
    context.root().readonly = values.back() == "true";
}

constexpr Flag flags[] = {
    {.option = {.name = "rootfs",
                .argument = "PATH",
                .help = "root filesystem, counted from the bundle if relative"},
     .sets = "/root/path",
     .apply = set_rootfs},
    {.option = {.name = "read-only", .help = "make the root filesystem read-only; =false makes it writable"},
     .sets = "/root/readonly",
     .apply = set_read_only},
};

}  // namespace

FlagGroup root_flags() {
    return {.title = "Root filesystem", .flags = flags};
}

}  // namespace ocikit::gen
