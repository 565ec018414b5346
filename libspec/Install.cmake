# The installed library: headers, archive, CMake package (find_package(ocikit),
# target ocikit::spec) and pkg-config file (ocikit-spec). All of it can be moved.

include(CMakePackageConfigHelpers)

file(STRINGS "${BOOST_INCLUDE_DIR}/boost/version.hpp" _boost_version REGEX "^#define BOOST_VERSION ")
string(REGEX MATCH "[0-9]+" _boost_version "${_boost_version}")
math(EXPR _major "${_boost_version} / 100000")
math(EXPR _minor "${_boost_version} / 100 % 1000")
math(EXPR _patch "${_boost_version} % 100")
set(OCIKIT_BOOST_VERSION "${_major}.${_minor}.${_patch}")

set(_package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/ocikit")
configure_package_config_file(cmake/ocikit-config.cmake.in "${CMAKE_CURRENT_BINARY_DIR}/ocikit-config.cmake"
  INSTALL_DESTINATION "${_package_dir}")
write_basic_package_version_file("${CMAKE_CURRENT_BINARY_DIR}/ocikit-config-version.cmake"
  COMPATIBILITY SameMinorVersion)

set(_pc_dir "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
file(RELATIVE_PATH OCIKIT_PC_TO_PREFIX "/${_pc_dir}" "/")
configure_file(cmake/ocikit-spec.pc.in "${CMAKE_CURRENT_BINARY_DIR}/ocikit-spec.pc" @ONLY)

install(TARGETS ocikit-spec EXPORT ocikit-targets
  ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT spec)
install(DIRECTORY include/ocikit DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT spec)
install(EXPORT ocikit-targets NAMESPACE ocikit:: DESTINATION "${_package_dir}" COMPONENT spec)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/ocikit-config.cmake"
              "${CMAKE_CURRENT_BINARY_DIR}/ocikit-config-version.cmake"
  DESTINATION "${_package_dir}" COMPONENT spec)
install(FILES "${CMAKE_CURRENT_BINARY_DIR}/ocikit-spec.pc" DESTINATION "${_pc_dir}" COMPONENT spec)
