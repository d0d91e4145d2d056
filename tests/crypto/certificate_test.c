/* certificate_test.c - the walk through a certificate, right ones and broken ones. */
#include <stdlib.h>

#include "../suite.h"
#include "material.h"
#include "keys.h"

/* Captured on loopback: Firefox ESR 153 and Chromium 156. */
static const char firefox[] =
    "308201453081eca003020102020462b0c0b8300a06082a8648ce3d040302302b3129302706035504031320"
    "6237303064643439646433626136643532613433616533356636323364313266301e170d32363131323132"
    "33343432385a170d3236313232323233343432385a302b3129302706035504031320623730306464343964"
    "64336261366435326134336165333566363233643132663059301306072a8648ce3d020106082a8648ce3d"
    "0301070342000459a1e9c43139b9ab59bacfbd6dc81cae14df2eb06d2db0730996781cce8a8dc4c9ad5ca7"
    "430fc1cdcb4a595943856ad04f18fa03b826abf5a697bab16cab6f09300a06082a8648ce3d040302034800"
    "3045022100fe3f47c230396869a0d98faea073dafabd913d80de65e765ba853e260177d19c02203ed5ea65"
    "d6a4e93de06fa6634d52a592ebf307dadaecb91925f89db5bcb0c1a2";
static const char chromium[] =
    "308201163081bda00302010202090096ed353efb16239f300a06082a8648ce3d0403023011310f300d0603"
    "5504030c06576562525443301e170d3236313132313233343432385a170d3236313232323233343432385a"
    "3011310f300d06035504030c065765625254433059301306072a8648ce3d020106082a8648ce3d03010703"
    "42000457b689adc635a523b55776b71b5051b402efcaad76e33ce75bf808d0837b5ac661646ce10e6f8c9f"
    "d404bbc07705cb3da3fb7d489beb19152e986cf134ee97cd300a06082a8648ce3d04030203480030450221"
    "00c660874545571a46b7667d72a8dc6367b3f2455d620bba9006e0125cc4228ad102200a9d8d9f1d8b8157"
    "2e3934ac945e3bc8158119436a7907a313c6a6dacf6c8233";

/* Made by libcrypto of these keys, of version 1 and 3. */
static const struct {
    const char *key_pem;
    enum skf_key_kind kind;
    uint16_t len;
} made[] = {
    { p256_pem, KEY_P256, 65 },
    { p384_pem, KEY_P384, 97 },
    { rsa2048_pem, KEY_RSA, 256 },
    { rsa4096_pem, KEY_RSA, 512 },
};

enum { NUM_MADE = sizeof made / sizeof *made, NUM_REAL = 2 * NUM_MADE + 2 };

static struct material certificate_of(const char *key_pem, int version)
{
    EVP_PKEY *key = material_key(key_pem);
    struct material der = material_certificate(key, version);

    EVP_PKEY_free(key);
    return der;
}

/* The certificates that every test of damage begins with. */
static struct material real_certificate(size_t i)
{
    if (i >= 2 * NUM_MADE)
        return material_hex(i == 2 * NUM_MADE ? firefox : chromium);
    return certificate_of(made[i / 2].key_pem, i % 2 == 0 ? 1 : 3);
}

/* Looks at a copy of exactly that size, so that a byte read past its end is seen. */
static const char *why_not(const uint8_t *bytes, size_t len)
{
    struct skf_public_key key = { .kind = KEY_NONE };
    uint8_t *copy = malloc(len > 0 ? len : 1);
    const char *why = NULL;

    memcpy(copy, bytes, len);
    bool found = skf_certificate_key((skiff_bytes){ copy, len }, &key, &why);
    CU_ASSERT_EQUAL(found, why == NULL);
    CU_ASSERT_EQUAL(found, key.kind != KEY_NONE);
    free(copy);
    return why;
}

static void the_keys_of_versions_1_and_3_are_found(void)
{
    for (size_t i = 0; i < 2 * NUM_MADE; i++) {
        struct material der = real_certificate(i);
        struct skf_public_key key;
        const char *why;

        CU_ASSERT_TRUE_FATAL(skf_certificate_key(VIEW(der), &key, &why));
        CU_ASSERT_EQUAL(key.kind, made[i / 2].kind);
        CU_ASSERT_EQUAL(key.len, made[i / 2].len);
        CU_ASSERT_EQUAL(key.exponent, made[i / 2].kind == KEY_RSA ? 65537 : 0);
    }
}

static void the_keys_of_browsers_are_found(void)
{
    static const char *const certificates[] = { firefox, chromium };
    static const uint8_t points[][3] = { { 0x04, 0x59, 0xa1 }, { 0x04, 0x57, 0xb6 } };

    for (size_t i = 0; i < 2; i++) {
        struct material der = material_hex(certificates[i]);
        struct skf_public_key key;
        const char *why;

        CU_ASSERT_TRUE_FATAL(skf_certificate_key(VIEW(der), &key, &why));
        CU_ASSERT_EQUAL(key.kind, KEY_P256);
        CU_ASSERT_EQUAL(key.len, 65);
        CU_ASSERT_EQUAL(memcmp(key.bytes, points[i], 3), 0);
    }
}

static void every_prefix_is_refused(void)
{
    for (size_t i = 0; i < NUM_REAL; i++) {
        struct material der = real_certificate(i);

        for (size_t len = 0; len < der.len; len++)
            CU_ASSERT_PTR_NOT_NULL(why_not(der.bytes, len));
        CU_ASSERT_PTR_NULL(why_not(der.bytes, der.len));
    }
}

