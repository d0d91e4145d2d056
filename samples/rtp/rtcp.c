/* rtcp.c - reads RTCP: the walk over a compound packet has all bounds. Knows no
 * timers and no statistics. */
#include "rtcp.h"

enum {
    VERSION = 2,
    PADDING = 0x20,
    TYPE_SR = 200,
    TYPE_RR = 201,
    TYPE_SDES = 202,
    TYPE_BYE = 203,
    TYPE_RTPFB = 205, /* RFC 4585 section 6.1 */
    TYPE_PSFB = 206,
    FMT_NACK = 1,
    FMT_TRANSPORT_CC = 15,
    FMT_PLI = 1,
    FMT_FIR = 4,
    FMT_AFB = 15,
    CNAME = 1,
    SDES_CHUNK = 8, /* the SSRC, and the zero of no more items, padded */
    SENDER_INFO = 20,
    FEEDBACK = 12, /* the header and both SSRCs */
    NACK_ENTRY = 4,
    FIR_ENTRY = 8,
    TRANSPORT_CC = 20,
    REMB = 20 /* without the SSRCs of the list */
};

/* --- the walk ----------------------------------------------------------------------- */

struct rtcp_walk rtcp_walk(const uint8_t *data, size_t len)
{
    return (struct rtcp_walk){ .at = data, .end = len > 0 ? data + len : data };
}

static enum rtcp_kind kind_of_feedback(const struct rtcp *packet, uint8_t type)
{
    if (type == TYPE_RTPFB && packet->count == FMT_NACK)
        return RTCP_NACK;
    if (type == TYPE_RTPFB && packet->count == FMT_TRANSPORT_CC)
        return RTCP_TRANSPORT_CC;
    if (type == TYPE_PSFB && packet->count == FMT_PLI)
        return RTCP_PLI;
    if (type == TYPE_PSFB && packet->count == FMT_FIR)
        return RTCP_FIR;
    if (type == TYPE_PSFB && packet->count == FMT_AFB && packet->len >= REMB
        && memcmp(packet->data + FEEDBACK, "REMB", 4) == 0)
        return RTCP_REMB;
    return RTCP_OTHER;
}

static enum rtcp_kind kind_of(const struct rtcp *packet, uint8_t type)
{
    switch (type) {
    case TYPE_SR:
        return RTCP_SR;
    case TYPE_RR:
        return RTCP_RR;
    case TYPE_SDES:
        return RTCP_SDES;
    case TYPE_BYE:
        return RTCP_BYE;
    default:
        return kind_of_feedback(packet, type);
    }
}

/* The length that a packet of its kind and count has at least. */
static size_t least_len(const struct rtcp *packet)
{
    switch (packet->kind) {
    case RTCP_OTHER:
        return RTCP_HEADER;
    case RTCP_SR:
        return 8u + SENDER_INFO + (size_t)RTCP_REPORT * packet->count;
    case RTCP_RR:
        return 8u + (size_t)RTCP_REPORT * packet->count;
    case RTCP_SDES:
        return RTCP_HEADER + (size_t)SDES_CHUNK * packet->count;
    case RTCP_BYE:
        return RTCP_HEADER + 4u * packet->count;
    case RTCP_NACK:
        return FEEDBACK + NACK_ENTRY;
    case RTCP_TRANSPORT_CC:
        return TRANSPORT_CC;
    case RTCP_PLI:
        return FEEDBACK;
    case RTCP_FIR:
        return FEEDBACK + FIR_ENTRY;
    case RTCP_REMB:
        return REMB + 4u * packet->data[FEEDBACK + 4];
    }
    return SIZE_MAX;
}

/* RFC 3550 section 6.4.1: padding counts itself. By the RFC the last packet
 * alone has any, in words of 32 bits; browsers put three bytes and less behind
 * any transport-wide feedback. */
static bool remove_padding(struct rtcp *packet)
{
    if ((packet->data[0] & PADDING) == 0)
        return true;
    size_t padding = packet->data[packet->len - 1];
    if (padding == 0 || padding > packet->len - RTCP_HEADER)
        return false;
    packet->len -= padding;
    return true;
}

static bool read_packet(const struct rtcp_walk *walk, struct rtcp *packet, size_t *whole)
{
    size_t left = (size_t)(walk->end - walk->at);

    if (left < RTCP_HEADER || walk->at[0] >> 6 != VERSION)
        return false;
    *whole = 4u * bytes_get16(walk->at + 2) + RTCP_HEADER;
    if (*whole > left)
        return false;
    *packet = (struct rtcp){ .count = walk->at[0] & 31, .data = walk->at, .len = *whole };
    if (!remove_padding(packet))
        return false;

    packet->kind = kind_of(packet, walk->at[1]);
    if (packet->len >= 8)
        packet->ssrc = bytes_get32(walk->at + 4);
    if (packet->len >= FEEDBACK && (walk->at[1] == TYPE_RTPFB || walk->at[1] == TYPE_PSFB))
        packet->media_ssrc = bytes_get32(walk->at + 8);
    return packet->len >= least_len(packet);
}

bool rtcp_next(struct rtcp_walk *walk, struct rtcp *packet)
{
    size_t whole = 0;

    if (walk->at == walk->end || walk->malformed)
        return false;
    if (!read_packet(walk, packet, &whole)) {
        walk->malformed = true;
        return false;
    }
    walk->at += whole;
    return true;
}

/* --- RFC 3550 sections 6.4 to 6.6 --------------------------------------------------- */

