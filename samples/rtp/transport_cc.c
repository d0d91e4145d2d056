/* transport_cc.c - transport-wide feedback,
 * draft-holmer-rmcat-transport-wide-cc-extensions-01 section 3.1: a recorder of what
 * arrived that writes feedback, and the walk over the feedback of others. */
#include "transport_cc.h"

#include "sequence.h"

enum {
    TYPE_RTPFB = 205,
    FMT_TRANSPORT_CC = 15,
    REFERENCE_TICKS = TRANSPORT_CC_REFERENCE_US / TRANSPORT_CC_TICK_US,
    REFERENCE_BITS = 24,
    /* The status symbols of section 3.1.1; 3 is reserved. */
    MISSING = 0,
    SMALL = 1, /* a delta of one byte without a sign */
    LARGE = 2, /* of two bytes with a sign */
    /* Section 3.1.3 and 3.1.4: a bit that makes a chunk a vector, one for symbols of two
       bits. */
    VECTOR = 0x8000,
    TWO_BITS = 0x4000,
    ONE_BIT_SYMBOLS = 14,
    TWO_BIT_SYMBOLS = 7,
    MAX_RUN = 0x1fff
};

/* --- recording ------------------------------------------------------------------------ */

static int64_t *slot(struct transport_cc_recorder *recorder, uint64_t number)
{
    return &recorder->arrived[number % TRANSPORT_CC_WINDOW];
}

/* The window ends with `number`: what is in the slots of numbers that did not arrive goes.
 */
static void advance(struct transport_cc_recorder *recorder, uint64_t number)
{
    uint64_t steps = number - recorder->highest;

    if (steps > TRANSPORT_CC_WINDOW)
        steps = TRANSPORT_CC_WINDOW;
    for (uint64_t i = 0; i < steps; i++)
        *slot(recorder, number - i) = 0;
    recorder->highest = number;
    if (recorder->next + TRANSPORT_CC_WINDOW <= number)
        recorder->next = number - TRANSPORT_CC_WINDOW + 1;
}

void transport_cc_record(struct transport_cc_recorder *recorder, uint16_t sequence,
                         int64_t now_us)
{
    if (!recorder->has_begun) {
        recorder->has_begun = true;
        recorder->next = recorder->highest = SEQUENCE_BEGIN + sequence;
    }
    uint64_t number = sequence_extend(recorder->highest, sequence);
    if (number + TRANSPORT_CC_WINDOW <= recorder->highest)
        return;
    if (number > recorder->highest)
        advance(recorder, number);
    if (*slot(recorder, number) != 0) /* a duplicate */
        return;
    *slot(recorder, number) = now_us / TRANSPORT_CC_TICK_US + 1;
    if (number < recorder->next)
        recorder->next = number;
}

size_t transport_cc_pending(const struct transport_cc_recorder *recorder)
{
    return recorder->has_begun ? (size_t)(recorder->highest + 1 - recorder->next) : 0;
}

/* --- writing -------------------------------------------------------------------------- */

/* What one feedback packet is made of. */
struct statuses {
    size_t num, num_delta_bytes;
    int64_t reference; /* in its unit */
    uint8_t symbols[TRANSPORT_CC_WINDOW];
    int16_t deltas[TRANSPORT_CC_WINDOW];
};

/* A chunk has 7 symbols or more, but for the last one. */
static size_t most_bytes(size_t num, size_t num_delta_bytes)
{
    size_t chunks = (num + TWO_BIT_SYMBOLS - 1) / TWO_BIT_SYMBOLS;

    return (TRANSPORT_CC_HEADER + 2 * chunks + num_delta_bytes + 3) / 4 * 4;
}

/* Adds the status of a number. False: its delta cannot be written, or it may not fit. */
static bool add_status(struct statuses *statuses, int64_t delta, uint8_t symbol,
                       size_t limit)
{
    size_t bytes = statuses->num_delta_bytes + symbol;

    if (delta < INT16_MIN || delta > INT16_MAX
        || most_bytes(statuses->num + 1, bytes) > limit)
        return false;
    statuses->symbols[statuses->num] = symbol;
    statuses->deltas[statuses->num] = (int16_t)delta;
    statuses->num++;
    statuses->num_delta_bytes = bytes;
    return true;
}

