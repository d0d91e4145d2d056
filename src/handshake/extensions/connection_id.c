/* connection_id.c - the extension of that name, in both versions (RFC 9146 section 3,
 * RFC 9147 section 9): each end offers the id that records to it shall carry; an empty
 * one means none. */
#include "handshake/extensions/extensions.h"
#include "handshake/connection_ids.h"
#include "wire/extension.h"

bool skf_connection_id_wanted(const struct handshake *hs, enum place place)
{
    return hs->cids != NULL && (place == IN_CLIENT_HELLO || hs->cids->negotiated);
}

void skf_say_connection_id(struct handshake *hs, enum place place, struct walk *w)
{
    struct cids *cids = hs->cids;
    size_t len = hs->settings->connection_id_len;
    struct connection_id m = { .cid = { cids->ours[0].bytes, len } };

    (void)place;
    if (cids->num == 0 && len > 0)
        walk_require(w, skf_cids_generate(cids, 1, 1) == 1);
    connection_id(w, &m);
}

/* A client whose id is longer than we keep is as one that has not asked. A server has
 * decided already. */
enum verdict skf_hear_connection_id(struct handshake *hs, enum place place,
                                    skiff_bytes body)
{
    struct connection_id m;

    if (!connection_id_read(&m, body))
        return DROPPED;
    if (hs->cids == NULL)
        return ACCEPTED;
    if (m.cid.len > CID_MAX && place == IN_CLIENT_HELLO)
        return ACCEPTED;
    if (m.cid.len > CID_MAX)
        return skf_refuse(hs, ALERT_HANDSHAKE_FAILURE,
                          "connection_id: longer than the 32 bytes we keep", "RFC 9146 3");
    hs->cids->negotiated = true;
    hs->cids->theirs.len = 0;
    (void)skf_cids_set_peer(hs->cids, m.cid);
    return ACCEPTED;
}

void skf_forget_connection_id(struct handshake *hs)
{
    if (hs->cids != NULL)
        hs->cids->negotiated = hs->cids->rrc = false;
}
