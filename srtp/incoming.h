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
    INCOMING_INLINE = 8,         /* SSRCs that need no memory beside the session's */
    INCOMING_MAX = 1024,         /* alive at once: they are looked up one by one */
    INCOMING_REMOVED_MAX = 8192, /* gone, with the indexes that they had reached */
    INCOMING_REFUSED_BITS = 20   /* of those before them: bits of a hash of the SSRC */
};

/* One SSRC that is alive. Each index is stored as one more than it is; 0: none came. */
struct incoming_ssrc {
    uint64_t rtp;  /* 48 bits: the roll-over counter and the sequence number */
    uint32_t rtcp; /* 31 bits */
    uint32_t ssrc;
    uint32_t last_packet; /* `opened` when it was heard last */
    uint32_t roc;         /* of the next RTP packet, when the caller has said it */
    bool readmitted;      /* it was gone before */
};

/* One that is gone, or was: no index below these is taken. */
struct incoming_removed {
    uint64_t rtp;
    uint32_t rtcp;
    uint32_t ssrc;
    uint32_t removed_at; /* `opened` when it went */
    bool readmitted;     /* alive again */
};

/* Zeros know no SSRC. */
struct incoming {
    const skiff_allocator *memory;
    struct incoming_ssrc *allocated;    /* all of them, once there are many */
    struct incoming_removed *removed;   /* by SSRC */
    uint8_t *refused_bits;              /* one bit for each hash */
    uint32_t num, capacity, last_found; /* `last` was found last */
    uint32_t num_removed, removed_capacity;
    uint32_t packets_opened; /* packets, of all */
    struct incoming_ssrc inline_entries[INCOMING_INLINE];
};

void skf_incoming_clear(struct incoming *incoming);

/* One that is alive, or NULL. It stays where it is until the next is admitted or leaves. */
struct incoming_ssrc *skf_incoming_find(struct incoming *incoming, uint32_t ssrc);
const struct incoming_ssrc *skf_incoming_find_const(const struct incoming *incoming,
                                                    uint32_t ssrc);

/* What one that is not alive had reached, or one that is alive when it went before; NULL
 * for one that never went. */
struct incoming_removed *skf_incoming_removed(const struct incoming *incoming,
                                              uint32_t ssrc);

/* Whether one that is neither alive nor gone may come: not when it went so long ago that
 * its indexes are forgotten, nor when its hash is that of such a one. */
bool skf_incoming_may_add(const struct incoming *incoming, uint32_t ssrc);

/* Makes one alive that is not; NULL without memory. One that is back goes on from where it
 * was. `*without` is the SSRC that has no place: the one whose last packet is longest ago
 * where it had to leave, this one when the answer is NULL; otherwise it is not written. */
struct incoming_ssrc *skf_incoming_add(struct incoming *incoming, uint32_t ssrc,
                                       uint32_t *evicted);

/* Lets one go and keeps its indexes; false without memory, and it stays. */
SKIFF_MUST_USE bool skf_incoming_remove(struct incoming *incoming,
                                        struct incoming_ssrc *alive);

/* --- for each packet ------------------------------------------------------------------ */

/* As find, which is not called for the one that was found last. */
static inline struct incoming_ssrc *incoming_lookup(struct incoming *incoming,
                                                    uint32_t ssrc)
{
    struct incoming_ssrc *all =
        incoming->allocated != NULL ? incoming->allocated : incoming->inline_entries;

    if (incoming->last_found < incoming->num && all[incoming->last_found].ssrc == ssrc)
        return &all[incoming->last_found];
    return skf_incoming_find(incoming, ssrc);
}

/* RFC 3711 3.3.1 and appendix A: the index that a sequence number stands for behind one
 * `reached`, which is one more than the highest. */
static inline uint64_t incoming_packet_index(uint64_t next_index, uint16_t sequence)
{
    enum { HALF = 0x8000 }; /* of the sequence numbers */
    uint64_t highest = next_index != 0 ? next_index - 1 : 0;
    uint64_t index = (highest & ~UINT64_C(0xffff)) | sequence;

    if (highest > HALF && index + HALF < highest)
        return index + 0x10000;
    if (highest > HALF && index > highest + HALF)
        return index - 0x10000; /* from before the last roll-over */
    return index;
}

/* Writes down a packet that opened: whether it is newer than all before it. */
static inline bool incoming_update_rtp(struct incoming *incoming,
                                       struct incoming_ssrc *entry, uint64_t index)
{
    entry->last_packet = ++incoming->packets_opened;
    if (index < entry->rtp)
        return false;
    entry->rtp = index + 1;
    return true;
}

static inline bool incoming_update_rtcp(struct incoming *incoming,
                                        struct incoming_ssrc *entry, uint32_t index)
{
    entry->last_packet = ++incoming->packets_opened;
    if (index < entry->rtcp)
        return false;
    entry->rtcp = index + 1;
    return true;
}

#endif
