#include "oci-gen/steps.hpp"

#include "oci-gen/edit.hpp"
#include "oci-gen/flag.hpp"

namespace ocikit::gen {

namespace {

void apply_group(Draft& draft, const cli::Arguments& group, const std::string& bundle) {
    draft.change([&](spec::Config& config) {
        FlagContext context{.config = config, .arguments = group, .bundle = bundle, .beside = draft.beside};
        apply_flags(context);
    });
}

}  // namespace

void apply_command_line(Draft& draft, const cli::Arguments& arguments, const std::string& bundle) {
    cli::Arguments group;
    for (const cli::Arguments::Given& option : arguments.given) {
        if (!is_edit(option.name)) {
            if (is_flag(option.name))
                group.options[option.name].push_back(option.value);
            continue;
        }
        if (!group.options.empty())
            apply_group(draft, group, bundle);
        group.options.clear();
        apply_edit(draft, option);
    }
    group.positionals = arguments.positionals;
    if (!group.options.empty() || !group.positionals.empty())
        apply_group(draft, group, bundle);
}

}  // namespace ocikit::gen
