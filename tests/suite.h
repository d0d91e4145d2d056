/* suite.h - all that stands between a test file and CUnit. */
#ifndef SKF_SUITE_H
#define SKF_SUITE_H

#include <CUnit/CUnit.h>

/* A test is a sentence: TEST(a_lost_flight_is_sent_again). */
#define TEST(name) { #name, name }

/* Runs the suites; argv may name words that a "suite/test" must hold to be run. */
int suite_main(CU_SuiteInfo *suites, int argc, char **argv);

#endif
