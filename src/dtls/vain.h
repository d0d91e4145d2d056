/* vain.h - how much of one datagram may be in vain. What lies behind that is not read.
 *
 * Anybody can fill a datagram with what is next to nothing by itself, and hundreds of such
 * records or fragments would cost more than the one trial of a key that a forgery is worth.
 * A peer has no reason to say so much that does not count: what he repeats is a flight.
 */
#ifndef SKF_VAIN_H
#define SKF_VAIN_H

#include "dtls/association.h"

/* What each thing counts, and how much a datagram may have of them: a message in plaintext
 * that was judged and thrown away uses all of it up. */
enum {
    VAIN_MOST = 40, VAIN_MESSAGE = VAIN_MOST,
    VAIN_CONTRADICTION = 20,           /* a fragment that undoes those before it          */
    VAIN_COPY = 5,                     /* a record that was seen before                   */
    VAIN_RECORD = 1,
    VAIN_FRAGMENT = 1                  /* nothing new, or fewer bytes than these          */
};
enum { CRUMB = 8 };

/* What was in vain in the datagram that is being taken in. */
void be_in_vain(struct skiff_dtls *dtls, unsigned weight);

static inline void in_vain(struct skiff_dtls *dtls, unsigned weight)
{
    if (weight > 0)
        be_in_vain(dtls, weight);
}

#endif
