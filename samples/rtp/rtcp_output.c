/* rtcp_output.c - writes RTCP packets, one by one, into a buffer of the caller;
 * and times as they have them. Knows no timers and no statistics. */
#include "rtcp.h"

enum {
    VERSION = 2,
    TYPE_SR = 200,
    TYPE_RR = 201,
    TYPE_SDES = 202,
    TYPE_BYE = 203,
    TYPE_RTPFB = 205,
    TYPE_PSFB = 206,
    FMT_NACK = 1,
    FMT_PLI = 1,
    FMT_FIR = 4,
    FMT_AFB = 15,
    CNAME = 1,
    SENDER_INFO = 20,
    FEEDBACK = 12,
    NACK_ENTRY = 4,
    FIR_ENTRY = 8,
    REMB = 20,
    REMB_MANTISSA = 0x3ffff,
    MICROSECONDS = 1000000
};

static const uint64_t unix_epoch = 2208988800u; /* in seconds since 1900 */

/* Appends a packet of zeros behind its header and the SSRC of its sender; NULL:
 * it does not fit. */
static uint8_t *begin(struct bytes_out *out, size_t len, uint8_t type, uint32_t ssrc)
{
    uint8_t *p = len / 4 <= UINT16_MAX ? bytes_append(out, len) : NULL;

    if (p == NULL)
        return NULL;
    p[0] = VERSION << 6;
    p[1] = type;
    bytes_put16(p + 2, (uint16_t)(len / 4 - 1));
    bytes_put32(p + 4, ssrc);
    return p;
}

static void set_count(uint8_t *packet, size_t count)
{
    packet[0] = (uint8_t)(VERSION << 6 | count);
}

/* --- RFC 3550 sections 6.4 to 6.6 --------------------------------------------------- */

static void put_report(uint8_t *p, const struct rtcp_report *report)
{
    bytes_put32(p, report->ssrc);
    p[4] = report->fraction;
    bytes_put24(p + 5, (uint32_t)report->lost & 0xffffff);
    bytes_put32(p + 8, report->highest);
    bytes_put32(p + 12, report->jitter);
    bytes_put32(p + 16, report->last_sr);
    bytes_put32(p + 20, report->since_sr);
}

static void put_sender_info(uint8_t *p, const struct rtcp_sender_info *info)
{
    bytes_put64(p, info->ntp);
    bytes_put32(p + 8, info->timestamp);
    bytes_put32(p + 12, info->packets);
    bytes_put32(p + 16, info->octets);
}

bool rtcp_write_report(struct bytes_out *out, uint32_t ssrc,
                       const struct rtcp_sender_info *info,
                       const struct rtcp_report *reports, size_t num_reports)
{
    size_t before = 8u + (info != NULL ? SENDER_INFO : 0);

    if (num_reports > RTCP_MAX_REPORTS)
        return false;
    uint8_t *p = begin(out, before + num_reports * RTCP_REPORT,
                       info != NULL ? TYPE_SR : TYPE_RR, ssrc);
    if (p == NULL)
        return false;
    set_count(p, num_reports);
    if (info != NULL)
        put_sender_info(p + 8, info);
    for (size_t i = 0; i < num_reports; i++)
        put_report(p + before + i * RTCP_REPORT, &reports[i]);
    return true;
}

bool rtcp_write_cname(struct bytes_out *out, uint32_t ssrc, const char *cname)
{
    size_t len = strlen(cname);

    if (len > RTCP_MAX_CNAME)
        return false;
    /* Behind the item is at least one zero, which ends the items. */
    uint8_t *p = begin(out, (8u + 2 + len) / 4 * 4 + 4, TYPE_SDES, ssrc);
    if (p == NULL)
        return false;
    set_count(p, 1);
    p[8] = CNAME;
    p[9] = (uint8_t)len;
    memcpy(p + 10, cname, len);
    return true;
}

bool rtcp_write_bye(struct bytes_out *out, uint32_t ssrc)
{
    uint8_t *p = begin(out, 8, TYPE_BYE, ssrc);

    if (p == NULL)
        return false;
    set_count(p, 1);
    return true;
}

/* --- feedback ----------------------------------------------------------------------- */

