/* library.h - one DTLS library under measure. All of them are asked for the same: DTLS 1.2
 * with ECDHE_ECDSA, AES_128_GCM_SHA256, mutual P-256 certificates that are taken for what
 * they are, use_srtp with AES128_CM_SHA1_80, no cookie, no ticket, no resumption. skiff is
 * measured in DTLS 1.3 too.
 */
#ifndef TESTS_BENCH_LIBRARY_H
#define TESTS_BENCH_LIBRARY_H

#include "../load/floor.h"
#include "wire.h"

enum { CERTIFICATES = 64, KEYING_MATERIAL = 60 };

/* One end of one association. `handle` is the library's. */
struct end {
    void *handle;
    struct wire *wire;
    int side;
};

enum step { STEP_FAILED, STEP_MORE, STEP_DONE };

struct library {
    const char *name;

    /* Contexts and certificates, CERTIFICATES of each for both sides; NULL when it
     * cannot. */
    void *(*prepare)(enum key_share share);
    void (*discard)(void *state);

    /* One end, with a certificate of the fleet's. */
    bool (*open)(void *state, size_t certificate, struct end *end);

    /* Reads what arrived and sends what is due. */
    enum step (*step)(struct end *end);

    /* Keying material for SRTP (RFC 5764 4.2), in the order of the RFC. */
    bool (*keys)(const struct end *end, uint8_t keys[KEYING_MATERIAL]);
    void (*close)(struct end *end);

    /* How often the library asked an allocator of ours; NULL when it has none. */
    uint64_t (*acquired)(const void *state);
};

extern const struct library library_skiff, library_skiff13, library_gnutls;
extern const struct library library_libssl, library_libssl_lean;

#endif
