/* handshake_slot.c - handshake slots: as many as the context was made with, never more. */
#include "association/handshake_slot.h"

#include "base/memory.h"

/* A handshake that made no progress for so long may lose its slot to a newer one. */
#define SLOT_IDLE SKIFF_MSEC(1000)

/* Bytes for messages ahead beside the longest message: what was acknowledged must not be
 * dropped for the message that is next. */
enum { QUEUE_SLACK = 1024 };

enum { ALIGNMENT = 16 };

static size_t rounded(size_t n)
{
    return (n + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static struct handshake_slot *slot_at(const struct handshake_slots *slots, uint32_t i)
{
    return (struct handshake_slot *)(void *)(slots->block + i * slots->stride);
}

skiff_status skf_slots_new(struct handshake_slots *slots, const skiff_allocator *memory,
                           uint32_t count, uint16_t max_message)
{
    size_t queue_size = reassembly_size(max_message) + reassembly_size(QUEUE_SLACK);

    slots->queue_size = queue_size;
    slots->stride = rounded(sizeof(struct handshake_slot)) + rounded(queue_size);
    slots->size = slots->stride * count;
    slots->block = skf_acquire(memory, slots->size);
    if (slots->block == NULL)
        return SKIFF_ERR_MEMORY;
    for (slots->count = 0; slots->count < count; slots->count++) {
        struct handshake_slot *slot = slot_at(slots, slots->count);
        if (!skf_transcript_new(&slot->hs.transcript)) {
            slots->count++;
            skf_slots_free(slots, memory);
            return SKIFF_ERR_CRYPTO;
        }
        slot->message_queue.size = queue_size;
        slot->message_queue.reserved = reassembly_size(QUEUE_SLACK);
        slot->next = slots->free;
        slots->free = slot;
    }
    return SKIFF_OK;
}

void skf_slots_free(struct handshake_slots *slots, const skiff_allocator *memory)
{
    for (uint32_t i = 0; i < slots->count; i++)
        skf_transcript_free(&slot_at(slots, i)->hs.transcript);
    skf_release(memory, slots->block, slots->size);
    *slots = (struct handshake_slots){ 0 };
}

static void unlink_slot(struct handshake_slot *slot)
{
    struct slot_queue *queue = slot->queue;

    *(slot->prev != NULL ? &slot->prev->next : &queue->first) = slot->next;
    *(slot->next != NULL ? &slot->next->prev : &queue->last) = slot->prev;
    slot->prev = slot->next = NULL;
    slot->queue = NULL;
}

static void append_slot(struct slot_queue *queue, struct handshake_slot *slot,
                        skiff_time now)
{
    slot->queue = queue;
    slot->last_progress = now;
    slot->prev = queue->last;
    slot->next = NULL;
    *(queue->last != NULL ? &queue->last->next : &queue->first) = slot;
    queue->last = slot;
}

static bool is_idle(const struct handshake_slot *slot, skiff_time now)
{
    return slot != NULL && now > slot->last_progress
        && now - slot->last_progress >= SLOT_IDLE;
}

/* A partial hello gives way first: its client has proven nothing, and sends it again. */
struct handshake_slot *skf_slots_idlest(const struct handshake_slots *slots, skiff_time now)
{
    bool nearly_full = slots->used >= slots->count - slots->count / 10;

    if (!nearly_full)
        return NULL;
    if (is_idle(slots->partial.first, now))
        return slots->partial.first;
    return is_idle(slots->begun.first, now) ? slots->begun.first : NULL;
}

bool skf_slots_available(const struct handshake_slots *slots, skiff_time now)
{
    return slots->free != NULL || skf_slots_idlest(slots, now) != NULL;
}

struct handshake_slot *skf_slot_acquire(struct handshake_slots *slots,
                                        struct skiff_dtls *owner, skiff_time now)
{
    struct handshake_slot *slot = slots->free;
    if (slot == NULL)
        return NULL;
    slots->free = slot->next;
    slots->used++;
    slot->owner = owner;
    slot->plain_alert = no_plain_alert();
    slot->message_queue.buffer = (uint8_t *)slot + rounded(sizeof *slot);
    append_slot(&slots->partial, slot, now);
    return slot;
}

/* What libcrypto keeps for the transcript, and the sizes of the queue, stay. */
void skf_slot_release(struct handshake_slots *slots, struct handshake_slot *slot)
{
    struct transcript transcript = slot->hs.transcript;
    struct message_queue queue = { .size = slot->message_queue.size,
                                   .reserved = slot->message_queue.reserved };

    unlink_slot(slot);
    for (int i = 0; i < OFFERED_KEY_SHARES; i++)
        skf_share_wipe(&slot->hs.key_shares[i]);
    skf_wipe(slot->message_queue.buffer, slot->message_queue.high_water);
    skf_wipe(slot, sizeof *slot);
    slot->hs.transcript = transcript;
    slot->message_queue = queue;
    slot->next = slots->free;
    slots->free = slot;
    slots->used--;
}

void skf_slot_progressed(struct handshake_slots *slots, struct handshake_slot *slot,
                         skiff_time now)
{
    unlink_slot(slot);
    append_slot(&slots->begun, slot, now);
}
