# SPDX-License-Identifier: Apache-2.0
# cmake -DPREFIX=CLASS -DFOLDER=FOLDER -P verilate.cmake, in the build: what Verilator has written into FOLDER becomes two sources,
# CLASS_fast.cpp for what runs in every clock and CLASS_slow.cpp for what runs once. Each of the dozen files costs more to begin than to
# compile, and code that the compiler sees at once is faster. CLASS_clock.h names what the model remembers of its one clock, to see it
# rise: every Verilator has its own name for it.
file(GLOB sources ${FOLDER}/*.cpp)
list(FILTER sources EXCLUDE REGEX "_(fast|slow)[.]cpp$")
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
if(count EQUAL 1)
  string(REGEX MATCH "__Vtrig[A-Za-z0-9_]*" memory "${memories}")
  file(WRITE ${FOLDER}/${PREFIX}_clock.h "#define MODEL_CLOCK_MEMORY ${memory}\n")
else()
  message(STATUS "Without a name for the memory of the clock in ${PREFIX}: each clock of its is two evaluations, the same results more slowly")
  file(WRITE ${FOLDER}/${PREFIX}_clock.h "")
endif()
