#include "../suite.h"

extern CU_TestInfo broken_rule_tests[], demux_tests[], fault_tests[], memory_tests[],
    packet_tests[], status_tests[], time_tests[], trace_name_tests[], wheel_tests[],
    window_tests[];

int main(int argc, char **argv)
{
    CU_SuiteInfo suites[] = {
        { "broken_rule", NULL, NULL, NULL, NULL, broken_rule_tests },
        { "demux", NULL, NULL, NULL, NULL, demux_tests },
        { "fault", NULL, NULL, NULL, NULL, fault_tests },
        { "memory", NULL, NULL, NULL, NULL, memory_tests },
        { "packet", NULL, NULL, NULL, NULL, packet_tests },
        { "status", NULL, NULL, NULL, NULL, status_tests },
        { "time", NULL, NULL, NULL, NULL, time_tests },
        { "trace_name", NULL, NULL, NULL, NULL, trace_name_tests },
        { "wheel", NULL, NULL, NULL, NULL, wheel_tests },
        { "window", NULL, NULL, NULL, NULL, window_tests },
        CU_SUITE_INFO_NULL,
    };
    return suite_main(suites, argc, argv);
}
