/* connection_id.c - the extension of that name, in both versions (RFC 9146 section 3, RFC
 * 9147 section 9): each end says by which id it wants to be named; empty means by none. */
#include "dtls/extensions.h"
#include "dtls/ids.h"
#include "wire/extension.h"

bool connection_id_wanted(const struct handshake *hs, enum place place)
{
    return hs->ids != NULL && (place == IN_CLIENT_HELLO || hs->ids->agreed);
}

void say_connection_id(struct handshake *hs, enum place place, struct walk *w)
{
    struct ids *ids = hs->ids;
    size_t len = hs->settings->connection_id_len;
    struct connection_id m = { .cid = { ids->ours[0].bytes, len } };

    (void)place;
    if (ids->num == 0 && len > 0)
        walk_require(w, ids_make(ids, 1, 1) == 1);
    connection_id(w, &m);
}

/* A client whose id is longer than we keep is as one that has not asked. A server has
 * decided already. */
enum verdict hear_connection_id(struct handshake *hs, enum place place, skiff_bytes body)
{
    struct connection_id m;

    if (!connection_id_read(&m, body))
        return DROPPED;
    if (hs->ids == NULL)
        return HEARD;
    if (m.cid.len > ID_MAX && place == IN_CLIENT_HELLO)
        return HEARD;
    if (m.cid.len > ID_MAX)
        return refuse(hs, ALERT_HANDSHAKE_FAILURE,
                      "connection_id: longer than the 32 bytes we keep", "RFC 9146 3");
    hs->ids->agreed = true;
    hs->ids->theirs.len = 0;
    (void)ids_take(hs->ids, m.cid);
    return HEARD;
}

void forget_connection_id(struct handshake *hs)
{
    if (hs->ids != NULL)
        hs->ids->agreed = hs->ids->rrc = false;
}
