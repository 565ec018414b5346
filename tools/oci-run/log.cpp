#include "log.hpp"

#include <fcntl.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <ocikit/error.hpp>

#include "common/output.hpp"
#include "kernel/files.hpp"
#include "state/record.hpp"

namespace ocikit::run {

namespace {

UniqueFd open_log(const std::string& file) {
    return open_at(AT_FDCWD, file.c_str(), O_WRONLY | O_APPEND | O_CREAT, 0644, file);
}

}  // namespace

void check_log(const std::string& file) {
    try {
        open_log(file);
    } catch (const Error& error) {
        throw error.within("--log");
    }
}

void log_error(const std::string& file, LogFormat format, const std::string& message) noexcept {
    try {
        const std::string time = timestamp();
        std::string line;
        if (format == LogFormat::json)
            line = boost::json::serialize(
                boost::json::object{{"level", "error"}, {"msg", message}, {"time", time}});
        else
            line = "time=\"" + time +
                   "\" level=error msg=" + boost::json::serialize(boost::json::value(message));
        const UniqueFd fd = open_log(file);
        write_all(fd.get(), line + "\n", file);
    } catch (const std::exception& error) {
        cli::complain("oci-run", std::string("--log: ") + error.what());
    }
}

}  // namespace ocikit::run
