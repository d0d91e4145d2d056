#include "../suite.h"

extern CU_TestInfo data_lines_tests[], estimate_tests[], layers_tests[], loudest_tests[];

int main(int argc, char **argv)
{
    CU_SuiteInfo suites[] = {
        { "data_lines", NULL, NULL, NULL, NULL, data_lines_tests },
        { "estimate", NULL, NULL, NULL, NULL, estimate_tests },
        { "layers", NULL, NULL, NULL, NULL, layers_tests },
        { "loudest", NULL, NULL, NULL, NULL, loudest_tests },
        CU_SUITE_INFO_NULL,
    };
    return suite_main(suites, argc, argv);
}
