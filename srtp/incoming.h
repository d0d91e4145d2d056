/* incoming.h - the SSRCs of the other side: how far each has come, in RTP and in RTCP, and
 * how far those had come that are gone. Knows no keys: what is told here was opened.
 *
 * libsrtp has the same indexes and does not tell them; it also forgets them with the SSRC.
 * They say whether a packet is newer than all before it, which a copy that somebody sends
 * again never is, and they outlive the SSRC, so that no packet is taken twice.
 */
#ifndef SKF_INCOMING_H
#define SKF_INCOMING_H

#include <skiff/base.h>

enum {
    INCOMING_AT_FIRST = 8,     /* SSRCs that need no memory beside the session's          */
    INCOMING_MOST     = 1024,  /* alive at once: they are looked up one by one            */
    INCOMING_GONE     = 8192,  /* gone, with the indexes that they had reached            */
    INCOMING_REFUSED  = 20     /* of those before them: bits of a hash of the SSRC        */
};

/* One SSRC that is alive. Each index is stored as one more than it is; 0: none came. */
struct incoming_ssrc {
    uint64_t rtp;              /* 48 bits: the roll-over counter and the sequence number  */
    uint32_t rtcp;             /* 31 bits                                                 */
    uint32_t ssrc;
    uint32_t heard;            /* `opened` when it was heard last                         */
    uint32_t roc;              /* of the next RTP packet, when the caller has said it     */
    bool     back;             /* it was gone before                                      */
};

/* One that is gone, or was: no index below these is taken. */
struct incoming_gone {
    uint64_t rtp;
    uint32_t rtcp;
    uint32_t ssrc;
    uint32_t left;             /* `opened` when it went                                   */
    bool     back;             /* alive again                                             */
};

/* Zeros know no SSRC. */
struct incoming {
    const skiff_allocator *memory;
    struct incoming_ssrc  *more;               /* all of them, once there are many        */
    struct incoming_gone  *gone;               /* by SSRC                                 */
    uint8_t               *refused;            /* one bit for each hash                   */
    uint32_t               num, space, last;   /* `last` was found last                   */
    uint32_t               num_gone, space_gone;
    uint32_t               opened;             /* packets, of all                         */
    struct incoming_ssrc   few[INCOMING_AT_FIRST];
};

void skf_incoming_clear(struct incoming *incoming);

/* One that is alive, or NULL. It stays where it is until the next is admitted or leaves. */
struct incoming_ssrc *skf_incoming_find(struct incoming *incoming, uint32_t ssrc);
const struct incoming_ssrc *skf_incoming_look(const struct incoming *incoming,
                                              uint32_t ssrc);

/* What one that is not alive had reached, or one that is alive when it went before; NULL
 * for one that never went. */
struct incoming_gone *skf_incoming_gone(const struct incoming *incoming, uint32_t ssrc);

/* Whether one that is neither alive nor gone may come: not when it went so long ago that
 * its indexes are forgotten, nor when its hash is that of such a one. */
bool skf_incoming_may_come(const struct incoming *incoming, uint32_t ssrc);

/* Makes one alive that is not; NULL without memory. One that is back goes on from where it
 * was. `*without` is the SSRC that has no place: the one whose last packet is longest ago
 * where it had to leave, this one when the answer is NULL; otherwise it is not written. */
struct incoming_ssrc *skf_incoming_admit(struct incoming *incoming, uint32_t ssrc,
                                         uint32_t *without);

/* Lets one go and keeps its indexes; false without memory, and it stays. */
SKIFF_MUST_USE bool skf_incoming_leave(struct incoming *incoming,
                                       struct incoming_ssrc *alive);

/* --- for each packet ------------------------------------------------------------------ */

/* As find, which is not called for the one that was found last. */
static inline struct incoming_ssrc *incoming_known(struct incoming *incoming, uint32_t ssrc)
{
    struct incoming_ssrc *all = incoming->more != NULL ? incoming->more : incoming->few;

    if (incoming->last < incoming->num && all[incoming->last].ssrc == ssrc)
        return &all[incoming->last];
    return skf_incoming_find(incoming, ssrc);
}

/* RFC 3711 3.3.1 and appendix A: the index that a sequence number stands for behind one
 * `reached`, which is one more than the highest. */
static inline uint64_t incoming_index(uint64_t reached, uint16_t sequence)
{
    enum { HALF = 0x8000 };                     /* of the sequence numbers */
    uint64_t highest = reached != 0 ? reached - 1 : 0;
    uint64_t index = (highest & ~UINT64_C(0xffff)) | sequence;

    if (highest > HALF && index + HALF < highest)
        return index + 0x10000;
    if (highest > HALF && index > highest + HALF)
        return index - 0x10000;                 /* from before the last roll-over */
    return index;
}

/* Writes down a packet that opened: whether it is newer than all before it. */
static inline bool incoming_rtp(struct incoming *incoming, struct incoming_ssrc *of,
                                uint64_t index)
{
    of->heard = ++incoming->opened;
    if (index < of->rtp)
        return false;
    of->rtp = index + 1;
    return true;
}

static inline bool incoming_rtcp(struct incoming *incoming, struct incoming_ssrc *of,
                                 uint32_t index)
{
    of->heard = ++incoming->opened;
    if (index < of->rtcp)
        return false;
    of->rtcp = index + 1;
    return true;
}

#endif
