#include "oci-gen/flags/selinux.hpp"

#include <array>

#include <ocikit/text.hpp>

#include "oci-gen/values.hpp"

namespace ocikit::gen {

namespace {

// USER:ROLE:TYPE:LEVEL, where the level has colons itself.
using Label = std::array<std::string, 4>;

// What container-selinux has for processes and files of containers.
const Label process_label{"system_u", "system_r", "container_t", "s0"};
const Label file_label{"system_u", "object_r", "container_file_t", "s0"};

Label parse(const std::string& text) {
    Label label;
    std::string_view rest = text;
    for (std::size_t i = 0; i < label.size(); ++i) {
        const std::size_t end = i + 1 < label.size() ? std::min(rest.find(':'), rest.size()) : rest.size();
        label[i] = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return label;
}

void set_field(std::optional<std::string>& label, const Label& otherwise, std::size_t field,
               const std::string& value) {
    Label parts = label ? parse(*label) : otherwise;
    parts[field] = value;
    label = parts[0] + ':' + parts[1] + ':' + parts[2] + ':' + parts[3];
}

}  // namespace

void remove_labels(FlagContext& context) {
    context.process().selinuxLabel.reset();
    context.linux().mountLabel.reset();
}

void set_label(FlagContext& context, const std::string& value) {
    if (value == "disable")
        return remove_labels(context);
    const std::size_t colon = std::min(value.find_first_of(":="), value.size());
    const std::string name = value.substr(0, colon);
    const std::string field = value.substr(std::min(colon + 1, value.size()));
    std::optional<std::string>& process = context.process().selinuxLabel;
    std::optional<std::string>& files = context.linux().mountLabel;
    if (field.empty())
        throw unusable(
            "security-opt",
            "label: expected disable, or user:, role:, type:, level: or filetype: with a value, found " +
                quoted(value));
    if (name == "user") {
        set_field(process, process_label, 0, field);
    } else if (name == "role") {
        set_field(process, process_label, 1, field);
    } else if (name == "type") {
        set_field(process, process_label, 2, field);
    } else if (name == "filetype") {
        set_field(files, file_label, 2, field);
    } else if (name == "level") {
        set_field(process, process_label, 3, field);
        set_field(files, file_label, 3, field);
    } else {
        throw unusable("security-opt", "label: there is no " + quoted(name) +
                                           ", expected disable, user, role, type, level or filetype");
    }
}

}  // namespace ocikit::gen