/* How many of the numbers one entry can have, and the bits of those behind the
 * first. */
static size_t nack_entry(const uint16_t *lost, size_t num_lost, uint16_t *more)
{
    size_t i;

    *more = 0;
    for (i = 1; i < num_lost; i++) {
        unsigned behind = (uint16_t)(lost[i] - lost[0] - 1);
        if (behind >= RTCP_NACK_SPAN - 1)
            break;
        *more = (uint16_t)(*more | 1u << behind);
    }
    return i;
}

/* RFC 4585 section 6.2.1 */
bool rtcp_write_nack(struct bytes_out *out, uint32_t ssrc, uint32_t media_ssrc,
                     const uint16_t *lost, size_t num_lost)
{
    size_t num_entries = 0;
    uint16_t more;

    for (size_t i = 0; i < num_lost; i += nack_entry(lost + i, num_lost - i, &more))
        num_entries++;
    if (num_entries == 0)
        return false;
    uint8_t *p = begin(out, FEEDBACK + num_entries * NACK_ENTRY, TYPE_RTPFB, ssrc);
    if (p == NULL)
        return false;
    set_count(p, FMT_NACK);
    bytes_put32(p + 8, media_ssrc);

    p += FEEDBACK;
    for (size_t i = 0; i < num_lost; p += NACK_ENTRY) {
        bytes_put16(p, lost[i]);
        i += nack_entry(lost + i, num_lost - i, &more);
        bytes_put16(p + 2, more);
    }
    return true;
}

bool rtcp_write_pli(struct bytes_out *out, uint32_t ssrc, uint32_t media_ssrc)
{
    uint8_t *p = begin(out, FEEDBACK, TYPE_PSFB, ssrc);

    if (p == NULL)
        return false;
    set_count(p, FMT_PLI);
    bytes_put32(p + 8, media_ssrc);
    return true;
}

/* RFC 5104 section 4.3.1.2: the SSRC of the media source is in the entry, and 0
 * before it. */
bool rtcp_write_fir(struct bytes_out *out, uint32_t ssrc, uint32_t media_ssrc,
                    uint8_t number)
{
    uint8_t *p = begin(out, FEEDBACK + FIR_ENTRY, TYPE_PSFB, ssrc);

    if (p == NULL)
        return false;
    set_count(p, FMT_FIR);
    bytes_put32(p + FEEDBACK, media_ssrc);
    p[FEEDBACK + 4] = number;
    return true;
}

/* draft-alvestrand-rmcat-remb-03 section 2.2 */
bool rtcp_write_remb(struct bytes_out *out, uint32_t ssrc, uint64_t bits_per_second,
                     const uint32_t *ssrcs, size_t num_ssrcs)
{
    uint32_t exponent = 0;

    if (num_ssrcs > UINT8_MAX)
        return false;
    uint8_t *p = begin(out, REMB + 4 * num_ssrcs, TYPE_PSFB, ssrc);
    if (p == NULL)
        return false;
    set_count(p, FMT_AFB);
    memcpy(p + FEEDBACK, "REMB", 4);
    p[FEEDBACK + 4] = (uint8_t)num_ssrcs;
    while (bits_per_second >> exponent > REMB_MANTISSA)
        exponent++;
    bytes_put24(p + FEEDBACK + 5, exponent << 18 | (uint32_t)(bits_per_second >> exponent));
    for (size_t i = 0; i < num_ssrcs; i++)
        bytes_put32(p + REMB + 4 * i, ssrcs[i]);
    return true;
}

/* --- times
 * ----------------------------------------------------------------------------
 */

uint64_t rtcp_ntp(uint64_t unix_us)
{
    uint64_t seconds = unix_us / MICROSECONDS + unix_epoch;

    return seconds << 32 | ((unix_us % MICROSECONDS) << 32) / MICROSECONDS;
}

int64_t rtcp_round_trip_us(const struct rtcp_report *report, uint32_t now)
{
    uint32_t trip = now - report->last_sr - report->since_sr;

    if (report->last_sr == 0)
        return -1;
    if (trip == UINT32_MAX) /* both ends round */
        return 0;
    return trip >> 31 != 0 ? -1 : (int64_t)((uint64_t)trip * MICROSECONDS >> 16);
}
