/*
 * stun.h - connectivity checks that an ICE-lite agent receives (RFC 8445 sections 7.3 and
 * 2.5): what is one, which ufrags it has, whether its MESSAGE-INTEGRITY is right, and the
 * response. Knows no peers and no sockets.
 *
 * Reading computes nothing. Judging costs a CRC and, if that is right, two HMACs. Nothing
 * is allocated (except by libcrypto: see integrity.h).
 */
#ifndef SKF_STUN_H
#define SKF_STUN_H

#include "ice/net/address.h"
#include "crc32.h"
#include "integrity.h"
#include "stun_message.h"

#include <skiff/packet.h>

enum {
    STUN_MAX_RESPONSE = 1280, /* bytes that a response may have */
    STUN_MAX_USERNAME = 513,  /* "ours:theirs" */
    STUN_MAX_UNKNOWN = 256    /* attributes that one response names */
};

/* One for each thread; it keeps nothing of a peer. Zeros are empty. */
struct stun {
    struct integrity integrity;
    struct crc_table crc;
};

/* A check; views into the datagram. Nothing of it is verified yet. */
struct stun_check {
    skiff_bytes ours, theirs; /* both ufrags in USERNAME (RFC 8445 7.2.2) */
    const uint8_t *id;        /* of the transaction */
    uint32_t priority;        /* 0: absent (RFC 8445 7.1.1) */
    uint32_t nomination;      /* of a NOMINATION */
    bool renominates;         /* it has one */
    bool nominates;           /* it has USE-CANDIDATE */
    bool controlled;          /* its sender wants to be controlled, as we are */
    bool unknown; /* it has unknown attributes that are comprehension-required */
    skiff_bytes datagram;
    const uint8_t *tag;         /* the MESSAGE-INTEGRITY */
    const uint8_t *fingerprint; /* the FINGERPRINT */
};

enum stun_verdict {
    STUN_WRONG_INTEGRITY, /* not of this password, or damaged: no response */
    STUN_REFUSED,         /* authentic; the response is an error */
    STUN_GOOD,
    STUN_NOMINATING /* good, with USE-CANDIDATE */
};

/* False if libcrypto has no memory, or no HMAC. */
SKIFF_MUST_USE bool skf_stun_new(struct stun *stun);
void skf_stun_free(struct stun *stun);

/* Whether a datagram is a binding request that may be judged. Computes nothing. */
bool skf_stun_read(skiff_bytes datagram, struct stun_check *request);

/* Whether a datagram is a response to a binding request, of success or error, that may be
 * judged: it has a MESSAGE-INTEGRITY. Computes nothing. `id` points into it. */
bool skf_stun_is_response(skiff_bytes datagram, const uint8_t **id);

/* Judges a check that skf_stun_read has read, and writes the response for the sender at
 * `source` into a packet with space for STUN_MAX_RESPONSE bytes. With an empty password
 * no check is authentic. */
enum stun_verdict skf_stun_respond(struct stun *stun, const struct stun_check *request,
                                   const char *password, const union address *source,
                                   skiff_packet *reply);

#endif
