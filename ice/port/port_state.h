/*
 * port_state.h - one port and its peers, for the files that make them up. Each calls only
 * those below it:
 *
 *     port.c         opening, closing, looking at it
 *     run.c          one run: reads what has arrived, does what is due
 *     datagrams.c    which peer a datagram is for
 *     checks.c       connectivity checks
 *     peer_events.c  what is reported of a peer
 *     admission.c    checks for ufrags that no peer has
 *     peer.c         the calls on a peer           send.c        media and data that leave
 *     path.c         where a peer is, until when   peer_output.c what its transport sends
 *     nomination.c   which route media takes       forwarding.c  the threads of a group
 *     peer_routes.c  the routes of a peer
 *     packets.c      packets of the pool
 *
 * Callbacks are called in peer_events.c and admission.c only, and may free any peer.
 * `current` is the peer that a callback is about: afterwards the caller looks whether it is
 * still set.
 */
#ifndef SKF_PORT_STATE_H
#define SKF_PORT_STATE_H

#include <skiff/port.h>

#include "candidates.h"
#include "credentials.h"
#include "credentials_table.h"
#include "group_paths.h"
#include "ice/net/address.h"
#include "ice/net/queue.h"
#include "ice/net/tcp.h"
#include "ice/net/udp.h"
#include "ice/stun/check_replay.h"
#include "ice/stun/stun.h"
#include "read_progress.h"
#include "routes.h"
#include "traffic.h"

#include <sys/param.h>

/* How many pairs of addresses a peer can be at: two networks of two families, and one more
 * that it moves to. The one that was idle for longest is replaced. */
enum { PEER_ROUTES = 5, PEER_FIRST_ROUTES = 2 };

/* How many a port keeps: one more than its peers have, so that a new route is added before
 * an old one is removed. Each of them has a slot in the table of a group, too. */
#define PORT_ROUTES(peers) ((peers)*PEER_ROUTES + 1)

/* Twice the interval of consent checks (RFC 7675 5.1: 5 s, give or take a fifth). */
#define PATH_QUIET SKIFF_MSEC(12000)

/* The slots of a peer in the table of credentials that the caller chose: the current ones,
 * those of before a restart, and the next ones. */
enum { PREVIOUS_CREDENTIALS = 1, NEXT_CREDENTIALS, CREDENTIALS_OF_PEER };

struct skiff_port {
    skiff_port_config config; /* texts are not kept */
    skiff_srtp_config srtp;
    const skiff_allocator *memory;
    struct udp *udp;
    struct tcp *tcp; /* NULL: there is none */
    struct stun stun;
    struct hash_key hash_key;
    struct routes routes; /* the owner of a route is the slot of a peer */
    skiff_peer **peers;   /* by slot; NULL: the slot is free */
    uint32_t *vacant;     /* slots, as a stack */
    uint32_t num_vacant;
    struct admission *admission;          /* NULL: no hook for unknown ufrags */
    struct credentials_table credentials; /* by slot: see CREDENTIALS_OF_PEER */

    /* In a group. */
    unsigned thread;
    struct group_paths group_paths; /* its routes, as other threads see them */
    uint64_t to_wake;               /* threads, a bit each */
    struct hash_key id_hash_key;    /* for connection ids; one in a group */
    bool has_ids;                   /* its peers have connection ids */
    unsigned received_by;           /* the thread whose socket a datagram came through */
    int wake;                       /* of epoll: the socket and the mailbox */
    bool joined;

    struct queue consenting; /* peers with consent, the oldest consent first */
    struct queue woken;      /* peers whose transports are to be polled */
    skiff_peer *current;     /* NULL once it is freed */
    skiff_time now;
    const struct path *path; /* of the datagram that is received in a run */
    skiff_peer *displaced;   /* has just lost its path to another; or NULL */
    bool has_unread;         /* a run ended before all was read */

    /* A packet of the pool for when the pool is empty, and how it was at first. */
    skiff_packet *spare;
    skiff_packet spare_initial;

    const skiff_packet *lent;           /* to on_media, until it returns */
    struct read_progress read_progress; /* timers expire only when all was read */
    skiff_port_counters counters;
    char address[ADDRESS_TEXT];
    struct candidates candidates;
};

/* Where a peer is, and what has arrived from there. A turn is the number of a good check of
 * the peer, from 1. Times and turns of 0 mean never. */
struct peer_route {
    skiff_time checked_at;    /* its last good check */
    skiff_time opened_at;     /* the last packet that opened and was newest */
    uint32_t route;           /* its number */
    uint32_t added_check;     /* the turn when the route was added */
    uint32_t last_check;      /* the turn of its last check */
    uint32_t last_nomination; /* the turn of its last nomination */
};

