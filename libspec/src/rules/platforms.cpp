// What the specification demands of containers of other systems than Linux, and of virtual machines.
#include <algorithm>
#include <initializer_list>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <ocikit/text.hpp>

#include "groups.hpp"
#include "values.hpp"

namespace json = boost::json;

namespace ocikit {

namespace {

// The member at a path of keys; nullptr if there is none.
const json::value* member(const std::optional<json::object>& section,
                          std::initializer_list<std::string_view> keys) {
    const json::object* object = section ? &*section : nullptr;
    const json::value* found = nullptr;
    for (const std::string_view key : keys) {
        found = object ? object->if_contains(key) : nullptr;
        object = found ? found->if_object() : nullptr;
    }
    return found;
}

std::string text_of(const json::value* value) {
    return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

bool is_windows(const RuleContext& rule) {
    return rule.platform == Platform::windows;
}

void check_section(RuleContext& rule) {
    if (is_windows(rule) && !rule.config.windows)
        rule.report("", "the property \"windows\" is missing, which bundles for Windows must have");
}

void check_other_sections(RuleContext& rule) {
    const spec::Config& config = rule.config;
    const struct {
        Platform platform;
        bool present;
        const char* pointer;
    } sections[] = {{Platform::linux, config.linux.has_value(), "/linux"},
                    {Platform::windows, config.windows.has_value(), "/windows"},
                    {Platform::solaris, config.solaris.has_value(), "/solaris"},
                    {Platform::zos, config.zos.has_value(), "/zos"},
                    {Platform::freebsd, config.freebsd.has_value(), "/freebsd"}};
    for (const auto& section : sections) {
        // containers of Linux run in a virtual machine on Windows
        const bool goes_along = section.platform == Platform::windows && rule.platform == Platform::linux;
        if (section.present && section.platform != rule.platform && !goes_along)
            rule.report(
                section.pointer,
                "this has no effect: the container is one of " + std::string(to_string(rule.platform)),
                Document::Part::key);
    }
}

void check_destinations(RuleContext& rule) {
    if (rule.platform == Platform::linux || is_windows(rule))
        return;
    for (std::size_t i = 0; i < rule.config.mounts.size(); ++i)
        if (const std::string& path = rule.config.mounts[i].destination; !path.starts_with('/'))
            rule.report(pointer_append("/mounts", i) + "/destination",
                        quoted(path) + " is not an absolute path");
}

bool is_separator(char c) {
    return c == '\\' || c == '/';
}

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// With a drive, or of the system's own names such as \\.\pipe\name.
bool is_windows_absolute(std::string_view path) {
    return (path.size() >= 3 && is_letter(path[0]) && path[1] == ':' && is_separator(path[2])) ||
           (path.size() >= 3 && is_separator(path[0]) && is_separator(path[1]));
}

// In small letters, with one kind of separator and none at the end.
std::string folded(std::string_view path) {
    std::string text;
    for (const char c : path)
        text += is_separator(c) ? '\\' : (c >= 'A' && c <= 'Z') ? static_cast<char>(c - 'A' + 'a') : c;
    while (text.ends_with('\\'))
        text.pop_back();
    return text;
}

void check_windows_paths(RuleContext& rule) {
    if (!is_windows(rule))
        return;
    for (std::size_t i = 0; i < rule.config.mounts.size(); ++i)
        if (const std::string& path = rule.config.mounts[i].destination; !is_windows_absolute(path))
            rule.report(pointer_append("/mounts", i) + "/destination",
                        quoted(path) + " is not an absolute path");
    if (rule.config.process && !is_windows_absolute(rule.process.cwd))
        rule.report("/process/cwd", quoted(rule.process.cwd) + " is not an absolute path");
}

void check_windows_nested(RuleContext& rule) {
    if (!is_windows(rule))
        return;
    const auto& mounts = rule.config.mounts;
    for (std::size_t i = 0; i < mounts.size(); ++i)
        for (std::size_t k = 0; k < mounts.size(); ++k) {
            const std::string inner = folded(mounts[i].destination), outer = folded(mounts[k].destination);
            if (i == k || (inner == outer && i < k) || outer.empty())
                continue;
            if (inner == outer || inner.starts_with(outer + '\\')) {
                rule.report(pointer_append("/mounts", i) + "/destination",
                            quoted(mounts[i].destination) + " is inside of another mount",
                            pointer_append("/mounts", k) + "/destination", "the other one");
                break;
            }
        }
}

// \\?\Volume{GUID}\, with or without the last separator
bool is_volume(std::string_view path) {
    constexpr std::string_view prefix = "\\\\?\\volume{";
    constexpr std::string_view form = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx}";
    const std::string text = folded(path);
    if (!text.starts_with(prefix) || text.size() != prefix.size() + form.size())
        return false;
    for (std::size_t i = 0; i < form.size(); ++i) {
        const char c = text[prefix.size() + i];
        const bool hexadecimal = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
        if (form[i] == 'x' ? !hexadecimal : c != form[i])
            return false;
    }
    return true;
}

void check_windows_root(RuleContext& rule) {
    if (!is_windows(rule) || !rule.config.root)
        return;
    if (member(rule.config.windows, {"hyperv"}))
        return rule.report("/root", "a container of Hyper-V has no root: windows.layerFolders has all",
                           Document::Part::key);
    if (!is_volume(rule.config.root->path))
        rule.report("/root/path",
                    quoted(rule.config.root->path) + " is no volume, expected \\\\?\\Volume{GUID}\\");
    if (rule.config.root->readonly.value_or(false))
        rule.report("/root/readonly", "the root can't be read-only on Windows");
}

void check_windows_program(RuleContext& rule) {
    if (is_windows(rule) && rule.config.process && rule.process.args.empty() &&
        rule.process.commandLine.value_or("").empty())
        rule.report("/process", "there is no program to run: neither commandLine nor args");
}

void check_windows_cpu(RuleContext& rule) {
    const std::string pointer = "/windows/resources/cpu";
    std::string first;
    for (const std::string name : {"count", "shares", "maximum"}) {
        const json::value* const value = member(rule.config.windows, {"resources", "cpu", name});
        if (!value)
            continue;
        if (!first.empty())
            rule.report(pointer_append(pointer, name), name + " and " + first + " exclude each other",
                        pointer_append(pointer, first), "set here");
        first = name;
        constexpr std::uint64_t most = 10000;
        if (name != "count" && value->is_number() && value->to_number<double>() > most)
            rule.report(pointer_append(pointer, name), "the number is above 10000");
    }
}

void check_vm_paths(RuleContext& rule) {
    const struct {
        const char* object;
        const char* name;
    } paths[] = {{"hypervisor", "path"}, {"kernel", "path"}, {"kernel", "initrd"}, {"image", "path"}};
    for (const auto& [object, name] : paths)
        if (const json::value* const value = member(rule.config.vm, {object, name});
            value && value->is_string() && !text_of(value).starts_with('/'))
            rule.report(std::string("/vm/") + object + '/' + name,
                        quoted(text_of(value)) + " is not an absolute path");
}

void check_freebsd_devices(RuleContext& rule) {
    const json::value* const devices = member(rule.config.freebsd, {"devices"});
    if (!devices || !devices->is_array())
        return;
    for (std::size_t i = 0; i < devices->get_array().size(); ++i) {
        const json::object* const device = devices->get_array()[i].if_object();
        const std::string path = text_of(device ? device->if_contains("path") : nullptr);
        if (path.starts_with('/'))
            rule.report(pointer_append("/freebsd/devices", i) + "/path",
                        quoted(path) + " is absolute, expected a path that counts from /dev");
    }
}

void check_freebsd_devfs(RuleContext& rule) {
    if (rule.platform != Platform::freebsd || !rule.config.process)
        return;
    const auto& mounts = rule.config.mounts;
    if (std::none_of(mounts.begin(), mounts.end(), [](const spec::Mount& mount) {
            return mount.type == "devfs" && clean_path(mount.destination) == "/dev";
        }))
        rule.report_member("", "mounts", "no devfs is mounted at /dev");
}

void check_freebsd_network(RuleContext& rule) {
    if (text_of(member(rule.config.freebsd, {"jail", "vnet"})) != "new")
        return;
    for (const std::string name : {"ip4", "ip6"})
        if (member(rule.config.freebsd, {"jail", name}))
            rule.report("/freebsd/jail/" + name, "a jail with a vnet of its own leaves " + name + " out");
}

void check_zos_namespaces(RuleContext& rule) {
    const json::value* const list = member(rule.config.zos, {"namespaces"});
    if (!list || !list->is_array())
        return;
    const json::array& namespaces = list->get_array();
    const auto text = [&namespaces](std::size_t index, std::string_view key) {
        const json::object* const one = namespaces[index].if_object();
        return text_of(one ? one->if_contains(key) : nullptr);
    };
    for (std::size_t i = 0; i < namespaces.size(); ++i) {
        const std::string pointer = pointer_append("/zos/namespaces", i);
        if (const std::string path = text(i, "path"); !path.empty() && path[0] != '/')
            rule.report(pointer + "/path", quoted(path) + " is not an absolute path");
        for (std::size_t k = 0; k < i; ++k)
            if (const std::string type = text(i, "type"); !type.empty() && type == text(k, "type")) {
                rule.report(pointer, "the namespace type " + quoted(type) + " is there twice",
                            pointer_append("/zos/namespaces", k), "the first one");
                break;
            }
    }
}

constexpr Rule rules[] = {
    {.id = "platform/section",
     .summary = "a bundle for Windows has a section windows",
     .details = "The section must be set if the system is Windows, which --platform windows says.",
     .source = "config.md#platform-specific-configuration",
     .any_platform = true,
     .check = check_section},
    {.id = "platform/other",
     .severity = Severity::warning,
     .summary = "there is no section of another system",
     .details =
         "The system is that of --platform, or that of the section: linux, or else windows, solaris, zos "
         "or freebsd. Sections of other systems have no effect.",
     .source = "config.md#platform-specific-configuration",
     .bad = R"({"solaris": {}})",
     .good = R"({"linux": {"namespaces": [{"type": "mount"}]}})",
     .any_platform = true,
     .check = check_other_sections},
    {.id = "mounts/destination-absolute",
     .summary = "the destination of a mount is an absolute path on other systems than Linux",
     .details = "A relative destination is for old bundles of Linux only.",
     .source = "config.md#mounts",
     .bad = R"({"linux": null, "freebsd": {}, "mounts": [{"destination": "tmp", "type": "tmpfs"}]})",
     .good = R"({"linux": null, "freebsd": {}, "mounts": [{"destination": "/dev", "type": "devfs"}]})",
     .any_platform = true,
     .check = check_destinations},
    {.id = "windows/path-absolute",
     .summary = "cwd and the destinations of mounts are absolute paths of Windows",
     .details = "An absolute path begins with a drive, such as C:\\data, or with two separators.",
     .source = "config.md#mounts, config.md#process",
     .bad = R"({"linux": null, "windows": {"layerFolders": ["C:\\layer"]}, "process": {"cwd": "app"}})",
     .good =
         R"({"linux": null, "root": {"readonly": false, "path": "\\\\?\\Volume{ec84d99e-3f02-11e7-ac6c-00155d7682cf}\\"}, "windows": {"layerFolders": ["C:\\layer"]}, "process": {"cwd": "C:\\app"}})",
     .any_platform = true,
     .check = check_windows_paths},
    {.id = "windows/mount-nested",
     .summary = "no mount is inside of another",
     .details = "On Windows the destination of a mount must not be that of another one or below it.",
     .source = "config.md#mounts",
     .bad =
         R"({"linux": null, "windows": {"layerFolders": ["C:\\layer"]}, "process": {"cwd": "C:\\"}, "mounts": [{"destination": "C:\\foo"}, {"destination": "c:\\foo\\bar"}]})",
     .good =
         R"({"linux": null, "root": {"readonly": false, "path": "\\\\?\\Volume{ec84d99e-3f02-11e7-ac6c-00155d7682cf}\\"}, "windows": {"layerFolders": ["C:\\layer"]}, "process": {"cwd": "C:\\"}, "mounts": [{"destination": "C:\\foo"}, {"destination": "C:\\foobar"}]})",
     .any_platform = true,
     .check = check_windows_nested},
    {.id = "windows/root",
     .summary = "the root is a volume that can be written, and a container of Hyper-V has none",
     .details =
         "root.path must be the GUID path of a volume, readonly must be left out or false, and root must "
         "not be set if windows.hyperv is.",
     .source = "config.md#root",
     .bad =
         R"({"linux": null, "windows": {"layerFolders": ["C:\\layer"]}, "process": {"cwd": "C:\\"}, "root": {"path": "C:\\rootfs"}})",
     .good =
         R"({"linux": null, "windows": {"layerFolders": ["C:\\layer"]}, "process": {"cwd": "C:\\"}, "root": {"readonly": false, "path": "\\\\?\\Volume{ec84d99e-3f02-11e7-ac6c-00155d7682cf}\\"}})",
     .any_platform = true,
     .check = check_windows_root},
    {.id = "windows/program",
     .summary = "process has a commandLine or args",
     .details = "commandLine is required where args is left out.",
     .source = "config.md#process",
     .bad =
         R"({"linux": null, "windows": {"layerFolders": ["C:\\layer"]}, "process": {"cwd": "C:\\", "args": []}, "root": null})",
     .good =
         R"({"linux": null, "windows": {"layerFolders": ["C:\\layer"]}, "process": {"cwd": "C:\\", "commandLine": "app.exe"}, "root": {"readonly": false, "path": "\\\\?\\Volume{ec84d99e-3f02-11e7-ac6c-00155d7682cf}\\"}})",
     .any_platform = true,
     .check = check_windows_program},
    {.id = "windows/cpu",
     .summary = "at most one of count, shares and maximum is set, and is at most 10000",
     .details = "The three exclude each other. shares and maximum are out of 10000.",
     .source = "config-windows.md#cpu",
     .bad =
         R"({"linux": null, "root": {"readonly": false, "path": "\\\\?\\Volume{ec84d99e-3f02-11e7-ac6c-00155d7682cf}\\"}, "process": {"cwd": "C:\\"}, "windows": {"layerFolders": ["C:\\layer"], "resources": {"cpu": {"count": 2, "maximum": 5000}}}})",
     .good =
         R"({"linux": null, "root": {"readonly": false, "path": "\\\\?\\Volume{ec84d99e-3f02-11e7-ac6c-00155d7682cf}\\"}, "process": {"cwd": "C:\\"}, "windows": {"layerFolders": ["C:\\layer"], "resources": {"cpu": {"maximum": 5000}}}})",
     .any_platform = true,
     .check = check_windows_cpu},
    {.id = "vm/path-absolute",
     .summary = "paths of a virtual machine are absolute",
     .details = "The hypervisor, the kernel, its initial ramdisk and the image are files of the host.",
     .source = "config-vm.md",
     .bad = R"({"vm": {"kernel": {"path": "vmlinuz"}}})",
     .good = R"({"vm": {"kernel": {"path": "/boot/vmlinuz", "initrd": "/boot/initrd.img"}}})",
     .any_platform = true,
     .check = check_vm_paths},
    {.id = "freebsd/device-path",
     .severity = Severity::warning,
     .summary = "the path of a device counts from /dev",
     .details = "It is the name that devfs has for the device, such as pf.",
     .source = "config-freebsd.md#devices",
     .bad =
         R"({"linux": null, "mounts": [{"destination": "/dev", "type": "devfs"}], "freebsd": {"devices": [{"path": "/dev/pf"}]}})",
     .good =
         R"({"linux": null, "mounts": [{"destination": "/dev", "type": "devfs"}], "freebsd": {"devices": [{"path": "pf"}]}})",
     .any_platform = true,
     .check = check_freebsd_devices},
    {.id = "freebsd/devfs",
     .severity = Severity::warning,
     .summary = "a devfs is mounted at /dev",
     .details = "Each container should have one, with a set of rules that leaves few devices.",
     .source = "config-freebsd.md#devices",
     .bad = R"({"linux": null, "freebsd": {}, "mounts": [{"destination": "/tmp", "type": "tmpfs"}]})",
     .good =
         R"({"linux": null, "freebsd": {}, "mounts": [{"destination": "/dev", "type": "devfs", "source": "devfs", "options": ["ruleset=4"]}]})",
     .any_platform = true,
     .check = check_freebsd_devfs},
    {.id = "freebsd/network",
     .severity = Severity::warning,
     .summary = "a jail with a vnet of its own has neither ip4 nor ip6",
     .details = "They are for jails that share the network of their parent.",
     .source = "config-freebsd.md#jail",
     .bad =
         R"({"linux": null, "mounts": [{"destination": "/dev", "type": "devfs"}], "freebsd": {"jail": {"vnet": "new", "ip4": "inherit"}}})",
     .good =
         R"({"linux": null, "mounts": [{"destination": "/dev", "type": "devfs"}], "freebsd": {"jail": {"vnet": "new"}}})",
     .any_platform = true,
     .check = check_freebsd_network},
    {.id = "zos/namespaces",
     .summary = "namespaces of z/OS have absolute paths, and no type is there twice",
     .details = "Runtimes must refuse two namespaces of the same type. A path is one of the host.",
     .source = "config-zos.md#namespaces",
     .bad = R"({"linux": null, "zos": {"namespaces": [{"type": "ipc"}, {"type": "ipc"}]}})",
     .good =
         R"({"linux": null, "zos": {"namespaces": [{"type": "ipc"}, {"type": "pid", "path": "/proc/1/ns/pid"}]}})",
     .any_platform = true,
     .check = check_zos_namespaces},
};

}  // namespace

std::span<const Rule> platform_rules() {
    return rules;
}

}  // namespace ocikit
