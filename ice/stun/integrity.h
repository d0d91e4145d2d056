/*
 * integrity.h - MESSAGE-INTEGRITY (RFC 8489 section 14.5): HMAC-SHA1 by libcrypto, with a
 * password. Knows no messages.
 *
 * The functions of libcrypto are chosen at configure time. lean/ allocates nothing. evp/
 * (SKIFF_CRYPTO=openssl-evp, for FIPS providers) does: libcrypto allocates inside.
 */
#ifndef SKF_INTEGRITY_H
#define SKF_INTEGRITY_H

#include <skiff/base.h>

enum { INTEGRITY_TAG = 20 };

/* Of one thread. Zeros are valid and empty. */
struct integrity {
    void *mac_context;              /* what libcrypto keeps for us (evp/ only) */
    _Alignas(8) uint8_t state[192]; /* the two keys, hashed (lean/ only) */
};

/* False if libcrypto has no memory, or no HMAC. */
SKIFF_MUST_USE bool skf_integrity_new(struct integrity *integrity);
void skf_integrity_free(struct integrity *integrity);

/* Sets the password for the tags that follow, until forget wipes it. */
SKIFF_MUST_USE bool skf_integrity_key(struct integrity *integrity, skiff_bytes password);
void skf_integrity_forget(struct integrity *integrity);

/* The tag over `num` parts in a row. */
SKIFF_MUST_USE bool skf_integrity_tag(struct integrity *integrity, const skiff_bytes *parts,
                                      size_t num, uint8_t tag[INTEGRITY_TAG]);

/* Compares in a time that does not depend on the contents. */
SKIFF_MUST_USE bool skf_integrity_same(const uint8_t *a, const uint8_t *b);

#endif
