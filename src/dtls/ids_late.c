/* ids_late.c - new connection ids after the handshake: NewConnectionId and
 * RequestConnectionId (RFC 9147 section 9). */
#include "dtls/conversation.h"
#include "dtls/extras.h"
#include "dtls/late.h"
#include "wire/control.h"
#include "wire/extension.h"

/* --- ids of ours ---------------------------------------------------------------------- */

/* RFC 9147 section 9: nobody asks for ids who sends none, nor for ids of who wants none. */
bool may_be_asked_for_ids(const struct skiff_dtls *dtls)
{
    return our_id_len(ids_of(dtls)) > 0;
}

/* An excessive request gets fewer, or none at all. */
void hear_request_connection_id(struct skiff_dtls *dtls, skiff_bytes body)
{
    struct request_connection_id m;

    if (!request_connection_id_read(&m, body)) {
        fail(dtls, ALERT_DECODE_ERROR, "RequestConnectionId: not one byte", "RFC 9147 9");
        return;
    }
    ids_of(dtls)->wanted = m.num_cids;
    late_owe(dtls, OWED_SPARE_IDS);
}

/* One that is to be used at once, or spares; who owes both says two messages. */
bool say_new_connection_id(struct skiff_dtls *dtls, struct walk *w, uint8_t owed)
{
    struct ids *ids = ids_of(dtls);
    bool at_once = (owed & OWED_ID) != 0;
    int made = at_once ? ids_make(ids, 1, MOST_UNUSED)
                       : ids_make(ids, ids->wanted, MOST_SPARES);
    uint8_t usage = at_once ? CID_IMMEDIATE : CID_SPARE;

    if (at_once)
        late_owe(dtls, owed & OWED_SPARE_IDS);
    if (at_once && made == 0)
        return false;
    struct walk_block cids = walk_open(w, 2);
    for (int i = ids->num - made; i < ids->num; i++) {
        struct connection_id m = { .cid = { ids->ours[i].bytes, our_id_len(ids) } };
        connection_id(w, &m);
    }
    walk_close(w, cids);
    walk_u8(w, &usage);
    return true;
}

/* --- ids of theirs -------------------------------------------------------------------- */

bool may_be_given_ids(const struct skiff_dtls *dtls)
{
    return id_of_peer(ids_of(dtls)).len > 0;
}

bool say_request_connection_id(struct skiff_dtls *dtls, struct walk *w, uint8_t owed)
{
    uint8_t num_cids = (uint8_t)(THEIR_SPARES - ids_of(dtls)->num_spares);

    (void)owed;
    walk_u8(w, &num_cids);
    return true;
}

/* The first that we can use is used at once, if one has to be; of the others as many are
 * kept as there is room for. */
static bool take_ids(struct ids *ids, struct walk *w, bool at_once)
{
    struct connection_id m = { .cid = { NULL, 0 } };

    while (!w->failed && w->at < w->end) {
        connection_id(w, &m);
        if (w->failed)
            break;
        if (at_once && ids_take(ids, m.cid))
            at_once = false;
        else
            (void)ids_take_spare(ids, m.cid);
    }
    return !at_once;
}

void hear_new_connection_id(struct skiff_dtls *dtls, skiff_bytes body)
{
    struct ids *ids = ids_of(dtls);
    struct new_connection_id m;
    bool good = new_connection_id_read(&m, body);
    struct walk w = walk_reader(m.cids);
    bool taken = good && take_ids(ids, &w, m.usage == CID_IMMEDIATE);

    if (!good || w.failed) {
        fail(dtls, ALERT_DECODE_ERROR, "NewConnectionId: it does not parse", "RFC 9147 9");
    } else if (m.usage > CID_SPARE) {
        fail(dtls, ALERT_ILLEGAL_PARAMETER, "NewConnectionId: usage is neither 0 nor 1",
             "RFC 9147 9");
    } else if (!taken) {
        fail(dtls, ALERT_HANDSHAKE_FAILURE,
             "NewConnectionId: none to be used at once of 1 to 32 bytes", "RFC 9147 9");
    } else if (m.usage == CID_SPARE) {
        ids->requested = false;
    }
}
