/* suite.c - cipher suites (RFC 8446 B.4, RFC 5289 3, RFC 7905 2, RFC 7251 2), groups,
 * schemes. */
#include "handshake/suite.h"

#include "wire/numbers.h"

#define SUITE(name, version, ecdsa, aead, hash)                                            \
  {                                                                                        \
    name, version, ecdsa, AEAD_##aead, HASH_##hash, "TLS_" #name                           \
  }

enum { V12 = DTLS_1_2, V13 = DTLS_1_3 };

/* clang-format off */
const struct suite skf_cipher_suites[SUITE_COUNT] = {
    SUITE(AES_128_GCM_SHA256,                   V13, false, AES_128_GCM,       SHA256),
    SUITE(CHACHA20_POLY1305_SHA256,             V13, false, CHACHA20_POLY1305, SHA256),
    SUITE(AES_256_GCM_SHA384,                   V13, false, AES_256_GCM,       SHA384),
    SUITE(ECDHE_ECDSA_AES_128_GCM_SHA256,       V12, true,  AES_128_GCM,       SHA256),
    SUITE(ECDHE_RSA_AES_128_GCM_SHA256,         V12, false, AES_128_GCM,       SHA256),
    SUITE(ECDHE_ECDSA_CHACHA20_POLY1305_SHA256, V12, true,  CHACHA20_POLY1305, SHA256),
    SUITE(ECDHE_RSA_CHACHA20_POLY1305_SHA256,   V12, false, CHACHA20_POLY1305, SHA256),
    SUITE(ECDHE_ECDSA_AES_256_GCM_SHA384,       V12, true,  AES_256_GCM,       SHA384),
    SUITE(ECDHE_RSA_AES_256_GCM_SHA384,         V12, false, AES_256_GCM,       SHA384),
    SUITE(ECDHE_ECDSA_AES_128_CCM,              V12, true,  AES_128_CCM,       SHA256),
    SUITE(ECDHE_ECDSA_AES_128_CCM_8,            V12, true,  AES_128_CCM_8,     SHA256),
};
/* clang-format on */

const uint16_t skf_named_groups[GROUP_COUNT] = { GROUP_X25519MLKEM768, GROUP_X25519,
                                                 GROUP_SECP256R1, GROUP_SECP384R1 };

const uint16_t skf_signature_schemes[SCHEME_COUNT] = {
    SCHEME_ECDSA_SECP256R1_SHA256, SCHEME_RSA_PSS_RSAE_SHA256,
    SCHEME_ECDSA_SECP384R1_SHA384, SCHEME_RSA_PKCS1_SHA256,
    SCHEME_RSA_PKCS1_SHA384,
};

const struct suite *skf_suite_find(uint16_t number)
{
    for (size_t i = 0; i < SUITE_COUNT; i++)
        if (skf_cipher_suites[i].number == number)
            return &skf_cipher_suites[i];
    return NULL;
}
