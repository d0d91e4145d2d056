/*
 * cipher_kernel.h - who computes AES for libsrtp's types: libcrypto, called by EVP or
 * without it, or libipsec-mb where it is built in and the processor has what it needs.
 * Knows no objects of libsrtp.
 *
 * A kernel holds nothing of a session: each call brings the raw key, and the thread may
 * have its schedule already.
 */
#ifndef SKF_CIPHER_KERNEL_H
#define SKF_CIPHER_KERNEL_H

#include "srtp/schedules.h"

/* The ciphers, and at once the numbers of libcrypto's kinds of schedule. After them comes
 * that of HMAC-SHA1, and then those of the other kernels in the same order. */
enum cipher {
    CIPHER_CTR_128,
    CIPHER_CTR_192,
    CIPHER_CTR_256,
    CIPHER_GCM_128,
    CIPHER_GCM_256
};

enum {
    NUM_CIPHERS = CIPHER_GCM_256 + 1,
    HMAC_SCHEDULE = NUM_CIPHERS,
    CTR_BLOCK = 16,
    GCM_NONCE = 12,
    GCM_TAG = 16
};

/* One packet of GCM. The header comes in pieces that stay where they are. */
struct gcm_packet {
    uint8_t nonce[GCM_NONCE];
    unsigned tag_len;
    skiff_bytes header[2];
    uint8_t *bytes;
    size_t len;
};

enum gcm_opening { GCM_OPENED, GCM_FORGED, GCM_FAILED };

struct cipher_kernel {
    const char *(*name)(void);
    const struct schedule_kind *kinds; /* NUM_CIPHERS */

    /* False if libcrypto fails. */
    bool (*seal)(enum cipher cipher, struct schedule_key key,
                 const struct gcm_packet *packet, uint8_t tag[GCM_TAG]);

    /* Unless it is OPENED, the bytes may be anything: the caller wipes them. */
    enum gcm_opening (*open)(enum cipher cipher, struct schedule_key key,
                             const struct gcm_packet *packet, const uint8_t *tag);

    /* Adds the key stream from a block on. False if libcrypto fails. */
    bool (*count)(enum cipher cipher, struct schedule_key key,
                  const uint8_t counter[CTR_BLOCK], uint8_t *bytes, size_t len);
};

extern const struct cipher_kernel skf_libcrypto; /* libcrypto.c */

/* Fetches the ciphers, once in a process: libcrypto looks them up by name. */
void skf_libcrypto_prepare(void);

/* The kernel by the functions of libcrypto's provider, or NULL if it was not built in or
 * the provider has not all of them. The first call prepares it. */
const struct cipher_kernel *skf_provider_kernel(void);

/* The kernel by libipsec-mb, or NULL if it was not built in, does not know the processor,
 * or has failed its self test. The first call prepares it. */
const struct cipher_kernel *skf_ipsec_mb(void);

/* Whether it computes the same as libcrypto by EVP. */
SKIFF_MUST_USE bool skf_cipher_kernel_agrees(const struct cipher_kernel *kernel);

/* The first of a list that is not NULL and agrees, or else libcrypto by EVP. */
const struct cipher_kernel *
skf_cipher_kernel_first(const struct cipher_kernel *const *kernels, size_t num);

/* Chooses, once in a process: libipsec-mb, the provider's functions, or EVP. */
void skf_cipher_kernel_prepare(void);

/* The kernel that was chosen. Until then it is libcrypto. */
const struct cipher_kernel *skf_cipher_kernel(void);

/* For tests, between packets: another kernel, or with NULL the chosen one again.
 * Objects made before go on with it. */
void skf_cipher_kernel_use(const struct cipher_kernel *kernel);

#endif