static void collect(struct transport_cc_recorder *recorder, struct statuses *statuses,
                    size_t limit)
{
    size_t pending = transport_cc_pending(recorder);
    uint64_t first = recorder->next;

    while (first < recorder->highest && *slot(recorder, first) == 0)
        first++;
    statuses->num = statuses->num_delta_bytes = 0;
    statuses->reference = (*slot(recorder, first) - 1) / REFERENCE_TICKS;
    int64_t before = statuses->reference * REFERENCE_TICKS + 1;
    for (size_t i = 0; i < pending; i++) {
        int64_t arrived = *slot(recorder, recorder->next + i);
        int64_t delta = arrived != 0 ? arrived - before : 0;
        uint8_t small = delta >= 0 && delta <= UINT8_MAX ? SMALL : LARGE;
        if (!add_status(statuses, delta, arrived != 0 ? small : MISSING, limit))
            return;
        before += delta;
    }
}

static size_t run_from(const struct statuses *statuses, size_t at)
{
    size_t i = at;

    while (i < statuses->num && i - at < MAX_RUN
           && statuses->symbols[i] == statuses->symbols[at])
        i++;
    return i - at;
}

static bool has_large(const struct statuses *statuses, size_t at)
{
    for (size_t i = at; i < statuses->num && i < at + ONE_BIT_SYMBOLS; i++)
        if (statuses->symbols[i] == LARGE)
            return true;
    return false;
}

/* The symbols from `at` on, those behind the last one as zeros. */
static uint16_t vector_from(const struct statuses *statuses, size_t at,
                            unsigned num_symbols)
{
    unsigned width = ONE_BIT_SYMBOLS / num_symbols, chunk = VECTOR;

    if (num_symbols == TWO_BIT_SYMBOLS)
        chunk |= TWO_BITS;
    for (unsigned i = 0; i < num_symbols && at + i < statuses->num; i++)
        chunk |= (unsigned)statuses->symbols[at + i] << width * (num_symbols - 1 - i);
    return (uint16_t)chunk;
}

/* The chunk for the symbols from `at` on; returns how many it has. */
static size_t chunk_from(const struct statuses *statuses, size_t at, uint16_t *chunk)
{
    size_t run = run_from(statuses, at);
    unsigned num_symbols = has_large(statuses, at) ? TWO_BIT_SYMBOLS : ONE_BIT_SYMBOLS;

    if (run >= num_symbols || run == statuses->num - at) {
        *chunk = (uint16_t)((unsigned)statuses->symbols[at] << 13 | run);
        return run;
    }
    *chunk = vector_from(statuses, at, num_symbols);
    return num_symbols;
}

static size_t put_statuses(const struct statuses *statuses, uint8_t *start)
{
    uint8_t *p = start;
    uint16_t chunk;

    for (size_t at = 0; at < statuses->num; p += 2) {
        at += chunk_from(statuses, at, &chunk);
        bytes_put16(p, chunk);
    }
    for (size_t i = 0; i < statuses->num; i++) {
        if (statuses->symbols[i] == LARGE)
            bytes_put16(p, (uint16_t)statuses->deltas[i]);
        else if (statuses->symbols[i] == SMALL)
            *p = (uint8_t)statuses->deltas[i];
        p += statuses->symbols[i]; /* SMALL and LARGE are as many bytes */
    }
    return (size_t)(p - start);
}

bool transport_cc_write(struct transport_cc_recorder *recorder, struct bytes_out *out,
                        uint32_t ssrc, uint32_t media_ssrc)
{
    struct statuses statuses;

    if (transport_cc_pending(recorder) == 0)
        return false;
    collect(recorder, &statuses, out->limit - out->len);
    size_t before = out->len;
    uint8_t *p = statuses.num > 0
                   ? bytes_append(out, most_bytes(statuses.num, statuses.num_delta_bytes))
                   : NULL;
    if (p == NULL)
        return false;

    p[0] = 2 << 6 | FMT_TRANSPORT_CC;
    p[1] = TYPE_RTPFB;
    bytes_put32(p + 4, ssrc);
    bytes_put32(p + 8, media_ssrc);
    bytes_put16(p + 12, (uint16_t)recorder->next);
    bytes_put16(p + 14, (uint16_t)statuses.num);
    bytes_put24(p + 16, (uint32_t)statuses.reference);
    p[19] = recorder->number_of_feedback++;
    size_t len =
        (TRANSPORT_CC_HEADER + put_statuses(&statuses, p + TRANSPORT_CC_HEADER) + 3) / 4
        * 4;
    bytes_put16(p + 2, (uint16_t)(len / 4 - 1));
    out->len = before + len;
    recorder->next += statuses.num;
    return true;
}

