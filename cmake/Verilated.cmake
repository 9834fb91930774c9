# SPDX-License-Identifier: Apache-2.0
# The RTL as C++: libraries of what Verilator writes, and nothing else.

find_package(verilator 5.006 REQUIRED)
set(VERILATOR_INCLUDES ${VERILATOR_ROOT}/include ${VERILATOR_ROOT}/include/vltstd)
# Verilator's runtime, once: verilate() would compile it into each model, of which the linker takes one.
set(RUNTIME_SOURCES verilated verilated_threads verilated_fst_c)
if(MEMSPIKE_COVERAGE)
  list(APPEND RUNTIME_SOURCES verilated_cov)
endif()
list(TRANSFORM RUNTIME_SOURCES PREPEND ${VERILATOR_ROOT}/include/)
list(TRANSFORM RUNTIME_SOURCES APPEND .cpp)

if(MEMSPIKE_VERILATED)
  # Made there now, before this build looks at any of its files; a change to the RTL leads here again.
  if(NOT EXISTS ${MEMSPIKE_VERILATED}/CMakeCache.txt)
    message(FATAL_ERROR "MEMSPIKE_VERILATED=${MEMSPIKE_VERILATED}: expected a configured build folder of memspike; "
                        "the preset debug takes that of the preset release")
  endif()
  execute_process(COMMAND ${CMAKE_COMMAND} --build ${MEMSPIKE_VERILATED} --target verilated_models COMMAND_ERROR_IS_FATAL ANY)
  include(${MEMSPIKE_VERILATED}/verilated_models.cmake)
else()
  add_library(verilated_runtime STATIC ${RUNTIME_SOURCES})
  target_include_directories(verilated_runtime SYSTEM PUBLIC ${VERILATOR_INCLUDES})
  target_compile_definitions(verilated_runtime PRIVATE VM_COVERAGE=$<BOOL:${MEMSPIKE_COVERAGE}> VM_SC=0 VM_TRACE=1 VM_TRACE_VCD=0
                             VM_TRACE_FST=1)
  target_link_libraries(verilated_runtime PUBLIC ZLIB::ZLIB Threads::Threads)
  # The waveform writer of newer ones leaves this to the system.
  if(NOT EXISTS ${VERILATOR_ROOT}/include/gtkwave/lz4.c)
    pkg_check_modules(LZ4 REQUIRED IMPORTED_TARGET liblz4)
    target_link_libraries(verilated_runtime PUBLIC PkgConfig::LZ4)
  endif()
  set_property(GLOBAL APPEND PROPERTY VERILATED_LIBRARIES verilated_runtime)
endif()

# verilated_library(TARGET PREFIX [OWN] ...): a library of the class PREFIX; the rest is as in Verilator's verilate(). OWN: made here
# even where others are taken from another build.
function(verilated_library target prefix)
  cmake_parse_arguments(VERILATED "OWN;TRACE_FST;SYSTEMC" "TOP_MODULE" "SOURCES;VERILATOR_ARGS" ${ARGN})
  if(MEMSPIKE_VERILATED AND NOT VERILATED_OWN)
    if(NOT TARGET ${target})
      message(FATAL_ERROR "${target}: is not in ${MEMSPIKE_VERILATED}; expected a build of the same hardware sets")
    endif()
    set_property(DIRECTORY ${PROJECT_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${VERILATED_SOURCES})
    return()
  endif()
  add_library(${target} STATIC)
  set_target_properties(${target} PROPERTIES LINKER_LANGUAGE CXX)
  set(kind "")
  if(VERILATED_TRACE_FST)
    list(APPEND kind TRACE_FST)
  endif()
  if(VERILATED_SYSTEMC)
    list(APPEND kind SYSTEMC)
    target_link_libraries(${target} PUBLIC PkgConfig::SYSTEMC)
  endif()
  verilate(${target} ${kind} SOURCES ${VERILATED_SOURCES} TOP_MODULE ${VERILATED_TOP_MODULE} PREFIX ${prefix} ${VERILATED_OPTIONS}
           VERILATOR_ARGS -Wall -O3 --x-assign fast --x-initial fast --noassert ${VERILATED_VERILATOR_ARGS})
  get_target_property(sources ${target} SOURCES)
  list(REMOVE_ITEM sources ${RUNTIME_SOURCES})
  set_target_properties(${target} PROPERTIES SOURCES "${sources}")
  target_link_libraries(${target} PUBLIC verilated_runtime)
  # For who includes its header.
  target_compile_definitions(${target} INTERFACE VM_TRACE=$<BOOL:${VERILATED_TRACE_FST}> VM_TRACE_FST=$<BOOL:${VERILATED_TRACE_FST}>
                             VM_TRACE_VCD=0 VM_SC=$<BOOL:${VERILATED_SYSTEMC}> VM_COVERAGE=$<BOOL:${MEMSPIKE_COVERAGE}>)
  set_property(GLOBAL APPEND PROPERTY VERILATED_LIBRARIES ${target})
endfunction()

# verilated_instance(TARGET VERILATED PREFIX OPENER): the target, of model/chip/dut.cpp or dut_traced.cpp, gives C code access to the class
# PREFIX in the library VERILATED, opened by the function OPENER.
function(verilated_instance target verilated prefix opener)
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR})
  target_include_directories(${target} SYSTEM PRIVATE ${VERILATOR_INCLUDES})
  target_compile_definitions(${target} PRIVATE MODEL=${prefix} MODEL_HEADER="${prefix}.h" MODEL_ROOT_HEADER="${prefix}___024root.h"
                             MODEL_OPENER=${opener})
  target_link_libraries(${target} PRIVATE ${verilated} memspike_observer memspike_warnings)
