# valgrind.cmake - the suites under valgrind, which sees what no sanitizer here does: a value that was
# never written. tests/valgrind.txt says which tests it leaves out.
#
# They take the longest by far: the suites with most tests are cut into parts that run side by
# side, and begin before all else, so that none is left for the end.
set(valgrind_list ${CMAKE_CURRENT_SOURCE_DIR}/valgrind.txt)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${valgrind_list})

# What valgrind leaves out of a floor, as SKIFF_TEST_WITHOUT has it.
function(skiff_left_out floor result)
  file(STRINGS ${valgrind_list} lines REGEX "^(never|all) +${floor}/")
  list(TRANSFORM lines REPLACE "^[a-z]+ +${floor}/([^ ]*).*" "\\1")
  list(JOIN lines "," names)
  set(${result} ${names} PARENT_SCOPE)
endfunction()

function(skiff_valgrind floor)
  set(parts_of_dtls 2)
  set(parts_of_port 2)
  if(NOT parts_of_${floor})
    set(parts_of_${floor} 1)
  endif()
  skiff_left_out(${floor} without)
  foreach(part RANGE 1 ${parts_of_${floor}})
    set(name valgrind_${floor}_${part})
    skiff_test(${name} valgrind ${VALGRIND} -q --leak-check=full
      --errors-for-leak-kinds=definite --error-exitcode=1 $<TARGET_FILE:test_${floor}>
      --part=${part}/${parts_of_${floor}})
    set_tests_properties(${name} PROPERTIES TIMEOUT 900 COST 1000
      ENVIRONMENT "SKIFF_TEST_ROUNDS=3;SKIFF_TEST_WITHOUT=${without}")
  endforeach()
endfunction()
