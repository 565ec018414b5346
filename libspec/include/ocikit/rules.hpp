// The rules that documents are checked against: one catalogue for the checks, for
// explanations and for the manual.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <ocikit/config.hpp>
#include <ocikit/diagnostic.hpp>
#include <ocikit/document.hpp>
#include <ocikit/features.hpp>
#include <ocikit/state.hpp>
#include <ocikit/version.hpp>

namespace ocikit {

class RuleContext;

// What a rule needs to see.
enum class RuleScope {
    document,  // the text, the schema or the types: checked by Document, validate_schema and decode_*
    config,    // a decoded config.json
    bundle,    // the bundle's directory: checked by check_root, check_bundle_files and check_rootfs
    host,      // this machine: checked by check_host
};

struct Rule {
    std::string_view id;  // stable: `group/name`
    // error: the spec forbids it, or a runtime can't but refuse it; warning: it works, but
    // is risky, deprecated or without effect; info: worth knowing
    Severity severity = Severity::error;
    std::string_view summary;  // one line, lower case, no period: what is demanded
    std::string_view details;  // why, and what to do: sentences
    std::string_view source;   // where it is written: a section of the spec, a manual page
    // Parts of a config.json, by which it may be understood: one that breaks the rule, one
    // that doesn't. Empty for rules that aren't about values.
    std::string_view bad = {};
    std::string_view good = {};
    bool runtime_refuses = false;  // a runtime must not make a container of it
    bool any_platform = false;     // else it is checked for containers of Linux only
    bool posix = false;            // checked for those of all systems but Windows
    RuleScope scope = RuleScope::config;
    void (*check)(RuleContext&) = nullptr;  // for scope config
};

// All of them, in the order of the catalogue, a group after the other.
std::span<const Rule> all_rules();

// nullptr: there is no rule of that id.
const Rule* find_rule(std::string_view id);

// The system that a container is for.
enum class Platform { linux, windows, solaris, zos, freebsd };

std::string_view to_string(Platform platform);

// By the sections that there are; linux if there is none, or if there is one of it.
Platform platform_of(const spec::Config& config);

struct RuleOptions {
    bool runtime_only = false;                        // just what a runtime refuses a container for
    std::optional<Platform> platform = std::nullopt;  // else that of the sections
    std::optional<Version> held_to = std::nullopt;    // an older version than the config's own
};

// Appends a diagnostic for each finding of the rules of scope config.
void check_config(const Document& document, const spec::Config& config, Diagnostics& diagnostics,
                  const RuleOptions& options = {});

// The oldest version of the specification that has all the properties which are used.
Version needed_version(const spec::Config& config);

// Rules on the other documents of the specification: state/…, features/…
void check_state(const Document& document, const spec::State& state, Diagnostics& diagnostics);
void check_features(const Document& document, const spec::Features& features, Diagnostics& diagnostics);

// Whether platform_of is linux.
bool is_linux_config(const spec::Config& config);

// What a rule sees of a config, and what it reports to.
class RuleContext {
  public:
    RuleContext(const Document& document, const spec::Config& config, Diagnostics& diagnostics,
                const RuleOptions& options);

    const Platform platform;
    const std::optional<Version> held_to;
    const spec::Config& config;
    // Those of the config, or empty ones.
    const spec::Process& process;
    const spec::Linux& linux;
    const spec::Resources& resources;

    // Whether the container gets a namespace of its own: a new one, or one that it joins.
    bool has_namespace(spec::NamespaceType type) const;
    // Whether it gets a new one.
    bool makes_namespace(spec::NamespaceType type) const;

    // Whether an object of the text has a member.
    bool has_member(const std::string& object, std::string_view member) const;

    // Reports a finding of the rule that is being checked.
    void report(std::string pointer, std::string message, Document::Part part = Document::Part::value);
    // One that has to do with another place too, of which `why` is said.
    void report(std::string pointer, std::string message, std::string other_pointer, std::string why);
    // At a member of an object, or at the object if it hasn't the member.
    void report_member(const std::string& object, std::string_view member, std::string message);

    void run(const Rule& rule);

  private:
    const Document& document_;
    Diagnostics& diagnostics_;
    const Rule* rule_ = nullptr;
};

}  // namespace ocikit
