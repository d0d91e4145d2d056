/*
 * port.h - one port and its peers: what the files that make them up share.
 *
 *     port.c   opening, closing, looking at it  peer.c   the calls on a peer
 *     run.c    what happens in skiff_port_run   path.c   where a peer is, and until when
 *     send.c   media that leaves                share.c  what ports of a group tell others
 *     unknown.c  checks for ufrags that no peer has
 *
 * Callbacks come from run.c and unknown.c only, and may free any peer. `current` is the one
 * that a callback is about: after it run.c looks whether that one is still there.
 */
#ifndef SKF_PORT_H
#define SKF_PORT_H

#include <skiff/port.h>

#include "address.h"
#include "candidates.h"
#include "chosen.h"
#include "evidence.h"
#include "name.h"
#include "routes.h"
#include "seen.h"
#include "shared_paths.h"
#include "stun.h"
#include "tcp.h"
#include "udp.h"

#include <glib.h>

/* How many pairs of addresses a peer can be at; the one longest known makes place. And how
 * many a port keeps: one more than its peers have, for who arrives before it leaves. Each
 * of them has a place in the table of a group, too. */
enum { PEER_ROUTES = 3 };
#define PORT_ROUTES(peers) ((peers) * PEER_ROUTES + 1)

/* Of the credentials that the caller chose: those of now, and room for the next. */
enum { CHOSEN_SLOTS = 2 };

struct skiff_port {
    skiff_port_config      config;      /* texts are not kept */
    skiff_srtp_config      srtp;
    const skiff_allocator *memory;
    struct udp            *udp;
    struct tcp            *tcp;         /* NULL: there is none */
    struct stun            stun;
    struct mix             mix;
    struct routes          routes;      /* the owner is the place of a peer */
    skiff_peer           **peers;       /* by place; NULL: nobody */
    uint32_t              *vacant;      /* places, as a stack */
    uint32_t               num_vacant;
    struct unknown        *unknown;     /* NULL: nobody asks about unknown ufrags */
    struct chosen_table    chosen;      /* two slots a peer: see peer.c */

    unsigned               thread;      /* in its group; the rest is of use there only */
    struct shared_paths    elsewhere;   /* its routes, as other threads see them */
    uint64_t               to_ring;     /* threads, a bit each */
    struct mix             id_mix;      /* for connection ids; one in a group */
    bool                   gives_ids;   /* its peers have them from it */
    unsigned               via;         /* whose socket a datagram came through */
    int                    wake;        /* of epoll: the socket and the letters */
    bool                   joined;

    GQueue                 heard;       /* all that are not silent, longest ago first */
    GQueue                 woken;       /* whose transports are to be polled */
    skiff_peer            *current;     /* NULL once it is freed */
    skiff_time             now;
    const struct path     *path;        /* of the datagram that is taken, in a run */
    bool                   more;        /* a run ended before all was read */
    skiff_packet          *kept;        /* of the pool, for when it is dry: see below */
    skiff_packet           fresh;       /* it, as it came from there */
    struct evidence        evidence;    /* for what timers are to judge */
    skiff_port_counters    counters;
    char                   address[ADDRESS_TEXT];
    struct candidates      candidates;
};

/* Where a peer is. */
struct at {
    uint32_t route;
};

struct skiff_peer {
    skiff_port      *port;
    skiff_transport *transport;
    void            *user;
    GList            in_heard, in_woken;
    uint64_t         remote;            /* its name, mixed; 0: not said yet */
    skiff_time       heard;             /* when it was made, or its last good check */
    skiff_time       path_heard;        /* the last one on the path */
    uint32_t         place;
    struct at        at[PEER_ROUTES];   /* the one in use first, then as they came */
    uint8_t          num_at;
    bool             checked;           /* there was a good check */
    bool             nominated;         /* and one with USE-CANDIDATE */
    bool             silent, woken;
    bool             connected, over;   /* its DTLS */
    struct seen      seen;
    struct name      name;
};

/* --- peer.c --------------------------------------------------------------------------- */

/* The peer that has this ufrag here, or NULL; and of which thread it would be, where that
 * can be told. */
skiff_peer *skf_peer_named(const skiff_port *port, skiff_bytes ufrag, unsigned *thread);

/* Whether a peer may be asked by the other ufrag of a check. */
bool skf_peer_expects(const skiff_peer *peer, skiff_bytes theirs);

/* What signs checks for it. */
const char *skf_peer_password(const skiff_peer *peer);

/* --- path.c --------------------------------------------------------------------------- */

/* Whether the peer may be sent to, and where. */
bool               skf_peer_is_open(const skiff_peer *peer);
const struct path *skf_peer_path(const skiff_peer *peer);

/* Whether it has shown that it is there. */
bool skf_peer_is_at(const skiff_peer *peer, const struct path *path);

enum heard {
    HEARD_TAKEN,       /* and nothing changed: another peer is there */
    HEARD,
    HEARD_MOVED        /* it is reached there from now on */
};

/* A good check that was not seen before has come on a path. */
enum heard skf_peer_heard(skiff_peer *peer, const struct path *path, bool nominating);

/* A proven record of DTLS came on a path: what comes there is of this peer. */
void skf_peer_met(skiff_peer *peer, const struct path *path);

/* Leaves all its places. */
void skf_peer_leave(skiff_peer *peer);

/* Tells the other threads how long its places are its own; after `over` has changed. */
void skf_peer_protect(const skiff_peer *peer);

/* Leaves the places that peers of other threads have taken. */
void skf_port_forget_lost(skiff_port *port);

/* The next peer that was not heard for the time of consent, closed from now on; or NULL. */
skiff_peer *skf_port_next_silent(skiff_port *port);
skiff_time  skf_port_next_silence(const skiff_port *port);

/* A path has ended: the peer that is reached elsewhere from now on, or NULL. */
skiff_peer *skf_port_lose(skiff_port *port, const struct path *path);

/* --- run.c ---------------------------------------------------------------------------- */

/* Before its socket is closed: what the kernel gave to it and is for others of its group is
 * handed over. Its peers are gone. */
void skf_port_retire(skiff_port *port);

/* Lets out what its transport has to say, and hears no event: it is about to be freed. */
void skf_peer_drain(skiff_peer *peer);

/* A packet for a copy of media, for which what is queued may have to go first; NULL is
 * counted. */
skiff_packet *skf_port_packet(skiff_port *port);

/*
 * A packet for what is no media: polls, replies. There always is one, since the port keeps
 * one of the pool aside for when it is dry: a transport that is not polled after it has
 * taken in a datagram would point into bytes that the next read overwrites. One at a time:
 * it is queued or given back before the next is taken.
 */
skiff_packet *skf_port_control_packet(skiff_port *port);
void          skf_port_give_back(skiff_port *port, skiff_packet **packet);

/* Queues a packet of either kind. The one that is kept aside is sent at once. */
void skf_port_queue(skiff_port *port, const struct path *path, skiff_packet **packet);

#endif
