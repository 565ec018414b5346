#include "sample_config.hpp"

#include <stdexcept>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <ocikit/decode.hpp>

#include "merge_patch.hpp"

namespace json = boost::json;

namespace ocikit::run::test {

namespace {

constexpr const char* sample = R"({
    "ociVersion": "1.3.0",
    "root": {"path": "rootfs"},
    "process": {"cwd": "/", "args": ["/bin/true"]},
    "linux": {"namespaces": [{"type": "mount"}, {"type": "uts"}]}
})";

}  // namespace

Document sample_document(const std::string& patch) {
    json::value value = json::parse(sample);
    merge_patch(value, json::parse(patch));
    return Document::parse(json::serialize(value), "config.json");
}

spec::Config sample_config(const std::string& patch) {
    Diagnostics diagnostics;
    auto config = decode_config(sample_document(patch), diagnostics);
    if (!config)
        throw std::logic_error("the test's configuration is wrong: " + diagnostics.front().message);
    return std::move(*config);
}

}  // namespace ocikit::run::test
