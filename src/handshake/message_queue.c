/* message_queue.c - the messages of one handshake that are not whole, or not next. */
#include "handshake/message_queue.h"

static struct reassembly *entry_of(struct message_queue *queue, uint16_t message_seq)
{
    return &queue->messages[message_seq % QUEUE_AHEAD];
}

/* Gives the space of a message back and moves those behind it up. */
static void close_up(struct message_queue *queue, struct reassembly *gone)
{
    uint8_t *from = gone->body + reassembly_size(gone->length);
    size_t gap = reassembly_size(gone->length);
    size_t behind = queue->used - (size_t)(from - queue->buffer);

    memmove(gone->body, from, behind);
    for (int i = 0; i < QUEUE_AHEAD; i++)
        if (queue->messages[i].begun && queue->messages[i].body >= from)
            queue->messages[i].body -= gap;
    queue->used -= gap;
    *gone = (struct reassembly){ 0 };
}

/* Bytes of messages ahead that stay. */
static size_t reserved_bytes(const struct message_queue *queue)
{
    size_t sum = 0;

    for (uint16_t i = 1; i < QUEUE_AHEAD; i++) {
        const struct reassembly *reassembly =
            &queue->messages[(uint16_t)(queue->next + i) % QUEUE_AHEAD];
        if (reassembly->begun && reassembly->reserved)
            sum += reassembly_size(reassembly->length);
    }
    return sum;
}

/* Messages ahead that are not reserved give way to the message that is next. */
static void make_space(struct message_queue *queue, const struct handshake_header *h)
{
    for (int i = QUEUE_AHEAD - 1; i > 0; i--) {
        if (reassembly_size(h->length) <= queue->size - queue->used)
            return;
        struct reassembly *last = entry_of(queue, (uint16_t)(queue->next + i));
        if (last->begun && !last->reserved)
            close_up(queue, last);
    }
}

static enum fragment_value value_of(const struct fragment *fragment, bool begins,
                                    uint32_t added)
{
    bool is_tiny = added < TINY_FRAGMENT && !fragment_is_whole(fragment);

    return is_tiny || (added == 0 && !begins) ? FRAGMENT_ADDS_NOTHING : FRAGMENT_ADDS;
}

enum queue_result skf_queue_add(struct message_queue *queue,
                                const struct fragment *fragment)
{
    const struct handshake_header *h = &fragment->header;
    uint16_t ahead = (uint16_t)(h->message_seq - queue->next);

    queue->latest = FRAGMENT_ADDS_NOTHING;
    if (ahead >= 0x8000)
        return QUEUE_REPEATED;
    if (ahead >= QUEUE_AHEAD)
        return QUEUE_REFUSED;

    struct reassembly *reassembly = entry_of(queue, h->message_seq);
    bool contradicts = reassembly->begun && !reassembly_agrees(reassembly, fragment);
    if (contradicts) {
        close_up(queue, reassembly); /* a forged one must not keep the true one out */
        queue->latest = FRAGMENT_CONTRADICTS;
    }
    bool begins = !reassembly->begun;
    if (begins) {
        if (ahead == 0)
            make_space(queue, h);
        if (reassembly_size(h->length) > queue->size - queue->used)
            return QUEUE_REFUSED;
        skf_reassembly_begin(reassembly, fragment, queue->buffer + queue->used);
        queue->used += reassembly_size(h->length);
        if (queue->high_water < queue->used)
            queue->high_water = queue->used;
    }
    if (ahead > 0 && !reassembly->reserved)
        reassembly->reserved =
            reserved_bytes(queue) + reassembly_size(h->length) <= queue->reserved;
    uint32_t received_before = reassembly->received;
    skf_reassembly_add(reassembly, fragment);
    if (!contradicts)
        queue->latest =
            (uint8_t)value_of(fragment, begins, reassembly->received - received_before);
    return QUEUE_ADDED;
}

bool skf_queue_keeps(const struct message_queue *queue, uint16_t message_seq)
{
    const struct reassembly *reassembly = &queue->messages[message_seq % QUEUE_AHEAD];

    return message_seq == queue->next || (reassembly->begun && reassembly->reserved);
}

const struct reassembly *skf_queue_next(const struct message_queue *queue)
{
    const struct reassembly *reassembly = &queue->messages[queue->next % QUEUE_AHEAD];

    return reassembly_is_whole(reassembly) ? reassembly : NULL;
}

void skf_queue_processed(struct message_queue *queue)
{
    struct reassembly *reassembly = entry_of(queue, queue->next);

    skf_queue_sweep(queue);
    queue->processed = *reassembly;
    *reassembly = (struct reassembly){ 0 };
    queue->next++;
}

void skf_queue_sweep(struct message_queue *queue)
{
    if (queue->processed.begun)
        close_up(queue, &queue->processed);
}

void skf_queue_drop(struct message_queue *queue)
{
    struct reassembly *reassembly = entry_of(queue, queue->next);

    if (reassembly->begun)
        close_up(queue, reassembly);
}
