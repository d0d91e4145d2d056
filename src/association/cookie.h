/* cookie.h - stateless cookies, bound to an address and a hello (RFC 6347 section
 * 4.2.1). */
#ifndef SKF_COOKIE_H
#define SKF_COOKIE_H

#include "crypto/crypto.h"
#include "wire/numbers.h"

enum { COOKIE_SECRET = 32 };

/* Two secrets, so that a cookie outlives the change of one. Zeros are valid: the first use
 * makes the first secret. */
struct cookies {
    skiff_time since; /* when `secret[0]` was made */
    bool made;
    uint8_t secret[2][COOKIE_SECRET]; /* the current one, the one before */
};

/* The cookie for `num` parts (address, hello) now. False: libcrypto. */
SKIFF_MUST_USE bool skf_cookie_make(struct cookies *cookies, skiff_time now,
                                    const skiff_bytes *parts, size_t num,
                                    uint8_t cookie[COOKIE]);

/* Whether this cookie was made for the same parts not long ago. */
SKIFF_MUST_USE bool skf_cookie_is_good(struct cookies *cookies, skiff_time now,
                                       const skiff_bytes *parts, size_t num,
                                       skiff_bytes cookie);

#endif
