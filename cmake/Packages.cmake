# SPDX-License-Identifier: Apache-2.0
# cpack: a Debian package of each component of which something is installed. What they need, dpkg-shlibdeps finds out.

set(CPACK_GENERATOR DEB)
get_cmake_property(CPACK_COMPONENTS_ALL COMPONENTS)
list(REMOVE_ITEM CPACK_COMPONENTS_ALL Unspecified)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "The maintainers of memspike")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY ${PROJECT_DESCRIPTION})
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
# The library's own package is not installed where another one is made that needs it.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${CMAKE_BINARY_DIR})
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

# debian_package(COMPONENT NAME SECTION DEPENDS DESCRIPTION)
function(debian_package component name section depends description)
  string(TOUPPER ${component} upper)
  set(CPACK_DEBIAN_${upper}_PACKAGE_NAME ${name} PARENT_SCOPE)
  set(CPACK_DEBIAN_${upper}_PACKAGE_SECTION ${section} PARENT_SCOPE)
  set(CPACK_DEBIAN_${upper}_PACKAGE_DEPENDS "${depends}" PARENT_SCOPE)
  set(CPACK_DEBIAN_${upper}_DESCRIPTION "${description}" PARENT_SCOPE)
endfunction()
debian_package(memspike memspike science ""
               "The command, the hardware's SystemVerilog as it is and compiled, devices, presets and experiments.")
set(CPACK_DEBIAN_MEMSPIKE_PACKAGE_RECOMMENDS "python3, python3-matplotlib")
set(CPACK_DEBIAN_MEMSPIKE_PACKAGE_SUGGESTS "gtkwave, curl, unzip")
# Names of devices and modules of the hardware are found in memspike's.
debian_package(libmemspike libmemspike0 libs "memspike (= ${PROJECT_VERSION})" "memspike for programs: the shared library")
debian_package(dev libmemspike-dev libdevel "libmemspike0 (= ${PROJECT_VERSION})" "memspike for programs: what compiles with the library")
debian_package(python3 python3-memspike python "python3 (>= 3.11), python3-cffi-backend, python3-numpy, libmemspike0 (= ${PROJECT_VERSION})" "memspike for Python 3")
set(CPACK_DEBIAN_PYTHON3_PACKAGE_ARCHITECTURE all)
include(CPack)
