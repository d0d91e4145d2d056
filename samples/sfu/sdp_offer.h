/* sdp_offer.h - reads the SDP offer of a publisher (WHIP) or a watcher (WHEP), and chooses
 * one codec for each section. Knows the rules of both for an offer, and no session. */
#ifndef SAMPLES_SFU_SDP_OFFER_H
#define SAMPLES_SFU_SDP_OFFER_H

#include "description.h"
#include "problem.h"

/* What we can receive from a publisher, or send to a watcher. */
struct sdp_terms {
    bool watcher;
    enum codec codecs[NUM_CODECS]; /* best first; a watcher gets those of the stream */
    size_t num_codecs;
    unsigned num_audio; /* sections that a watcher gets; 0 means 1. Of video it gets 1 */
    /* The a=fmtp of the video that a watcher gets; NULL for a publisher. */
    const char *video_fmtp;
};

/* All codecs that a publisher may have, best first. */
struct sdp_terms sdp_publisher_terms(void);

/* False: the problem is a sentence that names the rule. */
bool sdp_offer_read(skiff_bytes text, const struct sdp_terms *terms,
                    struct description *offer, struct problem *problem);

#endif
