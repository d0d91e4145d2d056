/* ack_list.c - which records have arrived, theirs and ours (RFC 9147 section 7). */
#include "association/ack_list.h"

#include "wire/control.h"

/* --- theirs --------------------------------------------------------------------------- */

/* The older epoch goes when a newer one comes. */
static struct window *window_of(struct ack_list *ack_list, uint32_t epoch)
{
    if (epoch > ack_list->epochs[1]) {
        ack_list->epochs[0] = ack_list->epochs[1];
        ack_list->windows[0] = ack_list->windows[1];
        ack_list->epochs[1] = epoch;
        ack_list->windows[1] = (struct window){ 0 };
    }
    for (int i = 1; i >= 0; i--)
        if (ack_list->epochs[i] == epoch)
            return &ack_list->windows[i];
    return NULL;
}

void skf_ack_list_add(struct ack_list *ack_list, uint32_t epoch, uint64_t number)
{
    struct window *window = window_of(ack_list, epoch);

    if (window != NULL && window_is_new(window, number))
        window_mark(window, number);
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

size_t skf_ack_list_write(const struct ack_list *ack_list, uint8_t *out, size_t space)
{
    struct walk w = walk_writer(out, space);
    size_t all = count_seen(&ack_list->windows[0]) + count_seen(&ack_list->windows[1]);
    size_t most = space < 2 ? 0 : (space - 2) / RECORD_NUMBER;
    size_t skip = all > most ? all - most : 0;

    if (all == skip)
        return 0;
    struct walk_block list = walk_open(&w, 2);
    for (int i = 0; i < 2; i++)
        skip = write_seen(&w, ack_list->epochs[i], &ack_list->windows[i], skip);
    walk_close(&w, list);
    return w.at;
}

/* --- ours ----------------------------------------------------------------------------- */

void skf_sent_records_begin(struct sent_records *sent_records)
{
    memset(sent_records, 0, sizeof *sent_records);
}

void skf_sent_records_add(struct sent_records *sent_records, uint64_t record,
                          const struct part *part)
{
    sent_records->records[sent_records->next] = record;
    sent_records->parts[sent_records->next] = *part;
    sent_records->next = (uint8_t)((sent_records->next + 1) % SENT_RECORDS);
}

/* Adds to a part that it touches, so that neighbours need one place. */
static bool add_acknowledged(struct sent_records *sent_records, const struct part *part)
{
    struct part *a = sent_records->acknowledged;

    for (size_t i = 0; i < sent_records->num_acknowledged; i++) {
        if (a[i].message != part->message || part->from > a[i].to || part->to < a[i].from)
            continue;
        bool is_new = part->from < a[i].from || part->to > a[i].to;
        a[i].from = part->from < a[i].from ? part->from : a[i].from;
        a[i].to = part->to > a[i].to ? part->to : a[i].to;
        return is_new;
    }
    if (sent_records->num_acknowledged == ACKNOWLEDGED_PARTS)
        return false;
    a[sent_records->num_acknowledged++] = *part;
    return true;
}

/* All parts that a record carried. */
static bool acknowledge_record(struct sent_records *sent_records, uint64_t record)
{
    bool is_new = false;

    for (size_t i = 0; i < SENT_RECORDS; i++)
        if (sent_records->records[i] == record && sent_records->parts[i].to > 0)
            is_new |= add_acknowledged(sent_records, &sent_records->parts[i]);
    return is_new;
}

bool skf_sent_records_acknowledge(struct sent_records *sent_records, uint32_t epoch,
                                  skiff_bytes record_numbers)
{
    bool is_new = false;

    if (epoch == 0 && sent_records->plain_ack_used)
        return false;
    for (size_t at = 0; at < record_numbers.len; at += RECORD_NUMBER) {
        struct record_number n;
        if (!record_number_read(&n, (skiff_bytes){ record_numbers.ptr + at, RECORD_NUMBER })
            || n.epoch > epoch || n.sequence_number >> 48 != 0)
            continue;
        is_new |= acknowledge_record(
            sent_records, packed_record_number((uint32_t)n.epoch, n.sequence_number));
    }
    if (is_new && epoch == 0)
        sent_records->by_plain_ack = true;
    return is_new;
}

uint32_t skf_sent_records_skip(const struct sent_records *sent_records, uint8_t message,
                               uint32_t offset)
{
    for (size_t turn = 0; turn < sent_records->num_acknowledged; turn++)
        for (size_t i = 0; i < sent_records->num_acknowledged; i++) {
            const struct part *a = &sent_records->acknowledged[i];
            if (a->message == message && a->from <= offset && offset < a->to)
                offset = a->to;
        }
    return offset;
}

uint32_t skf_sent_records_until(const struct sent_records *sent_records, uint8_t message,
                                uint32_t offset)
{
    uint32_t until = UINT32_MAX;

    for (size_t i = 0; i < sent_records->num_acknowledged; i++) {
        const struct part *a = &sent_records->acknowledged[i];
        if (a->message == message && a->from > offset && a->from < until)
            until = a->from;
    }
    return until;
}

bool skf_sent_records_all_acknowledged(const struct sent_records *sent_records,
                                       const struct flight *flight)
{
    if (sent_records->by_plain_ack || flight->num == 0)
        return false;
    for (uint8_t m = 0; m < flight->num; m++)
        if (skf_sent_records_skip(sent_records, m, 0) < flight->messages[m].len)
            return false;
    return true;
}
