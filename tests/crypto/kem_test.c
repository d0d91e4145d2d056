/* kem_test.c - X25519MLKEM768 with an end that has ML-KEM-768 and X25519 by themselves.
 * With a libcrypto that has no ML-KEM only the first sentence says something. */
#include <openssl/core_names.h>
#include <openssl/evp.h>

#include "../suite.h"
#include "by_hand.h"
#include "material.h"

/* draft-ietf-tls-ecdhe-mlkem section 4: ML-KEM's part is always the first. */
enum {
    KEY = 1184,
    CIPHERTEXT = 1088,
    POINT = 32,
    OFFER = KEY + POINT,
    CIPHERTEXT_SHARE = CIPHERTEXT + POINT,
    HALF_SECRET = 32
};

static void the_group_is_there_since_libcrypto_3_5(void)
{
    CU_ASSERT_EQUAL(skf_group_is_available(GROUP_X25519MLKEM768), by_hand_has_ml_kem());
    CU_ASSERT_TRUE(material_no_errors());
}

static EVP_PKEY *fresh_x25519(uint8_t *point)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
    size_t len = POINT;

    CU_ASSERT_EQUAL(EVP_PKEY_get_raw_public_key(key, point, &len), 1);
    return key;
}

static void derive(EVP_PKEY *ours, const uint8_t *point, uint8_t *secret)
{
    EVP_PKEY *peer = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, point, POINT);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(ours, NULL);
    size_t len = HALF_SECRET;

    CU_ASSERT_EQUAL(EVP_PKEY_derive_init(ctx), 1);
    CU_ASSERT_EQUAL(EVP_PKEY_derive_set_peer(ctx, peer), 1);
    CU_ASSERT_EQUAL(EVP_PKEY_derive(ctx, secret, &len), 1);
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(peer);
}

/* A server's end. */
static void respond_by_hand(const uint8_t *offer, uint8_t *reply, uint8_t *secret)
{
    EVP_PKEY *x25519 = fresh_x25519(reply + CIPHERTEXT);

    CU_ASSERT_TRUE(by_hand_encapsulate(offer, reply, secret));
    derive(x25519, offer + KEY, secret + HALF_SECRET);
    EVP_PKEY_free(x25519);
}

static void our_offer_is_two_keys_and_their_secrets_are_ours(void)
{
    struct skf_crypto *crypto = material_crypto(NULL);
    struct skf_share share = { 0 };
    uint8_t offer[OFFER], reply[CIPHERTEXT_SHARE], a[2 * HALF_SECRET], b[2 * HALF_SECRET];
    size_t len;

    for (int i = 0; i < 5 && skf_group_is_available(GROUP_X25519MLKEM768); i++) {
        CU_ASSERT_TRUE_FATAL(
            skf_share_make(crypto, GROUP_X25519MLKEM768, &share, offer, &len));
        CU_ASSERT_EQUAL(len, OFFER);
        respond_by_hand(offer, reply, a);
        CU_ASSERT_TRUE(skf_share_agree(crypto, &share,
                                       (skiff_bytes){ reply, CIPHERTEXT_SHARE }, b, &len));
        CU_ASSERT_EQUAL(len, sizeof b);
        CU_ASSERT_EQUAL(memcmp(a, b, sizeof a), 0);
    }
    skf_share_wipe(&share);
    skf_crypto_free(crypto);
}

/* A client's end. */
static void finish_by_hand(void *key, EVP_PKEY *x25519, const uint8_t *reply,
                           uint8_t *secret)
{
    CU_ASSERT_TRUE(by_hand_decapsulate(key, reply, secret));
    derive(x25519, reply + CIPHERTEXT, secret + HALF_SECRET);
}

static void check_our_response(struct skf_crypto *crypto)
{
    uint8_t offer[OFFER], reply[CIPHERTEXT_SHARE], a[2 * HALF_SECRET], b[2 * HALF_SECRET];
    void *key = by_hand_kem(offer);
    EVP_PKEY *x25519 = fresh_x25519(offer + KEY);
    size_t reply_len, secret_len;

    CU_ASSERT_PTR_NOT_NULL_FATAL(key);
    CU_ASSERT_TRUE(skf_share_reply(crypto, GROUP_X25519MLKEM768,
                                   (skiff_bytes){ offer, OFFER }, reply, &reply_len, a,
                                   &secret_len));
    CU_ASSERT_EQUAL(reply_len, CIPHERTEXT_SHARE);
    CU_ASSERT_EQUAL(secret_len, sizeof a);
    finish_by_hand(key, x25519, reply, b);
    CU_ASSERT_EQUAL(memcmp(a, b, sizeof a), 0);
    EVP_PKEY_free(x25519);
    by_hand_free(key);
}

static void our_response_is_a_ciphertext_and_a_point(void)
{
    struct skf_crypto *crypto = material_crypto(NULL);

    for (int i = 0; i < 5 && skf_group_is_available(GROUP_X25519MLKEM768); i++)
        check_our_response(crypto);
    CU_ASSERT_TRUE(material_no_errors());
    skf_crypto_free(crypto);
}

