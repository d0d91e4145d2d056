/* update.c - KeyUpdate (RFC 8446 section 4.6.3, RFC 9147 section 8): new keys for one
 * direction, before the old ones have sealed or met all they may. */
#include "dtls/conversation.h"
#include "dtls/epoch.h"
#include "dtls/late.h"
#include "wire/control.h"

/* Of what a key may do, the last 1/16 is left for the time until the new one is there. */
enum { LEFT_FOR_UPDATE = 16 };

bool say_key_update(struct skiff_dtls *dtls, struct walk *w, uint8_t owed)
{
    struct key_update m = { .request_update = (owed & OWED_KEY_REQUEST) != 0 };

    if (dtls->speaks_epoch == EPOCH_LAST)
        return false;                     /* "MUST NOT send", whatever the peer requested */
    key_update(w, &m);
    return true;
}

void hear_key_update(struct skiff_dtls *dtls, skiff_bytes body)
{
    struct key_update m;

    if (!key_update_read(&m, body)) {
        fail(dtls, ALERT_DECODE_ERROR, "KeyUpdate: not one byte", "RFC 8446 4.6.3");
    } else if (m.request_update > 1) {
        fail(dtls, ALERT_ILLEGAL_PARAMETER, "KeyUpdate: request_update is neither 0 nor 1",
             "RFC 8446 4.6.3");
    } else if (dtls->arriving.fragments.len > 0) {
        fail(dtls, ALERT_UNEXPECTED_MESSAGE, "KeyUpdate: not the last of its record",
             "RFC 8446 5.1");
    } else if (dtls->hears_epoch == EPOCH_LAST) {
        end_closed(dtls, true, "KeyUpdate: the epochs are used up", "RFC 9147 8");
    } else if (!hear_in_next_epoch(dtls)) {
        fail_crypto(dtls, "KeyUpdate: no keys from libcrypto", "RFC 9147 8");
    } else if (m.request_update == 1) {
        late_owe(dtls, OWED_KEY_UPDATE);
    }
}

void key_update_arrived(struct skiff_dtls *dtls)
{
    if (!speak_in_next_epoch(dtls))
        fail_crypto(dtls, "KeyUpdate: no keys from libcrypto", "RFC 9147 8");
}

/* While our message waits for its ACK nothing more is owed. */
static void watch(struct skiff_dtls *dtls, uint64_t used, uint64_t limit, uint8_t owed)
{
    if (used >= limit - limit / LEFT_FOR_UPDATE && dtls->flight.num == 0)
        late_owe(dtls, owed);
}

void watch_our_key(struct skiff_dtls *dtls)
{
    watch(dtls, dtls->ours.next, sealing_limit((enum skf_aead_alg)dtls->ours.keys.aead),
          OWED_KEY_UPDATE);
}

static void watch_their_key(struct skiff_dtls *dtls)
{
    watch(dtls, dtls->theirs.failed,
          forgery_limit((enum skf_aead_alg)dtls->theirs.keys.aead), OWED_KEY_REQUEST);
}

void note_trial(struct skiff_dtls *dtls, const struct opening *theirs)
{
    if (dtls->phase == ESTABLISHED)
        watch_their_key(dtls);
    if (theirs->failed >= forgery_limit((enum skf_aead_alg)theirs->keys.aead))
        end_closed(dtls, true, "record: the key has met too many forgeries",
                   "RFC 9147 4.5.3");
}
