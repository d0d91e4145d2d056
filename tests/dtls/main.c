#include "../suite.h"

#include "world/world.h"

#define SUITES(X)                                                                          \
    X(script) X(flight) X(join) X(inbox) X(record) X(peer) X(settings) X(transcript)       \
    X(cookie) X(hello) X(early) X(time) X(agreement) X(trust) X(role) X(close)             \
    X(forged) X(damage) X(answer) X(rooms) X(browser) X(resend) X(capture) X(capture13)    \
    X(exporter) X(heap) X(omit) X(late) X(auth) X(handshake) X(schedule13)                 \
    X(ack) X(record13) X(alpn) X(names) X(server_name) X(size_limit) X(connection_id)      \
    X(newest) X(partial_hello) X(door) X(vain) X(misplaced) \
    X(plain_alert) X(too_long) X(narrow) X(jitter) X(trial) X(fault) X(provider) \
    X(broken_rule) \
    X(event_name) X(claim) \
    X(packet) X(certificate) X(path) X(rrc) X(anew)

/* Stories that only 1.3 has. */
#define SUITES_OF_13(X) X(loss13) X(answer13) X(alert13) X(lie13) X(retry13) X(last13)          \
    X(version13) X(ticket) X(psk) X(giving) X(update) X(old_keys) X(new_id) X(newest13)      \
    X(receipt) X(misplaced13)

#define DECLARE(name) extern CU_TestInfo name##_tests[];
SUITES(DECLARE)
SUITES_OF_13(DECLARE)

/* Stories that are told in 1.3 too. */
#define SUITES_13(X) X(handshake) X(trust) X(role) X(damage) X(heap) X(agreement) X(alpn)    \
    X(server_name) X(size_limit) X(connection_id) X(partial_hello) X(door) X(vain) \
    X(plain_alert) X(too_long) X(narrow) X(jitter) X(trial) X(fault) \
    X(packet) X(certificate) X(path) X(rrc) X(anew)

#define LINE(name)    { #name, NULL, NULL, NULL, NULL, name##_tests },
#define LINE_13(name)                                                                      \
    { #name "13", NULL, NULL, world_speaks_13, world_speaks_12, name##_tests },

/* Stories that are told once more with the groups that the library would choose. */
#define BEST(name)                                                                         \
    { #name "_best", NULL, NULL, world_speaks_best, world_speaks_12, name##_tests },

#define LINE_OF_13(name)                                                                   \
    { #name, NULL, NULL, world_speaks_13, world_speaks_12, name##_tests },

int main(int argc, char **argv)
{
    CU_SuiteInfo suites[] = { SUITES(LINE) SUITES_13(LINE_13) SUITES_OF_13(LINE_OF_13)
                             BEST(handshake) BEST(narrow)
                             CU_SUITE_INFO_NULL };

    return suite_main(suites, argc, argv);
}
