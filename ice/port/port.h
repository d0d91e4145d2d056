/*
 * port.h - one port and its peers: what the files that make them up share.
 *
 *     port.c   opening, closing, looking at it  peer.c   the calls on a peer
 *     run.c    what happens in skiff_port_run   path.c   where a peer is, and until when
 *     nomination.c  which of these places media goes to
 *     send.c   media that leaves                share.c  what ports of a group tell others
 *     packets.c  packets that are taken and let go
 *     peer_events.c  what is told of a peer
 *     admission.c  checks for ufrags that no peer has
 *
 * Callbacks come from peer_events.c and admission.c only, and may free any peer. `current`
 * is the one that a callback is about: after it is looked whether that one is still there.
 */
#ifndef SKF_PORT_H
#define SKF_PORT_H

#include <skiff/port.h>

#include "ice/net/address.h"
#include "candidates.h"
#include "credentials_table.h"
#include "read_progress.h"
#include "credentials.h"
#include "ice/net/queue.h"
#include "routes.h"
#include "ice/stun/check_replay.h"
#include "group_paths.h"
#include "ice/stun/stun.h"
#include "ice/net/tcp.h"
#include "traffic.h"
#include "ice/net/udp.h"

#include <sys/param.h>

/* How many pairs of addresses a peer can be at: two networks of two families, and one that
 * it gains. The one that was quiet for longest makes place. And how many a port keeps: one
 * more than its peers have, for who arrives before it leaves. Each of them has a place in
 * the table of a group, too. */
enum { PEER_ROUTES = 5 };
#define PORT_ROUTES(peers) ((peers)*PEER_ROUTES + 1)

/* Twice the time in which a check is due (RFC 7675 5.1: 5 s, give or take a fifth). */
#define PATH_QUIET SKIFF_MSEC(12000)

/* Of the credentials that the caller chose: those of now, those of before a restart, and
 * room for the next. */
enum { PREVIOUS_CREDENTIALS = 1, NEXT_CREDENTIALS, CREDENTIALS_OF_PEER };

struct skiff_port {
    skiff_port_config config; /* texts are not kept */
    skiff_srtp_config srtp;
    const skiff_allocator *memory;
    struct udp *udp;
    struct tcp *tcp; /* NULL: there is none */
    struct stun stun;
    struct hash_key hash_key;
    struct routes routes; /* the owner is the place of a peer */
    skiff_peer **peers;   /* by place; NULL: nobody */
    uint32_t *vacant;     /* places, as a stack */
    uint32_t num_vacant;
    struct admission *admission;          /* NULL: nobody asks about unknown ufrags */
    struct credentials_table credentials; /* two slots a peer: see peer.c */

    unsigned thread;                /* in its group; the rest is of use there only */
    struct group_paths group_paths; /* its routes, as other threads see them */
    uint64_t to_wake;               /* threads, a bit each */
    struct hash_key id_hash_key;    /* for connection ids; one in a group */
    bool has_ids;                   /* its peers have them from it */
    unsigned received_by;           /* whose socket a datagram came through */
    int wake;                       /* of epoll: the socket and the letters */
    bool joined;

    struct queue consenting; /* all that are not silent, longest ago first */
    struct queue woken;      /* whose transports are to be polled */
    skiff_peer *current;     /* NULL once it is freed */
    skiff_time now;
    const struct path *path;            /* of the datagram that is taken, in a run */
    skiff_peer *displaced;              /* has just lost its path to another; or NULL */
    bool has_unread;                    /* a run ended before all was read */
    skiff_packet *spare;                /* of the pool, for when it is dry: see below */
    skiff_packet spare_initial;         /* it, as it came from there */
    const skiff_packet *lent;           /* to on_media, until it returns */
    struct read_progress read_progress; /* for what timers are to judge */
    skiff_port_counters counters;
    char address[ADDRESS_TEXT];
    struct candidates candidates;
};

/* Where a peer is, and what has come from there. A turn is a number of a good check of the
 * peer's, from 1; times and turns are 0: never. */
