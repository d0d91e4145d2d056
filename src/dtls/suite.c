/* suite.c - RFC 5289 section 3, RFC 7905 section 2; groups and signature schemes by preference. */
#include "dtls/suite.h"

#include "wire/numbers.h"

#define SUITE(name, ecdsa, aead, hash) { name, ecdsa, aead, hash, "TLS_" #name }

/* clang-format off */
const struct suite suites[SUITE_COUNT] = {
    SUITE(ECDHE_ECDSA_AES_128_GCM_SHA256,       true,  AEAD_AES_128_GCM,       HASH_SHA256),
    SUITE(ECDHE_RSA_AES_128_GCM_SHA256,         false, AEAD_AES_128_GCM,       HASH_SHA256),
    SUITE(ECDHE_ECDSA_CHACHA20_POLY1305_SHA256, true,  AEAD_CHACHA20_POLY1305, HASH_SHA256),
    SUITE(ECDHE_RSA_CHACHA20_POLY1305_SHA256,   false, AEAD_CHACHA20_POLY1305, HASH_SHA256),
    SUITE(ECDHE_ECDSA_AES_256_GCM_SHA384,       true,  AEAD_AES_256_GCM,       HASH_SHA384),
    SUITE(ECDHE_RSA_AES_256_GCM_SHA384,         false, AEAD_AES_256_GCM,       HASH_SHA384),
};
/* clang-format on */

const uint16_t groups[GROUP_COUNT] = { GROUP_X25519, GROUP_SECP256R1, GROUP_SECP384R1 };

const uint16_t schemes[SCHEME_COUNT] = {
    SCHEME_ECDSA_SECP256R1_SHA256,
    SCHEME_RSA_PSS_RSAE_SHA256,
    SCHEME_ECDSA_SECP384R1_SHA384,
    SCHEME_RSA_PKCS1_SHA256,
    SCHEME_RSA_PKCS1_SHA384,
};

const struct suite *suite_find(uint16_t number)
{
    for (size_t i = 0; i < SUITE_COUNT; i++)
        if (suites[i].number == number)
            return &suites[i];
    return NULL;
}
