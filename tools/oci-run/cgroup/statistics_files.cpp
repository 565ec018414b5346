#include "cgroup/statistics_files.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <dirent.h>
#include <fcntl.h>
#include <memory>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <ocikit/error.hpp>

#include "kernel/files.hpp"
#include "kernel/split.hpp"

namespace json = boost::json;

namespace ocikit::run {

std::string CgroupFiles::directory(std::string_view controller) const {
    const CgroupLayout& layout = cgroup_.layout();
    const CgroupHierarchy* const hierarchy =
        layout.version == CgroupLayout::Version::v2 ? &layout.hierarchies.front() : layout.find(controller);
    return hierarchy ? hierarchy->directory + "/" + cgroup_.record().path : "";
}

std::string CgroupFiles::read(std::string_view controller, const std::string& file) const {
    const std::string where = directory(controller);
    if (where.empty())
        return {};
    // not there, not counted, or the cgroup is just going
    return read_unless(AT_FDCWD, (where + "/" + file).c_str(), {ENOENT, EOPNOTSUPP, ENODEV}).value_or("");
}

std::optional<std::uint64_t> CgroupFiles::number(std::string_view controller, const std::string& file) const {
    const std::string text = read(controller, file);
    const auto lines = lines_of(text);
    if (lines.empty())
        return std::nullopt;
    return lines.front() == "max" ? UINT64_MAX : to_number(lines.front());
}

std::vector<std::string> CgroupFiles::huge_page_sizes() const {
    std::vector<std::string> sizes;
    const std::string where = directory("hugetlb");
    const std::unique_ptr<DIR, int (*)(DIR*)> listing(where.empty() ? nullptr : ::opendir(where.c_str()),
                                                      ::closedir);
    constexpr std::string_view prefix = "hugetlb.";
    while (const struct dirent* entry = listing ? ::readdir(listing.get()) : nullptr) {
        const std::string_view name = entry->d_name;
        const auto parts = split(name, ".");
        // hugetlb.SIZE.max, hugetlb.SIZE.limit_in_bytes
        if (name.starts_with(prefix) && parts.size() == 3 &&
            (parts[2] == "max" || parts[2] == "limit_in_bytes"))
            sizes.emplace_back(parts[1]);
    }
    std::sort(sizes.begin(), sizes.end());
    return sizes;
}

std::map<std::string, std::uint64_t, std::less<>> keyed_numbers(std::string_view text) {
    std::map<std::string, std::uint64_t, std::less<>> values;
    for (const auto line : lines_of(text)) {
        const auto words = words_of(line);
        if (words.size() == 2)
            if (const auto value = to_number(words[1]))
                values.emplace(words[0], *value);
    }
    return values;
}

json::array number_array(std::string_view list) {
    json::array numbers;
    for (const auto part : split(list, ",\n")) {
        const std::size_t dash = part.find('-');
        const auto first = to_number(part.substr(0, dash));
        const auto last = dash == std::string_view::npos ? first : to_number(part.substr(dash + 1));
        for (std::uint64_t i = first.value_or(1); first && last && i <= *last; ++i)
            numbers.push_back(i);
    }
    return numbers;
}

json::object pids_statistics(const CgroupFiles& files) {
    json::object pids;
    if (const auto current = files.number("pids", "pids.current"))
        pids["current"] = *current;
    // 0: no limit
    if (const auto limit = files.number("pids", "pids.max"))
        pids["limit"] = *limit == UINT64_MAX ? 0 : *limit;
    return pids;
}

bool add_device(std::string_view text, boost::json::object& entry) {
    const auto parts = split(text, ":");
    if (parts.size() != 2)
        return false;
    const auto major = to_number(parts[0]), minor = to_number(parts[1]);
    if (!major || !minor)
        return false;
    entry["major"] = *major;
    entry["minor"] = *minor;
    return true;
}

}  // namespace ocikit::run