bool rtcp_read_sender_info(const struct rtcp *packet, struct rtcp_sender_info *info)
{
    if (packet->kind != RTCP_SR)
        return false;
    info->ntp = bytes_get64(packet->data + 8);
    info->timestamp = bytes_get32(packet->data + 16);
    info->packets = bytes_get32(packet->data + 20);
    info->octets = bytes_get32(packet->data + 24);
    return true;
}

bool rtcp_read_report(const struct rtcp *packet, size_t index, struct rtcp_report *report)
{
    bool is_sr = packet->kind == RTCP_SR;

    if ((!is_sr && packet->kind != RTCP_RR) || index >= packet->count)
        return false;
    const uint8_t *p = packet->data + 8 + (is_sr ? SENDER_INFO : 0) + index * RTCP_REPORT;
    uint32_t lost = bytes_get24(p + 5);
    report->ssrc = bytes_get32(p);
    report->fraction = p[4];
    report->lost = (int32_t)lost - ((lost & 0x800000) != 0 ? 0x1000000 : 0);
    report->highest = bytes_get32(p + 8);
    report->jitter = bytes_get32(p + 12);
    report->last_sr = bytes_get32(p + 16);
    report->since_sr = bytes_get32(p + 20);
    return true;
}

/* What a chunk of an SDES packet states. */
struct chunk {
    uint32_t ssrc;
    bool has_cname;
    struct bytes cname;
};

/* Reads the chunk at an offset, and goes on to the next one. */
static bool read_chunk(const struct rtcp *packet, size_t *offset, struct chunk *chunk)
{
    const uint8_t *data = packet->data;
    size_t at = *offset, len = packet->len;

    if (at > len || len - at < 4)
        return false;
    *chunk = (struct chunk){ .ssrc = bytes_get32(data + at) };
    for (at += 4; at < len && data[at] != 0; at += 2u + data[at + 1]) {
        if (len - at < 2 || data[at + 1] > len - at - 2)
            return false;
        if (data[at] == CNAME && !chunk->has_cname) {
            chunk->has_cname = true;
            chunk->cname = (struct bytes){ data + at + 2, data[at + 1] };
        }
    }
    *offset = (at / 4 + 1) * 4;
    return true;
}

bool rtcp_read_cname(const struct rtcp *packet, uint32_t ssrc, struct bytes *cname)
{
    size_t offset = RTCP_HEADER;
    struct chunk chunk;

    if (packet->kind != RTCP_SDES)
        return false;
    for (size_t i = 0; i < packet->count && read_chunk(packet, &offset, &chunk); i++) {
        if (chunk.ssrc == ssrc && chunk.has_cname) {
            *cname = chunk.cname;
            return true;
        }
    }
    return false;
}

bool rtcp_read_bye(const struct rtcp *packet, size_t index, uint32_t *ssrc)
{
    if (packet->kind != RTCP_BYE || index >= packet->count)
        return false;
    *ssrc = bytes_get32(packet->data + RTCP_HEADER + 4 * index);
    return true;
}

/* --- feedback ----------------------------------------------------------------------- */

/* The entry number `index` of those behind the SSRCs; NULL: there are no more.
 */
static const uint8_t *entry(const struct rtcp *packet, size_t index, size_t size)
{
    if (index >= (packet->len - FEEDBACK) / size)
        return NULL;
    return packet->data + FEEDBACK + index * size;
}

/* RFC 4585 section 6.2.1 */
size_t rtcp_read_nack(const struct rtcp *packet, size_t index,
                      uint16_t lost[RTCP_NACK_SPAN])
{
    const uint8_t *p = packet->kind == RTCP_NACK ? entry(packet, index, NACK_ENTRY) : NULL;
    size_t num = 0;

    if (p == NULL)
        return 0;
    uint16_t first = bytes_get16(p), more = bytes_get16(p + 2);
    lost[num++] = first;
    for (unsigned i = 0; i < RTCP_NACK_SPAN - 1; i++)
        if ((more >> i & 1) != 0)
            lost[num++] = (uint16_t)(first + 1 + i);
    return num;
}

/* RFC 5104 section 4.3.1.1 */
bool rtcp_read_fir(const struct rtcp *packet, size_t index, uint32_t *ssrc, uint8_t *number)
{
    const uint8_t *p = packet->kind == RTCP_FIR ? entry(packet, index, FIR_ENTRY) : NULL;

    if (p == NULL)
        return false;
    *ssrc = bytes_get32(p);
    *number = p[4];
    return true;
}

/* draft-alvestrand-rmcat-remb-03 section 2.2 */
bool rtcp_read_remb(const struct rtcp *packet, uint64_t *bits_per_second)
{
    if (packet->kind != RTCP_REMB)
        return false;
    uint32_t bits = bytes_get24(packet->data + FEEDBACK + 5);
    uint64_t mantissa = bits & 0x3ffff;
    unsigned exponent = bits >> 18;
    bool is_too_large = mantissa > UINT64_MAX >> exponent;
    *bits_per_second = is_too_large ? UINT64_MAX : mantissa << exponent;
    return true;
}

bool rtcp_read_remb_ssrc(const struct rtcp *packet, size_t index, uint32_t *ssrc)
{
    if (packet->kind != RTCP_REMB || index >= packet->data[FEEDBACK + 4])
        return false;
    *ssrc = bytes_get32(packet->data + REMB + 4 * index);
    return true;
}
