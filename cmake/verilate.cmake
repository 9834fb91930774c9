# SPDX-License-Identifier: Apache-2.0
# cmake -DPREFIX=CLASS -DFOLDER=FOLDER -P verilate.cmake, in the build: what Verilator has written into FOLDER becomes two sources,
# CLASS_fast.cpp for what runs in every clock and CLASS_slow.cpp for what runs once. Each of the dozen files costs more to begin than to
# compile, and code that the compiler sees at once is faster. CLASS_clock.h names what the model remembers of its one clock, to see it
# rise, and what it does then: every Verilator has its own names.
file(GLOB sources ${FOLDER}/*.cpp)
foreach(kind IN ITEMS slow fast)
  set(these ${sources})
  if(kind STREQUAL "slow")
    list(FILTER these INCLUDE REGEX "__(Slow|Syms|ConstPool_[0-9]+)[.]cpp$")
  else()
    list(FILTER these EXCLUDE REGEX "__(Slow|Syms|ConstPool_[0-9]+)[.]cpp$")
  endif()
  list(TRANSFORM these REPLACE ".*/(.*)" "#include \"\\1\"")
  list(JOIN these "\n" text)
  file(WRITE ${FOLDER}/${PREFIX}_${kind}.cpp "${text}\n")
endforeach()

file(STRINGS ${FOLDER}/${PREFIX}___024root.h memories REGEX "^ *CData/[*]0:0[*]/ __Vtrig[a-z]*prev[A-Za-z0-9_]*;")
list(LENGTH memories count)
set(text "")
if(count EQUAL 1)
  string(REGEX MATCH "__Vtrig[A-Za-z0-9_]*" memory "${memories}")
  string(APPEND text "#define MODEL_CLOCK_MEMORY ${memory}\n")
else()
  message(STATUS "Without a name for the memory of the clock in ${PREFIX}: each of its clocks is two evaluations, the same results more slowly")
endif()
# And what it does when the clock has risen.
set(rise ${PREFIX}___024root___eval_nba)
set(risen "")
foreach(source IN LISTS sources)
  file(STRINGS ${source} functions REGEX "^void ${rise}[(].*{")
  list(APPEND risen ${functions})
endforeach()
file(STRINGS ${FOLDER}/${PREFIX}___024root.h flags REGEX "^ *VlTriggerVec<1> __VnbaTriggered;")
if(risen AND flags)
  string(APPEND text "#define MODEL_RISE ${rise}\nclass ${PREFIX}___024root;\nvoid ${rise}(${PREFIX}___024root *root);\n")
endif()
file(WRITE ${FOLDER}/${PREFIX}_clock.h "${text}")
