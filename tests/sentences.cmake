# sentences.cmake - writes to OUT a ctest, labelled LABEL, for each test that PROGRAM, the suites of
# FLOOR, lists.
execute_process(COMMAND ${PROGRAM} --list OUTPUT_VARIABLE lines COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "[^\n]+" lines "${lines}")
set(text "")
foreach(line ${lines})
  string(APPEND text "add_test([[${FLOOR}/${line}]] [[${PROGRAM}]] [[${line}]])\n"
    "set_tests_properties([[${FLOOR}/${line}]] PROPERTIES LABELS ${LABEL} TIMEOUT 300)\n")
endforeach()
file(WRITE ${OUT} "${text}")
