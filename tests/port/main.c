#include "loopback.h"
#include "suite.h"

#define SUITES(X)             \
    X(address)                \
    X(broken_rule)            \
    X(message)                \
    X(routes)                 \
    X(name)                   \
    X(chosen)                 \
    X(traffic)                \
    X(trip)                   \
    X(report_time)            \
    X(unknown)                \
    X(unknown_group)          \
    X(unknown_rate)           \
    X(shared_ufrags)          \
    X(id)                     \
    X(path)                   \
    X(nominate)               \
    X(follow)                 \
    X(places)                 \
    X(port_restart)           \
    X(attack)                 \
    X(conflict)               \
    X(renewal)                \
    X(repeat)                 \
    X(group)                  \
    X(share)                  \
    X(moves)                  \
    X(steering)               \
    X(crowd)                  \
    X(shared_table)           \
    X(data)                   \
    X(heap)                   \
    X(backlog)                \
    X(port)                   \
    X(tcp_group)              \
    X(tcp_limits)             \
    X(tcp)                    \
    X(udp_out)                \
    X(udp)

#define DECLARE(name) extern CU_TestInfo name##_tests[];
#define LINE(name)    { #name, NULL, NULL, NULL, NULL, name##_tests },

SUITES(DECLARE)

int main(int argc, char **argv)
{
    CU_SuiteInfo suites[] = { SUITES(LINE) CU_SUITE_INFO_NULL };

    loopback_stay();
    return suite_main(suites, argc, argv);
}
