/* der.c - reads DER (X.690) one element at a time and never past its end. */
#include "crypto/der.h"

/* An element's length has at most so many bytes: 16 MB are enough for any certificate. */
enum { LENGTH_BYTES_MAX = 3 };

static const skiff_bytes nothing = { NULL, 0 };

static skiff_bytes fail_der(struct der *der)
{
    der->failed = true;
    der->rest = nothing;
    return nothing;
}

static skiff_bytes consume(struct der *der, size_t len)
{
    if (len > der->rest.len)
        return fail_der(der);

    skiff_bytes consumed = { der->rest.ptr, len };
    der->rest.ptr += len;
    der->rest.len -= len;
    return consumed;
}

/* X.690 8.1.3.5 with 10.1: definite, and in as few bytes as possible. */
static size_t long_length(struct der *der, size_t num_digits)
{
    skiff_bytes digits = consume(der, num_digits);
    size_t len = 0;

    if (digits.len == 0 || digits.len > LENGTH_BYTES_MAX || digits.ptr[0] == 0)
        return fail_der(der).len;
    for (size_t i = 0; i < digits.len; i++)
        len = len << 8 | digits.ptr[i];
    return len >= 0x80 ? len : fail_der(der).len;
}

static size_t length(struct der *der)
{
    skiff_bytes first = consume(der, 1);

    if (first.len == 0)
        return 0;
    return first.ptr[0] < 0x80 ? first.ptr[0] : long_length(der, first.ptr[0] & 0x7fu);
}

bool skf_der_next_is(const struct der *der, uint8_t tag)
{
    return der->rest.len > 0 && der->rest.ptr[0] == tag;
}

skiff_bytes skf_der_read(struct der *der, uint8_t tag)
{
    if (!skf_der_next_is(der, tag))
        return fail_der(der);
    consume(der, 1);
    size_t len = length(der);
    return der->failed ? nothing : consume(der, len);
}

struct der skf_der_enter(struct der *der, uint8_t tag)
{
    skiff_bytes contents = skf_der_read(der, tag);
    return (struct der){ contents, der->failed };
}

void skf_der_skip_optional(struct der *der, uint8_t tag)
{
    if (skf_der_next_is(der, tag))
        skf_der_read(der, tag);
}

bool skf_der_ended(const struct der *der)
{
    return !der->failed && der->rest.len == 0;
}

/* X.690 8.3: two's complement, and the first nine bits are never all the same. */
skiff_bytes skf_der_read_positive(struct der *der)
{
    skiff_bytes n = skf_der_read(der, DER_INTEGER);

    if (n.len == 0 || n.ptr[0] >= 0x80)
        return fail_der(der);
    if (n.ptr[0] != 0)
        return n;
    if (n.len == 1 || n.ptr[1] < 0x80)
        return fail_der(der);
    return (skiff_bytes){ n.ptr + 1, n.len - 1 };
}

skiff_bytes skf_der_read_octets(struct der *der)
{
    skiff_bytes bits = skf_der_read(der, DER_BIT_STRING);

    if (bits.len == 0 || bits.ptr[0] != 0) /* the first byte counts the unused bits */
        return fail_der(der);
    return (skiff_bytes){ bits.ptr + 1, bits.len - 1 };
}
