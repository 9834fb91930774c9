# SPDX-License-Identifier: Apache-2.0
# hardware_set(NAME INPUTS LANES OUTPUTS CLOCKS_PER_US [SEQUENTIAL=1] [TILES=n] [DIFFERENTIAL=1]): the Verilated RTL with these
# parameters, and what opens it: rtl_NAME; rtl_trace_NAME with waveforms, apart, so that what does not record them pays nothing;
# chip_NAME, with its AXI4-Lite port, for the SystemC platform. Each is a module, so that only those that are named need be built. Adds a
# line to HARDWARE_LIST.
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

  memspike_module(rtl_${name})
  set(netlist ${MEMSPIKE_NETLISTS}/${name}.v)
  if(MEMSPIKE_NETLISTS AND EXISTS ${netlist})
    verilated_library(verilated_netlist_${name} Vmemspike_${name} OWN SOURCES ${netlist} TOP_MODULE memspike
                      VERILATOR_ARGS -Wno-lint -Wno-fatal)
    verilated_instance(rtl_${name} dut.cpp verilated_netlist_${name} Vmemspike_${name} memspike_open)
  else()
    verilated_library(verilated_rtl_${name} Vmemspike_${name} SOURCES ${RTL_SOURCES} TOP_MODULE memspike
                      VERILATOR_ARGS ${parameters} ${VERILATOR_COVERAGE})
    verilated_instance(rtl_${name} dut.cpp verilated_rtl_${name} Vmemspike_${name} memspike_open)
    if(TILES EQUAL 1) # the codes of several are added before they reach a register
      target_compile_definitions(rtl_${name} PRIVATE MODEL_CODES_TO_REGISTERS)
    endif()
  endif()

  verilated_library(verilated_rtl_trace_${name} Vmemspike_trace_${name} TRACE_FST
                    SOURCES ${PROJECT_SOURCE_DIR}/testbench/memspike_trace.vlt ${RTL_SOURCES} ${PROJECT_SOURCE_DIR}/testbench/memspike_trace.sv
                    TOP_MODULE memspike_trace VERILATOR_ARGS --trace-max-array 4096 ${parameters})
  memspike_module(rtl_trace_${name})
  verilated_instance(rtl_trace_${name} dut_traced.cpp verilated_rtl_trace_${name} Vmemspike_trace_${name} memspike_open)

  verilated_library(verilated_chip_${name} Vchip_${name} SOURCES ${RTL_SOURCES} ${AXI_SOURCES}
                    TOP_MODULE memspike_axi VERILATOR_ARGS ${parameters} ${VERILATOR_COVERAGE})
  memspike_module(chip_${name})
  verilated_instance(chip_${name} axi_dut.cpp verilated_chip_${name} Vchip_${name} memspike_open)
endfunction()
