/* rrc.c - the extension of that name, in both versions (RFC 9853 section 3): it is empty,
 * and stands beside connection_id. */
#include "handshake/extensions/extensions.h"
#include "handshake/connection_ids.h"

bool skf_rrc_wanted(const struct handshake *hs, enum place place)
{
    if (hs->cids == NULL || hs->settings->rrc == SKIFF_RRC_OFF)
        return false;
    return place == IN_CLIENT_HELLO || (hs->cids->negotiated && hs->cids->rrc);
}

enum verdict skf_hear_rrc(struct handshake *hs, enum place place, skiff_bytes body)
{
    (void)place;
    if (body.len != 0)
        return DROPPED;
    if (hs->cids != NULL && hs->settings->rrc != SKIFF_RRC_OFF)
        hs->cids->rrc = true;
    return ACCEPTED;
}
