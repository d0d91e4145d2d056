/* peer.c - who the other end must be, and who it is (RFC 8122 section 5, RFC 8827 6.5). */
#include "dtls/peer.h"

static bool well_formed(const skiff_fingerprint *f)
{
    return (f->hash == HASH_SHA256 || f->hash == HASH_SHA384 || f->hash == HASH_SHA512)
        && f->len == skf_hash_len((enum skf_hash_alg)f->hash);
}

/* Of the longer digests only a digest is kept: what is compared with them goes that way
 * too. */
static bool is_of(const struct peer *peer, const skiff_fingerprint *f)
{
    const skiff_bytes bytes = { f->bytes, f->len };
    uint8_t over[SKF_HASH_MAX];

    if (f->hash == HASH_SHA256)
        return skf_same(peer->sha256, f->bytes, sizeof peer->sha256);
    return skf_digest(HASH_SHA256, &bytes, 1, over)
        && skf_same(f->hash == HASH_SHA384 ? peer->kept->digests.over_sha384
                                           : peer->kept->digests.over_sha512,
                    over, sizeof peer->kept->digests.over_sha384);
}

static bool matches(const struct peer *peer, const skiff_fingerprint *any_of, size_t num)
{
    for (size_t i = 0; i < num; i++)
        if (is_of(peer, &any_of[i]))
            return true;
    return false;
}

skiff_status peer_expect(struct peer *peer, const skiff_fingerprint *any_of, size_t num)
{
    if (any_of == NULL || num == 0 || num > FINGERPRINTS_MAX)
        return SKIFF_ERR_ARGUMENT;
    for (size_t i = 0; i < num; i++)
        if (!well_formed(&any_of[i]))
            return SKIFF_ERR_ARGUMENT;
    if (peer->told)
        return SKIFF_ERR_STATE;

    peer->told = true;
    if (peer->heard) {
        peer->trust = matches(peer, any_of, num) ? TRUST_GIVEN : TRUST_REFUSED;
        return SKIFF_OK;
    }
    for (size_t i = 0; i < num; i++) {
        peer->kept->expected[i].hash = any_of[i].hash;
        memcpy(peer->kept->expected[i].bytes, any_of[i].bytes, any_of[i].len);
    }
    peer->num_expected = (uint8_t)num;
    return SKIFF_OK;
}

skiff_status peer_judged(struct peer *peer, bool trusted)
{
    if (peer->told)
        return SKIFF_ERR_STATE;
    peer->told = true;
    peer->trust = trusted ? TRUST_GIVEN : TRUST_REFUSED;
    return SKIFF_OK;
}

/* Once the caller has said whom it expects, nobody asks for another digest any more. */
static bool may_be_asked_for(const struct peer *peer, const skiff_fingerprint *expected,
                             enum skf_hash_alg hash)
{
    for (size_t i = 0; i < peer->num_expected; i++)
        if (expected[i].hash == hash)
            return true;
    return !peer->told;
}

static bool digest_over(enum skf_hash_alg hash, skiff_bytes der, uint8_t over[32])
{
    uint8_t digest[SKF_HASH_MAX];
    const skiff_bytes bytes = { digest, skf_hash_len(hash) };

    return skf_digest(hash, &der, 1, digest) && skf_digest(HASH_SHA256, &bytes, 1, over);
}

bool peer_heard(struct peer *peer, skiff_bytes der)
{
    skiff_fingerprint expected[FINGERPRINTS_MAX];

    for (size_t i = 0; i < peer->num_expected; i++) {
        uint16_t hash = peer->kept->expected[i].hash;
        expected[i].hash = hash;
        expected[i].len = (uint16_t)skf_hash_len((enum skf_hash_alg)hash);
        memcpy(expected[i].bytes, peer->kept->expected[i].bytes, expected[i].len);
    }
    bool needs_sha384 = may_be_asked_for(peer, expected, HASH_SHA384);
    bool needs_sha512 = may_be_asked_for(peer, expected, HASH_SHA512);
    if (!skf_digest(HASH_SHA256, &der, 1, peer->sha256)
        || (needs_sha384 && !digest_over(HASH_SHA384, der, peer->kept->digests.over_sha384))
        || (needs_sha512
            && !digest_over(HASH_SHA512, der, peer->kept->digests.over_sha512)))
        return false;
    peer->heard = true;
    if (peer->num_expected > 0)
        peer->trust =
            matches(peer, expected, peer->num_expected) ? TRUST_GIVEN : TRUST_REFUSED;
    return true;
}
