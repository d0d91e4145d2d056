/* suite.h - all that stands between a test file and CUnit. */
#ifndef SKF_SUITE_H
#define SKF_SUITE_H

#include <CUnit/CUnit.h>

/* A test is a sentence: TEST(a_lost_flight_is_sent_again). */
#define TEST(name)                                                                         \
  {                                                                                        \
#    name, name                                                                            \
  }

/* How many of `all` rounds to do: all, or fewer where the environment asks for it with
 * SKIFF_TEST_ROUNDS, as valgrind has to. */
unsigned suite_rounds(unsigned all);

/* Runs the suites; argv is --list, or words of which a "suite/test" must hold one, or
 * --part=K/N for the Kth of N parts that are as large as one another, but for the suites
 * and tests ("SUITE/TEST") that SKIFF_TEST_WITHOUT names in the environment, a comma
 * between two. */
int suite_main(CU_SuiteInfo *suites, int argc, char **argv);

#endif
