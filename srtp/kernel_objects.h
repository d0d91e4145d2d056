/* kernel_objects.h - what our ciphers and our authentication share while libsrtp makes and
 * uses them. Knows no sessions, and not how the types come into libsrtp: kernel.h does.
 *
 * libsrtp passes no context to the functions that make its objects. So an object notes on
 * the thread that it was made, and the session that is being made there reads that.
 */
#ifndef SKF_KERNEL_OBJECTS_H
#define SKF_KERNEL_OBJECTS_H

#include <skiff/base.h>
#include <srtp2/auth.h>
#include <srtp2/cipher.h>

/* Our types, as bits of a set. */
/* clang-format off */
enum kernel_part {
    KERNEL_ICM_128   = 1u << 0,
    KERNEL_ICM_192   = 1u << 1,
    KERNEL_ICM_256   = 1u << 2,
    KERNEL_GCM_128   = 1u << 3,
    KERNEL_GCM_256   = 1u << 4,
    KERNEL_HMAC_SHA1 = 1u << 5
};
/* clang-format on */

extern const srtp_cipher_type_t skf_icm_128, skf_icm_192, skf_icm_256; /* icm.c */
extern const srtp_cipher_type_t skf_gcm_128, skf_gcm_256;              /* gcm.c */
extern const srtp_auth_type_t skf_hmac_sha1; /* lean/hmac.c or evp/hmac.c */

/* --- for the objects ------------------------------------------------------------------ */

/* Notes that an object of our type was made on this thread. */
void skf_kernel_note_made(enum kernel_part part, const void *object);

/* A cipher that derives keys is in use from track to untrack. */
void skf_kernel_track_cipher(srtp_cipher_t *cipher);
void skf_kernel_untrack_cipher(const srtp_cipher_t *cipher);

/* What an object of ours returns, on this thread, when libcrypto has failed: libsrtp
 * reports less. The caller pops it once libsrtp has returned anything but ok. */
srtp_err_status_t skf_kernel_note_failure(srtp_err_status_t status);
bool skf_kernel_pop_failure(void);

/* What a cipher without memory returns. The errors of libcrypto stay out of the program's
 * error queue, and off the heap. */
srtp_err_status_t skf_kernel_no_memory(void);

/* --- for kernel.c --------------------------------------------------------------------- */

/* A session is being made on this thread, from begin to end. The result of end is the set
 * of kernel_part that it was made of. Its first object is the cipher of RTP. */
void skf_kernel_begin_session(void);
unsigned skf_kernel_end_session(void);
const void *skf_kernel_first_object(void);

/* Frees the ciphers that are still tracked. libsrtp 2 forgets the cipher that derives its
 * keys when it fails midway. */
void skf_kernel_free_tracked(void);

#endif
