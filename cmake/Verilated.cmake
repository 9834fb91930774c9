# SPDX-License-Identifier: Apache-2.0
# The RTL as C++: libraries of what Verilator writes, and nothing else.

find_program(VERILATOR verilator REQUIRED)
execute_process(COMMAND ${VERILATOR} --version OUTPUT_VARIABLE VERILATOR_VERSION COMMAND_ERROR_IS_FATAL ANY)
if(NOT VERILATOR_VERSION MATCHES "^Verilator ([0-9.]+)" OR CMAKE_MATCH_1 VERSION_LESS 5.006)
  message(FATAL_ERROR "${VERILATOR}: is ${VERILATOR_VERSION}; expected Verilator 5.006 or newer")
endif()
execute_process(COMMAND ${VERILATOR} --getenv VERILATOR_ROOT OUTPUT_VARIABLE VERILATOR_ROOT OUTPUT_STRIP_TRAILING_WHITESPACE
                COMMAND_ERROR_IS_FATAL ANY)
set(VERILATOR_INCLUDES ${VERILATOR_ROOT}/include ${VERILATOR_ROOT}/include/vltstd)
if(MEMSPIKE_VERILATED)
  # Made there now, before this build looks at any of its files; a change to the RTL leads here again.
  if(NOT EXISTS ${MEMSPIKE_VERILATED}/CMakeCache.txt)
    message(FATAL_ERROR "MEMSPIKE_VERILATED=${MEMSPIKE_VERILATED}: expected a configured build folder of memspike; "
                        "the preset debug takes that of the preset release")
  endif()
  execute_process(COMMAND ${CMAKE_COMMAND} --build ${MEMSPIKE_VERILATED} --target verilated_models COMMAND_ERROR_IS_FATAL ANY)
  include(${MEMSPIKE_VERILATED}/verilated_models.cmake)
else()
  # Verilator's runtime, and what records waveforms.
  set(sources verilated.cpp verilated_threads.cpp)
  if(MEMSPIKE_COVERAGE)
    list(APPEND sources verilated_cov.cpp)
  endif()
  list(TRANSFORM sources PREPEND ${VERILATOR_ROOT}/include/)
  add_library(verilated_runtime STATIC ${sources})
  add_library(verilated_waveforms STATIC ${VERILATOR_ROOT}/include/verilated_fst_c.cpp)
  foreach(library IN ITEMS verilated_runtime verilated_waveforms)
    target_include_directories(${library} SYSTEM PUBLIC ${VERILATOR_INCLUDES})
    target_compile_definitions(${library} PRIVATE VM_COVERAGE=$<BOOL:${MEMSPIKE_COVERAGE}> VM_SC=0 VM_TRACE=1 VM_TRACE_VCD=0 VM_TRACE_FST=1)
  endforeach()
  target_link_libraries(verilated_runtime PUBLIC Threads::Threads)
  target_link_libraries(verilated_waveforms PUBLIC verilated_runtime ZLIB::ZLIB)
  # The waveform writer of newer ones leaves this to the system.
  if(NOT EXISTS ${VERILATOR_ROOT}/include/gtkwave/lz4.c)
    pkg_check_modules(LZ4 REQUIRED IMPORTED_TARGET liblz4)
    target_link_libraries(verilated_waveforms PUBLIC PkgConfig::LZ4)
  endif()
  set_property(GLOBAL APPEND PROPERTY VERILATED_LIBRARIES verilated_runtime verilated_waveforms)
endif()

