#include "mount_line.hpp"

#include <ostream>
#include <sstream>

#include "containers.hpp"

namespace ocikit::run::test {

namespace {

bool contains(const std::string& list, const std::string& word) {
    return has("," + list + ",", "," + word + ",");
}

}  // namespace

bool MountLine::has_option(const std::string& option) const {
    return contains(options, option);
}

bool MountLine::has_filesystem_option(const std::string& option) const {
    return contains(filesystem_options, option);
}

std::ostream& operator<<(std::ostream& stream, const MountLine& line) {
    return stream << line.point << " " << line.options << " " << line.propagation << "- " << line.type << " "
                  << line.source << " " << line.filesystem_options;
}

MountLine mount_on(const std::string& mountinfo, const std::string& point) {
    std::istringstream lines(mountinfo);
    MountLine found;
    for (std::string text; std::getline(lines, text);) {
        std::istringstream words(text);
        std::string id, parent, device, word;
        MountLine line;
        words >> id >> parent >> device >> line.root >> line.point >> line.options;
        while (words >> word && word != "-")
            line.propagation += word + " ";
        words >> line.type >> line.source >> line.filesystem_options;
        if (line.point == point)
            found = line;
    }
    return found;
}

}  // namespace ocikit::run::test
