#include "oci-validate/fix.hpp"

#include <algorithm>
#include <set>
#include <span>
#include <sys/stat.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <ocikit/decode.hpp>
#include <ocikit/profile_paths.hpp>
#include <ocikit/text.hpp>

namespace json = boost::json;

namespace ocikit::validate {

namespace {

using Names = std::vector<std::string>;

class Corrector {
  public:
    Corrector(const Document& document, const spec::Config& config) : document_(document), config_(config) {}

    std::vector<Edit> all() {
        names();
        modes();
        duplicates();
        if (config_.linux && config_.process) {
            paths("maskedPaths", config_.linux->maskedPaths, usual_masked_paths());
            paths("readonlyPaths", config_.linux->readonlyPaths, usual_readonly_paths());
            add_members(added_);
        }
        std::sort(edits_.begin(), edits_.end(), [](const Edit& a, const Edit& b) {
            return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
        });
        return std::move(edits_);
    }

  private:
    // Where the value at a pointer is in the text.
    std::pair<std::size_t, std::size_t> place(const std::string& pointer) const {
        const std::string_view source = document_.source(pointer);
        const auto begin = static_cast<std::size_t>(source.data() - document_.text().data());
        return {begin, begin + source.size()};
    }

    void replace(const std::string& pointer, std::string text) {
        const auto [begin, end] = place(pointer);
        edits_.push_back({begin, end, std::move(text)});
    }

    // From the end of the entry before, so that its comma goes too.
    void remove(const std::string& list, std::size_t index) {
        edits_.push_back(
            {place(pointer_append(list, index - 1)).second, place(pointer_append(list, index)).second});
    }

    void names() {
        if (config_.hooks && !config_.hooks->prestart.empty() &&
            document_.source("/hooks/createRuntime").empty()) {
            const std::size_t value = place("/hooks/prestart").first;
            const std::size_t key = document_.text().rfind("\"prestart\"", value);
            if (key != std::string::npos)
                edits_.push_back({key, key + std::string_view("\"prestart\"").size(), "\"createRuntime\""});
        }
        if (config_.linux && config_.linux->rootfsPropagation)
            if (const std::string value = spec::to_text(*config_.linux->rootfsPropagation);
                value.starts_with('r'))
                replace("/linux/rootfsPropagation", '"' + value.substr(1) + '"');
    }

    void modes() {
        constexpr std::uint32_t permissions = 07777;
        for (std::size_t i = 0; config_.linux && i < config_.linux->devices.size(); ++i)
            // with the bits of a type of file the others are what is meant; without, nobody knows
            if (const auto mode = config_.linux->devices[i].fileMode;
                mode && (*mode & S_IFMT) != 0 && (*mode & ~static_cast<std::uint32_t>(S_IFMT)) <= permissions)
                replace(pointer_append("/linux/devices", i) + "/fileMode",
                        std::to_string(*mode & permissions));
    }

    // Entries that are the same as one before.
    void list(const std::string& pointer) {
        const json::value* value = &document_.value();
        for (std::string_view rest = pointer; !rest.empty() && value;) {
            rest.remove_prefix(1);
            const std::string_view token = rest.substr(0, rest.find('/'));
            rest.remove_prefix(token.size());
            value = value->is_object()  ? value->get_object().if_contains(token)
                    : value->is_array() ? value->get_array().if_contains(std::stoul(std::string(token)))
                                        : nullptr;
        }
        if (!value || !value->is_array())
            return;
        std::set<std::string> seen;
        const json::array& entries = value->get_array();
        for (std::size_t i = 0; i < entries.size(); ++i)
            if (!seen.insert(json::serialize(entries[i])).second)
                remove(pointer, i);
    }

    void duplicates() {
        for (const char* set : {"bounding", "effective", "inheritable", "permitted", "ambient"})
            list(std::string("/process/capabilities/") + set);
        for (const char* pointer :
             {"/process/env", "/process/user/additionalGids", "/process/rlimits", "/linux/namespaces",
              "/linux/devices", "/linux/maskedPaths", "/linux/readonlyPaths",
              "/linux/resources/hugepageLimits", "/linux/seccomp/architectures", "/linux/seccomp/flags"})
            list(pointer);
        if (config_.linux && config_.linux->seccomp)
            for (std::size_t i = 0; i < config_.linux->seccomp->syscalls.size(); ++i)
                list(pointer_append("/linux/seccomp/syscalls", i) + "/names");
    }

    void paths(const std::string& member, const Names& present, std::span<const std::string_view> usual) {
        const Names missing = missing_paths(present, usual);
        if (missing.empty())
            return;
        const std::string pointer = "/linux/" + member;
        if (document_.source(pointer).empty())
            return added_.push_back('"' + member + "\": [" + joined(missing, ", ") + ']');
        std::string separator = ", ";
        if (present.size() > 1) {
            const std::size_t end = place(pointer_append(pointer, present.size() - 2)).second;
            const std::size_t next = place(pointer_append(pointer, present.size() - 1)).first;
            separator = document_.text().substr(end, next - end);
        }
        if (present.empty())
            return replace(pointer, '[' + joined(missing, ", ") + ']');
        const std::size_t end = place(pointer_append(pointer, present.size() - 1)).second;
        edits_.push_back({end, end, separator + joined(missing, separator)});
    }

    // As the first of the section, set as the one that was.
    void add_members(const Names& members) {
        if (members.empty())
            return;
        const std::string& text = document_.text();
        const std::size_t begin = place("/linux").first + 1;
        const std::size_t next = text.find_first_not_of(" \t\r\n", begin);
        const bool empty = text[next] == '}';
        const std::string blank = empty ? " " : text.substr(begin, next - begin);
        std::string added = empty ? "" : blank;
        for (std::size_t i = 0; i < members.size(); ++i)
            added += (i == 0 ? "" : ',' + blank) + members[i];
        edits_.push_back({begin, begin, added + (empty ? "" : ",")});
    }

    static std::string joined(const Names& entries, const std::string& separator) {
        std::string text;
        for (const std::string& entry : entries)
            text += (text.empty() ? "" : separator) + '"' + entry + '"';
        return text;
    }

    const Document& document_;
    const spec::Config& config_;
    std::vector<Edit> edits_;
    Names added_;  // members of linux, as text
};

}  // namespace

std::vector<Edit> corrections(const Document& document) {
    Diagnostics ignored;
    if (!document.has_value() || !document.diagnostics().empty())
        return {};
    const auto config = decode_config(document, ignored);
    return config ? Corrector(document, *config).all() : std::vector<Edit>{};
}

std::string edited(const std::string& text, const std::vector<Edit>& edits) {
    std::string result;
    std::size_t at = 0;
    for (const Edit& edit : edits) {
        result.append(text, at, edit.begin - at);
        result += edit.text;
        at = edit.end;
    }
    return result.append(text, at);
}

}  // namespace ocikit::validate
