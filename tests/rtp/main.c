#include "../suite.h"

/* clang-format off */
#define SUITES(X)                                                                          \
    X(bytes)                                                                               \
    X(sequence)                                                                            \
    X(rtp)                                                                                 \
    X(extension)                                                                           \
    X(rtx)                                                                                 \
    X(rtcp)                                                                                \
    X(rtcp_feedback)                                                                       \
    X(transport_cc)                                                                        \
    X(reception)                                                                           \
    X(missing)                                                                             \
    X(payload)                                                                             \
    X(vp8)
/* clang-format on */

#define DECLARE(name) extern CU_TestInfo name##_tests[];
#define LINE(name)    { #name, NULL, NULL, NULL, NULL, name##_tests },

SUITES(DECLARE)

int main(int argc, char **argv)
{
    CU_SuiteInfo suites[] = { SUITES(LINE) CU_SUITE_INFO_NULL };

    return suite_main(suites, argc, argv);
}
