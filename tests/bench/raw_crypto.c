/* raw_crypto.c - libcrypto's EVP with a context for each key, and which libraries there
 * are. */
#include "raw_crypto.h"

#include <openssl/evp.h>
#include <stdbool.h>
#include <string.h>

enum { TRIED = 77 }; /* bytes that are sealed to see whether a library does it right */

static void *evp_key(const EVP_CIPHER *cipher, const uint8_t *key)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();

    if (context != NULL && EVP_EncryptInit_ex(context, cipher, NULL, key, NULL) != 1) {
        EVP_CIPHER_CTX_free(context);
        return NULL;
    }
    return context;
}

static void *gcm_key(const uint8_t *key, size_t len)
{
    return evp_key(len == 32 ? EVP_aes_256_gcm() : EVP_aes_128_gcm(), key);
}

static void *ctr_key(const uint8_t *key)
{
    return evp_key(EVP_aes_128_ctr(), key);
}

static void evp_free(void *key)
{
    EVP_CIPHER_CTX_free(key);
}

static void seal(void *key, const uint8_t *iv, uint8_t *packet, size_t payload)
{
    uint8_t none[RAW_BLOCK];
    int out;

    EVP_EncryptInit_ex(key, NULL, NULL, NULL, iv);
    EVP_EncryptUpdate(key, NULL, &out, packet, RAW_HEADER);
    EVP_EncryptUpdate(key, packet + RAW_HEADER, &out, packet + RAW_HEADER, (int)payload);
    EVP_EncryptFinal_ex(key, none, &out);
    EVP_CIPHER_CTX_ctrl(key, EVP_CTRL_AEAD_GET_TAG, RAW_TAG, packet + RAW_HEADER + payload);
}

static void count(void *key, const uint8_t *iv, uint8_t *bytes, size_t len)
{
    int out;

    EVP_EncryptInit_ex(key, NULL, NULL, NULL, iv);
    EVP_EncryptUpdate(key, bytes, &out, bytes, (int)len);
}

const struct raw_library raw_libcrypto = { "libcrypto", gcm_key, evp_free, ctr_key,
                                           evp_free,    seal,    count };

/* --- which there are ------------------------------------------------------------------ */

static const struct raw_library *const found[] = {
    &raw_libcrypto,
#ifdef BENCH_IPSEC_MB
    &raw_ipsec_mb,
#endif
#ifdef BENCH_AWS_LC
    &raw_aws_lc,
#endif
};

/* Whether it does what libcrypto does, to a packet of some bytes. */
static bool agrees(const struct raw_library *library, size_t key_len)
{
    static const uint8_t key[32] = { 1, 2, 3 }, iv[RAW_BLOCK] = { 4, 5 };
    uint8_t bytes[2][RAW_HEADER + TRIED + RAW_TAG] = { { 6 }, { 6 } };
    const struct raw_library *both[2] = { &raw_libcrypto, library };

    for (size_t i = 0; i < 2; i++) {
        void *gcm = both[i]->gcm_key(key, key_len), *ctr = both[i]->ctr_key(key);
        if (gcm == NULL || ctr == NULL)
            return false;
        both[i]->count(ctr, iv, bytes[i] + RAW_HEADER, TRIED);
        both[i]->seal(gcm, iv, bytes[i], TRIED);
        both[i]->gcm_free(gcm);
        both[i]->ctr_free(ctr);
    }
    return memcmp(bytes[0], bytes[1], sizeof bytes[0]) == 0;
}

size_t raw_libraries(const struct raw_library *libraries[RAW_LIBRARIES])
{
    size_t num = 0;

    for (size_t i = 0; i < sizeof found / sizeof found[0]; i++)
        if (agrees(found[i], 16) && agrees(found[i], 32))
            libraries[num++] = found[i];
    return num;
}
