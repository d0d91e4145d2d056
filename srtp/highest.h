/* highest.h - the highest index that each SSRC of the other side has reached, of RTP and of
 * RTCP. Knows no keys: what is told here was opened.
 *
 * libsrtp knows these indexes, too, but has no call that tells them. They say whether a
 * packet is newer than all before it, which a copy that somebody sends again never is.
 */
#ifndef SKF_HIGHEST_H
#define SKF_HIGHEST_H

#include <skiff/base.h>

enum { HIGHEST_AT_FIRST = 8 };

/* Each index is stored as one more than it is; 0: there was no packet of this kind. */
struct highest_of {
    uint64_t rtp;              /* 48 bits: the roll-over counter and the sequence number */
    uint32_t rtcp;             /* 31 bits                                                */
    uint32_t ssrc;
};

/* Zeros know no SSRC. */
struct highest {
    const skiff_allocator *memory;
    struct highest_of     *more;               /* all of them, once there are many        */
    uint32_t               num, space, last;   /* `last` was found last                   */
    struct highest_of      few[HIGHEST_AT_FIRST];
};

void skf_highest_clear(struct highest *highest);

/* The same of the SSRC that was found last; NULL for any other. */
static inline struct highest_of *highest_known(struct highest *highest, uint32_t ssrc)
{
    struct highest_of *all = highest->more != NULL ? highest->more : highest->few;

    return highest->num > 0 && all[highest->last].ssrc == ssrc ? &all[highest->last] : NULL;
}

/* What an SSRC has reached; NULL without memory for one that is new. */
struct highest_of *skf_highest_find(struct highest *highest, uint32_t ssrc);

/* RFC 3711 3.3.1 and appendix A: whether a packet that opened is newer than all before it,
 * which it then is measured by. */
bool skf_highest_rtp_any(struct highest_of *of, uint16_t sequence);

/* Most are: ahead of the highest by less than half of the sequence numbers, across a
 * roll-over, too. */
static inline bool skf_highest_rtp(struct highest_of *of, uint16_t sequence)
{
    uint16_t ahead = (uint16_t)(sequence + 1u - (uint16_t)of->rtp);

    if (of->rtp == 0 || ahead == 0 || ahead >= 0x8000)
        return skf_highest_rtp_any(of, sequence);
    of->rtp += ahead;
    return true;
}

/* The same where the roll-over counter, as of after this packet, is known. */
bool skf_highest_rtp_of(struct highest_of *of, uint32_t roc, uint16_t sequence);

/* RFC 3711 3.4: the index is in the packet. */
bool skf_highest_rtcp(struct highest_of *of, uint32_t index);

#endif
