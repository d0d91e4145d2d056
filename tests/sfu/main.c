#include "../suite.h"

extern CU_TestInfo estimate_tests[], layers_tests[], loudest_tests[];

int main(int argc, char **argv)
{
    CU_SuiteInfo suites[] = {
        { "estimate", NULL, NULL, NULL, NULL, estimate_tests },
        { "layers", NULL, NULL, NULL, NULL, layers_tests },
        { "loudest", NULL, NULL, NULL, NULL, loudest_tests },
        CU_SUITE_INFO_NULL,
    };
    return suite_main(suites, argc, argv);
}
