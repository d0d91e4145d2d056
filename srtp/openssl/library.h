/* openssl/library.h - what the kernel by libcrypto asks of OpenSSL alone. */
#ifndef SKF_SRTP_OPENSSL_H
#define SKF_SRTP_OPENSSL_H

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <stdbool.h>

#include "srtp/cipher_kernel.h"

/* NULL: no provider has it. Nobody frees what was fetched. */
static inline const EVP_CIPHER *fetch_cipher(enum cipher cipher)
{
    static const char *const names[NUM_CIPHERS] = {
        [CIPHER_CTR_128] = "AES-128-CTR", [CIPHER_CTR_192] = "AES-192-CTR",
        [CIPHER_CTR_256] = "AES-256-CTR", [CIPHER_GCM_128] = "AES-128-GCM",
        [CIPHER_GCM_256] = "AES-256-GCM",
    };

    return EVP_CIPHER_fetch(NULL, names[cipher], NULL);
}

/* EVP_CIPHER_CTX_ctrl does the same, and costs a twentieth of a packet of 1,200 bytes. */
static inline bool get_tag(EVP_CIPHER_CTX *ctx, uint8_t *tag, unsigned len)
{
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, tag, len),
        OSSL_PARAM_construct_end(),
    };

    return EVP_CIPHER_CTX_get_params(ctx, params) == 1;
}

static inline bool set_tag(EVP_CIPHER_CTX *ctx, uint8_t *tag, unsigned len)
{
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, tag, len),
        OSSL_PARAM_construct_end(),
    };

    return EVP_CIPHER_CTX_set_params(ctx, params) == 1;
}

#endif
