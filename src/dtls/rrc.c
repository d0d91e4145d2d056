/* rrc.c - the extension of that name, in both versions (RFC 9853 section 3): it is empty,
 * and stands beside connection_id. */
#include "dtls/extensions.h"
#include "dtls/ids.h"

bool rrc_wanted(const struct handshake *hs, enum place place)
{
    if (hs->ids == NULL || hs->settings->rrc == SKIFF_RRC_OFF)
        return false;
    return place == IN_CLIENT_HELLO || (hs->ids->agreed && hs->ids->rrc);
}

enum verdict hear_rrc(struct handshake *hs, enum place place, skiff_bytes body)
{
    (void)place;
    if (body.len != 0)
        return DROPPED;
    if (hs->ids != NULL && hs->settings->rrc != SKIFF_RRC_OFF)
        hs->ids->rrc = true;
    return HEARD;
}
