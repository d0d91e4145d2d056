/* raw_aws_lc.c - AWS-LC's AEAD of GCM, and its EVP for counter mode. */
#include "raw_crypto.h"

#include <openssl/aead.h>
#include <openssl/cipher.h>

static void *gcm_key(const uint8_t *key, size_t len)
{
    return EVP_AEAD_CTX_new(len == 32 ? EVP_aead_aes_256_gcm() : EVP_aead_aes_128_gcm(),
                            key, len, RAW_TAG);
}

static void gcm_free(void *key)
{
    EVP_AEAD_CTX_free(key);
}

static void *ctr_key(const uint8_t *key)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();

    if (context != NULL
        && EVP_EncryptInit_ex(context, EVP_aes_128_ctr(), NULL, key, NULL) != 1) {
        EVP_CIPHER_CTX_free(context);
        return NULL;
    }
    return context;
}

static void ctr_free(void *key)
{
    EVP_CIPHER_CTX_free(key);
}

static void seal(void *key, const uint8_t *iv, uint8_t *packet, size_t payload)
{
    uint8_t *bytes = packet + RAW_HEADER;
    size_t tag_len;

    (void)EVP_AEAD_CTX_seal_scatter(key, bytes, bytes + payload, &tag_len, RAW_TAG, iv,
                                    RAW_IV, bytes, payload, NULL, 0, packet, RAW_HEADER);
}

static void count(void *key, const uint8_t *iv, uint8_t *bytes, size_t len)
{
    int out;

    EVP_EncryptInit_ex(key, NULL, NULL, NULL, iv);
    EVP_EncryptUpdate(key, bytes, &out, bytes, (int)len);
}

const struct raw_library raw_aws_lc = { "AWS-LC", gcm_key, gcm_free, ctr_key,
                                        ctr_free, seal,    count };
