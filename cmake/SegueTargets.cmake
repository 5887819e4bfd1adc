# Helpers that keep every folder's CMakeLists.txt to a few lines.

find_program(CCACHE ccache)
if(CCACHE)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

# The warnings and language rules of our own code (not of third parties). Contraction into fused multiply-adds stays
# off so that a render gives the same bytes on every processor.
add_library(segue_flags INTERFACE)
target_include_directories(segue_flags INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(segue_flags INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor -Woverloaded-virtual
    # At -O3 GCC 12 sees overlapping copies in string concatenation (GCC bug 105329) and uninitialised members in the
    # branch of tl::expected that is not taken.
    $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>
    -Werror -ffp-contract=off -fno-math-errno)

# segue_add_library(<name> SOURCES ... [PUBLIC ...] [PRIVATE ...])
function(segue_add_library name)
    cmake_parse_arguments(ARG "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
    add_library(${name} STATIC ${ARG_SOURCES})
    target_link_libraries(${name} PUBLIC segue_flags ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE})
endfunction()

# segue_add_test(<name> SOURCES ... LIBS ...): a GoogleTest executable, each case known to ctest.
function(segue_add_test name)
    cmake_parse_arguments(ARG "" "" "SOURCES;LIBS" ${ARGN})
    add_executable(${name} ${ARG_SOURCES})
    target_link_libraries(${name} PRIVATE segue_flags ${ARG_LIBS} GTest::gtest_main GTest::gmock)
    gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 300)
endfunction()

# segue_add_fuzzer(<name> SOURCES ... LIBS ...): a libFuzzer target; built only with the `fuzz` preset.
function(segue_add_fuzzer name)
    if(NOT SEGUE_FUZZ)
        return()
    endif()
    cmake_parse_arguments(ARG "" "" "SOURCES;LIBS" ${ARGN})
    add_executable(${name} ${ARG_SOURCES})
    target_link_libraries(${name} PRIVATE segue_flags ${ARG_LIBS})
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
endfunction()
