/*
 * turn_proxy.h - another local port to a TURN server, for a socket that cannot have
 * another: what libnice sends to the one end goes on from the other. Knows no STUN.
 *
 * A server that still has an allocation for our address and port refuses another (437, RFC
 * 8656 7.4), and libnice asks from no other port. The detour hears nobody but this host at
 * its inner end, and nobody but the server at its outer one. Each datagram of such a relay
 * costs one more receive and send.
 */
#ifndef SKF_TURN_PROXY_H
#define SKF_TURN_PROXY_H

#include <nice/agent.h>

#include <stdbool.h>

struct turn_proxy;

/* Opens one from an address of this host; NULL if it cannot be had. */
struct turn_proxy *skf_turn_proxy_new(GMainContext *loop, const NiceAddress *from,
                                      const NiceAddress *server);

/* Where the server is now, for libnice. */
const NiceAddress *skf_turn_proxy_address(const struct turn_proxy *proxy);

void skf_turn_proxy_free(struct turn_proxy *proxy);

#endif
