// linux.intelRdt
#include "plan/make_plan.hpp"

namespace ocikit::run {

namespace {

void add_line(RdtPlan& plan, const std::string& pointer, const std::string& line) {
    if (!line.empty())
        plan.lines.push_back({pointer, line});
}

}  // namespace

RdtPlan plan_rdt(const spec::IntelRdt& rdt) {
    RdtPlan plan;
    plan.class_id = rdt.closID.value_or("");
    // the order in which they are written, by the specification
    add_line(plan, "/l3CacheSchema", rdt.l3CacheSchema.value_or(""));
    add_line(plan, "/memBwSchema", rdt.memBwSchema.value_or(""));
    for (std::size_t i = 0; i < rdt.schemata.size(); ++i)
        add_line(plan, "/schemata/" + std::to_string(i), rdt.schemata[i]);
    plan.monitor = rdt.enableMonitoring.value_or(false);
    return plan;
}

}  // namespace ocikit::run
