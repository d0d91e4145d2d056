/* ack.c - which records have arrived, theirs and ours (RFC 9147 section 7). */
#include "dtls/ack.h"

#include "wire/control.h"

/* --- theirs --------------------------------------------------------------------------- */

/* The older epoch goes when a newer one comes. */
static struct window *window_of(struct receipts *receipts, uint32_t epoch)
{
    if (epoch > receipts->epochs[1]) {
        receipts->epochs[0] = receipts->epochs[1];
        receipts->windows[0] = receipts->windows[1];
        receipts->epochs[1] = epoch;
        receipts->windows[1] = (struct window){ 0 };
    }
    for (int i = 1; i >= 0; i--)
        if (receipts->epochs[i] == epoch)
            return &receipts->windows[i];
    return NULL;
}

void receipts_add(struct receipts *receipts, uint32_t epoch, uint64_t number)
{
    struct window *window = window_of(receipts, epoch);

    if (window != NULL && window_is_new(window, number))
        window_take(window, number);
}

static size_t count_seen(const struct window *window)
{
    size_t count = 0;

    for (uint64_t seen = window->seen; seen != 0; seen &= seen - 1)
        count++;
    return count;
}

/* All of a window but the `skip` oldest; what is left to be skipped. */
static size_t write_seen(struct walk *w, uint32_t epoch, const struct window *window,
                         size_t skip)
{
    for (unsigned age = WINDOW_BITS; age-- > 0;) {
        struct record_number n = { epoch, window->next - 1 - age };
        if ((window->seen >> age & 1) == 0)
            continue;
        if (skip > 0)
            skip--;
        else
            record_number(w, &n);
    }
    return skip;
}

size_t receipts_write(const struct receipts *receipts, uint8_t *out, size_t space)
{
    struct walk w = walk_writer(out, space);
    size_t all = count_seen(&receipts->windows[0]) + count_seen(&receipts->windows[1]);
    size_t most = space < 2 ? 0 : (space - 2) / RECORD_NUMBER;
    size_t skip = all > most ? all - most : 0;

    if (all == skip)
        return 0;
    struct walk_block list = walk_open(&w, 2);
    for (int i = 0; i < 2; i++)
        skip = write_seen(&w, receipts->epochs[i], &receipts->windows[i], skip);
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

/* All parts that a record carried. */
static bool note_record(struct carriage *carriage, uint64_t record)
{
    bool news = false;

    for (size_t i = 0; i < CARRIED; i++)
        if (carriage->records[i] == record && carriage->parts[i].to > 0)
            news |= note_arrival(carriage, &carriage->parts[i]);
    return news;
}

bool carriage_hear(struct carriage *carriage, uint32_t epoch, skiff_bytes record_numbers)
{
    bool news = false;

    if (epoch == 0 && carriage->rumour_spent)
        return false;
    for (size_t at = 0; at < record_numbers.len; at += RECORD_NUMBER) {
        struct record_number n;
        if (!record_number_read(&n, (skiff_bytes){ record_numbers.ptr + at, RECORD_NUMBER })
            || n.epoch > epoch || n.sequence_number >> 48 != 0)
            continue;
        news |= note_record(carriage, record_name((uint32_t)n.epoch, n.sequence_number));
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
