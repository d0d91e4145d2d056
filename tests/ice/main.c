#include "../port/loopback.h"
#include "suite.h"

#define SUITES(X)             \
    X(agent)                  \
    X(broken_rule)            \
    X(candidate)              \
    X(event_name)             \
    X(finding)                \
    X(consent)                \
    X(data)                   \
    X(check)                  \
    X(lasting)                \
    X(rebound)                \
    X(restart)                \
    X(outage)                 \
    X(oracle)                 \
    X(stun)                   \
    X(candidates)             \
    X(agent_renewal)          \
    X(guests)                 \
    X(dry)                    \
    X(owner)                  \
    X(networks)               \
    X(request)                \
    X(remotes)                \
    X(outcomes)               \
    X(server)                 \
    X(servers)                \
    X(split)                  \
    X(teardown)

#define DECLARE(name) extern CU_TestInfo name##_tests[];
#define LINE(name)    { #name, NULL, NULL, NULL, NULL, name##_tests },

SUITES(DECLARE)

int main(int argc, char **argv)
{
    CU_SuiteInfo suites[] = { SUITES(LINE) CU_SUITE_INFO_NULL };

    loopback_stay();
    return suite_main(suites, argc, argv);
}
