/* connection_id_messages.c - new connection ids after the handshake: NewConnectionId and
 * RequestConnectionId (RFC 9147 section 9). */
#include "association/end.h"
#include "association/optional_state.h"
#include "association/post_handshake.h"
#include "wire/control.h"
#include "wire/extension.h"

/* --- ids of ours ---------------------------------------------------------------------- */

/* RFC 9147 section 9: an end that sends none requests none, and none are requested from
 * an end that wants none. */
bool skf_may_provide_cids(const struct skiff_dtls *dtls)
{
    return skf_our_cid_len(cids_of(dtls)) > 0;
}

/* An excessive request gets fewer, or none at all. */
void skf_hear_request_connection_id(struct skiff_dtls *dtls, skiff_bytes body)
{
    struct request_connection_id m;

    if (!request_connection_id_read(&m, body)) {
        skf_fail(dtls, ALERT_DECODE_ERROR, "RequestConnectionId: not one byte",
                 "RFC 9147 9");
        return;
    }
    cids_of(dtls)->num_requested = m.num_cids;
    queue_post_handshake(dtls, PENDING_SPARE_CONNECTION_IDS);
}

/* One that is to be used at once, or spares. If both are pending, two messages follow. */
bool skf_say_new_connection_id(struct skiff_dtls *dtls, struct walk *w, uint8_t pending)
{
    struct cids *cids = cids_of(dtls);
    bool at_once = (pending & PENDING_CONNECTION_ID) != 0;
    int made = at_once ? skf_cids_generate(cids, 1, MOST_UNUSED)
                       : skf_cids_generate(cids, cids->num_requested, MOST_SPARES);
    uint8_t usage = at_once ? CID_IMMEDIATE : CID_SPARE;

    if (at_once)
        queue_post_handshake(dtls, pending & PENDING_SPARE_CONNECTION_IDS);
    if (at_once && made == 0)
        return false;
    struct walk_block list = walk_open(w, 2);
    for (int i = cids->num - made; i < cids->num; i++) {
        struct connection_id m = { .cid = { cids->ours[i].bytes, skf_our_cid_len(cids) } };
        connection_id(w, &m);
    }
    walk_close(w, list);
    walk_u8(w, &usage);
    return true;
}

/* --- ids of theirs -------------------------------------------------------------------- */

bool skf_may_request_cids(const struct skiff_dtls *dtls)
{
    return skf_peer_cid(cids_of(dtls)).len > 0;
}

bool skf_say_request_connection_id(struct skiff_dtls *dtls, struct walk *w, uint8_t pending)
{
    uint8_t num_cids = (uint8_t)(THEIR_SPARES - cids_of(dtls)->num_spares);

    (void)pending;
    walk_u8(w, &num_cids);
    return true;
}

/* If one has to be used at once, it is the first that we can use. Of the others as many
 * are kept as there is space for. */
static bool receive_cids(struct cids *cids, struct walk *w, bool at_once)
{
    struct connection_id m = { .cid = { NULL, 0 } };

    while (!w->failed && w->at < w->end) {
        connection_id(w, &m);
        if (w->failed)
            break;
        if (at_once && skf_cids_set_peer(cids, m.cid))
            at_once = false;
        else
            (void)skf_cids_add_spare(cids, m.cid);
    }
    return !at_once;
}

void skf_hear_new_connection_id(struct skiff_dtls *dtls, skiff_bytes body)
{
    struct cids *cids = cids_of(dtls);
    struct new_connection_id m;
    bool good = new_connection_id_read(&m, body);
    struct walk w = walk_reader(m.cids);
    bool used = good && receive_cids(cids, &w, m.usage == CID_IMMEDIATE);

    if (!good || w.failed) {
        skf_fail(dtls, ALERT_DECODE_ERROR, "NewConnectionId: it does not parse",
                 "RFC 9147 9");
    } else if (m.usage > CID_SPARE) {
        skf_fail(dtls, ALERT_ILLEGAL_PARAMETER, "NewConnectionId: usage is neither 0 nor 1",
                 "RFC 9147 9");
    } else if (!used) {
        skf_fail(dtls, ALERT_HANDSHAKE_FAILURE,
                 "NewConnectionId: none to be used at once of 1 to 32 bytes", "RFC 9147 9");
    } else if (m.usage == CID_SPARE) {
        cids->requested = false;
    }
}
