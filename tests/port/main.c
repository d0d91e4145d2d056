#include "loopback.h"
#include "suite.h"

/* clang-format off */
#define SUITES(X)                                                                          \
    X(address)                                                                             \
    X(broken_rule)                                                                         \
    X(stun_message)                                                                        \
    X(routes)                                                                              \
    X(credentials)                                                                         \
    X(credentials_table)                                                                   \
    X(trace)                                                                               \
    X(traffic)                                                                             \
    X(round_trip)                                                                          \
    X(rtcp_round_trip)                                                                     \
    X(admission)                                                                           \
    X(unknown_group)                                                                       \
    X(unknown_rate)                                                                        \
    X(group_ufrags)                                                                        \
    X(connection_id)                                                                       \
    X(path)                                                                                \
    X(nominate)                                                                            \
    X(handshake_path)                                                                      \
    X(lost_path)                                                                           \
    X(follow)                                                                              \
    X(path_table)                                                                          \
    X(port_restart)                                                                        \
    X(attack)                                                                              \
    X(conflict)                                                                            \
    X(renewal)                                                                             \
    X(repeat)                                                                              \
    X(mailbox)                                                                             \
    X(forwarding)                                                                          \
    X(group_moves)                                                                         \
    X(steering)                                                                            \
    X(crowd)                                                                               \
    X(group_table)                                                                         \
    X(data)                                                                                \
    X(heap)                                                                                \
    X(backlog)                                                                             \
    X(port)                                                                                \
    X(tcp_group)                                                                           \
    X(tcp_limits)                                                                          \
    X(tcp)                                                                                 \
    X(check_replay)                                                                        \
    X(prefetch)                                                                            \
    X(sending)                                                                             \
    X(send_queue)                                                                          \
    X(udp_runs)                                                                            \
    X(udp_out)                                                                             \
    X(udp)
/* clang-format on */

#define DECLARE(name) extern CU_TestInfo name##_tests[];
#define LINE(name)    { #name, NULL, NULL, NULL, NULL, name##_tests },

SUITES(DECLARE)

int main(int argc, char **argv)
{
    CU_SuiteInfo suites[] = { SUITES(LINE) CU_SUITE_INFO_NULL };

    loopback_stay();
    return suite_main(suites, argc, argv);
}