/* Which of its routes a peer has nominated. */
struct nomination {
    skiff_time nominated;  /* when the path was nominated last */
    skiff_time since;      /* when media went to a route from which nothing had opened */
    skiff_time held_until; /* until then an unproven route does not become the path */
    uint32_t num_checks;   /* good checks */
    uint32_t priority;     /* of the nomination of the path (RFC 8445 7.1.1); 0: none */

    /* While the path is on trial: the route to which media goes back unless the path is
     * proven in time. ROUTE_NONE: there is none. */
    uint32_t fallback;
    uint32_t latest; /* the route from which a newest packet opened last */

    /* A route that is nominated, which counts once a newest packet opens there; ROUTE_NONE:
     * there is none. And the value of its NOMINATION, or 0. */
    uint32_t waiting, waiting_value;

    uint32_t value;          /* the highest of NOMINATION */
    uint32_t previous_value; /* the highest before `since` */
    bool any, has_value;     /* there was a nomination; and one with a value */
    bool previous_valued;    /* there was one with a value before `since` */
    bool provisional;        /* the path is on trial: nothing has opened there yet */
};

/* A good check. */
struct check {
    const struct path *path;
    uint32_t priority;
    uint32_t value; /* of NOMINATION */
    bool nominates; /* by USE-CANDIDATE or by NOMINATION */
    bool has_value; /* it has a NOMINATION that counts */
    bool repeated;  /* its transaction id was good before, from the same address */
};

/* Of before a restart, as long as they are good. */
struct previous_credentials {
    struct credentials credentials;
    uint64_t remote_hash;
};

struct skiff_peer {
    /* What each packet of media reads or changes lies together, from the end of `traffic`
     * to the first route: see PEER_HOT. */
    struct traffic traffic;
    skiff_port *port;
    skiff_transport *transport;
    void *user;
    skiff_time response_at; /* of a response that DTLS may follow; 0: it has */
    skiff_time claimed_at;  /* when what opened last renewed its claim on its routes */
    uint32_t slot;
    uint8_t num_routes;
    bool checked;  /* there was a good check */
    bool may_send; /* our DTLS client has a path that was nominated */
    bool consent_lost, woken;
    bool connected, dtls_ended; /* its DTLS */
    struct nomination nomination;
    struct peer_route *routes; /* the path first, then as they came */
    /* Most peers have no more. The others have a block of PEER_ROUTES. */
    struct peer_route first_routes[PEER_FIRST_ROUTES];

    struct link in_consenting, in_woken;
    uint64_t remote_hash;  /* of its ufrag; 0: not set yet */
    uint64_t expected;     /* hash of its fingerprints; 0: not set yet */
    uint64_t renewed;      /* hash of those of its renewal */
    skiff_time consent_at; /* when it was made, or when its consent was last fresh */
    skiff_time conflict_reported;
    struct check_replay replay;
    struct credentials credentials;
    struct previous_credentials *previous; /* NULL: there was no restart, or it is over */
};

/* The bytes of a peer that a packet of media touches. */
enum {
    PEER_HOT = offsetof(struct skiff_peer, traffic.round_trip),
    PEER_HOT_END = offsetof(struct skiff_peer, first_routes[1])
};

/* --- peer.c --------------------------------------------------------------------------- */

/* The peer that has this ufrag here, or NULL; and the thread to which the ufrag leads,
 * where it shows that. */
skiff_peer *skf_peer_find(const skiff_port *port, skiff_bytes ufrag, unsigned *thread);

/* Whether the two ufrags of a check are those of the peer. */
bool skf_peer_accepts_ufrags(const skiff_peer *peer, const struct stun_check *request);

/* Whether a ufrag of the peer is the one of before a restart; and the password of its
 * checks. */
bool skf_peer_is_previous_ufrag(const skiff_peer *peer, skiff_bytes ours);
const char *skf_peer_password(const skiff_peer *peer, bool before);

/* A check with the current credentials was good. */
void skf_peer_end_restart(skiff_peer *peer);

/* --- peer_output.c -------------------------------------------------------------------- */

/* Polls the transport once, and sends what it has to send. */
skiff_dtls_event skf_peer_poll_once(skiff_peer *peer, skiff_bytes *bytes);

/* Sends all that the transport has to send, and reports no event: the peer is about to be
 * freed. */
void skf_peer_drain(skiff_peer *peer);

/* --- peer_routes.c -------------------------------------------------------------------- */

/* Whether the peer may be sent to, and where. */
bool skf_peer_is_open(const skiff_peer *peer);
const struct path *skf_peer_path(const skiff_peer *peer);

/* Whether the peer has shown that it is there. */
bool skf_peer_has_path(const skiff_peer *peer, const struct path *path);

