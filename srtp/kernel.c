/* kernel.c - puts our cipher types into libsrtp, and sees to it that they stay there. */
#include "srtp/kernel.h"

#include <openssl/err.h>
#include <pthread.h>

/* RFC 2202 section 3, test case 1. */
const srtp_auth_test_case_t skf_hmac_sha1_vector = {
    .key_length_octets = 20,
    .key = (const uint8_t *)"\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b"
                            "\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b",
    .data_length_octets = 8,
    .data = (const uint8_t *)"Hi There",
    .tag_length_octets = 20,
    .tag = (const uint8_t *)"\xb6\x17\x31\x86\x55\x05\x72\x64\xe2\x8b"
                            "\xc0\xb6\xfb\x37\x8c\x8e\xf1\x46\xbe\x00",
};

static const struct {
    const srtp_cipher_type_t *type;
    srtp_cipher_type_id_t id;
    enum kernel_part part;
    const char *name; /* libcrypto's */
} ciphers[] = {
    { &skf_icm_128, SRTP_AES_ICM_128, KERNEL_ICM_128, "AES-128-CTR" },
    { &skf_icm_192, SRTP_AES_ICM_192, KERNEL_ICM_192, "AES-192-CTR" },
    { &skf_icm_256, SRTP_AES_ICM_256, KERNEL_ICM_256, "AES-256-CTR" },
    { &skf_gcm_128, SRTP_AES_GCM_128, KERNEL_GCM_128, "AES-128-GCM" },
    { &skf_gcm_256, SRTP_AES_GCM_256, KERNEL_GCM_256, "AES-256-GCM" },
};

enum { NUM_CIPHERS = sizeof ciphers / sizeof ciphers[0] };

/* libsrtp's list is the process's, so what guards it is too, and what stands behind it:
 * libcrypto would look its ciphers up by name for every session. */
static pthread_once_t install_once = PTHREAD_ONCE_INIT;
static pthread_mutex_t reinstall_lock = PTHREAD_MUTEX_INITIALIZER;
static EVP_CIPHER *fetched[NUM_CIPHERS];

enum { MAX_TRACKED = 8 }; /* a session of libsrtp 2 has three that are not shared */

/* libsrtp gives the makers of its objects no context to leave a mark in. */
static _Thread_local struct {
    bool active;    /* a session of ours is being made */
    unsigned parts; /* it has so far */
    void *shared;

    srtp_cipher_t *tracked[MAX_TRACKED]; /* ciphers made for it that are not gone */
    unsigned num_tracked;
} in_progress;

static _Thread_local bool has_failed;

srtp_err_status_t skf_kernel_note_failure(srtp_err_status_t status)
{
    has_failed = true;
    ERR_clear_error();
    return status;
}

bool skf_kernel_pop_failure(void)
{
    bool failed = has_failed;

    has_failed = false;
    return failed;
}

srtp_err_status_t skf_kernel_no_memory(void)
{
    ERR_clear_error();
    return srtp_err_status_alloc_fail;
}

void skf_kernel_note_made(enum kernel_part part)
{
    in_progress.parts |= part;
}

void skf_kernel_track_cipher(srtp_cipher_t *cipher)
{
    if (in_progress.active && in_progress.num_tracked < MAX_TRACKED)
        in_progress.tracked[in_progress.num_tracked++] = cipher;
}

void skf_kernel_untrack_cipher(const srtp_cipher_t *cipher)
{
    for (unsigned i = 0; in_progress.active && i < in_progress.num_tracked; i++)
        if (in_progress.tracked[i] == cipher)
            in_progress.tracked[i] = in_progress.tracked[--in_progress.num_tracked];
}

/* A session that could not be made: libsrtp 2 forgets the cipher that derives its keys when
 * that fails midway. */
static void free_tracked(void)
{
    while (in_progress.num_tracked > 0) {
        srtp_cipher_t *cipher = in_progress.tracked[in_progress.num_tracked - 1];
        cipher->type->dealloc(cipher);
    }
}

void **skf_kernel_shared(void)
{
    return in_progress.active ? &in_progress.shared : NULL;
}

EVP_CIPHER_CTX *skf_kernel_context(enum kernel_part part)
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    size_t i = 0;

    while (i + 1 < NUM_CIPHERS && ciphers[i].part != part)
        i++;
    if (ctx == NULL || EVP_EncryptInit_ex(ctx, fetched[i], NULL, NULL, NULL) == 1)
        return ctx;
    EVP_CIPHER_CTX_free(ctx);
    return NULL;
}

/* Failures show when a session lacks our types: nothing here can be trusted to tell. */
static void install(void)
{
    srtp_init();
    for (size_t i = 0; i < NUM_CIPHERS; i++)
        srtp_replace_cipher_type(ciphers[i].type, ciphers[i].id);
    srtp_replace_auth_type(&skf_hmac_sha1, SRTP_HMAC_SHA1);
}

static void fetch_and_install(void)
{
    for (size_t i = 0; i < NUM_CIPHERS; i++)
        fetched[i] = EVP_CIPHER_fetch(NULL, ciphers[i].name, NULL);
    install();
}

/* Writes `session` on success alone. */
static srtp_err_status_t create_session(const srtp_policy_t *policy, unsigned parts,
                                        srtp_t *session)
{
    srtp_t fresh = NULL;

    in_progress.active = true;
    in_progress.parts = 0;
    in_progress.shared = NULL;
    in_progress.num_tracked = 0;
    srtp_err_status_t status = srtp_create(&fresh, policy);
    if (status != srtp_err_status_ok)
        free_tracked();
    in_progress.active = false;
    if (status != srtp_err_status_ok)
        return status;
    if ((in_progress.parts & parts) != parts) {
        srtp_dealloc(fresh);
        return srtp_err_status_init_fail;
    }
    *session = fresh;
    return srtp_err_status_ok;
}

static srtp_err_status_t reinstall_and_create(const srtp_policy_t *policy, unsigned parts,
                                              srtp_t *session)
{
    pthread_mutex_lock(&reinstall_lock);
    /* Another thread may have been faster. */
    srtp_err_status_t status = create_session(policy, parts, session);
    if (status == srtp_err_status_init_fail) {
        install();
        status = create_session(policy, parts, session);
    }
    pthread_mutex_unlock(&reinstall_lock);
    return status;
}

void skf_kernel_prepare(void)
{
    pthread_once(&install_once, fetch_and_install);
}

skiff_status skf_kernel_session(const srtp_policy_t *policy, unsigned parts,
                                srtp_t *session)
{
    skf_kernel_prepare();
    srtp_err_status_t status = create_session(policy, parts, session);
    if (status == srtp_err_status_init_fail)
        status = reinstall_and_create(policy, parts, session);
    (void)skf_kernel_pop_failure(); /* the status says enough */
    if (status == srtp_err_status_alloc_fail)
        return SKIFF_ERR_MEMORY;
    return status == srtp_err_status_ok ? SKIFF_OK : SKIFF_ERR_CRYPTO;
}
