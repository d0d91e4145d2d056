/* oracle.h - what libnice's STUN library would make of a check: its verdict and its reply.
 * The port answered by it once, and what answers now is compared with it. */
#ifndef TESTS_ICE_ORACLE_H
#define TESTS_ICE_ORACLE_H

#include "ice/stun/stun.h"

#include <stun/stunagent.h>

enum { ORACLE_SLACK = 32 }; /* readable bytes that must follow a request */

struct oracle {
    StunAgent agent;
};

void oracle_init(struct oracle *oracle);

/* Of a datagram that skf_stun_read has let pass; all else may make the library read past
 * its end. The reply has the USERNAME of the request, which RFC 8489 9.1.3 forbids. */
enum stun_verdict oracle_respond(struct oracle *oracle, skiff_bytes datagram,
                                 const char *password, const union address *source,
                                 skiff_packet *reply);

/* Whether two replies say the same: type, id, and each attribute in its place, but for the
 * USERNAME, padding, the text of an error, and what protects the messages. */
bool oracle_agrees(skiff_bytes ours, skiff_bytes theirs);

#endif
