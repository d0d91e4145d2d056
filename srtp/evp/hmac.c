/*
 * hmac.c - HMAC-SHA1 through EVP_MAC, for providers that must do it all (RFC 3711 4.2.1).
 *
 * libcrypto copies a digest inside every start and every compute, which allocates in
 * OpenSSL 3.0; lean/hmac.c does not. libsrtp calls start, then update for RTP, then
 * compute.
 */
#include "srtp/hmac_vector.h"
#include "srtp/kernel_objects.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

enum { DIGEST = 20 };

struct hmac {
    srtp_auth_t base; /* first: libsrtp's object is ours */
    EVP_MAC_CTX *ctx;
};

static EVP_MAC_CTX *context(void)
{
    EVP_MAC *mac = EVP_MAC_fetch(NULL, OSSL_MAC_NAME_HMAC, NULL);
    EVP_MAC_CTX *ctx = mac != NULL ? EVP_MAC_CTX_new(mac) : NULL;

    EVP_MAC_free(mac); /* the context keeps what it needs */
    return ctx;
}

static srtp_err_status_t make(srtp_auth_t **auth, int key_len, int tag_len)
{
    if (key_len > DIGEST || tag_len > DIGEST)
        return srtp_err_status_bad_param;

    struct hmac *hmac = OPENSSL_zalloc(sizeof *hmac);
    if (hmac == NULL)
        return skf_kernel_no_memory();
    hmac->ctx = context();
    if (hmac->ctx == NULL) {
        OPENSSL_free(hmac);
        return skf_kernel_no_memory();
    }
    hmac->base = (srtp_auth_t){
        .type = &skf_hmac_sha1, .state = hmac, .out_len = tag_len, .key_len = key_len
    };
    skf_kernel_note_made(KERNEL_HMAC_SHA1, hmac);
    *auth = &hmac->base;
    return srtp_err_status_ok;
}

static srtp_err_status_t dealloc(srtp_auth_t *auth)
{
    struct hmac *hmac = auth->state;

    EVP_MAC_CTX_free(hmac->ctx);
    OPENSSL_free(hmac);
    return srtp_err_status_ok;
}

static srtp_err_status_t init(void *state, const uint8_t *key, int key_len)
{
    struct hmac *hmac = state;
    char sha1[] = "SHA1";
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, sha1, 0),
        OSSL_PARAM_construct_end(),
    };

    if (EVP_MAC_init(hmac->ctx, key, (size_t)key_len, params) != 1)
        return skf_kernel_note_failure(srtp_err_status_init_fail);
    return srtp_err_status_ok;
}

/* Without a key it begins again with the current one. */
static srtp_err_status_t start(void *state)
{
    struct hmac *hmac = state;

    if (EVP_MAC_init(hmac->ctx, NULL, 0, NULL) != 1)
        return skf_kernel_note_failure(srtp_err_status_algo_fail);
    return srtp_err_status_ok;
}

static srtp_err_status_t update(void *state, const uint8_t *bytes, int len)
{
    struct hmac *hmac = state;

    if (EVP_MAC_update(hmac->ctx, bytes, (size_t)len) != 1)
        return skf_kernel_note_failure(srtp_err_status_algo_fail);
    return srtp_err_status_ok;
}

static srtp_err_status_t compute(void *state, const uint8_t *bytes, int len, int tag_len,
                                 uint8_t *tag)
{
    struct hmac *hmac = state;
    uint8_t digest[DIGEST];
    size_t out;

    if (EVP_MAC_update(hmac->ctx, bytes, (size_t)len) != 1
        || EVP_MAC_final(hmac->ctx, digest, &out, sizeof digest) != 1)
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
    .description = "HMAC-SHA1, EVP",
    .test_data = &hmac_sha1_vector,
    .id = SRTP_HMAC_SHA1,
};
