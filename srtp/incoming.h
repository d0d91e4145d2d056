/*
 * incoming.h - the SSRCs of the other side: the highest index of each, for RTP and for
 * RTCP, also of those that were removed. Knows no keys: only packets that opened are
 * recorded.
 *
 * libsrtp has the same indexes, but no call that returns them, and it forgets them with the
 * SSRC. Here they show whether a packet is newer than all before it, which a replayed copy
 * never is. They outlive the SSRC, so that no packet is accepted twice.
 */
#ifndef SKF_INCOMING_H
#define SKF_INCOMING_H

#include <skiff/base.h>

enum {
    INCOMING_INLINE = 2,         /* SSRCs that fit into the session's own memory */
    INCOMING_MAX = 1024,         /* alive at once: the search is linear */
    INCOMING_REMOVED_MAX = 8192, /* removed, with the indexes that they had reached */
    INCOMING_REFUSED_BITS = 20   /* for those before them: bits of a hash of the SSRC */
};

/* One SSRC that is alive. Each index is stored plus one; 0: no packet was received. */
struct incoming_ssrc {
    uint64_t rtp;  /* 48 bits: the roll-over counter and the sequence number */
    uint32_t rtcp; /* 31 bits */
    uint32_t ssrc;
    uint32_t last_packet; /* `packets_opened` at its last packet */
    uint32_t roc;         /* of the next RTP packet, when the caller has set it */
};

/* An SSRC that was removed, or was once: no packet below these indexes is accepted. */
struct incoming_removed {
    uint64_t rtp;
    uint32_t rtcp;
    uint32_t ssrc;
    uint32_t removed_at; /* `packets_opened` when it was removed */
    bool readmitted;     /* alive again */
};

/* Zeros hold no SSRC. */
struct incoming {
    const skiff_allocator *memory;
    struct incoming_ssrc *allocated;    /* all of them, once there are many */
    struct incoming_removed *removed;   /* by SSRC */
    uint8_t *refused_bits;              /* one bit for each hash */
    uint32_t num, capacity, last_found; /* `last_found` was found last */
    uint32_t num_removed, removed_capacity;
    uint32_t packets_opened; /* of all SSRCs */
    struct incoming_ssrc inline_entries[INCOMING_INLINE];
};

/* All that are alive: `num` of them. */
static inline struct incoming_ssrc *incoming_entries(struct incoming *incoming)
{
    return incoming->allocated != NULL ? incoming->allocated : incoming->inline_entries;
}

static inline const struct incoming_ssrc *
incoming_entries_const(const struct incoming *incoming)
{
    return incoming->allocated != NULL ? incoming->allocated : incoming->inline_entries;
}

void skf_incoming_clear(struct incoming *incoming);

/* An SSRC that is alive, or NULL. The pointer is valid until the next one is added or
 * removed. */
struct incoming_ssrc *skf_incoming_find(struct incoming *incoming, uint32_t ssrc);
const struct incoming_ssrc *skf_incoming_find_const(const struct incoming *incoming,
                                                    uint32_t ssrc);

/* The one that was found last; NULL if none is alive. */
static inline const struct incoming_ssrc *skf_incoming_last(const struct incoming *incoming)
{
    const struct incoming_ssrc *all = incoming_entries_const(incoming);

    return incoming->last_found < incoming->num ? &all[incoming->last_found] : NULL;
}

/* What an SSRC had reached when it was removed, whether it is alive again or not; NULL for
 * one that was never removed. */
struct incoming_removed *skf_incoming_removed(const struct incoming *incoming,
                                              uint32_t ssrc);

/* Whether an unknown SSRC may be added: not if it was removed so long ago that its indexes
 * are forgotten, nor if its hash is that of such an SSRC. */
bool skf_incoming_may_add(const struct incoming *incoming, uint32_t ssrc);

/* Adds an SSRC; NULL without memory. One that was removed before goes on from its indexes.
 * If all slots are in use, the SSRC whose last packet is longest ago is removed, and
 * `*evicted` is that one. If the result is NULL, `*evicted` is the SSRC itself. Otherwise
 * it is not written. */
struct incoming_ssrc *skf_incoming_add(struct incoming *incoming, uint32_t ssrc,
                                       uint32_t *evicted);

/* Removes an SSRC and keeps its indexes; false without memory, and it stays. */
SKIFF_MUST_USE bool skf_incoming_remove(struct incoming *incoming,
                                        struct incoming_ssrc *alive);

/* --- for each packet ------------------------------------------------------------------ */

/* As find, which is called unless the SSRC is the one found last. */
static inline struct incoming_ssrc *incoming_lookup(struct incoming *incoming,
                                                    uint32_t ssrc)
{
    struct incoming_ssrc *all = incoming_entries(incoming);

    if (incoming->last_found < incoming->num && all[incoming->last_found].ssrc == ssrc)
        return &all[incoming->last_found];
    return skf_incoming_find(incoming, ssrc);
}

/* RFC 3711 3.3.1 and appendix A: the index that a sequence number means, given the next
 * index, which is one more than the highest. */
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

/* Records a packet that opened: whether it is newer than all before it. */
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
