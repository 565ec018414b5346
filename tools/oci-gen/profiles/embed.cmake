# Writes a C++ source with the JSON files of a folder: cmake -DFILES=… -DOUTPUT=… -P embed.cmake

set(rows "")
foreach(file IN LISTS FILES)
  get_filename_component(name "${file}" NAME_WE)
  file(READ "${file}" text)
  string(APPEND rows "    {\"${name}\", R\"json(${text})json\"},\n")
endforeach()
file(WRITE "${OUTPUT}" "// From profiles/*.json.
#include \"oci-gen/profile.hpp\"

namespace ocikit::gen {

namespace {
constexpr ProfileText texts[] = {
${rows}};
}  // namespace

std::span<const ProfileText> profile_texts() {
    return texts;
}

}  // namespace ocikit::gen
")