/* --- reading -------------------------------------------------------------------------- */

/* The symbol of the next number. False: there are no more chunks. */
static bool next_symbol(struct transport_cc_feedback *feedback, uint8_t *symbol)
{
    while (feedback->chunk_left == 0) {
        if (feedback->chunks.len < 2)
            return false;
        uint16_t chunk = bytes_get16(feedback->chunks.at);
        feedback->chunks =
            (struct bytes){ feedback->chunks.at + 2, feedback->chunks.len - 2 };
        feedback->chunk = chunk;
        feedback->chunk_left = chunk & MAX_RUN;
        if ((chunk & VECTOR) != 0)
            feedback->chunk_left =
                (chunk & TWO_BITS) != 0 ? TWO_BIT_SYMBOLS : ONE_BIT_SYMBOLS;
    }
    feedback->chunk_left--;
    if ((feedback->chunk & VECTOR) == 0)
        *symbol = (uint8_t)(feedback->chunk >> 13);
    else if ((feedback->chunk & TWO_BITS) != 0)
        *symbol = feedback->chunk >> 2 * feedback->chunk_left & 3;
    else
        *symbol = feedback->chunk >> feedback->chunk_left & 1;
    return true;
}

/* Finds where the deltas are: behind the chunks. False: something is missing. */
static bool find_deltas(struct transport_cc_feedback *feedback)
{
    struct transport_cc_feedback ahead = *feedback;
    size_t num_delta_bytes = 0;
    uint8_t symbol;

    for (unsigned i = 0; i < feedback->count; i++) {
        if (!next_symbol(&ahead, &symbol) || symbol > LARGE)
            return false;
        num_delta_bytes += symbol;
    }
    feedback->deltas = ahead.chunks;
    return num_delta_bytes <= feedback->deltas.len;
}

bool transport_cc_read(struct transport_cc_feedback *feedback, const struct rtcp *packet)
{
    if (packet->kind != RTCP_TRANSPORT_CC)
        return false;
    const uint8_t *p = packet->data;
    int64_t reference = bytes_get24(p + 16);
    if (reference >> (REFERENCE_BITS - 1) != 0)
        reference -= INT64_C(1) << REFERENCE_BITS;
    *feedback = (struct transport_cc_feedback){
        .base = bytes_get16(p + 12),
        .count = bytes_get16(p + 14),
        .number = p[19],
        .reference_us = reference * TRANSPORT_CC_REFERENCE_US,
        .time_us = reference * TRANSPORT_CC_REFERENCE_US,
        .chunks = { p + TRANSPORT_CC_HEADER, packet->len - TRANSPORT_CC_HEADER },
    };
    return feedback->count > 0 && feedback->count <= TRANSPORT_CC_MAX_COUNT
        && find_deltas(feedback);
}

bool transport_cc_next(struct transport_cc_feedback *feedback,
                       struct transport_cc_status *status)
{
    struct bytes *deltas = &feedback->deltas;
    uint8_t symbol;

    if (feedback->done == feedback->count || !next_symbol(feedback, &symbol)
        || symbol > deltas->len)
        return false;
    *status = (struct transport_cc_status){ .sequence =
                                                (uint16_t)(feedback->base + feedback->done),
                                            .received = symbol != MISSING };
    feedback->done++;
    if (!status->received)
        return true;
    int64_t delta = deltas->at[0];
    if (symbol == LARGE)
        delta = (int64_t)sequence_distance(bytes_get16(deltas->at), 0);
    *deltas = (struct bytes){ deltas->at + symbol, deltas->len - symbol };
    feedback->time_us += delta * TRANSPORT_CC_TICK_US;
    status->delta_us = delta * TRANSPORT_CC_TICK_US;
    status->arrived_us = feedback->time_us;
    return true;
}
