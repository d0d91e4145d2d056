#include "../suite.h"

extern CU_TestInfo packet_tests[];

int main(int argc, char **argv)
{
    CU_SuiteInfo suites[] = {
        { "packet", NULL, NULL, NULL, NULL, packet_tests },
        CU_SUITE_INFO_NULL,
    };
    return suite_main(suites, argc, argv);
}
