/*
 * mailbox.c - the mailboxes of a group: bounded queues of many writers and one reader
 * (after Vyukov).
 *
 * Each message has a sequence number. In round r a writer may use message n when its
 * sequence is r * num + n, and posts it by adding one. The reader passes it on to the next
 * round.
 */
#include "mailbox.h"

#include "base/memory.h"

#include <sys/eventfd.h>
#include <sys/random.h>
#include <unistd.h>

/* Long datagrams are rare: whole runs of media fit into the others. */
enum { DATAGRAMS = 512, LONG_DATAGRAMS = 8, ALIGNMENT = 16 };

/* What writers and what the reader change are in separate cache lines. */
struct mailbox_queue {
    atomic_uint_least32_t next; /* to be written */
    uint8_t padding[CACHE_LINE];
    uint32_t first; /* to be read */
    uint32_t num;   /* a power of two */
    uint32_t size;  /* bytes of a message */
    size_t stride;
    uint8_t *messages;
    uint8_t more_padding[CACHE_LINE];
};

struct mailbox {
    struct mailbox_queue datagrams, long_datagrams;
    atomic_bool signaled;
    int fd;
    atomic_uint_least64_t read_at; /* a time: all that had arrived by then was read */
};

struct skiff_port_group {
    const skiff_allocator *memory;
    unsigned threads;
    atomic_uint_least64_t joined;  /* a bit for each thread that is in use */
    atomic_uint_least64_t has_ids; /* and for each with connection ids */
    struct hash_key hash_key;
    struct group_ufrags ufrags;
    pthread_mutex_t members; /* locked by a thread that joins or leaves */
    struct path_table paths;
    struct mailbox mailboxes[GROUP_THREADS];
};

/* --- making --------------------------------------------------------------------------- */

static struct mailbox_message *message_at(const struct mailbox_queue *queue,
                                          uint32_t number)
{
    size_t index = number & (queue->num - 1);

    return (struct mailbox_message *)(void *)(queue->messages + index * queue->stride);
}

static bool make_queue(const skiff_port_group *group, struct mailbox_queue *queue,
                       uint32_t num, uint32_t capacity)
{
    size_t size = sizeof(struct mailbox_message) + capacity;

    queue->num = num;
    queue->size = capacity;
    queue->stride = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    queue->messages = skf_acquire(group->memory, num * queue->stride);
    for (uint32_t i = 0; queue->messages != NULL && i < num; i++)
        atomic_init(&message_at(queue, i)->sequence, i);
    return queue->messages != NULL;
}

static void clear_queue(const skiff_port_group *group, struct mailbox_queue *queue)
{
    skf_release(group->memory, queue->messages, queue->num * queue->stride);
}

static skiff_status make_mailbox(const skiff_port_group *group, struct mailbox *mailbox)
{
    mailbox->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (mailbox->fd < 0)
        return skiff_fault_set(SKIFF_ERR_STATE, "threads: no descriptor for each (errno)");
    if (!make_queue(group, &mailbox->datagrams, DATAGRAMS, MAILBOX_BUFFER)
        || !make_queue(group, &mailbox->long_datagrams, LONG_DATAGRAMS,
                       MAILBOX_LONG_BUFFER))
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

    skiff_port_group *made = skf_acquire(memory, sizeof *made);
    if (made == NULL)
        return SKIFF_ERR_MEMORY;
    made->memory = memory;

    skiff_status status = SKIFF_OK;
    if (getrandom(&made->hash_key, sizeof made->hash_key, 0)
        != (ssize_t)sizeof made->hash_key)
        status = SKIFF_ERR_CRYPTO;
    skf_group_ufrags_init(&made->ufrags, memory, &made->hash_key);
    pthread_mutex_init(&made->members, NULL);
    skf_path_table_init(&made->paths, memory, &made->hash_key);
    while (made->threads < threads && status == SKIFF_OK)
        status = make_mailbox(made, &made->mailboxes[made->threads++]);
    if (status != SKIFF_OK) {
        skiff_port_group_free(made);
        return status;
    }
    *group = made;
    return SKIFF_OK;
}

/* Discards messages for the thread that had this number before; the result is how many. */
static uint64_t empty_mailbox(skiff_port_group *group, unsigned thread)
{
    struct mailbox_message *message;
    uint64_t num = 0;

    for (; (message = skf_mailbox_next(group, thread)) != NULL; num++)
        skf_mailbox_release(group, thread, message);
    return num;
}

void skiff_port_group_free(skiff_port_group *group)
{
    if (group == NULL)
        return;
    for (unsigned i = 0; i < group->threads; i++) {
        struct mailbox *mailbox = &group->mailboxes[i];
        if (mailbox->datagrams.messages != NULL && mailbox->long_datagrams.messages != NULL)
            (void)empty_mailbox(group, i);
        if (mailbox->fd >= 0)
            close(mailbox->fd);
        clear_queue(group, &mailbox->datagrams);
        clear_queue(group, &mailbox->long_datagrams);
    }
    skf_group_ufrags_clear(&group->ufrags);
    skf_path_table_clear(&group->paths);
    pthread_mutex_destroy(&group->members);
    skf_release(group->memory, group, sizeof *group);
}

/* --- threads -------------------------------------------------------------------------- */

static uint64_t bit(unsigned thread)
{
    return UINT64_C(1) << thread;
}

