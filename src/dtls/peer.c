/* peer.c - who the other end must be, and who it is (RFC 8122 section 5, RFC 8827 6.5). */
#include "dtls/peer.h"

static bool well_formed(const skiff_fingerprint *f)
{
    return (f->hash == HASH_SHA256 || f->hash == HASH_SHA384 || f->hash == HASH_SHA512)
        && f->len == skf_hash_len((enum skf_hash_alg)f->hash);
}

/* Of the longer digests only a digest is kept: what is compared with them goes that way
 * too. */
static bool is_of(const struct shown *shown, const skiff_fingerprint *f, bool *is)
{
    const skiff_bytes bytes = { f->bytes, f->len };
    uint8_t over[SKF_HASH_MAX];

    if (f->hash == HASH_SHA256) {
        *is = skf_same(shown->sha256, f->bytes, sizeof shown->sha256);
        return true;
    }
    if (!skf_digest(HASH_SHA256, &bytes, 1, over))
        return false;
    *is = skf_same(f->hash == HASH_SHA384 ? shown->digests.over_sha384
                                          : shown->digests.over_sha512,
                   over, sizeof shown->digests.over_sha384);
    return true;
}

/* Writes whether one of them is of the certificate; false when libcrypto has failed. */
static bool compare(const struct shown *shown, const skiff_fingerprint *any_of, size_t num,
                    bool *match)
{
    *match = false;
    for (size_t i = 0; i < num && !*match; i++)
        if (!is_of(shown, &any_of[i], match))
            return false;
    return true;
}

struct shown peer_shown(const struct peer *peer)
{
    struct shown shown = { .digests = peer->kept->digests };

    memcpy(shown.sha256, peer->sha256, sizeof shown.sha256);
    return shown;
}

/* Of several hash functions one counts, here the strongest (RFC 8122 5.1). Says how many
 * fingerprints use it, and copies as many of them as can be kept. */
static size_t select_strongest(const skiff_fingerprint *any_of, size_t num,
                               skiff_fingerprint selected[FINGERPRINTS_MAX])
{
    size_t num_selected = 0;
    uint16_t strongest = 0;

    for (size_t i = 0; i < num; i++)
        if (any_of[i].hash > strongest)
            strongest = any_of[i].hash;
    for (size_t i = 0; i < num; i++) {
        if (any_of[i].hash != strongest)
            continue;
        if (num_selected < FINGERPRINTS_MAX)
            selected[num_selected] = any_of[i];
        num_selected++;
    }
    return num_selected;
}

/* The certificate came first. */
static skiff_status judge(struct peer *peer, const skiff_fingerprint *any_of, size_t num)
{
    struct shown shown = peer_shown(peer);
    bool match;

    if (!compare(&shown, any_of, num, &match))
        return SKIFF_ERR_CRYPTO;
    peer->told = true;
    peer->trust = match ? TRUST_GIVEN : TRUST_REFUSED;
    return SKIFF_OK;
}

skiff_status peer_expect(struct peer *peer, const skiff_fingerprint *any_of, size_t num)
{
    skiff_fingerprint selected[FINGERPRINTS_MAX] = { 0 };

    if (any_of == NULL || num == 0)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT, "any_of, num: no fingerprint");
    for (size_t i = 0; i < num; i++)
        if (!well_formed(&any_of[i]))
            return skiff_fault_set_number(SKIFF_ERR_ARGUMENT, "any_of: [", i,
                                          "] has no known hash, or not its length");
    num = select_strongest(any_of, num, selected);
    if (num > FINGERPRINTS_MAX)
        return skiff_fault_set_number(SKIFF_ERR_ARGUMENT, "any_of: ", num,
                                      " of the strongest hash function are over 4");
    if (peer->told)
        return skiff_fault_set(SKIFF_ERR_STATE, "any_of: who is expected was said already");
    if (peer->heard)
        return judge(peer, selected, num);

    peer->told = true;
    for (size_t i = 0; i < num; i++) {
        peer->kept->expected[i].hash = selected[i].hash;
        memcpy(peer->kept->expected[i].bytes, selected[i].bytes, selected[i].len);
    }
    peer->num_expected = (uint8_t)num;
    return SKIFF_OK;
}

skiff_status peer_judged(struct peer *peer, bool trusted)
{
    if (peer->told)
        return skiff_fault_set(SKIFF_ERR_STATE,
                               "trusted: who is expected was said already");
    peer->told = true;
    peer->trust = trusted ? TRUST_GIVEN : TRUST_REFUSED;
    return SKIFF_OK;
}

/* What was expected before the certificate came; how many. */
static size_t expected_of(const struct peer *peer, skiff_fingerprint *expected)
{
    for (size_t i = 0; i < peer->num_expected && i < FINGERPRINTS_MAX; i++) {
        uint16_t hash = peer->kept->expected[i].hash;
        expected[i].hash = hash;
        expected[i].len = (uint16_t)skf_hash_len((enum skf_hash_alg)hash);
        memcpy(expected[i].bytes, peer->kept->expected[i].bytes, expected[i].len);
    }
    return peer->num_expected;
}

/* Once the caller has said whom it expects, nobody asks for another digest any more. */
static bool may_be_asked_for(const struct peer *peer, enum skf_hash_alg hash)
{
    for (size_t i = 0; i < peer->num_expected; i++)
        if (peer->kept->expected[i].hash == hash)
            return true;
    return !peer->told || peer->for_tickets;
}

static bool digest_over(enum skf_hash_alg hash, skiff_bytes der, uint8_t over[32])
{
    uint8_t digest[SKF_HASH_MAX];
    const skiff_bytes bytes = { digest, skf_hash_len(hash) };

    return skf_digest(hash, &der, 1, digest) && skf_digest(HASH_SHA256, &bytes, 1, over);
}

/* The digests lie where the expectation was, which is judged by them. */
bool peer_showed(struct peer *peer, const struct shown *shown)
{
    skiff_fingerprint expected[FINGERPRINTS_MAX] = { 0 };
    size_t num = expected_of(peer, expected);
    bool match;

    if (!compare(shown, expected, num, &match))
        return false;
    peer->heard = true;
    memcpy(peer->sha256, shown->sha256, sizeof peer->sha256);
    peer->kept->digests = shown->digests;
    if (num > 0)
        peer->trust = match ? TRUST_GIVEN : TRUST_REFUSED;
    return true;
}

bool peer_heard(struct peer *peer, skiff_bytes der)
{
    bool needs_sha384 = may_be_asked_for(peer, HASH_SHA384);
    bool needs_sha512 = may_be_asked_for(peer, HASH_SHA512);
    struct shown shown = { .sha256 = { 0 } };

    if (!skf_digest(HASH_SHA256, &der, 1, shown.sha256)
        || (needs_sha384 && !digest_over(HASH_SHA384, der, shown.digests.over_sha384))
        || (needs_sha512 && !digest_over(HASH_SHA512, der, shown.digests.over_sha512)))
        return false;
    return peer_showed(peer, &shown);
}

bool peer_may_be(const struct peer *peer, const struct shown *shown)
{
    skiff_fingerprint expected[FINGERPRINTS_MAX] = { 0 };
    size_t num = expected_of(peer, expected);
    bool match;

    return num == 0 || (compare(shown, expected, num, &match) && match);
}
