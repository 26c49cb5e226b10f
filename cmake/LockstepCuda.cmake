# Looks for the CUDA toolkit: sets LOCKSTEP_CUDA_VERSION ("13.0.88"; empty: build without CUDA), and
# enables the CUDA language where it is there. Included at the root: the language belongs to all.
#
# LOCKSTEP_CUDA  AUTO  use the toolkit when it is there
#                ON    an error when it is not
#                OFF   do not look
# The architectures are machine code and PTX of each, for later devices, and never `native`, which
# needs a GPU on the machine that builds. nvcc's host compiler is g++ whatever compiles the C++
# files: it knows none as new as clang's, and what it compiles is plain C++ with no sanitizer.
set(LOCKSTEP_CUDA "AUTO" CACHE STRING "AUTO, ON or OFF: build the CUDA part of gpu_backend")
set_property(CACHE LOCKSTEP_CUDA PROPERTY STRINGS AUTO ON OFF)
# Hopper as machine code; PTX for all that CUDA 13 knows, older and newer.
set(LOCKSTEP_CUDA_ARCHITECTURES "75-virtual;90" CACHE STRING
  "GPU architectures that device code is built for")

set(LOCKSTEP_CUDA_VERSION "")
if(NOT LOCKSTEP_CUDA MATCHES "^(AUTO|ON|OFF)$")
  message(FATAL_ERROR "LOCKSTEP_CUDA: found '${LOCKSTEP_CUDA}', expected AUTO, ON or OFF")
endif()
if(NOT LOCKSTEP_CUDA STREQUAL "OFF")
  # PATH first; many installations leave the toolkit's folder out of it.
  find_program(LOCKSTEP_NVCC nvcc PATHS /usr/local/cuda/bin)
  mark_as_advanced(LOCKSTEP_NVCC)
  if(LOCKSTEP_NVCC)
    execute_process(COMMAND ${LOCKSTEP_NVCC} --version OUTPUT_VARIABLE lockstep_nvcc_output
                    ERROR_QUIET)
    if(lockstep_nvcc_output MATCHES "V([0-9]+\\.[0-9]+\\.[0-9]+)")
      set(LOCKSTEP_CUDA_VERSION "${CMAKE_MATCH_1}")
    endif()
  endif()
  if(LOCKSTEP_CUDA STREQUAL "ON" AND NOT LOCKSTEP_CUDA_VERSION)
    message(FATAL_ERROR "LOCKSTEP_CUDA=ON: found no CUDA toolkit, expected nvcc on PATH or in "
                        "/usr/local/cuda/bin (LOCKSTEP_CUDA=AUTO builds without it)")
  endif()
endif()

if(LOCKSTEP_CUDA_VERSION)
  set(CMAKE_CUDA_COMPILER ${LOCKSTEP_NVCC})
  set(CMAKE_CUDA_ARCHITECTURES ${LOCKSTEP_CUDA_ARCHITECTURES})
  find_program(LOCKSTEP_CUDA_HOST_COMPILER NAMES g++-12 g++)
  mark_as_advanced(LOCKSTEP_CUDA_HOST_COMPILER)
  if(LOCKSTEP_CUDA_HOST_COMPILER)
    set(CMAKE_CUDA_HOST_COMPILER ${LOCKSTEP_CUDA_HOST_COMPILER})
  endif()
  enable_language(CUDA)
  # CMake 3.25 knows no language standards of nvcc 13, so that none can be asked for by name; and it
  # would take this one for the compiler's default, were it there before.
  string(APPEND CMAKE_CUDA_FLAGS " -std=c++20")
  find_package(CUDAToolkit REQUIRED)
  if(LOCKSTEP_CCACHE_WORKS)
    set(CMAKE_CUDA_COMPILER_LAUNCHER ${LOCKSTEP_CCACHE})
  endif()
  set(lockstep_cuda_report "CUDA toolkit ${LOCKSTEP_CUDA_VERSION}: ${LOCKSTEP_NVCC}")
elseif(LOCKSTEP_CUDA STREQUAL "OFF")
  set(lockstep_cuda_report "CUDA switched off: building without the CUDA backend")
else()
  set(lockstep_cuda_report "CUDA toolkit not found: building without the CUDA backend")
endif()
# Once, not at every configure of the same build folder.
if(NOT "${LOCKSTEP_CUDA_REPORTED}" STREQUAL "${lockstep_cuda_report}")
  message(STATUS "${lockstep_cuda_report}")
  set(LOCKSTEP_CUDA_REPORTED "${lockstep_cuda_report}" CACHE INTERNAL "last report")
endif()
