# Finds what ocikit is built from. What is missing is reported all at once, with
# the Debian packages (scripts/packages) that hold it.

set(_ocikit_missing "")

file(STRINGS "${CMAKE_SOURCE_DIR}/scripts/packages" _ocikit_package_lines REGEX "^[^#]")
function(_ocikit_package key result)
  foreach(line IN LISTS _ocikit_package_lines)
    if(line MATCHES "^${key} +([^ ]+)")
      set(${result} "${CMAKE_MATCH_1}" PARENT_SCOPE)
      return()
    endif()
  endforeach()
  message(FATAL_ERROR "scripts/packages has no line for '${key}'")
endfunction()

# ocikit_require(KEY FOUND WHAT): notes WHAT as missing unless FOUND is true.
macro(ocikit_require key found what)
  if(NOT ${found})
    _ocikit_package(${key} _package)
    list(APPEND _ocikit_missing "  ${what}: install ${_package}")
  endif()
endmacro()

find_path(BOOST_INCLUDE_DIR boost/describe.hpp)
find_library(BOOST_JSON_STATIC libboost_json.a)
find_library(BOOST_CONTAINER_STATIC libboost_container.a)
find_library(BOOST_PROGRAM_OPTIONS_STATIC libboost_program_options.a)
find_path(VALIJSON_INCLUDE_DIR valijson/validator.hpp)
find_path(LIBARCHIVE_INCLUDE_DIR archive.h)
find_library(LIBARCHIVE_LIBRARY archive)
ocikit_require(boost-headers BOOST_INCLUDE_DIR "Boost headers (boost/describe.hpp)")
ocikit_require(boost-json BOOST_JSON_STATIC "Boost.JSON (libboost_json.a)")
ocikit_require(boost-json BOOST_CONTAINER_STATIC "Boost.Container (libboost_container.a)")
ocikit_require(boost-po BOOST_PROGRAM_OPTIONS_STATIC "Boost.Program_options (libboost_program_options.a)")
ocikit_require(valijson VALIJSON_INCLUDE_DIR "valijson (valijson/validator.hpp)")
ocikit_require(libarchive LIBARCHIVE_INCLUDE_DIR "libarchive (archive.h)")
ocikit_require(libarchive LIBARCHIVE_LIBRARY "libarchive (libarchive.so)")

if(OCIKIT_TESTS)
  find_library(BOOST_TEST_LIBRARY boost_unit_test_framework)
  ocikit_require(boost-test BOOST_TEST_LIBRARY "Boost.Test (libboost_unit_test_framework.so; or -DOCIKIT_TESTS=OFF)")
endif()

# The official JSON Schemas: a checkout that was named, else the package's copy.
if(OCIKIT_RUNTIME_SPEC_DIR)
  set(OCIKIT_SCHEMA_BASE "${OCIKIT_RUNTIME_SPEC_DIR}/schema")
  if(NOT EXISTS "${OCIKIT_SCHEMA_BASE}/config-schema.json")
    message(FATAL_ERROR "OCIKIT_RUNTIME_SPEC_DIR: ${OCIKIT_SCHEMA_BASE}/config-schema.json does not exist")
  endif()
else()
  set(OCIKIT_SCHEMA_BASE /usr/share/gocode/src/github.com/opencontainers/runtime-spec/schema)
  if(EXISTS "${OCIKIT_SCHEMA_BASE}/config-schema.json")
    set(_schema_found TRUE)
  else()
    set(_schema_found FALSE)
  endif()
  ocikit_require(runtime-spec _schema_found "the official JSON Schemas (or name a checkout with -DOCIKIT_RUNTIME_SPEC_DIR=DIR)")
endif()

if(_ocikit_missing)
  list(JOIN _ocikit_missing "\n" _text)
  message(FATAL_ERROR "Missing dependencies (scripts/setup installs all of them):\n${_text}")
endif()

function(_ocikit_import name library include)
  add_library(${name} UNKNOWN IMPORTED GLOBAL)
  set_target_properties(${name} PROPERTIES
    IMPORTED_LOCATION "${library}" INTERFACE_INCLUDE_DIRECTORIES "${include}")
endfunction()

# The static Boost libraries everywhere: oci-run is a static program, and the
# others start faster for it.
_ocikit_import(deps::boost_container "${BOOST_CONTAINER_STATIC}" "${BOOST_INCLUDE_DIR}")
_ocikit_import(deps::boost_json "${BOOST_JSON_STATIC}" "${BOOST_INCLUDE_DIR}")
target_link_libraries(deps::boost_json INTERFACE deps::boost_container)
_ocikit_import(deps::boost_program_options "${BOOST_PROGRAM_OPTIONS_STATIC}" "${BOOST_INCLUDE_DIR}")
_ocikit_import(deps::archive "${LIBARCHIVE_LIBRARY}" "${LIBARCHIVE_INCLUDE_DIR}")
add_library(deps::valijson INTERFACE IMPORTED GLOBAL)
target_include_directories(deps::valijson SYSTEM INTERFACE "${VALIJSON_INCLUDE_DIR}")
# Without the macro valijson ends the process where it could throw.
target_compile_definitions(deps::valijson INTERFACE VALIJSON_USE_EXCEPTIONS=1)
if(OCIKIT_TESTS)
  _ocikit_import(deps::boost_test "${BOOST_TEST_LIBRARY}" "${BOOST_INCLUDE_DIR}")
  target_compile_definitions(deps::boost_test INTERFACE BOOST_TEST_DYN_LINK)
endif()
