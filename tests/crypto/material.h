/* material.h - what the tests of this folder begin with: bytes, keys, certificates. */
#ifndef TESTS_CRYPTO_MATERIAL_H
#define TESTS_CRYPTO_MATERIAL_H

#include <openssl/evp.h>

#include "crypto/crypto.h"

/* Bytes with their own space, so that a test need not count them. */
struct material {
    uint8_t bytes[8192];
    size_t len;
};

#define VIEW(given) ((skiff_bytes){ (given).bytes, (given).len })

/* Of hexadecimal digits, blanks allowed. */
struct material material_hex(const char *digits);

/* Of a text, without its NUL. */
skiff_bytes material_text(const char *text);

/* Of PEM; the test frees it. */
EVP_PKEY *material_key(const char *pem);

/* A self-signed certificate made by libcrypto: X.509 version 1, or 3 with extensions. */
struct material material_certificate(EVP_PKEY *key, int version);

/* Bytes as one PEM block. */
struct material material_pem(const char *name, skiff_bytes bytes);

/* An identity of that key with a certificate of its own; NULL when it is refused. */
skiff_identity *material_identity(const char *key_pem);

/* A prepared context; the identity may be NULL. */
struct skf_crypto *material_crypto(const skiff_identity *identity);

/* Whether libcrypto's error queue was left as we found it: empty. */
bool material_no_errors(void);

#endif
