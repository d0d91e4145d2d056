#include "../suite.h"

#include "world/world.h"

/* clang-format off */
#define SUITES(X)                                                                          \
    X(script) X(flight) X(reassembly) X(message_queue) X(record) X(peer_identity)          \
    X(settings) X(group_choice) X(transcript) X(cookie) X(hello) X(dropped_reply) X(early) \
    X(time) X(agreement) X(trust)                                                          \
    X(role) X(close) X(forged) X(damage) X(check_hello) X(slots) X(browser) X(resend)      \
    X(capture) X(capture13) X(exporter) X(heap) X(omitted_message) X(post_handshake)       \
    X(auth) X(handshake) X(schedule13) X(ack_list) X(record13) X(alpn) X(names)            \
    X(server_name) X(size_limit) X(connection_id) X(newest) X(partial_hello)               \
    X(hello_check) X(waste) X(misplaced) X(plain_alert) X(too_long) X(small_mtu)           \
    X(jitter) X(trial) X(fault) X(provider) X(broken_rule) X(event_name) X(claim)          \
    X(packet) X(certificate) X(path) X(rrc) X(new_hello) X(trace)
/* clang-format on */

/* Stories that only 1.3 has. */
/* clang-format off */
#define SUITES_OF_13(X)                                                                    \
    X(loss13) X(check_hello13) X(alert13) X(altered_message13) X(retry13)                  \
    X(last_flight13) X(version13) X(ticket) X(psk) X(new_session_ticket) X(key_update)     \
    X(old_keys) X(new_id) X(newest13) X(ack_message) X(misplaced13)                        \
    X(trace_post_handshake)
/* clang-format on */

#define DECLARE(name) extern CU_TestInfo name##_tests[];
SUITES(DECLARE)
SUITES_OF_13(DECLARE)

/* Stories that are told in 1.3 too. */
/* clang-format off */
#define SUITES_13(X)                                                                       \
    X(handshake) X(trust) X(role) X(damage) X(heap) X(agreement) X(alpn) X(server_name)    \
    X(size_limit) X(connection_id) X(partial_hello) X(hello_check) X(waste)                \
    X(plain_alert) X(too_long) X(small_mtu) X(jitter) X(trial) X(fault) X(packet)          \
    X(certificate) X(path) X(rrc) X(new_hello) X(trace)
/* clang-format on */

#define LINE(name)    { #name, NULL, NULL, NULL, NULL, name##_tests },
#define LINE_13(name) { #name "13", NULL, NULL, world_use_13, world_use_12, name##_tests },

/* Stories that are told once more with the groups that the library would choose. */
#define BEST(name)                                                                         \
  { #name "_best", NULL, NULL, world_use_best, world_use_12, name##_tests },

#define LINE_OF_13(name) { #name, NULL, NULL, world_use_13, world_use_12, name##_tests },

int main(int argc, char **argv)
{
    CU_SuiteInfo suites[] = { SUITES(LINE) SUITES_13(LINE_13) SUITES_OF_13(LINE_OF_13)
                                  BEST(handshake) BEST(small_mtu) CU_SUITE_INFO_NULL };

    return suite_main(suites, argc, argv);
}
