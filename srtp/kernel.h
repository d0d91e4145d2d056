/* kernel.h - libsrtp's ciphers and authentication, done by libcrypto.
 *
 * libsrtp keeps its cipher types in one list for the whole process. Ours replace those of
 * whatever crypto library it was built on (Debian's: NSS, 14 allocations a packet), and
 * sessions of others that are made afterwards use ours as well. Sessions made before keep
 * theirs. Other code may call srtp_init before us (our own then returns bad_param although
 * all is well), or srtp_shutdown and srtp_init later, which silently brings the old types
 * back. So each session notes of which of our types it was made, and when one is missing
 * they are installed again.
 */
#ifndef SKF_KERNEL_H
#define SKF_KERNEL_H

#include "srtp/kernel_objects.h"

/*
 * Installs our types, once in a process. A session that finds them missing does so too.
 *
 * Cost:   3.4 ms of self tests, and where libsrtp is built on NSS some 40 ms to load that:
 *         too much for the middle of a handshake.
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

#endif
