/* rule.h - a row of the tables of broken rules: a call, what it returns, what is said. */
#ifndef TEST_RULE_H
#define TEST_RULE_H

#include <skiff/base.h>

/* Each place of the libraries that returns ARGUMENT, STATE, SPACE or UNSUPPORTED to the
 * application has its row: tests/house/rules compares. */
#define BREAKS(call, status, sentence)                                                     \
  do {                                                                                     \
    (void)skiff_fault_set(SKIFF_OK, "no rule was broken");                                 \
    CU_ASSERT_EQUAL(call, status);                                                         \
    CU_ASSERT_STRING_EQUAL(skiff_fault(), sentence);                                       \
  } while (0)

#endif
