#define _GNU_SOURCE
#include "../port/loopback.h"
#include "suite.h"

#include <stdlib.h>

/* clang-format off */
#define SUITES(X)                                                                          \
    X(agent)                                                                               \
    X(broken_rule)                                                                         \
    X(candidate)                                                                           \
    X(agent_event_name)                                                                    \
    X(finding)                                                                             \
    X(consent)                                                                             \
    X(data)                                                                                \
    X(sent_checks)                                                                         \
    X(lasting)                                                                             \
    X(rebinding)                                                                           \
    X(restart)                                                                             \
    X(outage)                                                                              \
    X(oracle)                                                                              \
    X(stun)                                                                                \
    X(candidates)                                                                          \
    X(agent_renewal)                                                                       \
    X(port_interop)                                                                        \
    X(dry)                                                                                 \
    X(owner)                                                                               \
    X(networks)                                                                            \
    X(server_request)                                                                      \
    X(remote_candidates)                                                                   \
    X(outcomes)                                                                            \
    X(server_uri)                                                                          \
    X(servers)                                                                             \
    X(trace)                                                                               \
    X(loop_source)                                                                         \
    X(bypass)                                                                              \
    X(teardown)
/* clang-format on */

#define DECLARE(name) extern CU_TestInfo name##_tests[];
#define LINE(name)    { #name, NULL, NULL, NULL, NULL, name##_tests },

SUITES(DECLARE)

int main(int argc, char **argv)
{
    CU_SuiteInfo suites[] = { SUITES(LINE) CU_SUITE_INFO_NULL };

    /* As since GLib 2.76: what its loop allocates is counted. */
    (void)setenv("G_SLICE", "always-malloc", 1);
    loopback_stay();
    return suite_main(suites, argc, argv);
}