/* The index of a route; num_routes: it is none of the peer's. And makes it the path. */
unsigned skf_peer_rank(const skiff_peer *peer, uint32_t route);
void skf_peer_put_first(skiff_peer *peer, unsigned rank);

/* Before the path is another one, or none: sends what is queued for it. */
void skf_peer_leave_path(skiff_peer *peer);

/* How long consent lasts unless it is renewed. */
skiff_time skf_peer_consent(const skiff_peer *peer);

/* --- nomination.c --------------------------------------------------------------------- */

/* A nomination has arrived on a route: whether the path has changed. */
bool skf_nomination_apply(skiff_peer *peer, unsigned rank, const struct check *check);

/* DTLS has arrived on a route that is not the path, before CONNECTED: it is the path from
 * now on. */
void skf_nomination_follow_handshake(skiff_peer *peer, unsigned rank);

/* A newest packet has opened on a route; or a check has come there: whether the path has
 * changed. */
bool skf_nomination_on_opened(skiff_peer *peer, unsigned rank);
bool skf_nomination_follow(skiff_peer *peer, unsigned rank);

/* Whether a newest packet opened from there within the time of consent. */
bool skf_nomination_is_proven(const skiff_peer *peer, unsigned rank);

/* Whether media goes to a route on trial, from which nothing has opened yet. Begins a trial
 * of the path, with or without a fallback; and ends one: nothing did open. */
bool skf_nomination_is_provisional(const skiff_peer *peer);
void skf_nomination_try(skiff_peer *peer, uint32_t fallback);
void skf_nomination_fail(skiff_peer *peer);

/* Whether a check on the path keeps the peer alive. */
bool skf_nomination_keeps_alive(const skiff_peer *peer);

/* After a restart of the peer its earlier nominations do not count. */
void skf_nomination_restart(skiff_peer *peer);

/* --- path.c --------------------------------------------------------------------------- */

/* A response of ours was sent, and this may follow from it: the time between is a round
 * trip, unless it is too long for one. */
void skf_peer_measure(skiff_peer *peer);

enum check_result {
    CHECK_REJECTED, /* and nothing changed: another peer is there */
    CHECK_NO_SPACE, /* the same: no memory, or no place for its TCP connection */
    CHECK_ACCEPTED,
    CHECK_MOVED /* the peer is reached there from now on, or again */
};

/* A good check. A peer that loses its path by it is `displaced`. */
enum check_result skf_peer_on_check(skiff_peer *peer, const struct check *check);

/* Opens or closes the path of the transport: after anything that may change that. */
void skf_peer_update_transport(skiff_peer *peer);

/* A record that was verified came on a path: what comes there is of this peer. */
void skf_peer_on_record(skiff_peer *peer, const struct path *path);

/* DTLS came on a route of the peer; or a packet opened there and was newer than all before
 * it: whether the path has changed. */
bool skf_peer_on_handshake(skiff_peer *peer, uint32_t route);
bool skf_peer_on_opened(skiff_peer *peer, uint32_t route);

/* Removes all its routes. */
void skf_peer_remove_routes(skiff_peer *peer);

/* Informs the other threads until when its routes are its own; after dtls_ended has
 * changed, too. */
void skf_peer_renew_claim(skiff_peer *peer);

/* A peer that lived, and whose path a peer of another thread has taken; NULL: no more. */
skiff_peer *skf_port_next_displaced(skiff_port *port, struct path *path);

/* The next peer whose consent has expired: it is closed from now on; or NULL. And when. */
skiff_peer *skf_port_next_consent_lost(skiff_port *port);
skiff_time skf_port_consent_deadline(const skiff_port *port);

/* The next peer whose connection has ended, and which is reached elsewhere from now on; or
 * NULL. */
skiff_peer *skf_port_next_moved(skiff_port *port);

/* --- run.c ---------------------------------------------------------------------------- */

/* Before its socket is closed: forwards what the kernel gave to it and is for other threads
 * of its group. Its peers are freed already. */
void skf_port_retire(skiff_port *port);

/* --- packets.c ------------------------------------------------------------------------ */

/* A packet for a copy of media, for which queued packets may have to leave first; NULL is
 * counted. */
skiff_packet *skf_port_take_packet(skiff_port *port);

/*
 * A packet for polls and replies. There always is one, since the port keeps one of the pool
 * aside for when that is empty: a transport that is not polled after it has received a
 * datagram would point into bytes that the next read overwrites. One at a time: it is
 * queued or released before the next is taken.
 */
skiff_packet *skf_port_take_control_packet(skiff_port *port);
void skf_port_release_packet(skiff_port *port, skiff_packet **packet);

/* Queues a packet of either kind. The one that is kept aside is sent at once. */
void skf_port_queue(skiff_port *port, const struct path *path, skiff_packet **packet);

#endif
