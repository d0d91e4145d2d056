/* key_share_test.c - key exchange, with ourselves and with libcrypto's own way of doing it.
 */
#include <openssl/core_names.h>
#include <openssl/ec.h>

#include "../suite.h"
#include "by_hand.h"
#include "material.h"

static const struct {
    uint16_t number;
    const char *curve; /* NULL: X25519 */
    size_t public_len, secret_len;
} skf_named_groups[] = {
    { GROUP_X25519, NULL, 32, 32 },
    { GROUP_SECP256R1, "P-256", 65, 32 },
    { GROUP_SECP384R1, "P-384", 97, 48 },
};

enum { NUM_GROUPS = sizeof skf_named_groups / sizeof *skf_named_groups };

/* One end of an exchange by EVP, its public half included. */
struct theirs {
    EVP_PKEY *key;
    uint8_t public_half[SKF_SHARE_MAX];
};

static struct theirs make_theirs(size_t group)
{
    const char *curve = skf_named_groups[group].curve;
    struct theirs theirs;
    size_t len;

    if (curve != NULL)
        theirs.key = EVP_EC_gen(curve);
    else
        theirs.key = EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
    CU_ASSERT_EQUAL(
        EVP_PKEY_get_octet_string_param(theirs.key, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY,
                                        theirs.public_half, SKF_SHARE_MAX, &len),
        1);
    CU_ASSERT_EQUAL(len, skf_named_groups[group].public_len);
    return theirs;
}

static void agree_theirs(const struct theirs *theirs, const uint8_t *ours, size_t len,
                         uint8_t *secret)
{
    EVP_PKEY *peer = EVP_PKEY_new();
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(theirs->key, NULL);
    size_t secret_len = SKF_SECRET_MAX;

    CU_ASSERT_EQUAL(EVP_PKEY_copy_parameters(peer, theirs->key), 1);
    CU_ASSERT_EQUAL(EVP_PKEY_set1_encoded_public_key(peer, ours, len), 1);
    CU_ASSERT_EQUAL(EVP_PKEY_derive_init(ctx), 1);
    CU_ASSERT_EQUAL(EVP_PKEY_derive_set_peer(ctx, peer), 1);
    CU_ASSERT_EQUAL(EVP_PKEY_derive(ctx, secret, &secret_len), 1);
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(peer);
}

static void check_exchange(struct skf_crypto *crypto, size_t group)
{
    struct theirs theirs = make_theirs(group);
    struct skf_share share = { 0 };
    uint8_t ours[SKF_SHARE_MAX], a[SKF_SECRET_MAX], b[SKF_SECRET_MAX];
    size_t ours_len = 0, a_len = 0;
    skiff_bytes peer = { theirs.public_half, skf_named_groups[group].public_len };

    CU_ASSERT_TRUE_FATAL(
        skf_share_make(crypto, skf_named_groups[group].number, &share, ours, &ours_len));
    CU_ASSERT_EQUAL(ours_len, skf_named_groups[group].public_len);
    CU_ASSERT_TRUE(skf_share_agree(crypto, &share, peer, a, &a_len));
    CU_ASSERT_EQUAL(a_len, skf_named_groups[group].secret_len);
    agree_theirs(&theirs, ours, ours_len, b);
    CU_ASSERT_EQUAL(memcmp(a, b, a_len), 0);
    skf_share_wipe(&share);
    EVP_PKEY_free(theirs.key);
}

/* Often enough that some secrets and scalars begin with a zero byte. */
static void we_agree_with_libcrypto_in_every_group(void)
{
    struct skf_crypto *crypto = material_crypto(NULL);

    for (size_t group = 0; group < NUM_GROUPS; group++)
        for (int i = 0; skf_group_is_available(skf_named_groups[group].number) && i < 20;
             i++)
            check_exchange(crypto, group);
    CU_ASSERT_TRUE(material_no_errors());
    skf_crypto_free(crypto);
}

