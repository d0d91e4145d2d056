/*
 * group.c - boxes of letters: bounded queues of many writers and one reader (after Vyukov).
 *
 * Each letter has a turn. In round r a writer may have letter n when its turn is
 * r * num + n, and posts by adding one; the reader passes it on to the next round.
 */
#include "group.h"

#include "memory.h"

#include <sys/eventfd.h>
#include <sys/random.h>
#include <unistd.h>

/* Long datagrams are rare: whole runs of media fit into the others. */
enum { DATAGRAMS = 512, LONG_ONES = 8, LINE = 64, ALIGNMENT = 16 };

/* What writers and what the reader changes are kept in lines of their own. */
struct queue {
    atomic_uint_least32_t next;       /* to be written */
    uint8_t               apart[LINE];
    uint32_t              first;      /* to be read */
    uint32_t              num;        /* a power of two */
    uint32_t              room;       /* bytes of a letter */
    size_t                stride;
    uint8_t              *letters;
    uint8_t               apart_too[LINE];
};

struct box {
    struct queue datagrams, long_ones;
    atomic_bool  rung;
    int          fd;
    atomic_uint_least64_t read_at;    /* a time: all that had come by then was read */
};

struct skiff_port_group {
    const skiff_allocator *memory;
    unsigned               threads;
    atomic_uint_least64_t  taken;     /* a bit for each thread that is somebody */
    atomic_uint_least64_t  gives_ids; /* and for each whose ids may come */
    struct mix             mix;
    struct shared_ufrags   ufrags;
    pthread_mutex_t        members;   /* who joins or leaves holds it */
    struct path_table      paths;
    struct box             boxes[GROUP_THREADS];
};

/* --- making --------------------------------------------------------------------------- */

static struct letter *letter_at(const struct queue *queue, uint32_t number)
{
    size_t place = number & (queue->num - 1);

    return (struct letter *)(void *)(queue->letters + place * queue->stride);
}

static bool make_queue(const skiff_port_group *group, struct queue *queue, uint32_t num,
                       uint32_t room)
{
    size_t size = sizeof(struct letter) + room;

    queue->num = num;
    queue->room = room;
    queue->stride = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    queue->letters = skf_ice_acquire(group->memory, num * queue->stride);
    for (uint32_t i = 0; queue->letters != NULL && i < num; i++)
        atomic_init(&letter_at(queue, i)->turn, i);
    return queue->letters != NULL;
}

static void clear_queue(const skiff_port_group *group, struct queue *queue)
{
    skf_ice_release(group->memory, queue->letters, queue->num * queue->stride);
}

static skiff_status make_box(const skiff_port_group *group, struct box *box)
{
    box->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (box->fd < 0)
        return skiff_fault_set(SKIFF_ERR_STATE, "threads: no descriptor for each (errno)");
    if (!make_queue(group, &box->datagrams, DATAGRAMS, LETTER_ROOM)
        || !make_queue(group, &box->long_ones, LONG_ONES, LETTER_LONG_ROOM))
        return SKIFF_ERR_MEMORY;
    return SKIFF_OK;
}

skiff_status skiff_port_group_new(uint16_t threads, const skiff_allocator *memory,
                                  skiff_port_group **group)
{
    if (group == NULL)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT, "group: must not be NULL");
    if (threads == 0 || threads > GROUP_THREADS)
        return skiff_fault_set_number(SKIFF_ERR_ARGUMENT, "threads: ", threads,
                                      " is outside 1..64");

    skiff_port_group *made = skf_ice_acquire(memory, sizeof *made);
    if (made == NULL)
        return SKIFF_ERR_MEMORY;
    made->memory = memory;

    skiff_status status = SKIFF_OK;
    if (getrandom(&made->mix, sizeof made->mix, 0) != (ssize_t)sizeof made->mix)
        status = SKIFF_ERR_CRYPTO;
    skf_shared_ufrags_init(&made->ufrags, memory, &made->mix);
    pthread_mutex_init(&made->members, NULL);
    skf_path_table_init(&made->paths, memory, &made->mix);
    while (made->threads < threads && status == SKIFF_OK)
        status = make_box(made, &made->boxes[made->threads++]);
    if (status != SKIFF_OK) {
        skiff_port_group_free(made);
        return status;
    }
    *group = made;
    return SKIFF_OK;
}

/* What was for the one before is nobody's; says how much that is. */
static uint64_t empty_box(skiff_port_group *group, unsigned thread)
{
    struct letter *letter;
    uint64_t num = 0;

    for (; (letter = skf_group_next(group, thread)) != NULL; num++)
        skf_group_throw_away(group, thread, letter);
    return num;
}

void skiff_port_group_free(skiff_port_group *group)
{
    if (group == NULL)
        return;
    for (unsigned i = 0; i < group->threads; i++) {
        struct box *box = &group->boxes[i];
        if (box->datagrams.letters != NULL && box->long_ones.letters != NULL)
            (void)empty_box(group, i);
        if (box->fd >= 0)
            close(box->fd);
        clear_queue(group, &box->datagrams);
        clear_queue(group, &box->long_ones);
    }
    skf_shared_ufrags_clear(&group->ufrags);
    skf_path_table_clear(&group->paths);
    pthread_mutex_destroy(&group->members);
    skf_ice_release(group->memory, group, sizeof *group);
}

/* --- who is there --------------------------------------------------------------------- */

