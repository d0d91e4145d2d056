/*
 * rebound.h - a peer to which its NAT has given another address: found and followed without
 * a restart, as libwebrtc does. Knows no libnice.
 *
 * Nothing that a check says moves the path here. What opens, and is newer than all before
 * it, says where the peer may be; a check of ours says whether it is there; and where the
 * answers to our other checks stay away, it is there alone. Only pairs that have a socket
 * beside libnice's are followed: on others it is libnice that sends.
 */
#ifndef SKF_REBOUND_H
#define SKF_REBOUND_H

#include "keep.h"
#include "split.h"

/* All zeros: the peer is where it was. */
struct rebound {
    union address seen;         /* where something newest opened                          */
    bool          active;
    bool          answered;     /* a check that went there                                */
    uint16_t      target;       /* the number of such checks                              */
    skiff_time    heard;        /* when the last of it came                               */
    skiff_time    next;         /* check to there                                         */
};

/* Something newest opened that came from elsewhere, or from where the path leads. */
void skf_rebound_hear(struct rebound *rebound, skiff_time now, const union address *from);
void skf_rebound_forget(struct rebound *rebound);

/* Asks where it may be; true when the path has been turned there. To be called when due. */
bool skf_rebound_step(struct rebound *rebound, struct keeper *keeper, struct split *split,
                      skiff_time now);

skiff_time skf_rebound_due(const struct rebound *rebound);

#endif