static void shares_made_in_between_do_not_disturb_each_other(void)
{
    struct skf_crypto *crypto = material_crypto(NULL);

    for (size_t group = 0; group < NUM_GROUPS; group++) {
        if (!skf_group_is_available(skf_named_groups[group].number))
            continue;
        struct skf_share share[3] = { { 0 }, { 0 }, { 0 } };
        uint8_t half[3][SKF_SHARE_MAX], a[SKF_SECRET_MAX], b[SKF_SECRET_MAX];
        size_t len[3], secret_len;

        for (size_t i = 0; i < 3; i++)
            CU_ASSERT_TRUE_FATAL(skf_share_make(crypto, skf_named_groups[group].number,
                                                &share[i], half[i], &len[i]));
        CU_ASSERT_TRUE(skf_share_agree(crypto, &share[0], (skiff_bytes){ half[1], len[1] },
                                       a, &secret_len));
        CU_ASSERT_TRUE(skf_share_agree(crypto, &share[1], (skiff_bytes){ half[0], len[0] },
                                       b, &secret_len));
        CU_ASSERT_EQUAL(memcmp(a, b, secret_len), 0);
        CU_ASSERT_TRUE(skf_share_agree(crypto, &share[2], (skiff_bytes){ half[0], len[0] },
                                       b, &secret_len));
        CU_ASSERT_NOT_EQUAL(memcmp(a, b, secret_len), 0);
        for (size_t i = 0; i < 3; i++)
            skf_share_wipe(&share[i]);
    }
    skf_crypto_free(crypto);
}

/* RFC 7748 sections 5.2 (both vectors) and 6.1 (Bob with Alice's public key) */
static const struct {
    const char *scalar, *peer, *secret;
} vectors[] = {
    { "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
      "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
      "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552" },
    { "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
      "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
      "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957" },
    { "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
      "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
      "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742" },
};

static void the_vectors_of_rfc_7748_come_out(void)
{
    struct skf_crypto *crypto = material_crypto(NULL);

    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        struct material scalar = material_hex(vectors[i].scalar);
        struct material peer = material_hex(vectors[i].peer);
        struct material want = material_hex(vectors[i].secret);
        struct skf_share share = by_hand_key_share(scalar.bytes);
        uint8_t secret[SKF_SECRET_MAX];
        size_t len;

        CU_ASSERT_TRUE(skf_share_agree(crypto, &share, VIEW(peer), secret, &len));
        CU_ASSERT_EQUAL(memcmp(secret, want.bytes, 32), 0);
        skf_share_wipe(&share);
    }
    skf_crypto_free(crypto);
}

/* Points of small order: 0, 1, p-1, p, p+1, and the two of order 8 */
static const char *const small_order[] = {
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
};

static void an_x25519_secret_of_zeros_is_refused(void)
{
    struct skf_crypto *crypto = material_crypto(NULL);
    struct skf_share share = { 0 };
    uint8_t half[SKF_SHARE_MAX], secret[SKF_SECRET_MAX];
    size_t len;

    CU_ASSERT_TRUE_FATAL(skf_share_make(crypto, GROUP_X25519, &share, half, &len));
    for (size_t i = 0; i < sizeof small_order / sizeof *small_order; i++) {
        struct material peer = material_hex(small_order[i]);
        CU_ASSERT_FALSE(skf_share_agree(crypto, &share, VIEW(peer), secret, &len));
    }
    CU_ASSERT_TRUE(material_no_errors());
    skf_share_wipe(&share);
    skf_crypto_free(crypto);
}

/* Compressed (2, 3), hybrid (6, 7), infinity (0), and a point that is not on the curve. */
static void check_refusals(struct skf_crypto *crypto, size_t group)
{
    struct theirs theirs = make_theirs(group);
    struct skf_share share = { 0 };
    uint8_t half[SKF_SHARE_MAX], secret[SKF_SECRET_MAX];
    size_t len, whole = skf_named_groups[group].public_len;
    skiff_bytes peer = { theirs.public_half, whole };

    CU_ASSERT_TRUE_FATAL(
        skf_share_make(crypto, skf_named_groups[group].number, &share, half, &len));
    for (uint8_t form = 0; form < 8; form++) {
        theirs.public_half[0] = form;
        CU_ASSERT_EQUAL(skf_share_agree(crypto, &share, peer, secret, &len), form == 4);
    }
    theirs.public_half[0] = 4;
    theirs.public_half[whole - 1] ^= 1;
    CU_ASSERT_FALSE(skf_share_agree(crypto, &share, peer, secret, &len));
    skf_share_wipe(&share);
    EVP_PKEY_free(theirs.key);
}

