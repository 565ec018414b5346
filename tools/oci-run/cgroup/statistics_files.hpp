// The files of a cgroup that are read for its statistics, and what they are made of.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/fwd.hpp>

#include "cgroup/cgroup.hpp"

namespace ocikit::run {

class CgroupFiles {
  public:
    explicit CgroupFiles(const Cgroup& cgroup) : cgroup_(cgroup) {}

    // Of the cgroup in a controller's hierarchy; "" if there is none.
    std::string directory(std::string_view controller) const;
    // "" if there is no such file.
    std::string read(std::string_view controller, const std::string& file) const;
    // The number a file holds; `max` and what v1 has for it: UINT64_MAX.
    std::optional<std::uint64_t> number(std::string_view controller, const std::string& file) const;
    // The sizes of huge pages that the controller has files for: "2MB".
    std::vector<std::string> huge_page_sizes() const;

  private:
    const Cgroup& cgroup_;
};

// Lines of `KEY VALUE`.
std::map<std::string, std::uint64_t, std::less<>> keyed_numbers(std::string_view text);
// `MAJOR:MINOR` into an entry's members; false if it isn't that.
bool add_device(std::string_view text, boost::json::object& entry);

// `0-2,7` as [0,1,2,7].
boost::json::array number_array(std::string_view list);
// pids, the same in both versions.
boost::json::object pids_statistics(const CgroupFiles& files);

boost::json::object statistics_v1(const CgroupFiles& files);
boost::json::object statistics_v2(const CgroupFiles& files);

}  // namespace ocikit::run
