# SPDX-License-Identifier: Apache-2.0
# hardware_set(NAME INPUTS LANES OUTPUTS CLOCKS_PER_US [SEQUENTIAL=1] [TILES=n] [DIFFERENTIAL=1]): the Verilated RTL with these
# parameters, and what opens it: rtl_NAME; rtl_trace_NAME with waveforms, apart, so that what does not record them pays nothing;
# chip_NAME, a SystemC module with an AXI4-Lite port. Adds a line to HARDWARE_LIST.
function(hardware_set name inputs lanes outputs clocks_per_us)
  set(SEQUENTIAL 0)
  set(TILES 1)
  set(DIFFERENTIAL 0)
  foreach(option IN LISTS ARGN)
    if(NOT option MATCHES "^(SEQUENTIAL|TILES|DIFFERENTIAL)=([0-9]+)$")
      message(FATAL_ERROR "hardware set ${name}: ${option}: expected SEQUENTIAL=1, TILES=n or DIFFERENTIAL=1")
    endif()
    set(${CMAKE_MATCH_1} ${CMAKE_MATCH_2})
  endforeach()
  set(HARDWARE_LIST
      "${HARDWARE_LIST}HARDWARE(${name}, ${inputs}, ${lanes}, ${outputs}, ${clocks_per_us}, ${SEQUENTIAL}, ${TILES}, ${DIFFERENTIAL})\n"
      PARENT_SCOPE)
  set(parameters -GINPUTS=${inputs} -GLANES=${lanes} -GOUTPUTS=${outputs} -GCLOCKS_PER_US=${clocks_per_us}
                 -GSEQUENTIAL=${SEQUENTIAL} -GTILES=${TILES} -GDIFFERENTIAL=${DIFFERENTIAL})

  set(netlist ${MEMSPIKE_NETLISTS}/${name}.v)
  if(MEMSPIKE_NETLISTS AND EXISTS ${netlist})
    verilated_library(verilated_netlist_${name} Vmemspike_${name} OWN SOURCES ${netlist} TOP_MODULE memspike
                      VERILATOR_ARGS -Wno-lint -Wno-fatal)
    register_port_library(rtl_${name} verilated_netlist_${name} Vmemspike_${name} dut_open_${name})
  else()
    verilated_library(verilated_rtl_${name} Vmemspike_${name} SOURCES ${RTL_SOURCES} TOP_MODULE memspike
                      VERILATOR_ARGS ${parameters} ${VERILATOR_COVERAGE})
    set(codes "")
    if(TILES EQUAL 1) # those of several are added first
      set(codes CODES_TO_REGISTERS)
    endif()
    register_port_library(rtl_${name} verilated_rtl_${name} Vmemspike_${name} dut_open_${name} ${codes})
  endif()

  verilated_library(verilated_rtl_trace_${name} Vmemspike_trace_${name} TRACE_FST
                    SOURCES ${PROJECT_SOURCE_DIR}/testbench/memspike_trace.vlt ${RTL_SOURCES} ${PROJECT_SOURCE_DIR}/testbench/memspike_trace.sv
                    TOP_MODULE memspike_trace VERILATOR_ARGS --trace-max-array 4096 ${parameters})
  add_library(rtl_trace_${name} STATIC ${PROJECT_SOURCE_DIR}/model/chip/dut_traced.cpp)
  verilated_instance(rtl_trace_${name} verilated_rtl_trace_${name} Vmemspike_trace_${name} dut_open_traced_${name})

  verilated_library(verilated_chip_${name} Vchip_${name} SYSTEMC
                    SOURCES ${RTL_SOURCES} ${AXI_SOURCES}
                    TOP_MODULE memspike_axi VERILATOR_ARGS ${parameters} ${VERILATOR_COVERAGE})
  add_library(chip_${name} STATIC ${PROJECT_SOURCE_DIR}/testbench/chip.cpp)
  target_include_directories(chip_${name} PRIVATE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/csrc)
  target_compile_definitions(chip_${name} PRIVATE MODEL=Vchip_${name} MODEL_HEADER="Vchip_${name}.h" MODEL_MAKER=make_chip_${name})
  target_link_libraries(chip_${name} PRIVATE verilated_chip_${name} memspike_observer memspike_warnings)
  if(MEMSPIKE_SANITIZERS)
    target_compile_options(chip_${name} PRIVATE -O0) # SystemC's templates: a fifth of the time to compile
  endif()

  target_link_libraries(memspike_chip PRIVATE rtl_${name} rtl_trace_${name})
  target_link_libraries(memspike_platform PRIVATE chip_${name})
endfunction()
