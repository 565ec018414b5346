# ocikit_add_test(NAME SOURCES file… [LINK target…] [LABELS label…] [DEFINE macro…])
#
# One Boost.Test program with the common main (libspec/test/support/main.cpp).
# ctest shows it as skipped if every case in it was skipped; each skip prints a
# line `skipped, because …`.

if(OCIKIT_TESTS)
  enable_testing()
endif()

function(ocikit_add_test name)
  if(NOT OCIKIT_TESTS)
    return()
  endif()
  cmake_parse_arguments(arg "" "TIMEOUT" "SOURCES;LINK;LABELS;DEFINE" ${ARGN})
  if(NOT arg_LABELS)
    set(arg_LABELS unit)
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 300)
  endif()
  add_executable(${name} ${arg_SOURCES} "${CMAKE_SOURCE_DIR}/libspec/test/support/main.cpp")
  target_include_directories(${name} PRIVATE "${CMAKE_SOURCE_DIR}/libspec/test")
  target_link_libraries(${name} PRIVATE ${arg_LINK} deps::boost_test)
  target_compile_definitions(${name} PRIVATE
    OCIKIT_TESTDATA="${CMAKE_SOURCE_DIR}/testdata" OCIKIT_SOURCE_DIR="${CMAKE_SOURCE_DIR}" ${arg_DEFINE})
  # the absolute paths above are the point of those macros
  add_test(NAME ${name} COMMAND ${name} --log_level=test_suite --color_output=no)
  set_tests_properties(${name} PROPERTIES LABELS "${arg_LABELS}" TIMEOUT ${arg_TIMEOUT} SKIP_RETURN_CODE 77)
endfunction()