# verilated_library(TARGET PREFIX [OWN] [TRACE_FST] SOURCES file... TOP_MODULE name [VERILATOR_ARGS argument...]): a library of the class
# PREFIX. OWN: made here even where others are taken from another build. Verilator runs in the build, for what is built only.
function(verilated_library target prefix)
  cmake_parse_arguments(VERILATED "OWN;TRACE_FST" "TOP_MODULE" "SOURCES;VERILATOR_ARGS" ${ARGN})
  if(MEMSPIKE_VERILATED AND NOT VERILATED_OWN)
    if(NOT TARGET ${target})
      message(FATAL_ERROR "${target}: is not in ${MEMSPIKE_VERILATED}; expected a build of the same hardware sets")
    endif()
    set_property(DIRECTORY ${PROJECT_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${VERILATED_SOURCES})
    return()
  endif()
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/verilated/${prefix})
  set(kind --cc)
  if(VERILATED_TRACE_FST)
    list(APPEND kind --trace-fst)
  endif()
  set(script ${PROJECT_SOURCE_DIR}/cmake/verilate.cmake)
  add_custom_command(
    OUTPUT ${folder}/${prefix}_fast.cpp ${folder}/${prefix}_slow.cpp ${folder}/${prefix}_clock.h
    COMMAND ${CMAKE_COMMAND} -E rm -rf ${folder}
    COMMAND ${VERILATOR} ${kind} --Mdir ${folder} --prefix ${prefix} --top-module ${VERILATED_TOP_MODULE} -Wall -O3 --x-assign fast
            --x-initial fast --noassert ${VERILATED_VERILATOR_ARGS} ${VERILATED_SOURCES}
    COMMAND ${CMAKE_COMMAND} -DPREFIX=${prefix} -DFOLDER=${folder} -P ${script}
    DEPENDS ${VERILATED_SOURCES} ${VERILATOR} ${script} COMMENT "Verilating ${prefix}" VERBATIM)
  add_library(${target} STATIC ${folder}/${prefix}_fast.cpp ${folder}/${prefix}_slow.cpp ${folder}/${prefix}_clock.h)
  set_source_files_properties(${folder}/${prefix}_fast.cpp PROPERTIES COMPILE_OPTIONS "${VERILATED_FAST}")
  set_source_files_properties(${folder}/${prefix}_slow.cpp PROPERTIES COMPILE_OPTIONS "${VERILATED_SLOW}")
  target_include_directories(${target} PUBLIC ${folder})
  target_link_libraries(${target} PUBLIC $<IF:$<BOOL:${VERILATED_TRACE_FST}>,verilated_waveforms,verilated_runtime>)
  target_compile_definitions(${target} PUBLIC VM_TRACE=$<BOOL:${VERILATED_TRACE_FST}> VM_TRACE_FST=$<BOOL:${VERILATED_TRACE_FST}>
                             VM_TRACE_VCD=0 VM_SC=0 VM_COVERAGE=$<BOOL:${MEMSPIKE_COVERAGE}>)
  set_property(GLOBAL APPEND PROPERTY VERILATED_LIBRARIES ${target})
endfunction()

# verilated_instance(TARGET SOURCE VERILATED PREFIX OPENER): the target, a library or module, gives C code access to the class PREFIX
# in the library VERILATED: of SOURCE in model/chip, dut.cpp, dut_traced.cpp or axi_dut.cpp, opened by the function OPENER.
function(verilated_instance target source verilated prefix opener)
  target_sources(${target} PRIVATE ${PROJECT_SOURCE_DIR}/model/chip/${source})
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR})
  target_include_directories(${target} SYSTEM PRIVATE ${VERILATOR_INCLUDES})
  target_compile_definitions(${target} PRIVATE MODEL=${prefix} MODEL_HEADER="${prefix}.h" MODEL_ROOT_HEADER="${prefix}___024root.h"
                             MODEL_CLOCK_HEADER="${prefix}_clock.h" MODEL_OPENER=${opener})
  target_link_libraries(${target} PRIVATE ${verilated} memspike_observer memspike_chip memspike_warnings)
endfunction()

# After the last of them.
function(finish_verilated_libraries)
  if(NOT MEMSPIKE_VERILATED)
    get_property(libraries GLOBAL PROPERTY VERILATED_LIBRARIES)
    add_custom_target(verilated_models DEPENDS ${libraries})
    export(TARGETS ${libraries} FILE ${CMAKE_BINARY_DIR}/verilated_models.cmake)
  endif()
endfunction()
