/* peer_identity.c - who the other end must be, and who it is (RFC 8122 section 5, RFC
 * 8827 6.5). */
#include "handshake/peer_identity.h"

#include "base/fingerprints.h"

static bool well_formed(const skiff_fingerprint *f)
{
    return (f->hash == HASH_SHA256 || f->hash == HASH_SHA384 || f->hash == HASH_SHA512)
        && f->len == skf_hash_len((enum skf_hash_alg)f->hash);
}

/* Of the longer digests only a digest is kept: what is compared with them is hashed,
 * too. */
static bool matches(const struct certificate_digests *digests, const skiff_fingerprint *f,
                    bool *is)
{
    const skiff_bytes bytes = { f->bytes, f->len };
    uint8_t over[SKF_HASH_MAX];

    if (f->hash == HASH_SHA256) {
        *is = skf_same(digests->sha256, f->bytes, sizeof digests->sha256);
        return true;
    }
    if (!skf_digest(HASH_SHA256, &bytes, 1, over))
        return false;
    *is = skf_same(f->hash == HASH_SHA384 ? digests->digests.over_sha384
                                          : digests->digests.over_sha512,
                   over, sizeof digests->digests.over_sha384);
    return true;
}

/* Writes whether one of them is of the certificate; false when libcrypto has failed. */
static bool compare(const struct certificate_digests *digests,
                    const skiff_fingerprint *any_of, size_t num, bool *match)
{
    *match = false;
    for (size_t i = 0; i < num && !*match; i++)
        if (!matches(digests, &any_of[i], match))
            return false;
    return true;
}

struct certificate_digests skf_peer_identity_digests(const struct peer_identity *identity)
{
    struct certificate_digests digests = { .digests = identity->stored->digests };

    memcpy(digests.sha256, identity->sha256, sizeof digests.sha256);
    return digests;
}

/* Of several hash functions one counts, here the strongest (RFC 8122 5.1). Returns how many
 * different fingerprints use it, and copies as many of them as can be kept. */
static size_t select_strongest(const skiff_fingerprint *any_of, size_t num,
                               skiff_fingerprint selected[FINGERPRINTS_MAX])
{
    size_t num_selected = 0;
    uint16_t strongest = 0;

    for (size_t i = 0; i < num; i++)
        if (any_of[i].hash > strongest)
            strongest = any_of[i].hash;
    for (size_t i = 0; i < num; i++) {
        if (any_of[i].hash != strongest || fingerprint_is_in(&any_of[i], any_of, i))
            continue;
        if (num_selected < FINGERPRINTS_MAX)
            selected[num_selected] = any_of[i];
        num_selected++;
    }
    return num_selected;
}

/* The certificate came first. */
static skiff_status judge(struct peer_identity *identity, const skiff_fingerprint *any_of,
                          size_t num)
{
    struct certificate_digests digests = skf_peer_identity_digests(identity);
    bool match;

    if (!compare(&digests, any_of, num, &match))
        return SKIFF_ERR_CRYPTO;
    identity->is_decided = true;
    identity->trust = match ? TRUST_GIVEN : TRUST_REFUSED;
    return SKIFF_OK;
}

skiff_status skf_peer_identity_expect(struct peer_identity *identity,
                                      const skiff_fingerprint *any_of, size_t num)
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
    if (identity->is_decided)
        return skiff_fault_set(SKIFF_ERR_STATE,
                               "any_of: the identity of the peer is decided already");
    if (identity->has_certificate)
        return judge(identity, selected, num);

    identity->is_decided = true;
    for (size_t i = 0; i < num; i++) {
        identity->stored->expected[i].hash = selected[i].hash;
        memcpy(identity->stored->expected[i].bytes, selected[i].bytes, selected[i].len);
    }
    identity->num_expected = (uint8_t)num;
    return SKIFF_OK;
}

