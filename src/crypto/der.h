/* der.h - reads DER (X.690) one element at a time and never past its end. Knows tags and
 * lengths, not what they mean.
 *
 * The first error sets `failed`, and all reads after it return nothing. The caller asks
 * once, at the end, with skf_der_ended.
 */
#ifndef SKF_DER_H
#define SKF_DER_H

#include <skiff/base.h>

/* clang-format off */
enum {
    DER_INTEGER    = 0x02,
    DER_BIT_STRING = 0x03,
    DER_NULL       = 0x05,
    DER_OID        = 0x06,
    DER_SEQUENCE   = 0x30
};
/* clang-format on */

struct der {
    skiff_bytes rest;
    bool failed;
};

/* The contents of the next element, which must have that tag. */
skiff_bytes skf_der_read(struct der *der, uint8_t tag);

/* A reader for the contents of the next element. */
struct der skf_der_enter(struct der *der, uint8_t tag);

/* Skips the next element if it has that tag. */
void skf_der_skip_optional(struct der *der, uint8_t tag);

bool skf_der_next_is(const struct der *der, uint8_t tag);

/* True if nothing was wrong and nothing is left. */
bool skf_der_ended(const struct der *der);

/* The magnitude of the next element, a positive INTEGER, without leading zeros. */
skiff_bytes skf_der_read_positive(struct der *der);

/* The bytes of the next element, a BIT STRING of whole octets. */
skiff_bytes skf_der_read_octets(struct der *der);

#endif
