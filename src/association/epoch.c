/* epoch.c - with which keys an association reads and writes. */
#include "association/epoch.h"

#include "association/timers.h"
#include "association/trace.h"
#include "base/memory.h"
#include "handshake/schedule13.h"

static const struct keyset *keys_for(const struct skiff_dtls *dtls, uint32_t epoch)
{
    if (dtls->slot == NULL)
        return NULL;
    for (int i = 0; i < 2; i++)
        if (dtls->slot->hs.keysets[i].epoch == epoch)
            return &dtls->slot->hs.keysets[i];
    return NULL;
}

void skf_set_read_epoch(struct skiff_dtls *dtls, uint32_t epoch)
{
    const struct keyset *set = keys_for(dtls, epoch);

    if (epoch == 0 || epoch == dtls->read_epoch || set == NULL)
        return;
    if (dtls->read_epoch != 0) {
        dtls->stage.agreed.previous = dtls->theirs;
        dtls->previous_epoch = dtls->read_epoch;
        dtls->previous_expiry =
            dtls->role == SKIFF_ROLE_ACTIVE ? SKIFF_NEVER : dtls->now + LAST_FLIGHT_KEPT;
    }
    dtls->theirs = (struct opening){ .keys = set->theirs };
    dtls->read_epoch = epoch;
    TRACE(dtls, .event = SKIFF_TRACE_READ_EPOCH, .epoch = epoch);
}

void skf_set_write_epoch(struct skiff_dtls *dtls, uint32_t epoch)
{
    const struct keyset *set = keys_for(dtls, epoch);

    if (epoch <= dtls->write_epoch || set == NULL)
        return;
    dtls->slot->previous = dtls->ours;
    dtls->slot->previous_epoch = dtls->write_epoch;
    dtls->ours = (struct sealing){ .keys = set->ours };
    dtls->write_epoch = epoch;
    TRACE(dtls, .event = SKIFF_TRACE_WRITE_EPOCH, .epoch = epoch);
}

/* The next secret and keys of a direction. */
struct next {
    uint8_t secret[SKF_HASH_MAX];
    struct keys keys;
};

/* RFC 8446 section 7.2: the secret goes on, and the keys under it are new. When libcrypto
 * fails nothing has changed: a number of the new epoch under a key of the old one would be
 * a nonce that was there before. */
static bool derive_next(const struct skiff_dtls *dtls, uint8_t *traffic_secret,
                        const struct keys *keys, struct next *next)
{
    enum skf_hash_alg alg = (enum skf_hash_alg)dtls->stage.agreed.secrets.hash;

    memcpy(next->secret, traffic_secret, skf_hash_len(alg));
    if (!skf_next_traffic_secret(alg, next->secret)
        || !skf_traffic_keys(alg, (enum skf_aead_alg)keys->aead, next->secret, &next->keys))
        return false;
    memcpy(traffic_secret, next->secret, skf_hash_len(alg));
    return true;
}

bool skf_advance_read_epoch(struct skiff_dtls *dtls)
{
    struct next next = { .secret = { 0 } };
    bool good =
        derive_next(dtls, dtls->stage.agreed.secrets.theirs, &dtls->theirs.keys, &next);

    if (good) {
        dtls->stage.agreed.previous = dtls->theirs;
        dtls->previous_epoch = dtls->read_epoch++;
        dtls->previous_expiry = SKIFF_NEVER; /* until the peer has used the new ones once */
        dtls->theirs = (struct opening){ .keys = next.keys };
        TRACE(dtls, .event = SKIFF_TRACE_READ_EPOCH, .epoch = dtls->read_epoch);
    }
    skf_wipe(&next, sizeof next);
    return good;
}

bool skf_advance_write_epoch(struct skiff_dtls *dtls)
{
    struct next next = { .secret = { 0 } };
    bool good = derive_next(dtls, dtls->stage.agreed.secrets.ours, &dtls->ours.keys, &next);

    if (good) {
        dtls->write_epoch++;
        dtls->ours = (struct sealing){ .keys = next.keys };
        TRACE(dtls, .event = SKIFF_TRACE_WRITE_EPOCH, .epoch = dtls->write_epoch);
    }
    skf_wipe(&next, sizeof next);
    return good;
}

void skf_note_opened(struct skiff_dtls *dtls, uint32_t epoch)
{
    if (dtls->previous_epoch != 0 && epoch == dtls->read_epoch
        && dtls->previous_epoch >= dtls->protocol->last_epoch
        && dtls->previous_expiry == SKIFF_NEVER)
        dtls->previous_expiry = dtls->now + OLD_KEYS_KEPT;
}

void skf_forget_previous_keys(struct skiff_dtls *dtls)
{
    if (dtls->previous_epoch == 0)
        return;
    skf_wipe(&dtls->stage.agreed.previous, sizeof dtls->stage.agreed.previous);
    dtls->previous_epoch = 0;
}

void skf_expire_previous_keys(struct skiff_dtls *dtls)
{
    if (dtls->now >= skf_previous_keys_expiry(dtls))
        skf_forget_previous_keys(dtls);
}

void skf_forget_handshake_keys(struct skiff_dtls *dtls)
{
    if (dtls->previous_epoch < dtls->protocol->last_epoch)
        skf_forget_previous_keys(dtls);
}

skiff_time skf_previous_keys_expiry(const struct skiff_dtls *dtls)
{
    return dtls->previous_epoch != 0 ? dtls->previous_expiry : SKIFF_NEVER;
}

struct sealing *skf_sealing_of(struct skiff_dtls *dtls, uint32_t epoch)
{
    if (epoch == 0)
        return NULL;
    if (epoch == dtls->write_epoch)
        return &dtls->ours;
    return dtls->slot != NULL && epoch == dtls->slot->previous_epoch ? &dtls->slot->previous
                                                                     : NULL;
}

struct opening *skf_opening_of(struct skiff_dtls *dtls, uint32_t epoch)
{
    if (epoch == 0)
        return NULL;
    if (epoch == dtls->read_epoch)
        return &dtls->theirs;
    return epoch == dtls->previous_epoch ? &dtls->stage.agreed.previous : NULL;
}

uint32_t skf_epoch_of_bits(const struct skiff_dtls *dtls, uint32_t bits)
{
    if (dtls->read_epoch != 0 && (dtls->read_epoch & 3) == bits)
        return dtls->read_epoch;
    return dtls->previous_epoch != 0 && (dtls->previous_epoch & 3) == bits
             ? dtls->previous_epoch
             : 0;
}
