/* rtp.c - RTP and RTCP as bytes (RFC 3550). Knows no codec and no clock. */
#include "rtp.h"

#include <string.h>

enum { VERSION = 2, SR = 200, RR = 201, SDES = 202, BYE = 203, CNAME = 1 };
enum { BLOCK = 24, SENDER_INFO = 20 };

/* A place in a packet that is being written or read. */
struct at {
    uint8_t *p;
};

static void put8(struct at *at, uint8_t value)
{
    *at->p++ = value;
}

static void put16(struct at *at, uint16_t value)
{
    put8(at, (uint8_t)(value >> 8));
    put8(at, (uint8_t)value);
}

static void put32(struct at *at, uint32_t value)
{
    put16(at, (uint16_t)(value >> 16));
    put16(at, (uint16_t)value);
}

static uint16_t get16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t get32(const uint8_t *p)
{
    return (uint32_t)get16(p) << 16 | get16(p + 2);
}

/* --- RTP: section 5.1 ---------------------------------------------------------------- */

void rtp_write(const struct rtp *rtp, uint8_t *out)
{
    struct at at = { out };

    put8(&at, VERSION << 6);
    put8(&at, (uint8_t)(rtp->marker << 7 | rtp->type));
    put16(&at, rtp->sequence);
    put32(&at, rtp->timestamp);
    put32(&at, rtp->ssrc);
}

bool rtp_read(struct rtp *rtp, const uint8_t *data, size_t len, size_t *header)
{
    if (len < RTP_HEADER || data[0] >> 6 != VERSION)
        return false;
    *header = RTP_HEADER + 4u * (data[0] & 15u);
    if ((data[0] & 0x10) != 0 && len >= *header + 4) /* an extension is skipped */
        *header += 4 + 4u * get16(data + *header + 2);
    *rtp = (struct rtp){ .type = data[1] & 127,
                         .marker = data[1] >> 7,
                         .sequence = get16(data + 2),
                         .timestamp = get32(data + 4),
                         .ssrc = get32(data + 8) };
    return *header <= len;
}

/* --- RTCP: sections 6.4 to 6.6 ------------------------------------------------------- */

static uint8_t *begin(struct at *at, unsigned count, uint8_t type)
{
    uint8_t *start = at->p;

    put8(at, (uint8_t)(VERSION << 6 | count));
    put8(at, type);
    put16(at, 0);
    return start;
}

static void end(struct at *at, uint8_t *start)
{
    struct at length = { start + 2 };

    while ((at->p - start) % 4 != 0)
        put8(at, 0);
    put16(&length, (uint16_t)((at->p - start) / 4 - 1));
}

static void put_block(struct at *at, const struct report_block *block)
{
    put32(at, block->ssrc);
    put32(at, (uint32_t)block->fraction << 24 | ((uint32_t)block->lost & 0xffffff));
    put32(at, block->highest);
    put32(at, block->jitter);
    put32(at, block->last_sr);
    put32(at, block->since_sr);
}

static void put_report(struct at *at, const struct report *report)
{
    uint8_t *start = begin(at, report->receives, report->is_sender ? SR : RR);

    put32(at, report->ssrc);
    if (report->is_sender) {
        put32(at, (uint32_t)(report->ntp >> 32));
        put32(at, (uint32_t)report->ntp);
        put32(at, report->timestamp);
        put32(at, report->packets);
        put32(at, report->octets);
    }
    if (report->receives)
        put_block(at, &report->block);
    end(at, start);
}

static void put_cname(struct at *at, const struct report *report)
{
    uint8_t *start = begin(at, 1, SDES);
    size_t len = strlen(report->cname);

    put32(at, report->ssrc);
    put8(at, CNAME);
    put8(at, (uint8_t)len);
    memcpy(at->p, report->cname, len);
    at->p += len;
    put8(at, 0); /* no more items */
    end(at, start);
}

size_t report_write(const struct report *report, uint8_t *out)
{
    struct at at = { out };

    put_report(&at, report);
    put_cname(&at, report);
    if (report->bye) {
        uint8_t *start = begin(&at, 1, BYE);
        put32(&at, report->ssrc);
        end(&at, start);
    }
    return (size_t)(at.p - out);
}

