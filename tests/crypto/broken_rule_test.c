/* broken_rule_test.c - what is said of each rule of identities and fingerprints that is
 * broken. */
#include "../rule.h"
#include "../suite.h"
#include "material.h"
#include "keys.h"

#include <stdio.h>

static void rules_of_identities_that_are_made(void)
{
    skiff_identity *identity;

    BREAKS(skiff_identity_generate(0, 30, NULL), SKIFF_ERR_ARGUMENT,
           "identity: must not be NULL");
    BREAKS(skiff_identity_generate(-1, 30, &identity), SKIFF_ERR_ARGUMENT,
           "not_before: before 1970, or after the year 9999");
    BREAKS(skiff_identity_generate(0, 0, &identity), SKIFF_ERR_ARGUMENT,
           "days: 0, or they end after the year 9999");
}

static void rules_of_identities_that_are_read(void)
{
    EVP_PKEY *pkey = material_key(p256_pem);
    struct material certificate = material_certificate(pkey, 2);
    struct material chain = material_pem("CERTIFICATE", VIEW(certificate));
    skiff_bytes key = material_text(p256_pem);
    skiff_identity *identity;

    EVP_PKEY_free(pkey);
    BREAKS(skiff_identity_from_pem(VIEW(chain), key, NULL), SKIFF_ERR_ARGUMENT,
           "identity: must not be NULL");
    BREAKS(skiff_identity_from_pem(VIEW(chain), material_text(p256_locked_pem), &identity),
           SKIFF_ERR_ARGUMENT, "key: not a private key in PEM without a password");
    BREAKS(skiff_identity_from_pem(key, key, &identity), SKIFF_ERR_ARGUMENT,
           "chain: not 1 to 8 certificates in PEM");
    BREAKS(skiff_identity_from_pem(VIEW(chain), material_text(p384_pem), &identity),
           SKIFF_ERR_ARGUMENT,
           "key: not that of the first certificate, or not P-256, P-384 or RSA of 2,048 to "
           "4,096 bits");
}

/* A block of PEM with `lines` times 48 zeros. */
static size_t write_block(char *at, size_t lines)
{
    static const char begin[] = "-----BEGIN CERTIFICATE-----\n";
    static const char end[] = "-----END CERTIFICATE-----\n";
    size_t len = sizeof begin - 1;

    memcpy(at, begin, len);
    for (size_t i = 0; i < lines; i++, len += 65) {
        memset(at + len, 'A', 64);
        at[len + 64] = '\n';
    }
    memcpy(at + len, end, sizeof end - 1);
    return len + sizeof end - 1;
}

static void a_rule_of_long_chains(void)
{
    enum { BLOCKS = 7, LINES = 200 };
    static char text[8192 + BLOCKS * (LINES * 65 + 64)];
    EVP_PKEY *pkey = material_key(p256_pem);
    struct material certificate = material_certificate(pkey, 2);
    struct material first = material_pem("CERTIFICATE", VIEW(certificate));
    size_t len = first.len;
    char sentence[64];
    skiff_identity *identity;

    EVP_PKEY_free(pkey);
    memcpy(text, first.bytes, first.len);
    for (int i = 0; i < BLOCKS; i++)
        len += write_block(text + len, LINES);
    snprintf(sentence, sizeof sentence, "chain: 67,%03zu bytes of DER are over 65,535",
             200 + certificate.len);
    BREAKS(skiff_identity_from_pem((skiff_bytes){ (const uint8_t *)text, len },
                                   material_text(p256_pem), &identity),
           SKIFF_ERR_ARGUMENT, sentence);
}

static void rules_of_fingerprints(void)
{
    skiff_fingerprint print;

    BREAKS(skiff_fingerprint_parse(NULL, &print), SKIFF_ERR_ARGUMENT,
           "text, fingerprint: must not be NULL");
    BREAKS(skiff_fingerprint_parse("sha-256 x\r\n", &print), SKIFF_ERR_ARGUMENT,
           "text: \"sha-256 x??\" is no fingerprint (RFC 8122 5)");
    BREAKS(skiff_fingerprint_parse("a=fingerprint:md5 4A:AD", &print),
           SKIFF_ERR_UNSUPPORTED,
           "text: the hash function of \"md5 4A:AD\" is not sha-256, sha-384 or sha-512");
    BREAKS(skiff_fingerprint_parse("sha-256 4A:AD", &print), SKIFF_ERR_ARGUMENT,
           "text: 2 bytes are not what its hash function gives");
}

CU_TestInfo broken_rule_tests[] = {
    TEST(rules_of_identities_that_are_made),
    TEST(rules_of_identities_that_are_read),
    TEST(a_rule_of_long_chains),
    TEST(rules_of_fingerprints),
    CU_TEST_INFO_NULL,
};