static void only_uncompressed_points_of_the_curve_are_accepted(void)
{
    struct skf_crypto *crypto = material_crypto(NULL);

    check_refusals(crypto, 1);
    check_refusals(crypto, 2);
    CU_ASSERT_TRUE(material_no_errors());
    skf_crypto_free(crypto);
}

static void a_peer_of_any_other_length_is_refused(void)
{
    struct skf_crypto *crypto = material_crypto(NULL);

    for (size_t group = 0; group < NUM_GROUPS; group++) {
        if (!skf_group_is_available(skf_named_groups[group].number))
            continue;
        struct skf_share share = { 0 };
        uint8_t half[200] = { 0 }, secret[SKF_SECRET_MAX];
        size_t len, secret_len;

        CU_ASSERT_TRUE_FATAL(
            skf_share_make(crypto, skf_named_groups[group].number, &share, half, &len));
        for (size_t n = 0; n < sizeof half; n++)
            CU_ASSERT_EQUAL(skf_share_agree(crypto, &share, (skiff_bytes){ half, n },
                                            secret, &secret_len),
                            n == len);
        skf_share_wipe(&share);
    }
    skf_crypto_free(crypto);
}

static const uint16_t numbers[] = { GROUP_X25519, GROUP_SECP256R1, GROUP_SECP384R1,
                                    GROUP_X25519MLKEM768 };

enum { NUM_NUMBERS = sizeof numbers / sizeof *numbers };

/* Either both ends have one secret, or libcrypto has no such group. */
static void check_response(struct skf_crypto *crypto, uint16_t group)
{
    struct skf_share share = { 0 };
    uint8_t offer[SKF_SHARE_MAX] = { 0 }, reply[SKF_SHARE_MAX];
    uint8_t a[SKF_SECRET_MAX], b[SKF_SECRET_MAX];
    size_t offer_len = SKF_SHARE_MAX, reply_len = 0, a_len = 0, b_len = 1;
    bool there = skf_group_is_available(group);

    CU_ASSERT_EQUAL(skf_share_make(crypto, group, &share, offer, &offer_len), there);
    CU_ASSERT_EQUAL(skf_share_reply(crypto, group, (skiff_bytes){ offer, offer_len }, reply,
                                    &reply_len, a, &a_len),
                    there);
    CU_ASSERT_EQUAL(
        skf_share_agree(crypto, &share, (skiff_bytes){ reply, reply_len }, b, &b_len),
        there);
    if (there) {
        CU_ASSERT_EQUAL(a_len, b_len);
        CU_ASSERT_EQUAL(memcmp(a, b, a_len), 0);
    }
    skf_share_wipe(&share);
}

static void a_response_and_its_offer_have_one_secret_in_every_group(void)
{
    struct skf_crypto *crypto = material_crypto(NULL);

    for (size_t i = 0; i < NUM_NUMBERS; i++)
        for (int n = 0; n < 5; n++)
            check_response(crypto, numbers[i]);
    CU_ASSERT_TRUE(material_no_errors());
    skf_crypto_free(crypto);
}

static void an_offer_of_any_other_length_gets_no_response(void)
{
    struct skf_crypto *crypto = material_crypto(NULL);

    for (size_t i = 0; i < NUM_NUMBERS; i++) {
        struct skf_share share = { 0 };
        uint8_t offer[SKF_SHARE_MAX + 1] = { 0 }, reply[SKF_SHARE_MAX];
        uint8_t secret[SKF_SECRET_MAX];
        size_t len, reply_len, secret_len;
        bool there = skf_share_make(crypto, numbers[i], &share, offer, &len);

        for (size_t n = 0; n <= sizeof offer; n++)
            CU_ASSERT_EQUAL(skf_share_reply(crypto, numbers[i], (skiff_bytes){ offer, n },
                                            reply, &reply_len, secret, &secret_len),
                            there && n == len);
        skf_share_wipe(&share);
    }
    CU_ASSERT_TRUE(material_no_errors());
    skf_crypto_free(crypto);
}

