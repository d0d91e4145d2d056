/* fingerprints.h - the fingerprints of a description as a set: each section of SDP may
 * repeat them, in any order (RFC 8122 section 5). */
#ifndef SKF_FINGERPRINTS_H
#define SKF_FINGERPRINTS_H

#include <skiff/identity.h>

#include <stdbool.h>
#include <string.h>

/* Their lengths need not be those of their hashes. */
static inline bool fingerprint_is_same(const skiff_fingerprint *a,
                                       const skiff_fingerprint *b)
{
    size_t len = a->len < sizeof a->bytes ? a->len : sizeof a->bytes;

    return a->hash == b->hash && a->len == b->len && memcmp(a->bytes, b->bytes, len) == 0;
}

static inline bool fingerprint_is_in(const skiff_fingerprint *fingerprint,
                                     const skiff_fingerprint *any_of, size_t num)
{
    for (size_t i = 0; i < num; i++)
        if (fingerprint_is_same(fingerprint, &any_of[i]))
            return true;
    return false;
}

static inline bool fingerprints_are_within(const skiff_fingerprint *any_of, size_t num,
                                           const skiff_fingerprint *others,
                                           size_t num_others)
{
    for (size_t i = 0; i < num; i++)
        if (!fingerprint_is_in(&any_of[i], others, num_others))
            return false;
    return true;
}

#endif
