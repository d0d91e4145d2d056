/* epoch.c - which keys an association speaks and hears with. */
#include "dtls/epoch.h"

#include "base/memory.h"
#include "dtls/schedule13.h"

static const struct keyset *keys_for(const struct skiff_dtls *dtls, uint32_t epoch)
{
    if (dtls->room == NULL)
        return NULL;
    for (int i = 0; i < 2; i++)
        if (dtls->room->hs.keysets[i].epoch == epoch)
            return &dtls->room->hs.keysets[i];
    return NULL;
}

void hear_in_epoch(struct skiff_dtls *dtls, uint32_t epoch)
{
    const struct keyset *set = keys_for(dtls, epoch);

    if (epoch == 0 || epoch == dtls->hears_epoch || set == NULL)
        return;
    if (dtls->hears_epoch != 0) {
        dtls->share.agreed.before = dtls->theirs;
        dtls->before_epoch = dtls->hears_epoch;
        dtls->before_until = dtls->role == SKIFF_ROLE_ACTIVE
                                 ? SKIFF_NEVER
                                 : dtls->now + LAST_FLIGHT_ANSWERED;
    }
    dtls->theirs = (struct opening){ .keys = set->theirs };
    dtls->hears_epoch = epoch;
}

void speak_in_epoch(struct skiff_dtls *dtls, uint32_t epoch)
{
    const struct keyset *set = keys_for(dtls, epoch);

    if (epoch <= dtls->speaks_epoch || set == NULL)
        return;
    dtls->room->before = dtls->ours;
    dtls->room->before_epoch = dtls->speaks_epoch;
    dtls->ours = (struct sealing){ .keys = set->ours };
    dtls->speaks_epoch = epoch;
}

/* What a direction goes on with. */
struct next {
    uint8_t     secret[SKF_HASH_MAX];
    struct keys keys;
};

/* RFC 8446 section 7.2: the secret goes on, and the keys under it are new. When libcrypto
 * fails nothing has changed: a number of the new epoch under a key of the old one would be
 * a nonce that was there before. */
static bool go_on(const struct skiff_dtls *dtls, uint8_t *traffic_secret,
                  const struct keys *keys, struct next *next)
{
    enum skf_hash_alg alg = (enum skf_hash_alg)dtls->share.agreed.secrets.hash;

    memcpy(next->secret, traffic_secret, skf_hash_len(alg));
    if (!next_traffic_secret(alg, next->secret)
        || !traffic_keys(alg, (enum skf_aead_alg)keys->aead, next->secret, &next->keys))
        return false;
    memcpy(traffic_secret, next->secret, skf_hash_len(alg));
    return true;
}

bool hear_in_next_epoch(struct skiff_dtls *dtls)
{
    struct next next = { .secret = { 0 } };
    bool good =
        go_on(dtls, dtls->share.agreed.secrets.theirs, &dtls->theirs.keys, &next);

    if (good) {
        dtls->share.agreed.before = dtls->theirs;
        dtls->before_epoch = dtls->hears_epoch++;
        dtls->before_until = SKIFF_NEVER;   /* until the peer has used the new ones once */
        dtls->theirs = (struct opening){ .keys = next.keys };
    }
    skf_wipe(&next, sizeof next);
    return good;
}

bool speak_in_next_epoch(struct skiff_dtls *dtls)
{
    struct next next = { .secret = { 0 } };
    bool good = go_on(dtls, dtls->share.agreed.secrets.ours, &dtls->ours.keys, &next);

    if (good) {
        dtls->speaks_epoch++;
        dtls->ours = (struct sealing){ .keys = next.keys };
    }
    skf_wipe(&next, sizeof next);
    return good;
}

void note_opened(struct skiff_dtls *dtls, uint32_t epoch)
{
    if (dtls->before_epoch != 0 && epoch == dtls->hears_epoch
        && dtls->before_epoch >= dtls->dialect->last_epoch
        && dtls->before_until == SKIFF_NEVER)
        dtls->before_until = dtls->now + OLD_KEYS_KEPT;
}

void forget_before(struct skiff_dtls *dtls)
{
    if (dtls->before_epoch == 0)
        return;
    skf_wipe(&dtls->share.agreed.before, sizeof dtls->share.agreed.before);
    dtls->before_epoch = 0;
}

void expire_before(struct skiff_dtls *dtls)
{
    if (dtls->now >= before_ends(dtls))
        forget_before(dtls);
}

void forget_handshake_keys(struct skiff_dtls *dtls)
{
    if (dtls->before_epoch < dtls->dialect->last_epoch)
        forget_before(dtls);
}

skiff_time before_ends(const struct skiff_dtls *dtls)
{
    return dtls->before_epoch != 0 ? dtls->before_until : SKIFF_NEVER;
}

struct sealing *sealing_of(struct skiff_dtls *dtls, uint32_t epoch)
{
    if (epoch == 0)
        return NULL;
    if (epoch == dtls->speaks_epoch)
        return &dtls->ours;
    return dtls->room != NULL && epoch == dtls->room->before_epoch ? &dtls->room->before
                                                                   : NULL;
}

struct opening *opening_of(struct skiff_dtls *dtls, uint32_t epoch)
{
    if (epoch == 0)
        return NULL;
    if (epoch == dtls->hears_epoch)
        return &dtls->theirs;
    return epoch == dtls->before_epoch ? &dtls->share.agreed.before : NULL;
}

uint32_t epoch_of_bits(const struct skiff_dtls *dtls, uint32_t bits)
{
    if (dtls->hears_epoch != 0 && (dtls->hears_epoch & 3) == bits)
        return dtls->hears_epoch;
    return dtls->before_epoch != 0 && (dtls->before_epoch & 3) == bits ? dtls->before_epoch
                                                                       : 0;
}
