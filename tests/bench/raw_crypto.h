/* raw_crypto.h - one packet of SRTP's crypto by the calls of one library alone: its key is
 * loaded, and nobody looks at the result. Knows no sockets and no SRTP. */
#ifndef SKF_BENCH_RAW_CRYPTO_H
#define SKF_BENCH_RAW_CRYPTO_H

#include <stddef.h>
#include <stdint.h>

enum { RAW_HEADER = 12, RAW_TAG = 16, RAW_IV = 12, RAW_BLOCK = 16 };

/* A library that can do it. */
struct raw_library {
    const char *name;
    /* A key of AES-GCM, of 16 or 32 bytes; one of AES-CTR, of 16. NULL where the processor
     * or memory does not do. */
    void *(*gcm_key)(const uint8_t *key, size_t len);
    void (*gcm_free)(void *key);
    void *(*ctr_key)(const uint8_t *key);
    void (*ctr_free)(void *key);

    /* Seals the payload behind an RTP header in place, and writes the tag behind it. */
    void (*seal)(void *key, const uint8_t *iv, uint8_t *packet, size_t payload);
    void (*count)(void *key, const uint8_t *iv, uint8_t *bytes, size_t len);
};

extern const struct raw_library raw_libcrypto, raw_ipsec_mb, raw_aws_lc;

enum { RAW_LIBRARIES = 3 };

/* Those that were found when this was built, and that do here what libcrypto does; it is
 * the first. How many. */
size_t raw_libraries(const struct raw_library *libraries[RAW_LIBRARIES]);

#endif
