/* reception.c - what a receiver counts of one source, and its report block (RFC
 * 3550 appendix A.1, A.3 and A.8). Knows no packet. */
#include "reception.h"

#include "sequence.h"

enum {
    SEQUENCES = 0x10000,
    LOST_MAX = 0x7fffff, /* 24 bits with a sign */
    LOST_MIN = -0x800000,
    MICROSECONDS = 1000000
};

static const uint32_t no_bad_sequence = UINT32_MAX;

static bool is_behind(uint32_t number, uint32_t other)
{
    return number != other && (other - number) >> 31 == 0;
}

static void restart(struct reception *reception, uint16_t sequence, uint32_t transit)
{
    reception->has_begun = true;
    reception->base = reception->highest = sequence;
    reception->bad_sequence = no_bad_sequence;
    reception->received = 0;
    reception->expected_before = reception->received_before = 0;
    reception->transit = transit;
}

/* Appendix A.8 */
static void add_jitter(struct reception *reception, uint32_t transit)
{
    uint32_t change = transit - reception->transit;
    uint32_t size = change >> 31 != 0 ? 0u - change : change;

    reception->transit = transit;
    reception->jitter_x16 += size - ((reception->jitter_x16 + 8) >> 4);
}

/* Appendix A.1: whether the number made a very large step. */
static bool is_far(const struct reception *reception, uint16_t sequence)
{
    uint16_t step = (uint16_t)(sequence - (uint16_t)reception->highest);

    return step >= RECEPTION_MAX_DROPOUT && step <= SEQUENCES - RECEPTION_MAX_MISORDER;
}

static void add_near(struct reception *reception, uint16_t sequence)
{
    uint32_t number = reception->highest
                    + (uint32_t)sequence_distance(sequence, (uint16_t)reception->highest);

    if (is_behind(reception->highest, number))
        reception->highest = number;
    /* A packet from before the first one that arrived is expected, too. */
    if (is_behind(number, reception->base))
        reception->base = number;
}

bool reception_add(struct reception *reception, uint16_t sequence, uint32_t timestamp,
                   uint32_t arrived)
{
    uint32_t transit = arrived - timestamp;
    bool far = reception->has_begun && is_far(reception, sequence);

    if (far && sequence != reception->bad_sequence) {
        reception->bad_sequence = (uint16_t)(sequence + 1);
        return false;
    }
    if (far || !reception->has_begun)
        restart(reception, sequence, transit);
    else
        add_near(reception, sequence);
    reception->received++;
    add_jitter(reception, transit);
    return true;
}

void reception_sender_report(struct reception *reception, uint64_t ntp, int64_t now_us)
{
    reception->has_sr = true;
    reception->last_sr = rtcp_ntp_middle(ntp);
    reception->sr_at_us = now_us;
}

uint32_t reception_jitter(const struct reception *reception)
{
    return reception->jitter_x16 >> 4;
}

static uint32_t expected(const struct reception *reception)
{
    return reception->has_begun ? reception->highest - reception->base + 1 : 0;
}

int64_t reception_lost(const struct reception *reception)
{
    return (int64_t)expected(reception) - reception->received;
}

/* Appendix A.3 */
static uint8_t fraction(const struct reception *reception)
{
    uint32_t interval = expected(reception) - reception->expected_before;
    uint32_t arrived = reception->received - reception->received_before;

    if (arrived >= interval)
        return 0;
    uint64_t lost = ((uint64_t)(interval - arrived) << 8) / interval;
    return lost < UINT8_MAX ? (uint8_t)lost : UINT8_MAX;
}

static int32_t bounded(int64_t lost)
{
    if (lost > LOST_MAX)
        return LOST_MAX;
    return lost < LOST_MIN ? LOST_MIN : (int32_t)lost;
}

void reception_report(struct reception *reception, uint32_t ssrc, int64_t now_us,
                      struct rtcp_report *report)
{
    *report = (struct rtcp_report){ .ssrc = ssrc,
                                    .fraction = fraction(reception),
                                    .lost = bounded(reception_lost(reception)),
                                    .highest = reception->highest,
                                    .jitter = reception_jitter(reception) };
    if (reception->has_sr) {
        report->last_sr = reception->last_sr;
        report->since_sr =
            (uint32_t)(((uint64_t)(now_us - reception->sr_at_us) << 16) / MICROSECONDS);
    }
    reception->expected_before = expected(reception);
    reception->received_before = reception->received;
}
