# Language level and warnings for every target of the project.

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()

# -O3 makes these programs larger, not faster
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
set(CMAKE_C_FLAGS_RELEASE "-O2 -DNDEBUG")

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF) # in gnu++20 `linux` is a macro, and a member of the model
set(CMAKE_C_STANDARD 17)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

add_compile_options(-Wall -Wextra -Wconversion -Wshadow -fvisibility=hidden -ffunction-sections -fdata-sections)
# GCC 12, optimising, sees an overlap in std::string's operator+ and replace (GCC bug 105651).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-Wno-restrict>)
endif()
# Reproducible: no path of the build machine in a binary.
add_compile_options("-ffile-prefix-map=${CMAKE_SOURCE_DIR}/=")
add_link_options(-Wl,--gc-sections)
if(OCIKIT_WERROR)
  add_compile_options(-Werror)
endif()
if(OCIKIT_SANITIZE)
  add_compile_options(-fsanitize=${OCIKIT_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
  add_link_options(-fsanitize=${OCIKIT_SANITIZE})
  # With sanitizers GCC warns of what isn't so, in std::regex for one.
  add_compile_options($<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
endif()

# Relative relocations are nine tenths of a static-pie program's, and packed they are a
# hundredth of their size. The C library must know them: glibc 2.36 and later.
include(CheckCXXSourceRuns)
set(CMAKE_REQUIRED_FLAGS "-fPIE")
set(CMAKE_REQUIRED_LINK_OPTIONS -static-pie -Wl,-z,pack-relative-relocs)
check_cxx_source_runs("int value = 7; int* volatile pointer = &value; int main() { return *pointer - 7; }"
  OCIKIT_PACKS_RELOCATIONS)
unset(CMAKE_REQUIRED_FLAGS)
unset(CMAKE_REQUIRED_LINK_OPTIONS)

# A static program starts in half the time of a dynamic one. For programs that neither
# look up names of users or hosts (NSS) nor load libraries.
function(ocikit_link_static target)
  if(NOT OCIKIT_SANITIZE) # a sanitizer's run-time library wants a dynamic program
    target_link_options(${target} PRIVATE -static-pie $<$<BOOL:${OCIKIT_PACKS_RELOCATIONS}>:-Wl,-z,pack-relative-relocs>)
    set_target_properties(${target} PROPERTIES OCIKIT_STATIC TRUE)
  endif()
endfunction()

# Adds a script's sections to those that the linker has anyway (ld: "INSERT"). Not every linker can.
function(ocikit_add_sections target script)
  set(CMAKE_REQUIRED_LINK_OPTIONS "-Wl,-T,${script}")
  check_cxx_source_runs("int main() { return 0; }" OCIKIT_LINKER_ADDS_SECTIONS)
  if(OCIKIT_LINKER_ADDS_SECTIONS AND NOT OCIKIT_SANITIZE)
    target_link_options(${target} PRIVATE "-Wl,-T,${script}")
    set_property(TARGET ${target} APPEND PROPERTY LINK_DEPENDS "${script}")
  endif()
endfunction()

# For code that oci-run goes through once: the kernel maps what is around each page that is
# touched, so that it is in memory whole, and -O2 makes it a third larger and no faster.
function(ocikit_optimize_sources_for_size)
  set_property(SOURCE ${ARGN} APPEND PROPERTY COMPILE_OPTIONS "$<$<CONFIG:Release>:-Os>")
endfunction()
function(ocikit_optimize_for_size target)
  target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-Os>)
endfunction()