static bool gets_a_response(struct skf_crypto *crypto, uint16_t group, skiff_bytes offer)
{
    uint8_t reply[SKF_SHARE_MAX], secret[SKF_SECRET_MAX];
    size_t reply_len, secret_len;

    return skf_share_reply(crypto, group, offer, reply, &reply_len, secret, &secret_len);
}

static void a_bad_point_gets_no_response(void)
{
    struct skf_crypto *crypto = material_crypto(NULL);

    for (size_t i = 0; i < sizeof small_order / sizeof *small_order; i++) {
        struct material offer = material_hex(small_order[i]);
        CU_ASSERT_FALSE(gets_a_response(crypto, GROUP_X25519, VIEW(offer)));
    }
    for (size_t group = 1; group < NUM_GROUPS; group++) {
        struct theirs theirs = make_theirs(group);
        size_t len = skf_named_groups[group].public_len;

        theirs.public_half[len - 1] ^= 1;
        CU_ASSERT_FALSE(gets_a_response(crypto, skf_named_groups[group].number,
                                        (skiff_bytes){ theirs.public_half, len }));
        EVP_PKEY_free(theirs.key);
    }
    CU_ASSERT_TRUE(material_no_errors());
    skf_crypto_free(crypto);
}

static void an_unknown_group_is_refused(void)
{
    struct skf_crypto *crypto = material_crypto(NULL);
    struct skf_share share = { 0 };
    uint8_t half[SKF_SHARE_MAX] = { 0 }, secret[SKF_SECRET_MAX];
    size_t len;

    CU_ASSERT_FALSE(skf_group_is_available(0x001e));
    CU_ASSERT_FALSE(gets_a_response(crypto, 0x001e, (skiff_bytes){ half, 56 }));
    CU_ASSERT_FALSE(skf_share_make(crypto, 0x001e, &share, half, &len));
    CU_ASSERT_FALSE(
        skf_share_agree(crypto, &share, (skiff_bytes){ half, 65 }, secret, &len));
    skf_crypto_free(crypto);
}

static void a_wiped_share_is_empty_and_can_be_wiped_again(void)
{
    static const struct skf_share empty;
    struct skf_crypto *crypto = material_crypto(NULL);
    struct skf_share share = { 0 };
    uint8_t half[SKF_SHARE_MAX];
    size_t len;

    CU_ASSERT_TRUE(skf_share_make(crypto, GROUP_SECP256R1, &share, half, &len));
    skf_share_wipe(&share);
    CU_ASSERT_EQUAL(memcmp(share.private_bytes, empty.private_bytes, SKF_SCALAR_MAX), 0);
    CU_ASSERT_PTR_NULL(share.held);
    skf_share_wipe(&share);
    skf_crypto_free(crypto);
}

static void prices_have_each_group_once_and_the_hybrid_first(void)
{
    CU_ASSERT_EQUAL(skf_groups_by_price[0], GROUP_X25519MLKEM768);
    for (size_t i = 0; i < NUM_NUMBERS; i++) {
        size_t found = 0;
        for (size_t at = 0; at < SKF_GROUPS; at++)
            found += skf_groups_by_price[at] == numbers[i];
        CU_ASSERT_EQUAL(found, 1);
    }
}

CU_TestInfo key_share_tests[] = {
    TEST(prices_have_each_group_once_and_the_hybrid_first),
    TEST(we_agree_with_libcrypto_in_every_group),
    TEST(shares_made_in_between_do_not_disturb_each_other),
    TEST(the_vectors_of_rfc_7748_come_out),
    TEST(an_x25519_secret_of_zeros_is_refused),
    TEST(only_uncompressed_points_of_the_curve_are_accepted),
    TEST(a_peer_of_any_other_length_is_refused),
    TEST(a_response_and_its_offer_have_one_secret_in_every_group),
    TEST(an_offer_of_any_other_length_gets_no_response),
    TEST(a_bad_point_gets_no_response),
    TEST(an_unknown_group_is_refused),
    TEST(a_wiped_share_is_empty_and_can_be_wiped_again),
    CU_TEST_INFO_NULL,
};
