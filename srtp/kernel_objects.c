/* kernel_objects.c - what our ciphers and our authentication note on their thread, and the
 * ciphers of libcrypto that they use. */
#include "srtp/kernel_objects.h"

#include <openssl/err.h>

/* clang-format off */
static const struct {
    enum kernel_part part;
    const char *name; /* libcrypto's */
} ciphers[] = {
    { KERNEL_ICM_128, "AES-128-CTR" },
    { KERNEL_ICM_192, "AES-192-CTR" },
    { KERNEL_ICM_256, "AES-256-CTR" },
    { KERNEL_GCM_128, "AES-128-GCM" },
    { KERNEL_GCM_256, "AES-256-GCM" },
};
/* clang-format on */

enum { NUM_CIPHERS = sizeof ciphers / sizeof ciphers[0] };

/* The process's, as libsrtp's list of types is: kernel.c fetches them once. */
static EVP_CIPHER *fetched[NUM_CIPHERS];

enum { MAX_TRACKED = 8 }; /* a session of libsrtp 2 has three that are not shared */

static _Thread_local struct {
    bool active;    /* a session of ours is being made */
    unsigned parts; /* the objects that it has so far */
    void *shared;

    srtp_cipher_t *tracked[MAX_TRACKED]; /* ciphers made for it that are not freed */
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

void skf_kernel_free_tracked(void)
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

void skf_kernel_begin_session(void)
{
    in_progress.active = true;
    in_progress.parts = 0;
    in_progress.shared = NULL;
    in_progress.num_tracked = 0;
}

unsigned skf_kernel_end_session(void)
{
    in_progress.active = false;
    return in_progress.parts;
}

void skf_kernel_fetch_ciphers(void)
{
    for (size_t i = 0; i < NUM_CIPHERS; i++)
        fetched[i] = EVP_CIPHER_fetch(NULL, ciphers[i].name, NULL);
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
