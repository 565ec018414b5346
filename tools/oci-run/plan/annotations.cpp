// Annotations of crun's that engines ask for things by which the specification has no word for.
// Those of hooks are hooks.hpp's.
#include "plan/make_plan.hpp"
#include "plan/refusal.hpp"

namespace ocikit::run {

namespace {

constexpr const char* keep_groups = "run.oci.keep_original_groups";

}  // namespace

bool annotation_flag(const std::map<std::string, std::string>& annotations, const char* name) {
    const auto found = annotations.find(name);
    if (found == annotations.end() || found->second == "0" || found->second == "false")
        return false;
    if (found->second == "1" || found->second == "true")
        return true;
    refuse("/annotations/" + found->first,
           "\"" + found->second + "\" is none of \"1\", \"true\", \"0\" and \"false\"");
}

void plan_annotations(const std::map<std::string, std::string>& annotations, ProcessPlan& process,
                      std::vector<std::string>& warnings) {
    process.keep_groups = annotation_flag(annotations, keep_groups);
    if (!process.keep_groups || process.groups.empty())
        return;
    // podman asks for both, where the image's user has groups
    warnings.push_back("config.json: /process/user/additionalGids: left out: by the annotation " +
                       std::string(keep_groups) + " the caller's groups are kept");
    process.groups.clear();
}

}  // namespace ocikit::run
