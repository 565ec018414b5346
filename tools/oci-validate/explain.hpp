// The catalogue of rules, for people.
#pragma once

#include <string>

#include <ocikit/rules.hpp>

namespace ocikit::validate {

// A line a rule: its id, its severity and what it demands.
std::string rule_list();

// All that there is to say of a rule.
std::string explanation(const Rule& rule);

}  // namespace ocikit::validate
