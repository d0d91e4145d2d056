/* awslc/library.h - what the kernel by libcrypto asks of AWS-LC alone. */
#ifndef SKF_SRTP_AWSLC_H
#define SKF_SRTP_AWSLC_H

#include <openssl/evp.h>
#include <stdbool.h>

#include "srtp/cipher_kernel.h"

static inline const EVP_CIPHER *fetch_cipher(enum cipher cipher)
{
    static const EVP_CIPHER *(*const ciphers[NUM_CIPHERS])(void) = {
        [CIPHER_CTR_128] = EVP_aes_128_ctr, [CIPHER_CTR_192] = EVP_aes_192_ctr,
        [CIPHER_CTR_256] = EVP_aes_256_ctr, [CIPHER_GCM_128] = EVP_aes_128_gcm,
        [CIPHER_GCM_256] = EVP_aes_256_gcm,
    };

    return ciphers[cipher]();
}

static inline bool get_tag(EVP_CIPHER_CTX *ctx, uint8_t *tag, unsigned len)
{
    return EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, (int)len, tag) == 1;
}

static inline bool set_tag(EVP_CIPHER_CTX *ctx, uint8_t *tag, unsigned len)
{
    return EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, (int)len, tag) == 1;
}

#endif
