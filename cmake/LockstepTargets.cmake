# One function per kind of target, so that all targets get the same flags and the layer rule is
# code.

# Layers, lowest first. A library may only name libraries that stand before it.
set(LOCKSTEP_LAYERS core traces sim gpu_backend reports properties cli)

add_library(lockstep_warnings INTERFACE)
target_compile_options(lockstep_warnings INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-Wall;-Wextra;-Wpedantic;-Wconversion;-Wsign-conversion;-Wshadow>
  $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor;-Wold-style-cast>
  $<$<COMPILE_LANGUAGE:CUDA>:-Xcompiler=-Wall,-Wextra>)
# Not for users: a compiler that we do not know may find something to warn of.
if(LOCKSTEP_WERROR)
  target_compile_options(lockstep_warnings INTERFACE
    $<$<COMPILE_LANGUAGE:CXX>:-Werror>
    $<$<COMPILE_LANGUAGE:CUDA>:-Werror=all-warnings;-Xcompiler=-Werror>)
endif()
# A source that is compiled together with others looks to GCC like a header that they include.
if(CMAKE_UNITY_BUILD)
  target_compile_options(lockstep_warnings INTERFACE
    $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<CXX_COMPILER_ID:GNU>>:-Wno-subobject-linkage>)
endif()
# GCC 12 at -O2 and up reports overlapping copies in its own std::string (GCC bug 105651), and
# writes behind the end where fmt fills at most four places.
target_compile_options(lockstep_warnings INTERFACE
  $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<CXX_COMPILER_ID:GNU>>:-Wno-restrict;-Wno-stringop-overflow>)

# Flags that results depend on: they belong to every target, tests included.
add_library(lockstep_determinism INTERFACE)
target_compile_options(lockstep_determinism INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-ffp-contract=off>
  # A failed check names its file: as seen from the project's root, wherever that lies.
  $<BUILD_INTERFACE:$<$<COMPILE_LANGUAGE:CXX>:-fmacro-prefix-map=${PROJECT_SOURCE_DIR}/=>>)
if(LOCKSTEP_DCHECKS)
  target_compile_definitions(lockstep_determinism INTERFACE LOCKSTEP_DCHECKS=1)
endif()

# Release builds of g++ optimise the layers that run once per request across their files: a tenth
# of the time of a request. clang would need lld, and the other layers gain nothing.
set(LOCKSTEP_HOT_LAYERS core sim)
set(LOCKSTEP_IPO OFF)
if(CMAKE_BUILD_TYPE STREQUAL "Release" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  include(CheckIPOSupported)
  check_ipo_supported(RESULT LOCKSTEP_IPO OUTPUT lockstep_ipo_output LANGUAGES CXX)
  # Installed, these libraries are linked by other compilers, too: machine code beside GCC's own.
  string(REPLACE "-fno-fat-lto-objects" "-ffat-lto-objects" CMAKE_CXX_COMPILE_OPTIONS_IPO
         "${CMAKE_CXX_COMPILE_OPTIONS_IPO}")
endif()

# lockstep_add_library(core HDRS ... SRCS ...
#                      [DEPS lower layers] [PUBLIC_DEPS ...] [PRIVATE_DEPS ...])
# tidy_test reads these calls as text: DEPS must be literal names.
function(lockstep_add_library name)
  cmake_parse_arguments(ARG "" "" "HDRS;SRCS;DEPS;PUBLIC_DEPS;PRIVATE_DEPS" ${ARGN})
  list(FIND LOCKSTEP_LAYERS ${name} own)
  if(own EQUAL -1)
    message(FATAL_ERROR "layer rule: ${name} is not in LOCKSTEP_LAYERS")
  endif()
  foreach(dep IN LISTS ARG_DEPS)
    list(FIND LOCKSTEP_LAYERS ${dep} rank)
    if(rank EQUAL -1 OR NOT rank LESS own)
      message(FATAL_ERROR "layer rule: ${name} may not depend on ${dep}")
    endif()
  endforeach()
  add_library(lockstep_${name} STATIC ${ARG_SRCS})
  add_library(lockstep::${name} ALIAS lockstep_${name})
  target_compile_features(lockstep_${name} PUBLIC cxx_std_20)
  set_target_properties(lockstep_${name} PROPERTIES CXX_EXTENSIONS OFF)
  if(LOCKSTEP_IPO AND name IN_LIST LOCKSTEP_HOT_LAYERS)
    set_target_properties(lockstep_${name} PROPERTIES INTERPROCEDURAL_OPTIMIZATION ON)
  endif()
  # A source includes its own header first (tidy_test), so that header compiles alone whenever the
  # source compiles. Only headers without a source need a check of their own.
  set(alone)
  foreach(header IN LISTS ARG_HDRS)
    string(REGEX REPLACE "\\.h$" ".cpp" source ${header})
    if(NOT source IN_LIST ARG_SRCS)
      list(APPEND alone ${header})
    endif()
  endforeach()
  target_sources(lockstep_${name}
    PUBLIC FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR} FILES ${ARG_HDRS}
    PUBLIC FILE_SET alone TYPE HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR} FILES ${alone})
  set_target_properties(lockstep_${name} PROPERTIES INTERFACE_HEADER_SETS_TO_VERIFY alone)
  target_include_directories(lockstep_${name} PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>)
  list(TRANSFORM ARG_DEPS PREPEND lockstep::)
  target_link_libraries(lockstep_${name}
    PUBLIC ${ARG_DEPS} ${ARG_PUBLIC_DEPS} lockstep_determinism
    PRIVATE $<BUILD_INTERFACE:lockstep_warnings> ${ARG_PRIVATE_DEPS})
endfunction()

# lockstep_add_test(name SRCS ... DEPS layers... LABELS unit): one GoogleTest program, its cases
# listed by ctest.
function(lockstep_add_test name)
  cmake_parse_arguments(ARG "" "" "SRCS;DEPS;LIBS;LABELS" ${ARGN})
  add_executable(${name} ${ARG_SRCS})
  target_compile_features(${name} PRIVATE cxx_std_20)
  set_target_properties(${name} PROPERTIES CXX_EXTENSIONS OFF)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  list(TRANSFORM ARG_DEPS PREPEND lockstep::)
  # Where sources are compiled together, the time counts, and what tests look at is the libraries.
  if(CMAKE_UNITY_BUILD)
    target_compile_options(${name} PRIVATE -O0)
  endif()
  target_compile_definitions(${name} PRIVATE LOCKSTEP_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} ${ARG_LIBS} lockstep_warnings
                                        lockstep_determinism GTest::gmock GTest::gtest_main)
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60 PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT 300)
endfunction()
