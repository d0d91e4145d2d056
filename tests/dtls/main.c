#include "../suite.h"

extern CU_TestInfo handshake_tests[];

int main(int argc, char **argv)
{
    CU_SuiteInfo suites[] = {
        { "handshake", NULL, NULL, NULL, NULL, handshake_tests },
        CU_SUITE_INFO_NULL,
    };
    return suite_main(suites, argc, argv);
}