static uint64_t bit(unsigned thread)
{
    return UINT64_C(1) << thread;
}

bool skf_group_join(skiff_port_group *group, unsigned *thread, uint64_t *stale)
{
    for (unsigned i = 0; i < group->threads; i++)
        if ((atomic_fetch_or(&group->taken, bit(i)) & bit(i)) == 0) {
            *stale += empty_box(group, i);
            *thread = i;
            return true;
        }
    return false;
}

void skf_group_leave(skiff_port_group *group, unsigned thread)
{
    atomic_fetch_and(&group->gives_ids, ~bit(thread));
    atomic_fetch_and(&group->taken, ~bit(thread));
}

bool skf_group_has(const skiff_port_group *group, unsigned thread)
{
    return thread < group->threads && (atomic_load(&group->taken) & bit(thread)) != 0;
}

void skf_group_give_ids(skiff_port_group *group, unsigned thread)
{
    atomic_fetch_or(&group->gives_ids, bit(thread));
}

bool skf_group_gives_ids(const skiff_port_group *group, unsigned thread)
{
    return thread < group->threads && (atomic_load(&group->gives_ids) & bit(thread)) != 0;
}

struct shared_ufrags *skf_group_ufrags(skiff_port_group *group)
{
    return &group->ufrags;
}

const struct mix *skf_group_mix(const skiff_port_group *group)
{
    return &group->mix;
}

void skf_group_lock(skiff_port_group *group)
{
    pthread_mutex_lock(&group->members);
}

void skf_group_unlock(skiff_port_group *group)
{
    pthread_mutex_unlock(&group->members);
}

uint32_t skf_group_threads(const skiff_port_group *group)
{
    return group->threads;
}

bool skiff_port_group_steers(const skiff_port_group *group)
{
    return skf_steering_is_open(&group->paths.steering);
}

struct path_table *skf_group_paths(skiff_port_group *group)
{
    return &group->paths;
}

/* --- letters -------------------------------------------------------------------------- */

static struct queue *queue_of(struct box *box, enum letter_kind kind)
{
    return kind == LETTER_LONG ? &box->long_ones : &box->datagrams;
}

static struct letter *next_to_write(struct queue *queue)
{
    uint_least32_t next = atomic_load_explicit(&queue->next, memory_order_relaxed);

    for (;;) {
        struct letter *letter = letter_at(queue, next);
        uint32_t turn = atomic_load_explicit(&letter->turn, memory_order_acquire);
        if (turn - next > INT32_MAX)                    /* not yet read in the last round */
            return NULL;
        if (turn != next)                               /* another writer was faster */
            next = atomic_load_explicit(&queue->next, memory_order_relaxed);
        else if (atomic_compare_exchange_weak_explicit(&queue->next, &next, next + 1,
                                                       memory_order_relaxed,
                                                       memory_order_relaxed))
            return letter;
    }
}

struct letter *skf_group_write(skiff_port_group *group, unsigned to, enum letter_kind kind)
{
    struct queue *queue = queue_of(&group->boxes[to], kind);
    struct letter *letter = next_to_write(queue);

    if (letter != NULL) {
        letter->kind = kind;
        letter->room = queue->room;
        letter->fd = -1;
    }
    return letter;
}

void skf_group_post(struct letter *letter)
{
    atomic_fetch_add_explicit(&letter->turn, 1, memory_order_release);
}

void skf_group_ring(skiff_port_group *group, unsigned to)
{
    struct box *box = &group->boxes[to];

    if (!atomic_exchange(&box->rung, true))
        (void)eventfd_write(box->fd, 1);
}

/* What was handed over before is seen by whoever sees the time. */
void skf_group_note_read(skiff_port_group *group, unsigned thread, skiff_time now)
{
    atomic_store_explicit(&group->boxes[thread].read_at, now, memory_order_release);
}

skiff_time skf_group_read_at(const skiff_port_group *group, unsigned thread)
{
    return atomic_load_explicit(&group->boxes[thread].read_at, memory_order_acquire);
}

int skf_group_fd(const skiff_port_group *group, unsigned thread)
{
    return group->boxes[thread].fd;
}

void skf_group_open(skiff_port_group *group, unsigned thread)
{
    struct box *box = &group->boxes[thread];
    eventfd_t ignored;

    /* Who has rung may not have written yet: then the bell is left for the next time. */
    if (atomic_load(&box->rung) && eventfd_read(box->fd, &ignored) == 0)
        (void)atomic_exchange(&box->rung, false);
}

static struct letter *next_to_read(const struct queue *queue)
{
    struct letter *letter = letter_at(queue, queue->first);
    uint32_t turn = atomic_load_explicit(&letter->turn, memory_order_acquire);

    return turn == queue->first + 1 ? letter : NULL;
}

struct letter *skf_group_next(skiff_port_group *group, unsigned thread)
{
    struct letter *letter = next_to_read(&group->boxes[thread].datagrams);

    return letter != NULL ? letter : next_to_read(&group->boxes[thread].long_ones);
}

void skf_group_throw_away(skiff_port_group *group, unsigned thread, struct letter *letter)
{
    struct queue *queue = queue_of(&group->boxes[thread], letter->kind);

    if (letter->fd >= 0)
        close(letter->fd);
    atomic_store_explicit(&letter->turn, queue->first + queue->num, memory_order_release);
    queue->first++;
}
