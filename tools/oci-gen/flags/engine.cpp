// Options of docker run and podman run that are for an engine: it keeps containers, and sets
// up their networks. They are known so that their refusal can say what does it instead.
#include "oci-gen/flags/groups.hpp"

namespace ocikit::gen {

namespace {

constexpr std::string_view network =
    "networks are set up by an engine, or before the container is run: --network ns:PATH joins such a one";

constexpr Flag flags[] = {
    {.option = {.name = "init", .help = "refused: there is no init program to put into containers"},
     .refusal = "no init program is put into containers: have one in the root filesystem, and name it with "
                "--entrypoint"},
    {.option = {.name = "detach",
                .letter = 'd',
                .help = "refused: it is for the runtime, oci-run run --detach"},
     .refusal = "it is for the runtime: oci-run run --detach"},
    {.option = {.name = "rm", .help = "refused: it is for the runtime, which removes what it has run"},
     .refusal = "it is for the runtime: oci-run run removes the container when it has ended"},
    {.option = {.name = "name",
                .argument = "NAME",
                .help = "refused: it is for the runtime, oci-run run NAME"},
     .refusal = "it is for the runtime: oci-run run NAME"},
    {.option = {.name = "publish",
                .letter = 'p',
                .argument = "PORTS",
                .help = "refused: networks are set up by an engine",
                .repeatable = true},
     .refusal = network},
    {.option = {.name = "add-host",
                .argument = "HOST:IP",
                .help = "refused: files such as /etc/hosts are mounted with --volume",
                .repeatable = true},
     .refusal = "no files are made for containers: --volume mounts one on /etc/hosts"},
    {.option = {.name = "dns",
                .argument = "IP",
                .help = "refused: files such as /etc/resolv.conf are mounted with --volume",
                .repeatable = true},
     .refusal = "no files are made for containers: --volume mounts one on /etc/resolv.conf"},
};

}  // namespace

FlagGroup engine_flags() {
    return {.title = "For engines", .flags = flags};
}

}  // namespace ocikit::gen
