// .oci-validate.json, and what a bundle says of its own checks.
#include <algorithm>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <ocikit/error.hpp>
#include <ocikit/text.hpp>

#include "oci-validate/settings.hpp"

namespace json = boost::json;

namespace ocikit::validate {

namespace {

class Reader {
  public:
    Reader(const Document& document, Settings settings)
        : document_(document), settings_(std::move(settings)) {}

    Settings read() {
        if (!document_.diagnostics().empty()) {
            const Diagnostic& first = document_.diagnostics()[0];
            refuse(first.position, first.message);
        }
        if (!document_.value().is_object())
            refuse("", "expected an object");
        for (const auto& member : document_.value().get_object())
            take(member.key(), member.value());
        return std::move(settings_);
    }

  private:
    [[noreturn]] void refuse(const Position& position, const std::string& reason) {
        throw Error(Error::Parts{.object = document_.name() + ':' + std::to_string(position.line) + ':' +
                                           std::to_string(position.column),
                                 .reason = reason});
    }
    [[noreturn]] void refuse(const std::string& pointer, const std::string& reason) {
        refuse(document_.locate(pointer), reason);
    }

    bool flag(const json::value& value, const std::string& pointer) {
        if (!value.is_bool())
            refuse(pointer, "expected true or false");
        return value.get_bool();
    }

    std::string text(const json::value& value, const std::string& pointer) {
        if (!value.is_string())
            refuse(pointer, "expected a string");
        return std::string(value.get_string());
    }

    void rules(std::vector<std::string>& into, const json::value& value, const std::string& pointer) {
        if (!value.is_array())
            refuse(pointer, "expected a list of rules");
        std::vector<std::string> names;
        for (std::size_t i = 0; i < value.get_array().size(); ++i) {
            const std::string place = pointer_append(pointer, i);
            names.push_back(text(value.get_array()[i], place));
            if (!is_rule_name(names.back()))
                refuse(place,
                       "there is no rule " + quoted(names.back()) + ", " + rule_name_hint(names.back()));
        }
        into.insert(into.end(), names.begin(), names.end());
    }

    void take(std::string_view name, const json::value& value) {
        const std::string pointer = pointer_append("", name);
        if (name == "disable") {
            rules(settings_.disabled, value, pointer);
        } else if (name == "enable") {
            rules(settings_.enabled, value, pointer);
        } else if (name == "severity") {
            const auto severity = severity_of(text(value, pointer));
            if (!severity)
                refuse(pointer, "expected error, warning or info");
            settings_.least = settings_.least ? settings_.least : severity;
        } else if (name == "strict") {
            settings_.strict = flag(value, pointer) || settings_.strict;
        } else if (name == "host") {
            settings_.host = flag(value, pointer) || settings_.host;
        } else if (name == "platform") {
            const auto platform = platform_named(text(value, pointer));
            if (!platform)
                refuse(pointer, "expected linux, windows, solaris, zos or freebsd");
            settings_.platform = settings_.platform ? settings_.platform : platform;
        } else if (name == "specVersion") {
            const auto version = Version::parse(text(value, pointer));
            if (!version)
                refuse(pointer, "expected a version such as 1.2.0");
            settings_.held_to = settings_.held_to ? settings_.held_to : version;
        } else if (name != "$schema") {
            const auto meant =
                nearest(name, {"disable", "enable", "severity", "strict", "host", "platform", "specVersion"});
            refuse(pointer, "there is no setting " + quoted(name) +
                                (meant.empty() ? "" : ", did you mean " + quoted(meant) + '?'));
        }
    }

    const Document& document_;
    Settings settings_;
};

std::string trimmed(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(" \t");
    if (begin == text.npos)
        return {};
    return std::string(text.substr(begin, text.find_last_not_of(" \t") - begin + 1));
}

}  // namespace

Settings with_file(Settings settings, const std::string& path) {
    const Document document = Document::load(path);
    return Reader(document, std::move(settings)).read();
}

std::vector<std::string> disabled_by_annotation(const Document& document, Diagnostics& diagnostics) {
    const json::object* const config = document.value().if_object();
    const json::value* const annotations = config ? config->if_contains("annotations") : nullptr;
    const json::object* const object = annotations ? annotations->if_object() : nullptr;
    const json::value* const value = object ? object->if_contains(disable_annotation) : nullptr;
    if (!value || !value->is_string())
        return {};
    std::vector<std::string> names;
    for (std::string_view list = value->get_string(); !list.empty();) {
        const std::string_view part = list.substr(0, list.find(','));
        list.remove_prefix(std::min(list.size(), part.size() + 1));
        std::string name = trimmed(part);
        if (name.empty())
            continue;
        if (!is_rule_name(name))
            diagnostics.push_back(
                document.at(find_rule("annotations/validate")->severity, "annotations/validate",
                            "there is no rule " + quoted(name) + ", " + rule_name_hint(name),
                            pointer_append("/annotations", disable_annotation)));
        names.push_back(std::move(name));
    }
    return names;
}

}  // namespace ocikit::validate
