/* waste.h - how much of one datagram may be in vain. What lies behind that is not read.
 *
 * Anybody can fill a datagram with what is next to nothing by itself, and hundreds of such
 * records or fragments would cost more than the one trial of a key that a forgery is worth.
 * A peer has no reason to say so much that does not count: what he repeats is a flight.
 */
#ifndef SKF_WASTE_H
#define SKF_WASTE_H

#include "association/association.h"

/* What each thing counts, and how much a datagram may have of them: a message in plaintext
 * that was judged and thrown away uses all of it up. */
enum {
    WASTE_MAX = 40,
    WASTE_MESSAGE = WASTE_MAX,
    WASTE_CONTRADICTION = 20, /* a fragment that undoes those before it */
    WASTE_COPY = 5,           /* a record that was seen before */
    WASTE_RECORD = 1,
    WASTE_FRAGMENT = 1 /* nothing new, or fewer bytes than these */
};
/* What was in vain in the datagram that is being taken in. */
void skf_add_waste(struct skiff_dtls *dtls, unsigned weight);

static inline void add_waste(struct skiff_dtls *dtls, unsigned weight)
{
    if (weight > 0)
        skf_add_waste(dtls, weight);
}

/* What the latest fragment counts that a queue took in. */
static inline unsigned waste_of(const struct message_queue *queue)
{
    switch ((enum fragment_value)queue->latest) {
    case FRAGMENT_ADDS:
        return 0;
    case FRAGMENT_ADDS_NOTHING:
        return WASTE_FRAGMENT;
    case FRAGMENT_CONTRADICTS:
        return WASTE_CONTRADICTION;
    }
    return WASTE_FRAGMENT;
}

#endif