endfunction()

# register_port_library(TARGET VERILATED PREFIX OPENER [CODES_TO_REGISTERS]): such a target, of dut.cpp. CODES_TO_REGISTERS: code_i leads
# into registers and nowhere else.
function(register_port_library target verilated prefix opener)
  add_library(${target} STATIC ${PROJECT_SOURCE_DIR}/model/chip/dut.cpp)
  verilated_instance(${target} ${verilated} ${prefix} ${opener})
  if(MEMSPIKE_COVERAGE)
    return() # which counts what happens at the falling clock as well
  endif()
  # What the model remembers of its one clock, to see it rise. Every Verilator has its own name for it.
  get_target_property(folders ${verilated} INTERFACE_INCLUDE_DIRECTORIES)
  find_file(header ${prefix}___024root.h PATHS ${folders} NO_DEFAULT_PATH NO_CACHE)
  set(count 0)
  if(header)
    file(STRINGS "${header}" memories REGEX "^ *CData/[*]0:0[*]/ __Vtrig[a-z]*prev[A-Za-z0-9_]*;")
    list(LENGTH memories count)
  endif()
  if(count EQUAL 1)
    string(REGEX MATCH "__Vtrig[A-Za-z0-9_]*" memory "${memories}")
    target_compile_definitions(${target} PRIVATE MODEL_CLOCK_MEMORY=${memory})
  else()
    set_property(GLOBAL APPEND PROPERTY WITHOUT_CLOCK_MEMORY ${target})
  endif()
  # And what it does when this clock has risen.
  set(rise ${prefix}___024root___eval_nba)
  set(risen "")
  if(header AND "CODES_TO_REGISTERS" IN_LIST ARGN)
    get_filename_component(folder "${header}" DIRECTORY)
    file(GLOB parts "${folder}/${prefix}___024root*.cpp")
    foreach(part IN LISTS parts)
      file(STRINGS "${part}" functions REGEX "^void ${rise}[(].*{")
      list(APPEND risen ${functions})
    endforeach()
    file(STRINGS "${header}" flags REGEX "^ *VlTriggerVec<1> __VnbaTriggered;")
  endif()
  if(risen AND flags)
    target_compile_definitions(${target} PRIVATE MODEL_RISE=${rise} MODEL_ROOT=${prefix}___024root)
  endif()
endfunction()

# After the last of them.
function(finish_verilated_libraries)
  if(NOT MEMSPIKE_VERILATED)
    get_property(libraries GLOBAL PROPERTY VERILATED_LIBRARIES)
    add_custom_target(verilated_models DEPENDS ${libraries})
    export(TARGETS ${libraries} FILE ${CMAKE_BINARY_DIR}/verilated_models.cmake)
  endif()
  get_property(targets GLOBAL PROPERTY WITHOUT_CLOCK_MEMORY)
  if(targets)
    message(STATUS "Without a name for the memory of the clock in ${targets}: each clock of theirs is two evaluations, the same results more slowly")
  else()
    message(STATUS "Each clock of the Verilated RTL is one evaluation")
  endif()
endfunction()
