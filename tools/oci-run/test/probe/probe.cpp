// Runs as a container's program and reports as JSON what a container's program sees.
// Static, as the root filesystem holds nothing else.
#include <cstdio>
#include <string>
#include <unistd.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "parts.hpp"

namespace json = boost::json;

int main(int argc, char** argv) {
    // first, before anything is opened
    const json::value open = probe::descriptors();
    json::object report{{"descriptors", open},
                        {"identity", probe::identity()},
                        {"limits", probe::limits()},
                        {"scheduling", probe::scheduling()},
                        {"surroundings", probe::surroundings()},
                        {"mounts", probe::mounts()}};
    json::array arguments, environment;
    json::object answers;
    for (int i = 0; i < argc; ++i) {
        arguments.emplace_back(argv[i]);
        if (i > 0 && std::string(argv[i]).find(':') != std::string::npos)
            answers[argv[i]] = probe::answer(argv[i]);
    }
    for (char** entry = environ; *entry; ++entry)
        environment.emplace_back(*entry);
    report["arguments"] = std::move(arguments);
    report["environment"] = std::move(environment);
    report["answers"] = std::move(answers);
    const std::string text = json::serialize(report) + "\n";
    return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0 ? 0
                                                                                                       : 1;
}
