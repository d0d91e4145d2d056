/* end.h - one end of the load: a publisher or a watcher from its first check to its last
 * media. Knows no loop and no signalling. */
#ifndef SFU_LOAD_END_H
#define SFU_LOAD_END_H

#include "../../load/stun.h"
#include "../../load/udp.h"
#include "arrivals.h"
#include "sdp.h"

#include <skiff/transport.h>

enum { END_UFRAG = 16, END_PASSWORD = 40 };

enum end_state {
    END_IDLE,
    END_CHECKING, /* has sent its first check */
    END_OPEN,     /* has a path, and is in the handshake */
    END_CONNECTED,
    END_FAILED
};

/* What all ends share. */
struct shared {
    skiff_context *context;
    struct stun *stun;
    struct arrivals arrivals;
    uint64_t transactions, rtcp;
    uint32_t connected, failed;
};

struct end {
    struct shared *shared;
    struct udp *udp;
    skiff_transport *transport;
    enum end_state state;
    struct udp_path path;
    char ufrag[END_UFRAG], password[END_PASSWORD];
    char remote_ufrag[SDP_TOKEN], remote_password[SDP_TOKEN];
    uint8_t transaction[STUN_TRANSACTION];
    skiff_time checked; /* when the last check was sent */
    uint32_t tries;
    struct watcher watcher;
    uint32_t ssrc, highest; /* of what it receives: the extended sequence number */
};

/* Gives an end its address, ufrag and password. */
void end_prepare(struct end *end, struct shared *shared, struct udp *udp, uint32_t address);
void end_free(struct end *end);

/* Begins with what the server's SDP contains. */
void end_begin(struct end *end, skiff_time now, const struct sdp_remote *remote);

/* Sends a check: the first one again until it is answered, later ones for consent. */
void end_check(struct end *end, skiff_time now);

/* Takes a datagram from the server. */
void end_receive(struct end *end, skiff_time now, skiff_packet *packet,
                 const struct udp_path *path);

/* Lets timers of DTLS fire. */
void end_due(struct end *end, skiff_time now);

/* Sends a receiver report about what it receives. */
void end_report(struct end *end);

/* Protects and posts a packet that was written into udp_blank. */
void end_send(struct end *end, skiff_packet *packet);

/* Ends the association by close_notify. */
void end_close(struct end *end, skiff_time now);

#endif
