/*
 * rebinding.h - a peer to which its NAT has given another address: found and followed
 * without a restart, as libwebrtc does. Knows no libnice.
 *
 * Nothing that a check says moves the path here. What opens, and is newer than all before
 * it, says where the peer may be; a check of ours says whether it is there; and where the
 * answers to our other checks stay away, it is there alone. Only pairs that have a socket
 * beside libnice's are followed: on others it is libnice that sends.
 */
#ifndef SKF_REBINDING_H
#define SKF_REBINDING_H

#include "consent_checks.h"
#include "bypass.h"

/* All zeros: the peer is where it was. */
struct rebinding {
    union address address; /* where something newest opened */
    bool active;
    bool is_checked;        /* a check that went there */
    uint16_t target;        /* the number of such checks */
    skiff_time received_at; /* when the last of it came */
    skiff_time next_check;  /* check to there */
};

/* Something newest opened that came from elsewhere, or from where the path leads. */
void skf_rebinding_on_datagram(struct rebinding *rebinding, skiff_time now,
                               const union address *from);
void skf_rebinding_cancel(struct rebinding *rebinding);

/* Asks where it may be; true when the path has been turned there. To be called when due. */
bool skf_rebinding_step(struct rebinding *rebinding, struct consent_checks *checks,
                        struct bypass *bypass, skiff_time now);

skiff_time skf_rebinding_deadline(const struct rebinding *rebinding);

#endif
