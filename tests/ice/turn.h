/* turn.h - a TURN server for one client (RFC 8656), which is a STUN server too. */
#ifndef TESTS_ICE_TURN_H
#define TESTS_ICE_TURN_H

#include <glib.h>
#include <stun/stunagent.h>

#include <netinet/in.h>
#include <stdbool.h>

enum { TURN_OTHERS = 8 };

struct turn {
    bool tcp;
    int fd; /* where it is asked; over TCP, where it listens */
    int client_fd, relay_fd;
    struct sockaddr_in client, peer;
    uint16_t channel; /* of the peer; 0: none */
    GMainContext *loop;
    GSource *sources[3 + TURN_OTHERS];
    size_t num_sources;
    StunAgent agent;
    uint8_t stream[8192]; /* what came over TCP and is not whole */
    size_t stream_len;

    int others[2 * TURN_OTHERS]; /* both ends of connections that say nothing */
    size_t num_others;

    unsigned refuses;       /* allocations, with this error; 0: with none */
    uint16_t has;           /* a port of the client's; an allocation (437) */
    bool silent, forgetful; /* reads nothing; accepts no nonce (438) */

    char url[64];
    unsigned bindings, refused, allocations, released, mismatches;
    unsigned to_peer, to_client;
};

/* Opens a server on 127.0.0.1 that knows "user" with "password". */
void turn_open(struct turn *turn, GMainContext *loop, bool tcp);
/* Over TCP: somebody else connects, in the same main context, and says nothing. */
void turn_meet_other(struct turn *turn);

void turn_close(struct turn *turn);

#endif
