/* vain.c - the end of a datagram of which too much was in vain. */
#include "dtls/vain.h"

/* What was held in a room came with many datagrams. */
void be_in_vain(struct skiff_dtls *dtls, unsigned weight)
{
    struct arriving *in = &dtls->arriving;

    if (in->held)
        return;
    in->vain += weight;
    if (in->vain < VAIN_MOST)
        return;
    in->left = 0;
    if (in->fragments.len > 0) {
        in->fragments.len = 0;
        in->spoiled = true;            /* RFC 9147 section 7: not acknowledged            */
    }
}
