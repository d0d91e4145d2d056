/* rtcp_bytes.h - what the suites of RTCP have in common: a buffer to write into, and bytes
 * that are read. */
#ifndef TEST_RTP_RTCP_BYTES_H
#define TEST_RTP_RTCP_BYTES_H

#include "dice.h"
#include "samples/rtp/rtcp.h"

enum { MAX = 2048 };

static uint8_t buffer[MAX];

static inline struct bytes_out space(size_t limit)
{
    memset(buffer, 0x77, sizeof buffer);
    return (struct bytes_out){ .data = buffer, .limit = limit };
}

/* Whether exactly these bytes were written, and none behind them. */
static inline bool wrote(const struct bytes_out *out, const char *expected, size_t len)
{
    return out->len == len && memcmp(out->data, expected, len) == 0
        && (len == MAX || out->data[len] == 0x77);
}

/* The one packet of these bytes, which must be whole. */
static inline struct rtcp only(const char *bytes, size_t len)
{
    struct rtcp_walk walk = rtcp_walk((const uint8_t *)bytes, len);
    struct rtcp packet = { 0 }, more;

    CU_ASSERT_TRUE(rtcp_next(&walk, &packet));
    CU_ASSERT_FALSE(rtcp_next(&walk, &more));
    CU_ASSERT_FALSE(walk.malformed);
    return packet;
}

static inline bool is_malformed(const char *bytes, size_t len)
{
    uint8_t *exact = exact_copy((const uint8_t *)bytes, len);
    struct rtcp_walk walk = rtcp_walk(exact, len);
    struct rtcp packet;

    while (rtcp_next(&walk, &packet))
        ;
    exact_free(exact, len);
    return walk.malformed;
}

#define BYTES(literal) literal, sizeof(literal) - 1

#endif
