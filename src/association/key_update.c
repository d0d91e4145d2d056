/* key_update.c - KeyUpdate (RFC 8446 section 4.6.3, RFC 9147 section 8): new keys for one
 * direction, before the old ones have sealed or met all they may. */
#include "association/end.h"
#include "association/epoch.h"
#include "association/post_handshake.h"
#include "wire/control.h"

/* The last 1/16 of the records of a key is left for the time until the new one is there. */
enum { UPDATE_MARGIN = 16 };

bool skf_say_key_update(struct skiff_dtls *dtls, struct walk *w, uint8_t pending)
{
    struct key_update m = { .request_update = (pending & PENDING_KEY_UPDATE_REQUEST) != 0 };

    if (dtls->write_epoch == EPOCH_LAST)
        return false; /* "MUST NOT send", whatever the peer requested */
    key_update(w, &m);
    return true;
}

void skf_hear_key_update(struct skiff_dtls *dtls, skiff_bytes body)
{
    struct key_update m;

    if (!key_update_read(&m, body)) {
        skf_fail(dtls, ALERT_DECODE_ERROR, "KeyUpdate: not one byte", "RFC 8446 4.6.3");
    } else if (m.request_update > 1) {
        skf_fail(dtls, ALERT_ILLEGAL_PARAMETER,
                 "KeyUpdate: request_update is neither 0 nor 1", "RFC 8446 4.6.3");
    } else if (dtls->datagram.fragments.len > 0) {
        skf_fail(dtls, ALERT_UNEXPECTED_MESSAGE, "KeyUpdate: not the last of its record",
                 "RFC 8446 5.1");
    } else if (dtls->read_epoch == EPOCH_LAST) {
        skf_end_closed(dtls, true, "KeyUpdate: the epochs are used up", "RFC 9147 8");
    } else if (!skf_advance_read_epoch(dtls)) {
        skf_fail_crypto(dtls, "KeyUpdate: no keys from libcrypto", "RFC 9147 8");
    } else if (m.request_update == 1) {
        queue_post_handshake(dtls, PENDING_KEY_UPDATE);
    }
}

void skf_key_update_acknowledged(struct skiff_dtls *dtls)
{
    if (!skf_advance_write_epoch(dtls))
        skf_fail_crypto(dtls, "KeyUpdate: no keys from libcrypto", "RFC 9147 8");
}

/* While our message waits for its ACK no other is queued. */
static void check_limit(struct skiff_dtls *dtls, uint64_t used, uint64_t limit,
                        uint8_t pending)
{
    if (used >= limit - limit / UPDATE_MARGIN && dtls->flight.num == 0)
        queue_post_handshake(dtls, pending);
}

void skf_check_seal_limit(struct skiff_dtls *dtls)
{
    check_limit(dtls, dtls->ours.next,
                skf_sealing_limit((enum skf_aead_alg)dtls->ours.keys.aead),
                PENDING_KEY_UPDATE);
}

static void check_forgery_limit(struct skiff_dtls *dtls)
{
    check_limit(dtls, dtls->theirs.failed,
                skf_forgery_limit((enum skf_aead_alg)dtls->theirs.keys.aead),
                PENDING_KEY_UPDATE_REQUEST);
}

void skf_note_forgery(struct skiff_dtls *dtls, const struct opening *theirs)
{
    if (dtls->phase == ESTABLISHED)
        check_forgery_limit(dtls);
    if (theirs->failed >= skf_forgery_limit((enum skf_aead_alg)theirs->keys.aead))
        skf_end_closed(dtls, true, "record: the key has met too many forgeries",
                       "RFC 9147 4.5.3");
}
