// linux.intelRdt
#include <ocikit/text.hpp>

#include "plan/make_plan.hpp"
#include "plan/refusal.hpp"

namespace ocikit::run {

namespace {

constexpr const char* base = "/linux/intelRdt";

// The name of a directory of resctrl that isn't one of its own.
void check_class(const std::string& name) {
    if (name == "/")
        return;
    if (name == "." || name == ".." || name.find_first_of("/\n") != std::string::npos)
        refuse(std::string(base) + "/closID", ocikit::quoted(name) + " is no name of a directory in resctrl");
    for (const char* const taken : {"info", "mon_groups", "mon_data"})
        if (name == taken)
            refuse(std::string(base) + "/closID", ocikit::quoted(name) + " is a directory of resctrl's own");
}

void add_line(RdtPlan& plan, const std::string& pointer, const std::string& line) {
    if (line.empty())
        return;
    if (line.find('\n') != std::string::npos)
        refuse(base + pointer, "a schema is one line, without a newline");
    plan.lines.push_back({pointer, line});
}

}  // namespace

RdtPlan plan_rdt(const spec::IntelRdt& rdt) {
    RdtPlan plan;
    plan.class_id = rdt.closID.value_or("");
    check_class(plan.class_id);
    // the order in which they are written, by the specification
    add_line(plan, "/l3CacheSchema", rdt.l3CacheSchema.value_or(""));
    const std::string bandwidth = rdt.memBwSchema.value_or("");
    if (!bandwidth.empty() && !bandwidth.starts_with("MB:"))
        refuse(std::string(base) + "/memBwSchema",
               ocikit::quoted(bandwidth) + " does not begin with \"MB:\"");
    add_line(plan, "/memBwSchema", bandwidth);
    for (std::size_t i = 0; i < rdt.schemata.size(); ++i)
        add_line(plan, "/schemata/" + std::to_string(i), rdt.schemata[i]);
    plan.monitor = rdt.enableMonitoring.value_or(false);
    return plan;
}

}  // namespace ocikit::run
