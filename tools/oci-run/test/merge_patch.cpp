#include "merge_patch.hpp"

#include <boost/json/object.hpp>

namespace json = boost::json;

namespace ocikit::run::test {

void merge_patch(json::value& target, const json::value& patch) {
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
            merge_patch(target.as_object()[key], value);
    }
}

}  // namespace ocikit::run::test
