/* bytes.h - numbers in network byte order, a view of bytes, and a buffer that is filled.
 * Knows no protocol. */
#ifndef RTP_BYTES_H
#define RTP_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Bytes that belong to somebody else; valid as long as the packet in which they lie. */
struct bytes {
    const uint8_t *at;
    size_t len;
};

/* A buffer of the caller, of `limit` bytes, of which `len` are written. Who writes a packet
 * appends it whole, or returns false and leaves `len` as it was. */
struct bytes_out {
    uint8_t *data;
    size_t len, limit;
};

/* The readers and writers trust their caller with the bounds. */
static inline uint16_t bytes_get16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t bytes_get24(const uint8_t *p)
{
    return (uint32_t)bytes_get16(p) << 8 | p[2];
}

static inline uint32_t bytes_get32(const uint8_t *p)
{
    return (uint32_t)bytes_get16(p) << 16 | bytes_get16(p + 2);
}

static inline uint64_t bytes_get64(const uint8_t *p)
{
    return (uint64_t)bytes_get32(p) << 32 | bytes_get32(p + 4);
}

static inline void bytes_put16(uint8_t *p, uint16_t value)
{
    p[0] = (uint8_t)(value >> 8);
    p[1] = (uint8_t)value;
}

static inline void bytes_put24(uint8_t *p, uint32_t value)
{
    p[0] = (uint8_t)(value >> 16);
    bytes_put16(p + 1, (uint16_t)value);
}

static inline void bytes_put32(uint8_t *p, uint32_t value)
{
    bytes_put16(p, (uint16_t)(value >> 16));
    bytes_put16(p + 2, (uint16_t)value);
}

static inline void bytes_put64(uint8_t *p, uint64_t value)
{
    bytes_put32(p, (uint32_t)(value >> 32));
    bytes_put32(p + 4, (uint32_t)value);
}

/* The next `len` bytes of the buffer, zeroed and counted as written; NULL: they do not fit.
 */
static inline uint8_t *bytes_append(struct bytes_out *out, size_t len)
{
    if (len > out->limit - out->len)
        return NULL;
    uint8_t *p = out->data + out->len;
    memset(p, 0, len);
    out->len += len;
    return p;
}

#endif
