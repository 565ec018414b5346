#include "state/record.hpp"

#include <chrono>
#include <cstdio>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <ocikit/error.hpp>

namespace json = boost::json;

namespace ocikit::run {

namespace {

json::object encode_cgroup(const CgroupRecord& cgroup) {
    json::object made;
    for (const auto& [hierarchy, count] : cgroup.made)
        made.emplace(hierarchy, count);
    json::object object{{"path", cgroup.path}, {"made", std::move(made)}};
    if (!cgroup.unit.empty()) {
        object.emplace("unit", cgroup.unit);
        object.emplace("usersUnit", cgroup.users_unit);
    }
    return object;
}

CgroupRecord decode_cgroup(const json::object& object) {
    CgroupRecord cgroup;
    cgroup.path = object.at("path").as_string();
    for (const auto& [hierarchy, count] : object.at("made").as_object())
        cgroup.made[std::string(hierarchy)] = count.to_number<unsigned>();
    if (const auto* const unit = object.if_contains("unit")) {
        cgroup.unit = unit->as_string();
        cgroup.users_unit = object.at("usersUnit").as_bool();
    }
    return cgroup;
}

json::object encode_shared_root(const SharedRoot& root) {
    return {{"path", root.path}, {"mountNamespace", root.mount_namespace}, {"mountId", root.mount_id}};
}

SharedRoot decode_shared_root(const json::object& object) {
    SharedRoot root;
    root.path = object.at("path").as_string();
    root.mount_namespace = object.at("mountNamespace").as_string();
    root.mount_id = object.at("mountId").to_number<std::uint64_t>();
    return root;
}

}  // namespace

std::string encode_record(const Record& record) {
    json::object annotations;
    for (const auto& [key, value] : record.annotations)
        annotations.emplace(key, value);
    json::object object{
        {"id", record.id},
        {"pid", record.pid},
        {"startTime", record.start_time},
        {"bundle", record.bundle},
        {"root", record.root},
        {"created", record.created},
        {"owner", record.owner},
        {"program", record.program},
        {"ownPidNamespace", record.own_pid_namespace},
        {"newKeyring", record.new_keyring},
        {"hooks", record.hooks},
        {"cgroup", encode_cgroup(record.cgroup)},
        {"annotations", std::move(annotations)},
    };
    if (!record.rdt.group.empty())
        object.emplace("rdt", json::object{{"group", record.rdt.group},
                                           {"monitor", record.rdt.monitor},
                                           {"ownGroup", record.rdt.own_group}});
    if (record.shared_root.mount_id != 0)
        object.emplace("sharedRoot", encode_shared_root(record.shared_root));
    return json::serialize(object);
}

Record decode_record(const std::string& text, const std::string& name) {
    try {
        const json::value parsed = json::parse(text);
        const json::object& object = parsed.as_object();
        Record record;
        record.id = object.at("id").as_string();
        record.pid = object.at("pid").to_number<pid_t>();
        record.start_time = object.at("startTime").to_number<std::uint64_t>();
        record.bundle = object.at("bundle").as_string();
        record.root = object.at("root").as_string();
        record.created = object.at("created").as_string();
        record.owner = object.at("owner").to_number<uid_t>();
        record.program = object.at("program").as_string();
        record.own_pid_namespace = object.at("ownPidNamespace").as_bool();
        record.new_keyring = object.at("newKeyring").as_bool();
        record.hooks = object.at("hooks").as_bool();
        record.cgroup = decode_cgroup(object.at("cgroup").as_object());
        if (const auto* const rdt = object.if_contains("rdt")) {
            record.rdt.group = rdt->at("group").as_string();
            record.rdt.monitor = rdt->at("monitor").as_string();
            record.rdt.own_group = rdt->at("ownGroup").as_bool();
        }
        if (const json::value* const root = object.if_contains("sharedRoot"))
            record.shared_root = decode_shared_root(root->as_object());
        for (const auto& [key, value] : object.at("annotations").as_object())
            record.annotations[std::string(key)] = value.as_string();
        return record;
    } catch (const std::exception&) {  // Boost.JSON's own: they tell nothing of the place
        throw Error({.operation = "read the container's state",
                     .object = name,
                     .reason = "the file is damaged",
                     .hint = "`oci-run delete --force` removes what is left of the container"});
    }
}

std::string timestamp() {
    using namespace std::chrono;
    // not by gmtime_r(3), which reads /etc/localtime
    const auto now = system_clock::now();
    const auto day = floor<days>(now);
    const year_month_day date{day};
    const hh_mm_ss time{duration_cast<nanoseconds>(now - day)};
    char text[64];
    std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02ld:%02ld:%02ld.%09ldZ", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  static_cast<long>(time.hours().count()), static_cast<long>(time.minutes().count()),
                  static_cast<long>(time.seconds().count()), static_cast<long>(time.subseconds().count()));
    return text;
}

}  // namespace ocikit::run
