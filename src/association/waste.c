/* waste.c - the end of a datagram of which too much was wasted. */
#include "association/waste.h"

/* Records that were held in a slot came with many datagrams. */
void skf_add_waste(struct skiff_dtls *dtls, unsigned weight)
{
    struct incoming_datagram *in = &dtls->datagram;

    if (in->held)
        return;
    in->wasted += weight;
    if (in->wasted < WASTE_MAX)
        return;
    in->remaining = 0;
    if (in->fragments.len > 0) {
        in->fragments.len = 0;
        in->spoiled = true; /* RFC 9147 section 7: not acknowledged */
    }
}