bool skf_group_join(skiff_port_group *group, unsigned *thread, uint64_t *stale)
{
    for (unsigned i = 0; i < group->threads; i++)
        if ((atomic_fetch_or(&group->joined, bit(i)) & bit(i)) == 0) {
            *stale += empty_mailbox(group, i);
            *thread = i;
            return true;
        }
    return false;
}

void skf_group_leave(skiff_port_group *group, unsigned thread)
{
    atomic_fetch_and(&group->has_ids, ~bit(thread));
    atomic_fetch_and(&group->joined, ~bit(thread));
}

bool skf_group_has(const skiff_port_group *group, unsigned thread)
{
    return thread < group->threads && (atomic_load(&group->joined) & bit(thread)) != 0;
}

void skf_group_enable_ids(skiff_port_group *group, unsigned thread)
{
    atomic_fetch_or(&group->has_ids, bit(thread));
}

bool skf_group_has_ids(const skiff_port_group *group, unsigned thread)
{
    return thread < group->threads && (atomic_load(&group->has_ids) & bit(thread)) != 0;
}

struct group_ufrags *skf_group_get_ufrags(skiff_port_group *group)
{
    return &group->ufrags;
}

const struct hash_key *skf_group_hash_key(const skiff_port_group *group)
{
    return &group->hash_key;
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

struct path_table *skf_group_get_paths(skiff_port_group *group)
{
    return &group->paths;
}

/* --- messages ------------------------------------------------------------------------- */

static struct mailbox_queue *queue_of(struct mailbox *mailbox, enum mailbox_kind kind)
{
    return kind == MAILBOX_LONG ? &mailbox->long_datagrams : &mailbox->datagrams;
}

static struct mailbox_message *next_to_write(struct mailbox_queue *queue)
{
    uint_least32_t next = atomic_load_explicit(&queue->next, memory_order_relaxed);

    for (;;) {
        struct mailbox_message *message = message_at(queue, next);
        uint32_t sequence = atomic_load_explicit(&message->sequence, memory_order_acquire);
        if (sequence - next > INT32_MAX) /* not yet read in the last round */
            return NULL;
        if (sequence != next) /* another writer was faster */
            next = atomic_load_explicit(&queue->next, memory_order_relaxed);
        else if (atomic_compare_exchange_weak_explicit(&queue->next, &next, next + 1,
                                                       memory_order_relaxed,
                                                       memory_order_relaxed))
            return message;
    }
}

struct mailbox_message *skf_mailbox_write(skiff_port_group *group, unsigned to,
                                          enum mailbox_kind kind)
{
    struct mailbox_queue *queue = queue_of(&group->mailboxes[to], kind);
    struct mailbox_message *message = next_to_write(queue);

    if (message != NULL) {
        message->kind = kind;
        message->capacity = queue->size;
        message->fd = -1;
    }
    return message;
}

void skf_mailbox_post(struct mailbox_message *message)
{
    atomic_fetch_add_explicit(&message->sequence, 1, memory_order_release);
}

void skf_mailbox_wake(skiff_port_group *group, unsigned to)
{
    struct mailbox *mailbox = &group->mailboxes[to];

    if (!atomic_exchange(&mailbox->signaled, true))
        (void)eventfd_write(mailbox->fd, 1);
}

/* A thread that reads this time also sees all that was posted before. */
void skf_mailbox_set_read(skiff_port_group *group, unsigned thread, skiff_time now)
{
    atomic_store_explicit(&group->mailboxes[thread].read_at, now, memory_order_release);
}

skiff_time skf_mailbox_read_at(const skiff_port_group *group, unsigned thread)
{
    return atomic_load_explicit(&group->mailboxes[thread].read_at, memory_order_acquire);
}

int skf_mailbox_fd(const skiff_port_group *group, unsigned thread)
{
    return group->mailboxes[thread].fd;
}

void skf_mailbox_open(skiff_port_group *group, unsigned thread)
{
    struct mailbox *mailbox = &group->mailboxes[thread];
    eventfd_t ignored;

    /* A writer sets the flag before it writes to the eventfd. If that is still to come, the
     * flag stays set until the next call. */
    if (atomic_load(&mailbox->signaled) && eventfd_read(mailbox->fd, &ignored) == 0)
        (void)atomic_exchange(&mailbox->signaled, false);
}

static struct mailbox_message *next_to_read(const struct mailbox_queue *queue)
{
    struct mailbox_message *message = message_at(queue, queue->first);
    uint32_t sequence = atomic_load_explicit(&message->sequence, memory_order_acquire);

    return sequence == queue->first + 1 ? message : NULL;
}

struct mailbox_message *skf_mailbox_next(skiff_port_group *group, unsigned thread)
{
    struct mailbox_message *message = next_to_read(&group->mailboxes[thread].datagrams);

    return message != NULL ? message
                           : next_to_read(&group->mailboxes[thread].long_datagrams);
}

void skf_mailbox_release(skiff_port_group *group, unsigned thread,
                         struct mailbox_message *message)
{
    struct mailbox_queue *queue = queue_of(&group->mailboxes[thread], message->kind);

    if (message->fd >= 0)
        close(message->fd);
    atomic_store_explicit(&message->sequence, queue->first + queue->num,
                          memory_order_release);
    queue->first++;
}
