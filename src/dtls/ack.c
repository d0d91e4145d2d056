/* ack.c - which records have arrived, theirs and ours (RFC 9147 section 7). */
#include "dtls/ack.h"

#include "wire/control.h"

/* --- theirs --------------------------------------------------------------------------- */

void receipts_add(struct receipts *receipts, uint64_t record)
{
    for (size_t i = 0; i < receipts->num; i++)
        if (receipts->records[i] == record)
            return;
    if (receipts->num == RECEIPTS) {
        memmove(receipts->records, receipts->records + 1,
                (RECEIPTS - 1) * sizeof *receipts->records);
        receipts->num--;
    }
    receipts->records[receipts->num++] = record;
}

size_t receipts_write(const struct receipts *receipts, uint8_t *out)
{
    struct walk w = walk_writer(out, ACK_BODY_MAX);
    struct walk_block list = walk_open(&w, 2);

    for (size_t i = 0; i < receipts->num; i++) {
        struct record_number n = { .epoch = receipts->records[i] >> 48,
                                   .sequence_number = receipts->records[i] << 16 >> 16 };
        record_number(&w, &n);
    }
    walk_close(&w, list);
    return w.at;
}

/* --- ours ----------------------------------------------------------------------------- */

void carriage_begin(struct carriage *carriage)
{
    memset(carriage, 0, sizeof *carriage);
}

void carriage_note(struct carriage *carriage, uint64_t record, const struct part *part)
{
    carriage->records[carriage->next] = record;
    carriage->parts[carriage->next] = *part;
    carriage->next = (uint8_t)((carriage->next + 1) % CARRIED);
}

static const struct part *part_of(const struct carriage *carriage, uint64_t record)
{
    for (size_t i = 0; i < CARRIED; i++)
        if (carriage->records[i] == record && carriage->parts[i].to > 0)
            return &carriage->parts[i];
    return NULL;
}

/* Adds to a part that it touches, so that neighbours need one place. */
static bool note_arrival(struct carriage *carriage, const struct part *part)
{
    struct part *a = carriage->arrived;

    for (size_t i = 0; i < carriage->num_arrived; i++) {
        if (a[i].message != part->message || part->from > a[i].to || part->to < a[i].from)
            continue;
        bool news = part->from < a[i].from || part->to > a[i].to;
        a[i].from = part->from < a[i].from ? part->from : a[i].from;
        a[i].to = part->to > a[i].to ? part->to : a[i].to;
        return news;
    }
    if (carriage->num_arrived == ARRIVED)
        return false;
    a[carriage->num_arrived++] = *part;
    return true;
}

bool carriage_hear(struct carriage *carriage, uint16_t epoch, skiff_bytes record_numbers)
{
    bool news = false;

    for (size_t at = 0; at < record_numbers.len; at += RECORD_NUMBER) {
        struct record_number n;
        if (!record_number_read(&n, (skiff_bytes){ record_numbers.ptr + at, RECORD_NUMBER })
            || n.epoch > epoch || n.sequence_number >> 48 != 0)
            continue;
        const struct part *part =
            part_of(carriage, record_name((uint16_t)n.epoch, n.sequence_number));
        if (part != NULL)
            news |= note_arrival(carriage, part);
    }
    if (news && epoch == 0)
        carriage->by_rumour = true;
    return news;
}

uint32_t carriage_skip(const struct carriage *carriage, uint8_t message, uint32_t offset)
{
    for (size_t turn = 0; turn < carriage->num_arrived; turn++)
        for (size_t i = 0; i < carriage->num_arrived; i++) {
            const struct part *a = &carriage->arrived[i];
            if (a->message == message && a->from <= offset && offset < a->to)
                offset = a->to;
        }
    return offset;
}

uint32_t carriage_until(const struct carriage *carriage, uint8_t message, uint32_t offset)
{
    uint32_t until = UINT32_MAX;

    for (size_t i = 0; i < carriage->num_arrived; i++) {
        const struct part *a = &carriage->arrived[i];
        if (a->message == message && a->from > offset && a->from < until)
            until = a->from;
    }
    return until;
}

bool carriage_is_done(const struct carriage *carriage, const struct flight *flight)
{
    if (carriage->by_rumour || flight->num == 0)
        return false;
    for (uint8_t m = 0; m < flight->num; m++)
        if (carriage_skip(carriage, m, 0) < flight->said[m].len)
            return false;
    return true;
}