static void a_byte_more_is_refused(void)
{
    for (size_t i = 0; i < NUM_REAL; i++) {
        struct material der = real_certificate(i);

        CU_ASSERT_PTR_NOT_NULL(why_not(der.bytes, der.len + 1));
    }
}

/* A certificate stays one, or stops being one; nothing else may come of it. Every bit is
 * changed, and every byte to its opposite. */
static void every_changed_byte_ends_well(void)
{
    for (size_t i = 0; i < NUM_REAL; i++) {
        struct material der = real_certificate(i);

        for (size_t at = 0; at < der.len; at++) {
            uint8_t right = der.bytes[at];

            for (unsigned wrong = 1; wrong < 512; wrong <<= 1) {
                der.bytes[at] = (uint8_t)(right ^ (wrong < 256 ? wrong : 255));
                (void)why_not(der.bytes, der.len);
            }
            der.bytes[at] = right;
        }
    }
}

/* Replaces the first occurrence of some bytes by as many others. */
static void replace(struct material *der, const char *from, const char *to)
{
    struct material old = material_hex(from), new = material_hex(to);
    size_t at = 0;

    CU_ASSERT_EQUAL_FATAL(old.len, new.len);
    while (at + old.len <= der->len && memcmp(der->bytes + at, old.bytes, old.len) != 0)
        at++;
    CU_ASSERT_FATAL(at + old.len <= der->len);
    memcpy(der->bytes + at, new.bytes, new.len);
}

static const char *why_not_with(const char *key_pem, const char *from, const char *to)
{
    struct material der = certificate_of(key_pem, 3);

    replace(&der, from, to);
    return why_not(der.bytes, der.len);
}

#define PRIME256V1 "06082a8648ce3d030107"
#define EC_KEY_OID "06072a8648ce3d0201"
#define RSA_OID    "06092a864886f70d0101010500"

static void a_key_that_is_no_uncompressed_point_is_refused(void)
{
    CU_ASSERT_STRING_EQUAL(
        why_not_with(p256_pem, PRIME256V1 "03420004", PRIME256V1 "03420002"),
        "Certificate: the key is not an uncompressed point of its curve");
    CU_ASSERT_STRING_EQUAL(
        why_not_with(p256_pem, PRIME256V1 "03420004", PRIME256V1 "03420104"),
        "Certificate: not a well formed X.509 certificate");
}

static void another_curve_or_algorithm_is_refused(void)
{
    CU_ASSERT_STRING_EQUAL(why_not_with(p256_pem, PRIME256V1, "06082a8648ce3d030106"),
                           "Certificate: the curve is neither P-256 nor P-384");
    CU_ASSERT_STRING_EQUAL(why_not_with(p256_pem, PRIME256V1, "04082a8648ce3d030107"),
                           "Certificate: the curve has no name");
    CU_ASSERT_STRING_EQUAL(why_not_with(p256_pem, EC_KEY_OID, "06072a8648ce3d0202"),
                           "Certificate: the key is neither ECDSA nor RSA");
    struct material der = certificate_of(p521_pem, 3);
    CU_ASSERT_STRING_EQUAL(why_not(der.bytes, der.len),
                           "Certificate: the curve is neither P-256 nor P-384");
}

static void rsa_keys_that_are_short_or_odd_are_refused(void)
{
    struct material der = certificate_of(rsa1024_pem, 3);

    CU_ASSERT_STRING_EQUAL(why_not(der.bytes, der.len),
                           "Certificate: the RSA key has not 2048 to 4096 bits");
    CU_ASSERT_STRING_EQUAL(why_not_with(rsa2048_pem, "0203010001", "0203010002"),
                           "Certificate: the RSA modulus or exponent is none");
    CU_ASSERT_STRING_EQUAL(why_not_with(rsa2048_pem, "0203010001", "0203800001"),
                           "Certificate: the RSA key is not well formed");
    CU_ASSERT_STRING_EQUAL(why_not_with(rsa2048_pem, RSA_OID, "06092a864886f70d0101010501"),
                           "Certificate: the RSA key is not well formed");
}

/* "02 03 01 00 01" is the end of the key; an exponent of 3 and a NULL are just as long. */
static void trailing_bytes_in_an_rsa_key_are_refused(void)
{
    CU_ASSERT_STRING_EQUAL(why_not_with(rsa2048_pem, "0203010001", "0201030500"),
                           "Certificate: the RSA key is not well formed");
}

static void a_refused_certificate_leaves_the_key_as_it_was(void)
{
    struct skf_public_key key, before;
    struct material der = certificate_of(p521_pem, 3);
    const char *why;

    memset(&key, 0x77, sizeof key);
    before = key;
    CU_ASSERT_FALSE(skf_certificate_key(VIEW(der), &key, &why));
    CU_ASSERT_EQUAL(memcmp(&key, &before, sizeof key), 0);
}

CU_TestInfo certificate_tests[] = {
    TEST(the_keys_of_versions_1_and_3_are_found),
    TEST(the_keys_of_browsers_are_found),
    TEST(every_prefix_is_refused),
    TEST(a_byte_more_is_refused),
    TEST(every_changed_byte_ends_well),
    TEST(a_key_that_is_no_uncompressed_point_is_refused),
    TEST(another_curve_or_algorithm_is_refused),
    TEST(rsa_keys_that_are_short_or_odd_are_refused),
    TEST(trailing_bytes_in_an_rsa_key_are_refused),
    TEST(a_refused_certificate_leaves_the_key_as_it_was),
    CU_TEST_INFO_NULL,
};
