# SPDX-License-Identifier: Apache-2.0
# cmake --install: what is built goes below a prefix, which may then be moved; what finds it there is model/base/place.c. Four components:
# memspike (the command, its modules and data), libmemspike, dev (its header) and python3.

# Modules that were not built are left out.
install(TARGETS memspike RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT memspike)
install(TARGETS ${modules} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/memspike/modules COMPONENT memspike OPTIONAL)

set(share ${CMAKE_INSTALL_DATADIR}/memspike)
install(DIRECTORY data/ DESTINATION ${share} COMPONENT memspike)
install(DIRECTORY testbench/waves/ DESTINATION ${share}/views COMPONENT memspike)
install(DIRECTORY scripts/sweep_report DESTINATION ${share}/scripts COMPONENT memspike FILES_MATCHING PATTERN *.py)
install(PROGRAMS scripts/report.py scripts/plot_fit.py scripts/fetch_data.sh DESTINATION ${share}/scripts COMPONENT memspike)
install(FILES scripts/drawing.py DESTINATION ${share}/scripts COMPONENT memspike)
install(DIRECTORY rtl DESTINATION ${share} COMPONENT memspike)

# As they are in the sources, so that their links among each other hold.
install(FILES README.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT memspike)
install(FILES rtl/README.md DESTINATION ${CMAKE_INSTALL_DOCDIR}/rtl COMPONENT memspike)
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT memspike FILES_MATCHING PATTERN *.md PATTERN *.png PATTERN *.svg
        PATTERN docs/systems EXCLUDE PATTERN docs/verification EXCLUDE)

# Completions, and manual pages where help2man is there, from what the command says of itself.
find_program(PYTHON3 python3)
find_program(HELP2MAN help2man)
if(PYTHON3 AND NOT CMAKE_CROSSCOMPILING)
  set(script ${PROJECT_SOURCE_DIR}/scripts/command_files.py)
  file(GLOB_RECURSE shipped CONFIGURE_DEPENDS data/*.cfg)
  add_custom_command(OUTPUT command_files/stamp
                     COMMAND ${PYTHON3} ${script} $<TARGET_FILE:memspike> ${CMAKE_BINARY_DIR}/command_files
                     COMMAND ${CMAKE_COMMAND} -E touch command_files/stamp
                     DEPENDS memspike ${script} ${shipped} COMMENT "Completions and manual pages" VERBATIM)
  add_custom_target(command_files ALL DEPENDS command_files/stamp)
  set(made ${CMAKE_BINARY_DIR}/command_files)
  # Where Debian's zsh looks, in /usr and elsewhere.
  if(CMAKE_INSTALL_PREFIX STREQUAL "/usr")
    set(functions vendor-completions)
  else()
    set(functions site-functions)
  endif()
  install(DIRECTORY ${made}/man1 DESTINATION ${CMAKE_INSTALL_MANDIR} COMPONENT memspike OPTIONAL)
  install(FILES ${made}/memspike.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME memspike COMPONENT memspike OPTIONAL)
  install(FILES ${made}/_memspike DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/${functions} COMPONENT memspike OPTIONAL)
  install(FILES ${made}/memspike.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d COMPONENT memspike OPTIONAL)
endif()

# The library, and what finds it: pkg-config memspike, find_package(memspike).
include(CMakePackageConfigHelpers)
set(package ${CMAKE_INSTALL_LIBDIR}/cmake/memspike)
set(RTL_DIR ${share}/rtl)
file(RELATIVE_PATH PREFIX_FROM_PKGCONFIG /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
configure_file(cmake/memspike.pc.in memspike.pc @ONLY)
configure_package_config_file(cmake/memspike-config.cmake.in memspike-config.cmake INSTALL_DESTINATION ${package} PATH_VARS RTL_DIR)
write_basic_package_version_file(memspike-config-version.cmake COMPATIBILITY SameMinorVersion)
set_target_properties(libmemspike PROPERTIES EXPORT_NAME memspike)
install(TARGETS libmemspike EXPORT memspike LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT libmemspike NAMELINK_COMPONENT dev
        INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT memspike NAMESPACE memspike:: FILE memspike-targets.cmake DESTINATION ${package} COMPONENT dev)
install(FILES ${CMAKE_BINARY_DIR}/memspike-config.cmake ${CMAKE_BINARY_DIR}/memspike-config-version.cmake DESTINATION ${package} COMPONENT dev)
install(FILES ${CMAKE_BINARY_DIR}/memspike.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT dev)
install(FILES include/memspike/memspike.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/memspike COMPONENT dev)
install(FILES model/hardware/registers.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/memspike COMPONENT dev)
install(DIRECTORY examples DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT dev)

# memspike for Python, where Debian's Python looks for it when the prefix is /usr. Its declarations are made from the header, by the Python
# that scripts/setup.sh gives cffi; without one it is left out.
foreach(candidate IN ITEMS /usr/bin/python3 ${PYTHON3})
  execute_process(COMMAND ${candidate} -c "import cffi" RESULT_VARIABLE without_cffi OUTPUT_QUIET ERROR_QUIET)
  if(without_cffi EQUAL 0)
    set(packages lib/python3/dist-packages/memspike)
    install(DIRECTORY python/memspike/ DESTINATION ${packages} COMPONENT python3 FILES_MATCHING PATTERN *.py PATTERN py.typed
            PATTERN __pycache__ EXCLUDE)
    install(CODE "
      set(declarations \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${packages}/_declarations.py\")
      execute_process(COMMAND ${candidate} -B ${PROJECT_SOURCE_DIR}/python/memspike/_header.py ${PROJECT_SOURCE_DIR}/include/memspike/memspike.h
                              ${PROJECT_VERSION} \"\${declarations}\" OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
      list(APPEND CMAKE_INSTALL_MANIFEST_FILES \"\${CMAKE_INSTALL_PREFIX}/${packages}/_declarations.py\")" COMPONENT python3)
    break()
  endif()
endforeach()
