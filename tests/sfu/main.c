#include "../suite.h"

extern CU_TestInfo data_lines_tests[], estimate_tests[], kept_tests[], layers_tests[],
    loudest_tests[], numbering_tests[], outline_tests[], publisher_tests[], story_tests[];

int main(int argc, char **argv)
{
    CU_SuiteInfo suites[] = {
        { "data_lines", NULL, NULL, NULL, NULL, data_lines_tests },
        { "estimate", NULL, NULL, NULL, NULL, estimate_tests },
        { "kept", NULL, NULL, NULL, NULL, kept_tests },
        { "layers", NULL, NULL, NULL, NULL, layers_tests },
        { "loudest", NULL, NULL, NULL, NULL, loudest_tests },
        { "numbering", NULL, NULL, NULL, NULL, numbering_tests },
        { "outline", NULL, NULL, NULL, NULL, outline_tests },
        { "publisher", NULL, NULL, NULL, NULL, publisher_tests },
        { "story", NULL, NULL, NULL, NULL, story_tests },
        CU_SUITE_INFO_NULL,
    };
    return suite_main(suites, argc, argv);
}
