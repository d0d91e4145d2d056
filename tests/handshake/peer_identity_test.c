/* peer_identity_test.c - whom we expect and who came, whichever is known first. */
#include "../suite.h"

#include "handshake/peer_identity.h"

static const skiff_bytes der = { (const uint8_t *)"a certificate", 13 };

static skiff_fingerprint fingerprint_of(skiff_bytes bytes, uint16_t hash)
{
    skiff_fingerprint f = { .hash = hash,
                            .len = (uint16_t)skf_hash_len((enum skf_hash_alg)hash) };

    CU_ASSERT_TRUE(skf_digest((enum skf_hash_alg)hash, &bytes, 1, f.bytes));
    return f;
}

static skiff_fingerprint wrong(uint16_t hash)
{
    return fingerprint_of((skiff_bytes){ (const uint8_t *)"another", 7 }, hash);
}

static void every_hash_matches_early_and_late(void)
{
    static const uint16_t hashes[] = { 256, 384, 512 };

    for (size_t i = 0; i < 3; i++) {
        union expectation kept[2];
        struct peer_identity early = { .stored = &kept[0] }, late = { .stored = &kept[1] };
        skiff_fingerprint f = fingerprint_of(der, hashes[i]);
        CU_ASSERT_EQUAL(skf_peer_identity_expect(&early, &f, 1), SKIFF_OK);
        CU_ASSERT_EQUAL(early.trust, TRUST_UNKNOWN);
        CU_ASSERT_TRUE(skf_peer_identity_set_certificate(&early, der));
        CU_ASSERT_EQUAL(early.trust, TRUST_GIVEN);
        CU_ASSERT_TRUE(skf_peer_identity_set_certificate(&late, der));
        CU_ASSERT_EQUAL(late.trust, TRUST_UNKNOWN);
        CU_ASSERT_EQUAL(skf_peer_identity_expect(&late, &f, 1), SKIFF_OK);
        CU_ASSERT_EQUAL(late.trust, TRUST_GIVEN);
    }
}

static void any_one_of_several_is_enough(void)
{
    for (size_t right = 0; right < FINGERPRINTS_MAX; right++) {
        skiff_fingerprint any_of[FINGERPRINTS_MAX] = { wrong(384), wrong(384), wrong(384),
                                                       wrong(384) };
        union expectation kept[2];
        struct peer_identity early = { .stored = &kept[0] }, late = { .stored = &kept[1] };
        any_of[right] = fingerprint_of(der, 384);
        CU_ASSERT_EQUAL(skf_peer_identity_expect(&early, any_of, FINGERPRINTS_MAX),
                        SKIFF_OK);
        CU_ASSERT_TRUE(skf_peer_identity_set_certificate(&early, der)
                       && skf_peer_identity_set_certificate(&late, der));
        CU_ASSERT_EQUAL(skf_peer_identity_expect(&late, any_of, FINGERPRINTS_MAX),
                        SKIFF_OK);
        CU_ASSERT_EQUAL(early.trust, TRUST_GIVEN);
        CU_ASSERT_EQUAL(late.trust, TRUST_GIVEN);
    }
}

/* RFC 8122 5.1: an endpoint selects the fingerprints of its most preferred hash function
 * out of those offered, and a certificate must match one of that set. */
static void of_several_hash_functions_the_strongest_alone_counts(void)
{
    static const uint16_t hashes[] = { 256, 384, 512 };

    for (int round = 0; round < 3 * 3 * 2 * 2; round++) {
        uint16_t right = hashes[round % 3], other = hashes[round / 3 % 3];
        bool first = round / 9 % 2 == 0, comes_late = round / 18 == 1;
        skiff_fingerprint any_of[2];
        union expectation kept;
        struct peer_identity peer = { .stored = &kept };

        any_of[first ? 0 : 1] = fingerprint_of(der, right);
        any_of[first ? 1 : 0] = wrong(other);
        if (comes_late)
            CU_ASSERT_TRUE(skf_peer_identity_set_certificate(&peer, der));
        CU_ASSERT_EQUAL(skf_peer_identity_expect(&peer, any_of, 2), SKIFF_OK);
        if (!comes_late)
            CU_ASSERT_TRUE(skf_peer_identity_set_certificate(&peer, der));
        CU_ASSERT_EQUAL(peer.trust, right >= other ? TRUST_GIVEN : TRUST_REFUSED);
    }
}

static void only_what_counts_uses_an_entry(void)
{
    skiff_fingerprint any_of[3 * FINGERPRINTS_MAX];
    union expectation kept;
    struct peer_identity peer = { .stored = &kept };

    for (size_t i = 0; i < FINGERPRINTS_MAX; i++) {
        any_of[3 * i] = wrong(384);
        any_of[3 * i + 1] = wrong(256);
        any_of[3 * i + 2] = i == 3 ? fingerprint_of(der, 512) : wrong(512);
    }
    CU_ASSERT_EQUAL(skf_peer_identity_expect(&peer, any_of, 3 * FINGERPRINTS_MAX),
                    SKIFF_OK);
    CU_ASSERT_TRUE(skf_peer_identity_set_certificate(&peer, der));
    CU_ASSERT_EQUAL(peer.trust, TRUST_GIVEN);
}

