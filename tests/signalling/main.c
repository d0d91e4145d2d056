#include "suite.h"

/* clang-format off */
#define SUITES(X)                                                                          \
    X(http)                                                                                \
    X(limits)                                                                              \
    X(sdp_answer)                                                                          \
    X(sdp_choice)                                                                          \
    X(site)                                                                                \
    X(sdp_offer)                                                                           \
    X(whip)
/* clang-format on */

#define DECLARE(name) extern CU_TestInfo name##_tests[];
#define LINE(name)    { #name, NULL, NULL, NULL, NULL, name##_tests },

SUITES(DECLARE)

int main(int argc, char **argv)
{
    CU_SuiteInfo suites[] = { SUITES(LINE) CU_SUITE_INFO_NULL };

    return suite_main(suites, argc, argv);
}
