/* room.c - handshake rooms: as many as the context was made with, never more. */
#include "dtls/room.h"

#include "base/memory.h"
#include "dtls/association.h"

/* A handshake that heard nothing for so long may lose its room to a newer one. */
#define ROOM_IDLE SKIFF_MSEC(1000)

/* Bytes of messages ahead that find a place beside the longest: what is acknowledged must
 * not be thrown away for the message that is next. */
enum { INBOX_SLACK = 1024 };

enum { ALIGNMENT = 16 };

static size_t rounded(size_t n)
{
    return (n + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static struct room *room_at(const struct rooms *rooms, uint32_t i)
{
    return (struct room *)(void *)(rooms->block + i * rooms->stride);
}

skiff_status rooms_new(struct rooms *rooms, const skiff_allocator *memory, uint32_t count,
                       uint16_t max_message)
{
    size_t inbox = join_room(max_message) + join_room(INBOX_SLACK);

    rooms->inbox = inbox;
    rooms->stride = rounded(sizeof(struct room)) + rounded(inbox);
    rooms->size = rooms->stride * count;
    rooms->block = skf_acquire(memory, rooms->size);
    if (rooms->block == NULL)
        return SKIFF_ERR_MEMORY;
    for (rooms->count = 0; rooms->count < count; rooms->count++) {
        struct room *room = room_at(rooms, rooms->count);
        if (!transcript_new(&room->hs.transcript)) {
            rooms->count++;
            rooms_free(rooms, memory);
            return SKIFF_ERR_CRYPTO;
        }
        room->inbox.size = inbox;
        room->inbox.firm = join_room(INBOX_SLACK);
        room->next = rooms->free;
        rooms->free = room;
    }
    return SKIFF_OK;
}

void rooms_free(struct rooms *rooms, const skiff_allocator *memory)
{
    for (uint32_t i = 0; i < rooms->count; i++)
        transcript_free(&room_at(rooms, i)->hs.transcript);
    skf_release(memory, rooms->block, rooms->size);
    *rooms = (struct rooms){ 0 };
}

static void unlink_room(struct room *room)
{
    struct room_queue *queue = room->queue;

    *(room->prev != NULL ? &room->prev->next : &queue->first) = room->next;
    *(room->next != NULL ? &room->next->prev : &queue->last) = room->prev;
    room->prev = room->next = NULL;
    room->queue = NULL;
}

static void append_room(struct room_queue *queue, struct room *room, skiff_time now)
{
    room->queue = queue;
    room->heard = now;
    room->prev = queue->last;
    room->next = NULL;
    *(queue->last != NULL ? &queue->last->next : &queue->first) = room;
    queue->last = room;
}

static bool is_idle(const struct room *room, skiff_time now)
{
    return room != NULL && now > room->heard && now - room->heard >= ROOM_IDLE;
}

/* Who loses its room, if anybody has to: a partial hello has proven nothing, and its client
 * says it again. */
static struct room *idlest(const struct rooms *rooms, skiff_time now)
{
    bool nearly_full = rooms->used >= rooms->count - rooms->count / 10;

    if (!nearly_full)
        return NULL;
    if (is_idle(rooms->partial.first, now))
        return rooms->partial.first;
    return is_idle(rooms->begun.first, now) ? rooms->begun.first : NULL;
}

bool rooms_have_one(const struct rooms *rooms, skiff_time now)
{
    return rooms->free != NULL || idlest(rooms, now) != NULL;
}

struct room *room_take(struct rooms *rooms, struct skiff_dtls *tenant, skiff_time now)
{
    struct room *idle = idlest(rooms, now);

    if (idle != NULL)
        room_evicted(idle->tenant);

    struct room *room = rooms->free;
    if (room == NULL)
        return NULL;
    rooms->free = room->next;
    rooms->used++;
    room->tenant = tenant;
    room->plain_alert = no_plain_alert();
    room->inbox.room = (uint8_t *)room + rounded(sizeof *room);
    append_room(&rooms->partial, room, now);
    return room;
}

/* What libcrypto keeps for the transcript, and the sizes of the inbox, stay. */
void room_give(struct rooms *rooms, struct room *room)
{
    struct transcript transcript = room->hs.transcript;
    struct inbox inbox = { .size = room->inbox.size, .firm = room->inbox.firm };

    unlink_room(room);
    for (int i = 0; i < OFFERED_SHARES; i++)
        skf_share_wipe(&room->hs.shares[i]);
    skf_wipe(room->inbox.room, room->inbox.reached);
    skf_wipe(room, sizeof *room);
    room->hs.transcript = transcript;
    room->inbox = inbox;
    room->next = rooms->free;
    rooms->free = room;
    rooms->used--;
}

void room_heard(struct rooms *rooms, struct room *room, skiff_time now)
{
    unlink_room(room);
    append_room(&rooms->begun, room, now);
}