static void none_of_several_is_refused_early_and_late(void)
{
    const skiff_fingerprint any_of[] = { wrong(256), wrong(384), wrong(512) };
    union expectation kept[2];
    struct peer_identity early = { .stored = &kept[0] }, late = { .stored = &kept[1] };

    CU_ASSERT_EQUAL(skf_peer_identity_expect(&early, any_of, 3), SKIFF_OK);
    CU_ASSERT_TRUE(skf_peer_identity_set_certificate(&early, der)
                   && skf_peer_identity_set_certificate(&late, der));
    CU_ASSERT_EQUAL(skf_peer_identity_expect(&late, any_of, 3), SKIFF_OK);
    CU_ASSERT_EQUAL(early.trust, TRUST_REFUSED);
    CU_ASSERT_EQUAL(late.trust, TRUST_REFUSED);
}

/* One bit that differs, at any place, is another certificate. */
static void every_bit_counts(void)
{
    for (size_t bit = 0; bit < 512; bit++) {
        skiff_fingerprint f = fingerprint_of(der, 512);
        union expectation kept;
        struct peer_identity peer = { .stored = &kept };
        f.bytes[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        CU_ASSERT_EQUAL(skf_peer_identity_expect(&peer, &f, 1), SKIFF_OK);
        CU_ASSERT_TRUE(skf_peer_identity_set_certificate(&peer, der));
        CU_ASSERT_EQUAL(peer.trust, TRUST_REFUSED);
    }
}

static void what_breaks_a_rule_changes_nothing(void)
{
    skiff_fingerprint good = fingerprint_of(der, 256), bad = good;
    skiff_fingerprint many[FINGERPRINTS_MAX + 1];
    union expectation kept;
    struct peer_identity peer = { .stored = &kept };

    for (uint8_t i = 0; i <= FINGERPRINTS_MAX; i++) {
        many[i] = good;
        many[i].bytes[0] ^= i;
    }
    CU_ASSERT_EQUAL(skf_peer_identity_expect(&peer, &good, 0), SKIFF_ERR_ARGUMENT);
    CU_ASSERT_EQUAL(skf_peer_identity_expect(&peer, NULL, 1), SKIFF_ERR_ARGUMENT);
    CU_ASSERT_EQUAL(skf_peer_identity_expect(&peer, many, FINGERPRINTS_MAX + 1),
                    SKIFF_ERR_ARGUMENT);
    bad.hash = 160;
    CU_ASSERT_EQUAL(skf_peer_identity_expect(&peer, &bad, 1), SKIFF_ERR_ARGUMENT);
    bad = good;
    bad.len = 20;
    CU_ASSERT_EQUAL(skf_peer_identity_expect(&peer, &bad, 1), SKIFF_ERR_ARGUMENT);
    bad.len = 0;
    CU_ASSERT_EQUAL(skf_peer_identity_expect(&peer, &bad, 1), SKIFF_ERR_ARGUMENT);
    CU_ASSERT_FALSE(peer.is_decided);
    CU_ASSERT_EQUAL(skf_peer_identity_expect(&peer, &good, 1), SKIFF_OK);
}

static void it_is_sent_only_once(void)
{
    skiff_fingerprint f = fingerprint_of(der, 256);
    union expectation kept[2];
    struct peer_identity expected = { .stored = &kept[0] }, judged = { .stored = &kept[1] };

    CU_ASSERT_EQUAL(skf_peer_identity_expect(&expected, &f, 1), SKIFF_OK);
    CU_ASSERT_EQUAL(skf_peer_identity_expect(&expected, &f, 1), SKIFF_ERR_STATE);
    CU_ASSERT_EQUAL(skf_peer_identity_set_trusted(&expected, true), SKIFF_ERR_STATE);
    CU_ASSERT_EQUAL(expected.trust, TRUST_UNKNOWN);
    CU_ASSERT_EQUAL(skf_peer_identity_set_trusted(&judged, false), SKIFF_OK);
    CU_ASSERT_EQUAL(skf_peer_identity_expect(&judged, &f, 1), SKIFF_ERR_STATE);
    CU_ASSERT_EQUAL(judged.trust, TRUST_DENIED);
}

static void the_judgement_of_the_caller_stands(void)
{
    union expectation kept;
    struct peer_identity peer = { .stored = &kept };

    CU_ASSERT_EQUAL(skf_peer_identity_set_trusted(&peer, true), SKIFF_OK);
    CU_ASSERT_TRUE(skf_peer_identity_set_certificate(&peer, der));
    CU_ASSERT_EQUAL(peer.trust, TRUST_GIVEN);
}

CU_TestInfo peer_identity_tests[] = {
    TEST(every_hash_matches_early_and_late),
    TEST(any_one_of_several_is_enough),
    TEST(of_several_hash_functions_the_strongest_alone_counts),
    TEST(only_what_counts_uses_an_entry),
    TEST(none_of_several_is_refused_early_and_late),
    TEST(every_bit_counts),
    TEST(what_breaks_a_rule_changes_nothing),
    TEST(it_is_sent_only_once),
    TEST(the_judgement_of_the_caller_stands),
    CU_TEST_INFO_NULL,
};
