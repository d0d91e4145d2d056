/*
 * stun.h - a fence around libnice's STUN library: what may reach it, and what it may
 * answer. Knows no peers and no sockets.
 *
 * The library reads past a MESSAGE-INTEGRITY that is too short, asserts when a reply does
 * not fit, takes any signature for an empty password, and becomes controlling by itself.
 * None of this can happen behind these two calls (docs/decisions/0019).
 */
#ifndef SKF_STUN_H
#define SKF_STUN_H

#include "address.h"

#include <stun/stunagent.h>

#include <skiff/packet.h>

enum {
    STUN_ID = 12,            /* bytes of a transaction id, behind the magic cookie */
    STUN_REPLY = 1280,       /* bytes that a reply is written into */
    STUN_SLACK = 32,         /* readable bytes that must follow a request */
    STUN_LONGEST_NAME = 513  /* "ours:theirs" */
};

/* One for each thread: it is large, and keeps nothing of a responder's peers. */
struct stun {
    StunAgent agent;
};

/* Whose check it claims to be; views into the datagram. */
struct stun_claim {
    skiff_bytes    ours, theirs;     /* the two names of the USERNAME (RFC 8445 7.2.2) */
    const uint8_t *id;               /* of the transaction */
    uint32_t       priority;         /* 0: not said (RFC 8445 7.1.1) */
    uint32_t       nomination;       /* of a NOMINATION */
    bool           renominates;      /* it has one */
};

enum stun_verdict {
    STUN_UNSIGNED,     /* not signed with this password, or damaged: there is no reply */
    STUN_REFUSED,      /* signed; the reply is an error */
    STUN_GOOD,
    STUN_NOMINATING    /* good, with USE-CANDIDATE */
};

void skf_stun_init(struct stun *stun);

/* Whether a datagram is a binding request that the library may see. Computes nothing. */
bool skf_stun_read(skiff_bytes datagram, struct stun_claim *claim);

/*
 * Whether a datagram is a signed answer to a binding request, good or not, that the library
 * may see. Computes nothing. `id` points into it.
 */
bool skf_stun_is_answer(skiff_bytes datagram, const uint8_t **id);

/*
 * Judges what skf_stun_read has let pass, and writes the reply into a packet with room for
 * STUN_REPLY bytes, for who sent the request from `source`.
 */
enum stun_verdict skf_stun_answer(struct stun *stun, skiff_bytes datagram,
                                  const char *password, const union address *source,
                                  skiff_packet *reply);

#endif
