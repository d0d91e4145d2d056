/* kernel_objects.c - what our ciphers and our authentication note on their thread. */
#include "srtp/kernel_objects.h"

#include <openssl/err.h>

enum { MAX_TRACKED = 8 }; /* a session of libsrtp 2 has three that are not shared */

static _Thread_local struct {
    bool active;    /* a session of ours is being made */
    unsigned parts; /* the objects that it has so far */
    const void *first;

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

void skf_kernel_note_made(enum kernel_part part, const void *object)
{
    if (in_progress.parts == 0)
        in_progress.first = object;
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

void skf_kernel_begin_session(void)
{
    in_progress.active = true;
    in_progress.parts = 0;
    in_progress.num_tracked = 0;
}

unsigned skf_kernel_end_session(void)
{
    in_progress.active = false;
    return in_progress.parts;
}

const void *skf_kernel_first_object(void)
{
    return in_progress.first;
}
