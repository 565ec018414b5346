#include "oci-run/features.hpp"

#include <boost/json/value.hpp>

#include <ocikit/encode.hpp>

#include "common/output.hpp"
#include "oci-run/commands/commands.hpp"

namespace ocikit::run {

int features_command(const cli::Arguments&) {
    cli::print(to_text(encode(features())));
    return 0;
}

}  // namespace ocikit::run