struct peer_route {
    skiff_time checked_at; /* its last good check */
    skiff_time opened_at;  /* what opened last and was newer than all before */
    uint32_t route;
    uint32_t added_check; /* the turn when it was first known */
    uint32_t last_check,
        last_nomination; /* the turns of its last check and its last nomination */
};

/* Which of its places a peer has nominated. */
struct nomination {
    skiff_time nominated;   /* the path, last */
    skiff_time since;       /* when media went to where nothing had opened */
    skiff_time held_until;  /* before, nothing unproven moves the peer */
    uint32_t num_checks;    /* good checks */
    uint32_t num_applied;   /* nominations that were taken */
    uint32_t priority;      /* of that of the path (RFC 8445 7.1.1); 0: it has none */
    uint32_t fallback;      /* a route: media goes back there unless the path is proven */
    uint32_t latest;        /* where something newest opened last */
    uint32_t waiting;       /* is nominated, and counts once something newest opens; */
    uint32_t waiting_value; /* ROUTE_NONE: none; its NOMINATION, or 0 */
    uint32_t value, previous_value; /* of NOMINATION: the highest; before `since` */
    bool any, has_value;            /* there was a nomination, and a value */
    bool previous_valued;           /* there was before `since` */
};

/* What a good check says. */
struct check {
    const struct path *path;
    uint32_t priority;
    uint32_t value; /* of NOMINATION */
    bool nominates; /* by USE-CANDIDATE or by NOMINATION */
    bool has_value; /* it has a NOMINATION that counts */
    bool repeated;  /* its id was good before, from the same address */
};

struct skiff_peer {
    skiff_port *port;
    skiff_transport *transport;
    void *user;
    struct traffic traffic; /* here, as each packet of media changes it */
    struct link in_consenting, in_woken;
    uint64_t remote_hash;          /* its name, mixed; 0: not said yet */
    uint64_t previous_remote_hash; /* as of `before` */
    uint64_t expected;             /* fingerprints, mixed; 0: not said yet */
    uint64_t renewed;              /* those of its renewal */
    skiff_time consent_at;         /* when it was made, or what last kept it alive */
    skiff_time conflict_reported;
    skiff_time response_at; /* a check that DTLS may follow; 0: it has */
    skiff_time protected;   /* when the other threads were told of it last */
    uint32_t slot;
    struct peer_route routes[PEER_ROUTES]; /* the one in use first, then as they came */
    uint8_t num_routes;
    bool checked;   /* there was a good check */
    bool may_send;  /* our DTLS client has a path that was nominated */
    bool restarted; /* what was good before the restart still is */
    bool consent_lost, woken;
    bool connected, dtls_ended; /* its DTLS */
    struct nomination nomination;
    struct check_replay replay;
    struct credentials credentials, previous_credentials;
};

/* --- peer.c --------------------------------------------------------------------------- */

/* The peer that has this ufrag here, or NULL; and of which thread it would be, where that
 * can be told. */
skiff_peer *skf_peer_find(const skiff_port *port, skiff_bytes ufrag, unsigned *thread);

/* Whether a peer may be asked by the two ufrags of a check. */
bool skf_peer_accepts_ufrags(const skiff_peer *peer, const struct stun_check *request);

/* Whether a ufrag of the peer's is the one of before a restart; and what signs checks. */
bool skf_peer_is_previous_ufrag(const skiff_peer *peer, skiff_bytes ours);
const char *skf_peer_password(const skiff_peer *peer, bool before);

/* A check by the credentials of now was good. */
void skf_peer_end_restart(skiff_peer *peer);

/* --- path.c --------------------------------------------------------------------------- */

/* Whether the peer may be sent to, and where. */
bool skf_peer_is_open(const skiff_peer *peer);
const struct path *skf_peer_path(const skiff_peer *peer);

/* Whether it has shown that it is there. */
bool skf_peer_has_path(const skiff_peer *peer, const struct path *path);

/* What comes now may follow an answer of ours: no round trip takes longer than that. */
void skf_peer_measure(skiff_peer *peer);

