#include "cgroup/device_rules.hpp"

#include <algorithm>
#include <iterator>

#include <ocikit/error.hpp>

namespace ocikit::run {

namespace {

constexpr unsigned all = DeviceAccess::mknod | DeviceAccess::read | DeviceAccess::write;

constexpr DeviceAccess base[] = {
    {false, 'a', -1, -1, all},
    {true, 'c', -1, -1, DeviceAccess::mknod},
    {true, 'b', -1, -1, DeviceAccess::mknod},
    {true, 'c', 1, 3, all},     // null
    {true, 'c', 1, 5, all},     // zero
    {true, 'c', 1, 7, all},     // full
    {true, 'c', 1, 8, all},     // random
    {true, 'c', 1, 9, all},     // urandom
    {true, 'c', 5, 0, all},     // tty
    {true, 'c', 5, 2, all},     // ptmx
    {true, 'c', 136, -1, all},  // pts/*
};

[[noreturn]] void refuse(std::size_t index, const char* member, const std::string& value,
                         const char* allowed) {
    throw Error({.operation = "/linux/resources/devices/" + std::to_string(index) + "/" + member,
                 .object = "config.json",
                 .reason = "\"" + value + "\" is not " + allowed});
}

DeviceAccess from_spec(const spec::DeviceRule& rule, std::size_t index) {
    DeviceAccess result;
    result.allow = rule.allow;
    const std::string type = rule.type.value_or("a");
    if (type != "a" && type != "b" && type != "c")
        refuse(index, "type", type, "a, b or c");
    result.type = type[0];
    result.major = rule.major.value_or(-1);
    result.minor = rule.minor.value_or(-1);
    if (!rule.access || rule.access->empty())
        return result;
    result.access = 0;
    for (const char c : *rule.access) {
        if (c != 'r' && c != 'w' && c != 'm')
            refuse(index, "access", *rule.access, "made of r, w and m");
        result.access |= c == 'r' ? DeviceAccess::read : c == 'w' ? DeviceAccess::write : DeviceAccess::mknod;
    }
    return result;
}

bool denies_everything(const DeviceAccess& rule) {
    return !rule.allow && rule.type == 'a' && rule.major < 0 && rule.minor < 0 && rule.access == all;
}

}  // namespace

std::vector<DeviceAccess> device_rules(const std::vector<spec::DeviceRule>& rules) {
    std::vector<DeviceAccess> own;
    for (std::size_t i = 0; i < rules.size(); ++i) {
        const DeviceAccess rule = from_spec(rules[i], i);
        if (denies_everything(rule))
            own.clear();
        else
            own.push_back(rule);
    }
    // Rules that only allow have no order, but devices.list shows them in one: the bundle's come first there.
    const bool only_allow =
        std::all_of(own.begin(), own.end(), [](const DeviceAccess& r) { return r.allow; });
    std::vector<DeviceAccess> result(std::begin(base), std::end(base));
    result.insert(only_allow ? result.begin() + 1 : result.end(), own.begin(), own.end());
    return result;
}

std::string device_rule_text(const DeviceAccess& rule) {
    if (rule.type == 'a' && rule.major < 0 && rule.minor < 0 && rule.access == all)
        return "a";
    const auto number = [](std::int64_t n) { return n < 0 ? std::string("*") : std::to_string(n); };
    std::string text = std::string(1, rule.type) + " " + number(rule.major) + ":" + number(rule.minor) + " ";
    if (rule.access & DeviceAccess::read)
        text += 'r';
    if (rule.access & DeviceAccess::write)
        text += 'w';
    if (rule.access & DeviceAccess::mknod)
        text += 'm';
    return text;
}

}  // namespace ocikit::run
