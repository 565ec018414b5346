#include "archive/entry_path.hpp"

#include <algorithm>
#include <climits>

#include "archive/entry.hpp"

namespace ocikit::archive {

EntryPath parse_entry_path(std::string_view text) {
    using Fault = EntryPath::Fault;
    if (text.empty())
        return {.path = {}, .fault = Fault::empty};
    if (text.front() == '/')
        return {.path = {}, .fault = Fault::absolute};
    std::string path;
    bool is_good = true;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('/'), text.size());
        const std::string_view component = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (component.empty() || component == ".")
            continue;
        if (component == "..")
            return {.path = {}, .fault = Fault::outside};
        is_good = is_good && component.size() <= NAME_MAX;
        if (!path.empty())
            path += '/';
        path += component;
    }
    if (path.size() > max_path)
        return {.path = {}, .fault = Fault::too_long};
    if (!is_good)
        return {.path = {}, .fault = Fault::component_too_long};
    return {.path = std::move(path)};
}

std::string_view directory_of(std::string_view path) {
    const std::size_t slash = path.rfind('/');
    return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

std::string_view name_of(std::string_view path) {
    return path.substr(path.rfind('/') + 1);  // npos + 1 is 0
}

}  // namespace ocikit::archive
