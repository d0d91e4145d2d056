/* kernel.h - libsrtp's ciphers and authentication, done by libcrypto.
 *
 * libsrtp keeps its cipher types in one list for the whole process. Ours replace those of
 * whatever crypto library it was built on (Debian's: NSS, 14 allocations a packet), and
 * sessions of others that are made afterwards get them as well. Sessions made before keep
 * what they have. Somebody else may call srtp_init before us (our own then says bad_param
 * although all is well), or srtp_shutdown and srtp_init later, which brings the old types
 * back without a word. So every session tells us which of our types it was made of, and
 * when one is missing they are installed again.
 */
#ifndef SKF_KERNEL_H
#define SKF_KERNEL_H

#include <openssl/evp.h>
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
extern const srtp_auth_type_t skf_hmac_sha1;             /* lean/hmac.c or evp/hmac.c */
extern const srtp_auth_test_case_t skf_hmac_sha1_vector; /* kernel.c */

/* A context for one of our ciphers that wants a key, and allocates no more; NULL without
 * memory, and before skf_kernel_prepare. */
EVP_CIPHER_CTX *skf_kernel_context(enum kernel_part part);

/* Says that an object of our type was made on this thread. */
void skf_kernel_note_made(enum kernel_part part);

/* Of a cipher that derives keys: it is in use from here on, and until it is gone. */
void skf_kernel_track_cipher(srtp_cipher_t *cipher);
void skf_kernel_untrack_cipher(const srtp_cipher_t *cipher);

/* A place for what the objects of one session share, while this thread makes one of ours;
 * otherwise NULL. */
void **skf_kernel_shared(void);

/*
 * Installs our types, once in a process; a session that finds them missing does so too.
 *
 * Cost:   2.6 ms of self tests, and where libsrtp is built on NSS some 40 ms to load that:
 *         not to be met first in the middle of a handshake.
 */
void skf_kernel_prepare(void);

/*
 * Makes a libsrtp session of `parts`, a set of kernel_part, and of nothing else.
 *
 * Errors: MEMORY; CRYPTO when our types could not be installed.
 * Cost:   the first one in a process also that of skf_kernel_prepare.
 */
SKIFF_MUST_USE skiff_status skf_kernel_session(const srtp_policy_t *policy, unsigned parts,
                                               srtp_t *session);

/* What an object of ours answers, on this thread, when libcrypto has failed: libsrtp tells
 * less of it. Asked once a call of libsrtp's has not said ok, and forgotten then. */
srtp_err_status_t skf_kernel_note_failure(srtp_err_status_t status);
bool skf_kernel_pop_failure(void);

/* What a cipher without memory answers. What libcrypto has to say of it stays out of the
 * program's error queue, and off the heap. */
srtp_err_status_t skf_kernel_no_memory(void);

#endif