skiff_status skf_peer_identity_set_trusted(struct peer_identity *identity, bool trusted)
{
    if (identity->is_decided)
        return skiff_fault_set(SKIFF_ERR_STATE,
                               "trusted: the identity of the peer is decided already");
    identity->is_decided = true;
    identity->trust = trusted ? TRUST_GIVEN : TRUST_DENIED;
    return SKIFF_OK;
}

static skiff_failure refusal(const char *what)
{
    return (skiff_failure){ .status = SKIFF_ERR_FAILED,
                            .alert = ALERT_BAD_CERTIFICATE,
                            .what = what,
                            .spec = "RFC 8122 5" };
}

skiff_failure skf_peer_identity_refusal(const struct peer_identity *identity)
{
    switch ((enum trust)identity->trust) {
    case TRUST_REFUSED:
        return refusal("Certificate: it matches no expected fingerprint");
    case TRUST_DENIED:
        return refusal("Certificate: the application does not trust it");
    case TRUST_UNKNOWN:
    case TRUST_GIVEN:
        break;
    }
    return (skiff_failure){ .status = SKIFF_OK, .alert = ALERT_NONE };
}

/* The fingerprints that were expected before the certificate came; returns how many. */
static size_t expected_of(const struct peer_identity *identity, skiff_fingerprint *expected)
{
    for (size_t i = 0; i < identity->num_expected && i < FINGERPRINTS_MAX; i++) {
        uint16_t hash = identity->stored->expected[i].hash;
        expected[i].hash = hash;
        expected[i].len = (uint16_t)skf_hash_len((enum skf_hash_alg)hash);
        memcpy(expected[i].bytes, identity->stored->expected[i].bytes, expected[i].len);
    }
    return identity->num_expected;
}

/* Once it is decided which peer is expected, no other digest is needed any more. */
static bool digest_is_needed(const struct peer_identity *identity, enum skf_hash_alg hash)
{
    for (size_t i = 0; i < identity->num_expected; i++)
        if (identity->stored->expected[i].hash == hash)
            return true;
    return !identity->is_decided || identity->needs_all_digests;
}

static bool digest_over(enum skf_hash_alg hash, skiff_bytes der, uint8_t over[32])
{
    uint8_t digest[SKF_HASH_MAX];
    const skiff_bytes bytes = { digest, skf_hash_len(hash) };

    return skf_digest(hash, &der, 1, digest) && skf_digest(HASH_SHA256, &bytes, 1, over);
}

/* The digests lie where the expectation was, which is judged by them. */
bool skf_peer_identity_set_digests(struct peer_identity *identity,
                                   const struct certificate_digests *digests)
{
    skiff_fingerprint expected[FINGERPRINTS_MAX] = { 0 };
    size_t num = expected_of(identity, expected);
    bool match;

    if (!compare(digests, expected, num, &match))
        return false;
    identity->has_certificate = true;
    memcpy(identity->sha256, digests->sha256, sizeof identity->sha256);
    identity->stored->digests = digests->digests;
    if (num > 0)
        identity->trust = match ? TRUST_GIVEN : TRUST_REFUSED;
    return true;
}

bool skf_peer_identity_set_certificate(struct peer_identity *identity, skiff_bytes der)
{
    bool needs_sha384 = digest_is_needed(identity, HASH_SHA384);
    bool needs_sha512 = digest_is_needed(identity, HASH_SHA512);
    struct certificate_digests digests = { .sha256 = { 0 } };

    if (!skf_digest(HASH_SHA256, &der, 1, digests.sha256)
        || (needs_sha384 && !digest_over(HASH_SHA384, der, digests.digests.over_sha384))
        || (needs_sha512 && !digest_over(HASH_SHA512, der, digests.digests.over_sha512)))
        return false;
    return skf_peer_identity_set_digests(identity, &digests);
}

bool skf_peer_identity_may_match(const struct peer_identity *identity,
                                 const struct certificate_digests *digests)
{
    skiff_fingerprint expected[FINGERPRINTS_MAX] = { 0 };
    size_t num = expected_of(identity, expected);
    bool match;

    return num == 0 || (compare(digests, expected, num, &match) && match);
}
