/*
 * turn_proxy.h - another local port to a TURN server, for a socket that cannot have
 * another: what libnice sends to one end is forwarded from the other. Knows no STUN.
 *
 * A server that still has an allocation for our address and port refuses another (437,
 * RFC 8656 7.4), and libnice uses no other port. The inner end of the proxy receives from
 * this host only, and the outer end from the server only. Each datagram of such a relay
 * costs one more receive and send.
 */
#ifndef SKF_TURN_PROXY_H
#define SKF_TURN_PROXY_H

#include <nice/agent.h>

#include <stdbool.h>

struct turn_proxy;

/* Opens one from an address of this host; NULL if that fails. */
struct turn_proxy *skf_turn_proxy_new(GMainContext *loop, const NiceAddress *from,
                                      const NiceAddress *server);

/* The address of the server for libnice: that of the inner end. */
const NiceAddress *skf_turn_proxy_address(const struct turn_proxy *proxy);

void skf_turn_proxy_free(struct turn_proxy *proxy);

#endif
