#include "sample_config.hpp"

#include <stdexcept>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <ocikit/decode.hpp>

namespace json = boost::json;

namespace ocikit::run::test {

namespace {

constexpr const char* sample = R"({
    "ociVersion": "1.3.0",
    "root": {"path": "rootfs"},
    "process": {"cwd": "/", "args": ["/bin/true"]},
    "linux": {"namespaces": [{"type": "mount"}, {"type": "uts"}]}
})";

void merge(json::value& target, const json::value& patch) {
    if (!patch.is_object()) {
        target = patch;
        return;
    }
    if (!target.is_object())
        target = json::object{};
    for (const auto& [key, value] : patch.as_object()) {
        if (value.is_null())
            target.as_object().erase(key);
        else
            merge(target.as_object()[key], value);
    }
}

}  // namespace

spec::Config sample_config(const std::string& patch) {
    json::value value = json::parse(sample);
    merge(value, json::parse(patch));
    Diagnostics diagnostics;
    const Document document = Document::parse(json::serialize(value), "config.json");
    auto config = decode_config(document, diagnostics);
    if (!config)
        throw std::logic_error("the test's configuration is wrong: " + diagnostics.front().message);
    return std::move(*config);
}

}  // namespace ocikit::run::test
