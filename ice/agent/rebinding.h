/*
 * rebinding.h - a peer to which its NAT has given another address: found and followed
 * without a restart, as libwebrtc does. Knows no libnice.
 *
 * A check of the peer does not move the path here. A packet that opens and is newer than
 * all before it shows where the peer may be. A check of ours shows whether it is there. If
 * our checks on the old path have no responses, it is only there. This works for pairs that
 * have a socket beside libnice's: on others libnice sends.
 */
#ifndef SKF_REBINDING_H
#define SKF_REBINDING_H

#include "consent_checks.h"
#include "bypass.h"

/* Zeros: the peer is where it was. */
struct rebinding {
    union address address; /* where a newest packet came from */
    bool active;
    bool is_checked;        /* a check was sent there */
    uint16_t target;        /* the number of such checks */
    skiff_time received_at; /* when the last packet came from there */
    skiff_time next_check;  /* when one is due */
};

/* A newest packet opened: from another address, or from the one that the path leads to. */
void skf_rebinding_on_datagram(struct rebinding *rebinding, skiff_time now,
                               const union address *from);
void skf_rebinding_cancel(struct rebinding *rebinding);

/* Checks the other address; true when the path was redirected there. To be called when
 * due. */
bool skf_rebinding_step(struct rebinding *rebinding, struct consent_checks *checks,
                        struct bypass *bypass, skiff_time now);

skiff_time skf_rebinding_deadline(const struct rebinding *rebinding);

#endif
