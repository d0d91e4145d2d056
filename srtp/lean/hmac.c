/*
 * hmac.c - HMAC-SHA1 on libcrypto's SHA-1 states, as libsrtp calls it (RFC 3711 4.2.1).
 *
 * The states after the padded keys (RFC 2104 section 4) are kept, and a packet begins with
 * a copy. That allocates nothing, where EVP allocates twice. libsrtp calls start, then
 * update for RTP, then compute.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "srtp/hmac_vector.h"
#include "srtp/kernel_objects.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

struct hmac {
    srtp_auth_t base;     /* first: libsrtp's object is ours */
    SHA_CTX inner, outer; /* after the key xor 0x36.. and 0x5c.. */
    SHA_CTX running;
};

static srtp_err_status_t make(srtp_auth_t **auth, int key_len, int tag_len)
{
    if (key_len > SHA_DIGEST_LENGTH || tag_len > SHA_DIGEST_LENGTH)
        return srtp_err_status_bad_param;

    struct hmac *hmac = OPENSSL_zalloc(sizeof *hmac);
    if (hmac == NULL)
        return skf_kernel_no_memory();
    hmac->base = (srtp_auth_t){
        .type = &skf_hmac_sha1, .state = hmac, .out_len = tag_len, .key_len = key_len
    };
    skf_kernel_note_made(KERNEL_HMAC_SHA1);
    *auth = &hmac->base;
    return srtp_err_status_ok;
}

static srtp_err_status_t dealloc(srtp_auth_t *auth)
{
    OPENSSL_clear_free(auth->state, sizeof(struct hmac));
    return srtp_err_status_ok;
}

static bool init_pad(SHA_CTX *state, const uint8_t *key, int key_len, uint8_t pad)
{
    uint8_t block[SHA_CBLOCK];

    memset(block, pad, sizeof block);
    for (int i = 0; i < key_len; i++)
        block[i] ^= key[i];
    bool initialized =
        SHA1_Init(state) == 1 && SHA1_Update(state, block, sizeof block) == 1;
    OPENSSL_cleanse(block, sizeof block);
    return initialized;
}

static srtp_err_status_t init(void *state, const uint8_t *key, int key_len)
{
    struct hmac *hmac = state;

    if (key_len > SHA_DIGEST_LENGTH)
        return srtp_err_status_bad_param;
    if (!init_pad(&hmac->inner, key, key_len, 0x36)
        || !init_pad(&hmac->outer, key, key_len, 0x5c))
        return skf_kernel_note_failure(srtp_err_status_init_fail);
    hmac->running = hmac->inner;
    return srtp_err_status_ok;
}

static srtp_err_status_t start(void *state)
{
    struct hmac *hmac = state;

    hmac->running = hmac->inner;
    return srtp_err_status_ok;
}

static srtp_err_status_t update(void *state, const uint8_t *bytes, int len)
{
    struct hmac *hmac = state;

    if (SHA1_Update(&hmac->running, bytes, (size_t)len) != 1)
        return skf_kernel_note_failure(srtp_err_status_algo_fail);
    return srtp_err_status_ok;
}

static srtp_err_status_t compute(void *state, const uint8_t *bytes, int len, int tag_len,
                                 uint8_t *tag)
{
    struct hmac *hmac = state;
    uint8_t digest[SHA_DIGEST_LENGTH];

    if (SHA1_Update(&hmac->running, bytes, (size_t)len) != 1
        || SHA1_Final(digest, &hmac->running) != 1)
        return skf_kernel_note_failure(srtp_err_status_algo_fail);
    hmac->running = hmac->outer;
    if (SHA1_Update(&hmac->running, digest, sizeof digest) != 1
        || SHA1_Final(digest, &hmac->running) != 1)
        return skf_kernel_note_failure(srtp_err_status_algo_fail);
    memcpy(tag, digest, (size_t)tag_len);
    return srtp_err_status_ok;
}

const srtp_auth_type_t skf_hmac_sha1 = {
    .alloc = make,
    .dealloc = dealloc,
    .init = init,
    .compute = compute,
    .update = update,
    .start = start,
    .description = "HMAC-SHA1",
    .test_data = &hmac_sha1_vector,
    .id = SRTP_HMAC_SHA1,
};