enum check_result {
    CHECK_REJECTED, /* and nothing changed: another peer is there */
    CHECK_ACCEPTED,
    CHECK_MOVED /* it is reached there from now on, or again */
};

/* A good check. A peer that loses its path by it is `displaced`. */
enum check_result skf_peer_on_check(skiff_peer *peer, const struct check *check);

/* Which of its places a route is; num_at for none of them. And makes it the path. */
unsigned skf_peer_rank(const skiff_peer *peer, uint32_t route);
void skf_peer_put_first(skiff_peer *peer, unsigned rank);

/* How long it lives without a check. */
skiff_time skf_peer_consent(const skiff_peer *peer);

/* Lets its transport speak, or not: after anything that may change that. */
void skf_peer_update_transport(skiff_peer *peer);

/* A proven record of DTLS came on a path: what comes there is of this peer. */
void skf_peer_on_record(skiff_peer *peer, const struct path *path);

/* Leaves all its places. */
void skf_peer_remove_routes(skiff_peer *peer);

/* Tells the other threads how long its places are its own; after `over` has changed. */
void skf_peer_protect(skiff_peer *peer);

/* A peer that lived and whose path a peer of another thread has taken, at `path`; NULL: no
 * more. All places that were taken are left. */
skiff_peer *skf_port_next_displaced(skiff_port *port, struct path *path);

/* Something opened that came on a route of the peer's and was newer than all before it:
 * whether the peer is reached elsewhere from now on. */
bool skf_peer_on_opened(skiff_peer *peer, uint32_t route);

/* --- nomination.c --------------------------------------------------------------------- */

/* A nomination has come at a place: whether the path is another now. */
bool skf_nomination_apply(skiff_peer *peer, unsigned rank, const struct check *check);

/* A place has been shown to be the peer's, or has been checked: the same. */
bool skf_nomination_proven(skiff_peer *peer, unsigned rank);
bool skf_nomination_follow(skiff_peer *peer, unsigned rank);

/* Whether something newest opened from there within the time of consent. */
bool skf_nomination_is_proven(const skiff_peer *peer, unsigned rank);

/* Whether media goes to where nothing has opened yet; and its end: it did not open. */
bool skf_nomination_is_provisional(const skiff_peer *peer);
void skf_nomination_fail(skiff_peer *peer);

/* Whether a check on the path keeps the peer alive. */
bool skf_nomination_keeps_alive(const skiff_peer *peer);

/* The peer has been restarted: what it nominated before counts no more. */
void skf_nomination_restart(skiff_peer *peer);

/* The next peer that was not heard for the time of consent, closed from now on; or NULL. */
skiff_peer *skf_port_next_consent_lost(skiff_port *port);
skiff_time skf_port_consent_deadline(const skiff_port *port);

/* A path has ended: the peer that is reached elsewhere from now on, or NULL. */
skiff_peer *skf_port_on_path_closed(skiff_port *port, const struct path *path);

/* --- run.c ---------------------------------------------------------------------------- */

/* Before its socket is closed: what the kernel gave to it and is for others of its group is
 * handed over. Its peers are gone. */
void skf_port_retire(skiff_port *port);

/* --- peer_events.c -------------------------------------------------------------------- */

/* Lets out what its transport has to say, and hears no event: it is about to be freed. */
void skf_peer_drain(skiff_peer *peer);

/* --- packets.c ------------------------------------------------------------------------ */

/* A packet for a copy of media, for which what is queued may have to go first; NULL is
 * counted. */
skiff_packet *skf_port_take_packet(skiff_port *port);

/*
 * A packet for what is no media: polls, replies. There always is one, since the port keeps
 * one of the pool aside for when it is dry: a transport that is not polled after it has
 * taken in a datagram would point into bytes that the next read overwrites. One at a time:
 * it is queued or given back before the next is taken.
 */
skiff_packet *skf_port_take_control_packet(skiff_port *port);
void skf_port_release_packet(skiff_port *port, skiff_packet **packet);

/* Queues a packet of either kind. The one that is kept aside is sent at once. */
void skf_port_queue(skiff_port *port, const struct path *path, skiff_packet **packet);

#endif
