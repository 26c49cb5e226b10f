# Compiles through ccache where it is installed and works; it never changes what comes out.
# -DCMAKE_CXX_COMPILER_LAUNCHER= switches it off.
if(NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER AND NOT DEFINED ENV{CMAKE_CXX_COMPILER_LAUNCHER})
  find_program(LOCKSTEP_CCACHE ccache)
  mark_as_advanced(LOCKSTEP_CCACHE)
  if(LOCKSTEP_CCACHE AND NOT DEFINED LOCKSTEP_CCACHE_WORKS)
    # A cache that cannot be written (a read-only home) would fail every compilation: try one.
    set(lockstep_probe ${CMAKE_BINARY_DIR}/CMakeFiles/ccache_probe)
    file(WRITE ${lockstep_probe}.cpp "int probe;\n")
    execute_process(
      COMMAND ${LOCKSTEP_CCACHE} ${CMAKE_CXX_COMPILER} -c ${lockstep_probe}.cpp
              -o ${lockstep_probe}.o
      RESULT_VARIABLE lockstep_ccache_status OUTPUT_QUIET ERROR_QUIET)
    if(lockstep_ccache_status EQUAL 0)
      set(LOCKSTEP_CCACHE_WORKS TRUE CACHE INTERNAL "ccache compiled a file")
    else()
      set(LOCKSTEP_CCACHE_WORKS FALSE CACHE INTERNAL "ccache compiled a file")
    endif()
  endif()
  if(LOCKSTEP_CCACHE_WORKS)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${LOCKSTEP_CCACHE})
  endif()
endif()