static void get_block(const uint8_t *p, struct report_block *block)
{
    uint32_t lost = get32(p + 4) & 0xffffff;

    block->ssrc = get32(p);
    block->fraction = p[4];
    block->lost = (int32_t)lost - ((lost & 0x800000) != 0 ? 0x1000000 : 0);
    block->highest = get32(p + 8);
    block->jitter = get32(p + 12);
    block->last_sr = get32(p + 16);
    block->since_sr = get32(p + 20);
}

static bool get_report(struct report *report, const uint8_t *p, size_t len, bool sends)
{
    size_t info = 8u + (sends ? SENDER_INFO : 0u);

    if (len < info)
        return false;
    report->ssrc = get32(p + 4);
    report->is_sender = sends;
    if (sends) {
        report->ntp = (uint64_t)get32(p + 8) << 32 | get32(p + 12);
        report->timestamp = get32(p + 16);
        report->packets = get32(p + 20);
        report->octets = get32(p + 24);
    }
    report->receives = (p[0] & 31) > 0 && len >= info + BLOCK;
    if (report->receives)
        get_block(p + info, &report->block);
    return true;
}

static bool get_cname(struct report *report, const uint8_t *p, size_t len)
{
    if (len < 10 || p[8] != CNAME || p[9] >= sizeof report->cname || 10u + p[9] > len)
        return false;
    memcpy(report->cname, p + 10, p[9]);
    report->cname[p[9]] = '\0';
    return true;
}

static bool get_part(struct report *report, const uint8_t *p, size_t len)
{
    switch (p[1]) {
    case SR:
    case RR:
        return get_report(report, p, len, p[1] == SR);
    case SDES:
        return get_cname(report, p, len);
    case BYE:
        report->bye = true;
        return true;
    default:
        return true; /* other kinds of report are skipped */
    }
}

bool report_read(struct report *report, const uint8_t *data, size_t len)
{
    memset(report, 0, sizeof *report);
    while (len >= 4 && data[0] >> 6 == VERSION) {
        size_t part = 4u * get16(data + 2) + 4;
        if (part > len || !get_part(report, data, part))
            return false;
        data += part;
        len -= part;
    }
    return len == 0;
}

/* --- counting: appendix A ------------------------------------------------------------ */

static uint32_t extended(const struct reception *reception, uint16_t sequence)
{
    int32_t step = (int16_t)(uint16_t)(sequence - reception->highest);

    return reception->highest + (uint32_t)step;
}

static void add_jitter(struct reception *reception, uint32_t transit)
{
    int32_t change = (int32_t)(transit - reception->transit);
    uint32_t size = (uint32_t)(change < 0 ? -change : change);

    reception->transit = transit;
    reception->jitter_x16 += size - ((reception->jitter_x16 + 8) >> 4);
}

void reception_add(struct reception *reception, const struct rtp *rtp, uint32_t arrived)
{
    uint32_t transit = arrived - rtp->timestamp;

    if (!reception->begun) {
        *reception = (struct reception){ .begun = true, .transit = transit };
        reception->base = reception->highest = 0x10000u | rtp->sequence;
    }

    uint32_t number = extended(reception, rtp->sequence);
    if ((int32_t)(number - reception->highest) > 0)
        reception->highest = number;
    if ((int32_t)(number - reception->base) < 0) /* an earlier one came later */
        reception->base = number;
    reception->received++;
    add_jitter(reception, transit);
}

uint32_t reception_jitter(const struct reception *reception)
{
    return reception->jitter_x16 >> 4;
}

void reception_report(struct reception *reception, struct report_block *block)
{
    uint32_t expected = reception->highest - reception->base + 1;
    uint32_t lately = expected - reception->expected_before;
    uint32_t arrived = reception->received - reception->received_before;

    block->highest = reception->highest;
    block->jitter = reception_jitter(reception);
    block->lost = (int32_t)(expected - reception->received);
    uint64_t fraction = arrived < lately ? ((uint64_t)(lately - arrived) << 8) / lately : 0;
    block->fraction = fraction < 255 ? (uint8_t)fraction : 255;
    reception->expected_before = expected;
    reception->received_before = reception->received;
}
