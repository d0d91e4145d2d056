/* waste.h - how much of one datagram may be wasted. What lies behind that is not read.
 *
 * A forger can fill a datagram with hundreds of tiny records or fragments, which would
 * cost more than the one trial of a key that a forgery may cost. A peer has no reason to
 * send so much that does not count: what it repeats is a flight.
 */
#ifndef SKF_WASTE_H
#define SKF_WASTE_H

#include "association/association_state.h"

/* The weight of each kind of waste, and how much a datagram may have in sum. A message
 * in plaintext that was judged and dropped uses all of that up. */
enum {
    WASTE_MAX = 40,
    WASTE_MESSAGE = WASTE_MAX,
    WASTE_CONTRADICTION = 20, /* a fragment that undoes those before it */
    WASTE_COPY = 5,           /* a record that was seen before */
    WASTE_RECORD = 1,
    WASTE_FRAGMENT = 1 /* nothing new, or fewer bytes than these */
};
/* Something in the datagram that is being read was wasted. */
void skf_add_waste(struct skiff_dtls *dtls, unsigned weight);

static inline void add_waste(struct skiff_dtls *dtls, unsigned weight)
{
    if (weight > 0)
        skf_add_waste(dtls, weight);
}

/* The weight of the latest fragment that a queue took in. */
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
