# sentences.cmake - writes to OUT a ctest, labelled LABEL, for each test that PROGRAM, the suites of
# FLOOR, lists. EMULATOR is the command that runs it, a list, where this processor cannot.
execute_process(COMMAND ${EMULATOR} ${PROGRAM} --list OUTPUT_VARIABLE lines
  COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "[^\n]+" lines "${lines}")
list(JOIN EMULATOR "]] [[" emulator)
if(emulator)
  set(emulator "[[${emulator}]]")
endif()
set(text "")
foreach(line ${lines})
  string(APPEND text "add_test([[${FLOOR}/${line}]] ${emulator} [[${PROGRAM}]] [[${line}]])\n"
    "set_tests_properties([[${FLOOR}/${line}]] PROPERTIES LABELS ${LABEL} TIMEOUT 300)\n")
endforeach()
file(WRITE ${OUT} "${text}")
