#include "../suite.h"

/* clang-format off */
#define SUITES(X)                                                                          \
    X(data_lines)                                                                          \
    X(estimate)                                                                            \
    X(feed)                                                                                \
    X(kept)                                                                                \
    X(layers)                                                                              \
    X(loudest)                                                                             \
    X(numbering)                                                                           \
    X(outline)                                                                             \
    X(publisher)                                                                           \
    X(selection)                                                                           \
    X(sessions)                                                                            \
    X(story)                                                                               \
    X(threads)                                                                             \
    X(unallocated)                                                                         \
    X(watcher)
/* clang-format on */

#define DECLARE(name) extern CU_TestInfo name##_tests[];
#define LINE(name)    { #name, NULL, NULL, NULL, NULL, name##_tests },

SUITES(DECLARE)

int main(int argc, char **argv)
{
    CU_SuiteInfo suites[] = { SUITES(LINE) CU_SUITE_INFO_NULL };

    return suite_main(suites, argc, argv);
}
