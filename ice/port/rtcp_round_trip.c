/* rtcp_round_trip.c - the round trip that RTCP reports measure (RFC 3550 6.4.1). */
#include "rtcp_round_trip.h"

enum {
    HEADER = 8, /* with the SSRC of the sender */
    SENDER_INFO = 20,
    BLOCK = 24,
    NTP_MIDDLE = 2, /* in the sender info */
    LSR = 16,
    DLSR = 20, /* in a block */
    VERSION = 2,
    VERSION_SHIFT = 6,
    COUNT = 0x1f,
    OLDEST = 60000000 /* microseconds: the longest round trip with its DLSR */
};

static uint32_t u32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* One of the packets that a compound one consists of (RFC 3550 6.1). */
struct rtcp_report {
    const uint8_t *at;
    size_t len;
};

/* The next part; false at the end, and if it is malformed. */
static bool next_part(skiff_bytes *rest, struct rtcp_report *part)
{
    if (rest->len < HEADER || rest->ptr[0] >> VERSION_SHIFT != VERSION)
        return false;
    part->at = rest->ptr;
    part->len = ((size_t)rest->ptr[2] << 8 | rest->ptr[3]) * 4 + 4;
    if (part->len < HEADER || part->len > rest->len)
        return false;
    rest->ptr += part->len;
    rest->len -= part->len;
    return true;
}

/* --- reports that are sent ------------------------------------------------------------ */

static void remember(struct report_times *times, uint32_t ntp, skiff_time now)
{
    unsigned i = 0;

    if (ntp == 0) /* a sender without a clock */
        return;
    while (i < REPORT_TIMES && times->reports[i].ntp != ntp)
        i++;
    if (i == REPORT_TIMES) {
        i = times->next;
        times->next = (uint8_t)((i + 1) % REPORT_TIMES);
    }
    times->reports[i].ntp = ntp;
    times->reports[i].sent = (uint32_t)now;
}

void skf_report_sent(struct report_times *times, const skiff_packet *packet, skiff_time now)
{
    skiff_bytes rest = { packet->data, packet->len };
    struct rtcp_report part;

    while (next_part(&rest, &part))
        if (part.at[1] == REPORT_SENDER && part.len >= HEADER + SENDER_INFO)
            remember(times, u32(part.at + HEADER + NTP_MIDDLE), now);
}

/* --- reports that arrive -------------------------------------------------------------- */

/* 0: the block names no report of ours, or a delay that is longer than the time since
 * it. */
static uint32_t round_trip_by(const struct report_times *times, const uint8_t *block,
                              skiff_time now)
{
    uint32_t lsr = u32(block + LSR);
    uint64_t waited = (uint64_t)u32(block + DLSR) * 1000000 >> 16; /* of 1/65536 s */

    for (unsigned i = 0; lsr != 0 && i < REPORT_TIMES; i++) {
        uint32_t elapsed = (uint32_t)now - times->reports[i].sent;
        if (times->reports[i].ntp != lsr)
            continue;
        if (elapsed > OLDEST || waited > elapsed)
            return 0;
        return elapsed > waited ? elapsed - (uint32_t)waited : 1;
    }
    return 0;
}

/* Of several blocks the least counts: the others may name reports that waited longer. */
static uint32_t least(uint32_t a, uint32_t b)
{
    return a == 0 || (b != 0 && b < a) ? b : a;
}

static uint32_t read_blocks(const struct report_times *times,
                            const struct rtcp_report *part, skiff_time now)
{
    size_t at = part->at[1] == REPORT_SENDER ? HEADER + SENDER_INFO : HEADER;
    uint32_t found = 0;

    for (unsigned remaining = part->at[0] & COUNT; remaining > 0 && at + BLOCK <= part->len;
         remaining--) {
        found = least(found, round_trip_by(times, part->at + at, now));
        at += BLOCK;
    }
    return found;
}

uint32_t skf_report_received(const struct report_times *times, const skiff_packet *packet,
                             skiff_time now)
{
    skiff_bytes rest = { packet->data, packet->len };
    struct rtcp_report part;
    uint32_t found = 0;

    while (next_part(&rest, &part))
        if (part.at[1] == REPORT_SENDER || part.at[1] == REPORT_RECEIVER)
            found = least(found, read_blocks(times, &part, now));
    return found;
}
