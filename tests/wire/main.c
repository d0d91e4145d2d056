#include "../suite.h"

extern CU_TestInfo codec_tests[], extension_tests[], walk_tests[];

int main(int argc, char **argv)
{
    CU_SuiteInfo suites[] = {
        { "codec", NULL, NULL, NULL, NULL, codec_tests },
        { "extension", NULL, NULL, NULL, NULL, extension_tests },
        { "walk", NULL, NULL, NULL, NULL, walk_tests },
        CU_SUITE_INFO_NULL,
    };
    return suite_main(suites, argc, argv);
}