/* An exchange with ourselves, in which somebody meddles. */
struct exchange {
    struct skf_crypto *crypto;
    struct skf_share share;
    uint8_t offer[OFFER], response[CIPHERTEXT_SHARE];
    uint8_t secret[SKF_SECRET_MAX];
};

static bool exchange_respond(struct exchange *x)
{
    size_t reply_len, secret_len;

    return skf_share_reply(x->crypto, GROUP_X25519MLKEM768,
                           (skiff_bytes){ x->offer, OFFER }, x->response, &reply_len,
                           x->secret, &secret_len);
}

static bool exchange_agree(struct exchange *x, size_t len, uint8_t *secret)
{
    size_t secret_len;

    return skf_share_agree(x->crypto, &x->share, (skiff_bytes){ x->response, len }, secret,
                           &secret_len);
}

static struct exchange exchange_start(void)
{
    struct exchange x = { .crypto = material_crypto(NULL) };
    size_t len;

    CU_ASSERT_TRUE_FATAL(
        skf_share_make(x.crypto, GROUP_X25519MLKEM768, &x.share, x.offer, &len));
    CU_ASSERT_TRUE_FATAL(exchange_respond(&x));
    return x;
}

static void exchange_end(struct exchange *x)
{
    CU_ASSERT_TRUE(material_no_errors());
    skf_share_wipe(&x->share);
    skf_crypto_free(x->crypto);
}

/* FIPS 203 section 6.3: whoever forged it learns nothing, and Finished will not match. */
static void a_tampered_ciphertext_gives_another_secret(void)
{
    if (!skf_group_is_available(GROUP_X25519MLKEM768))
        return;
    struct exchange x = exchange_start();
    uint8_t secret[SKF_SECRET_MAX];

    for (size_t at = 0; at < CIPHERTEXT; at += CIPHERTEXT - 1) {
        x.response[at] ^= 1;
        CU_ASSERT_TRUE(exchange_agree(&x, CIPHERTEXT_SHARE, secret));
        CU_ASSERT_NOT_EQUAL(memcmp(secret, x.secret, HALF_SECRET), 0);
        CU_ASSERT_EQUAL(memcmp(secret + 32, x.secret + 32, HALF_SECRET), 0);
        x.response[at] ^= 1;
    }
    CU_ASSERT_TRUE(exchange_agree(&x, CIPHERTEXT_SHARE, secret));
    CU_ASSERT_EQUAL(memcmp(secret, x.secret, sizeof secret), 0);
    exchange_end(&x);
}

static void a_point_of_small_order_is_refused_by_both_ends(void)
{
    if (!skf_group_is_available(GROUP_X25519MLKEM768))
        return;
    struct exchange x = exchange_start();
    uint8_t secret[SKF_SECRET_MAX];

    for (uint8_t point = 0; point < 2; point++) {
        memset(x.response + CIPHERTEXT, 0, POINT);
        memset(x.offer + KEY, 0, POINT);
        x.response[CIPHERTEXT] = point;
        x.offer[KEY] = point;
        CU_ASSERT_FALSE(exchange_agree(&x, CIPHERTEXT_SHARE, secret));
        CU_ASSERT_FALSE(exchange_respond(&x));
    }
    exchange_end(&x);
}

/* FIPS 203 section 7.2: twelve bits that are not below 3329. */
static void a_key_with_a_number_above_the_modulus_gets_no_response(void)
{
    if (!skf_group_is_available(GROUP_X25519MLKEM768))
        return;
    struct exchange x = exchange_start();

    x.offer[0] = 0xff;
    x.offer[1] |= 0x0f;
    CU_ASSERT_FALSE(exchange_respond(&x));
    exchange_end(&x);
}

static void a_response_of_any_other_length_is_refused(void)
{
    if (!skf_group_is_available(GROUP_X25519MLKEM768))
        return;
    struct exchange x = exchange_start();
    uint8_t secret[SKF_SECRET_MAX];

    for (size_t len = 0; len < CIPHERTEXT_SHARE; len++)
        CU_ASSERT_FALSE(exchange_agree(&x, len, secret));
    CU_ASSERT_TRUE(exchange_agree(&x, CIPHERTEXT_SHARE, secret));
    exchange_end(&x);
}

CU_TestInfo kem_tests[] = {
    TEST(the_group_is_there_since_libcrypto_3_5),
    TEST(our_offer_is_two_keys_and_their_secrets_are_ours),
    TEST(our_response_is_a_ciphertext_and_a_point),
    TEST(a_tampered_ciphertext_gives_another_secret),
    TEST(a_point_of_small_order_is_refused_by_both_ends),
    TEST(a_key_with_a_number_above_the_modulus_gets_no_response),
    TEST(a_response_of_any_other_length_is_refused),
    CU_TEST_INFO_NULL,
};
