# `cmake --install`: the program, what programs of others include and link, and the package that
# find_package(lockstep) finds. Two parts, so that a plug-in needs nothing but its compiler:
#
#   find_package(lockstep)                       lockstep::plugin, ::sync, ::testing: headers alone
#   find_package(lockstep COMPONENTS explorer)   and lockstep::controlled, with core and sim
#
# Headers of the layers lie aside, in lockstep/layers, and are found through the targets.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(lockstep_package ${CMAKE_INSTALL_LIBDIR}/cmake/lockstep)

install(TARGETS lockstep RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})

install(TARGETS lockstep_plugin lockstep_sync lockstep_testing EXPORT lockstep_headers
  FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(TARGETS lockstep_controlled EXPORT lockstep_explorer
  FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(TARGETS lockstep_core lockstep_traces lockstep_sim lockstep_determinism
  EXPORT lockstep_explorer
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
  FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/lockstep/layers
  FILE_SET alone DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/lockstep/layers)
foreach(name plugin sync testing controlled core traces sim determinism)
  set_target_properties(lockstep_${name} PROPERTIES EXPORT_NAME ${name})
endforeach()
foreach(part headers explorer)
  install(EXPORT lockstep_${part} FILE lockstep-${part}.cmake NAMESPACE lockstep::
    DESTINATION ${lockstep_package})
endforeach()

configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/lockstep-config.cmake.in
  ${PROJECT_BINARY_DIR}/lockstep-config.cmake INSTALL_DESTINATION ${lockstep_package}
  NO_SET_AND_CHECK_MACRO)
# Before 1.0 a second number may change what programs are written against.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/lockstep-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/lockstep-config.cmake
  ${PROJECT_BINARY_DIR}/lockstep-config-version.cmake DESTINATION ${lockstep_package})

install(FILES ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/docs/plugins.md
  ${PROJECT_SOURCE_DIR}/docs/verify.md ${PROJECT_SOURCE_DIR}/docs/properties.md
  ${PROJECT_SOURCE_DIR}/docs/reading_a_counterexample.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES ${PROJECT_SOURCE_DIR}/docs/pictures/lost_wake_up.svg
  DESTINATION ${CMAKE_INSTALL_DOCDIR}/pictures)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/docs/examples DESTINATION ${CMAKE_INSTALL_DOCDIR}
  USE_SOURCE_PERMISSIONS)
