/*
 * group.c - boxes of letters: bounded queues of many writers and one reader (after Vyukov).
 *
 * Each cell has a turn. In round r a writer may have cell n when its turn is r * CELLS + n,
 * and posts by adding one; the reader passes it on to the next round.
 */
#include "group.h"

#include "memory.h"

#include <stdatomic.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { CELLS = 512, MOST_THREADS = 64, LINE = 64 };

typedef atomic_uint_least32_t turn;

struct cell {
    struct letter letter;             /* first: a letter is its cell */
    turn          turn;
};

/* What writers and what the reader changes are kept in lines of their own. */
struct box {
    turn         next;                /* to be written */
    atomic_bool  rung;
    uint8_t      apart[LINE];
    uint32_t     first;               /* to be read */
    int          fd;
    struct cell *cells;
    uint8_t      apart_too[LINE];
};

struct skiff_port_group {
    const skiff_allocator *memory;
    unsigned               threads;
    atomic_uint_least64_t  taken;     /* a bit for each thread that is somebody */
    struct box             boxes[MOST_THREADS];
};

/* --- making --------------------------------------------------------------------------- */

static skiff_status make_box(const skiff_port_group *group, struct box *box)
{
    box->cells = skf_ice_acquire(group->memory, CELLS * sizeof *box->cells);
    if (box->cells == NULL)
        return SKIFF_ERR_MEMORY;
    for (uint32_t i = 0; i < CELLS; i++)
        atomic_init(&box->cells[i].turn, i);
    box->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    return box->fd >= 0 ? SKIFF_OK : SKIFF_ERR_STATE;
}

skiff_status skiff_port_group_new(uint16_t threads, const skiff_allocator *memory,
                                  skiff_port_group **group)
{
    if (threads == 0 || threads > MOST_THREADS || group == NULL)
        return SKIFF_ERR_ARGUMENT;

    skiff_port_group *made = skf_ice_acquire(memory, sizeof *made);
    if (made == NULL)
        return SKIFF_ERR_MEMORY;
    made->memory = memory;

    skiff_status status = SKIFF_OK;
    while (made->threads < threads && status == SKIFF_OK)
        status = make_box(made, &made->boxes[made->threads++]);
    if (status != SKIFF_OK) {
        skiff_port_group_free(made);
        return status;
    }
    *group = made;
    return SKIFF_OK;
}

void skiff_port_group_free(skiff_port_group *group)
{
    if (group == NULL)
        return;
    for (unsigned i = 0; i < group->threads; i++) {
        struct box *box = &group->boxes[i];
        if (box->cells != NULL && box->fd >= 0)
            close(box->fd);
        skf_ice_release(group->memory, box->cells, CELLS * sizeof *box->cells);
    }
    skf_ice_release(group->memory, group, sizeof *group);
}

/* --- who is there --------------------------------------------------------------------- */

static uint64_t bit(unsigned thread)
{
    return UINT64_C(1) << thread;
}

bool skf_group_join(skiff_port_group *group, unsigned *thread)
{
    for (unsigned i = 0; i < group->threads; i++)
        if ((atomic_fetch_or(&group->taken, bit(i)) & bit(i)) == 0) {
            *thread = i;
            return true;
        }
    return false;
}

void skf_group_leave(skiff_port_group *group, unsigned thread)
{
    atomic_fetch_and(&group->taken, ~bit(thread));
}

bool skf_group_has(const skiff_port_group *group, unsigned thread)
{
    return thread < group->threads && (atomic_load(&group->taken) & bit(thread)) != 0;
}

/* --- letters -------------------------------------------------------------------------- */

struct letter *skf_group_write(skiff_port_group *group, unsigned to)
{
    struct box *box = &group->boxes[to];
    uint_least32_t next = atomic_load_explicit(&box->next, memory_order_relaxed);

    for (;;) {
        struct cell *cell = &box->cells[next % CELLS];
        uint32_t ahead = atomic_load_explicit(&cell->turn, memory_order_acquire) - next;
        if (ahead > INT32_MAX)                          /* not yet read in the last round */
            return NULL;
        if (ahead > 0)                                  /* another writer was faster */
            next = atomic_load_explicit(&box->next, memory_order_relaxed);
        else if (atomic_compare_exchange_weak_explicit(&box->next, &next, next + 1,
                                                       memory_order_relaxed,
                                                       memory_order_relaxed))
            return &cell->letter;
    }
}

void skf_group_post(struct letter *letter)
{
    struct cell *cell = (struct cell *)letter;

    atomic_fetch_add_explicit(&cell->turn, 1, memory_order_release);
}

void skf_group_ring(skiff_port_group *group, unsigned to)
{
    struct box *box = &group->boxes[to];

    if (!atomic_exchange(&box->rung, true))
        (void)eventfd_write(box->fd, 1);
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

struct letter *skf_group_read(skiff_port_group *group, unsigned thread)
{
    struct box *box = &group->boxes[thread];
    struct cell *cell = &box->cells[box->first % CELLS];

    if (atomic_load_explicit(&cell->turn, memory_order_acquire) != box->first + 1)
        return NULL;
    return &cell->letter;
}

void skf_group_throw_away(skiff_port_group *group, unsigned thread)
{
    struct box *box = &group->boxes[thread];
    struct cell *cell = &box->cells[box->first % CELLS];

    atomic_store_explicit(&cell->turn, box->first + CELLS, memory_order_release);
    box->first++;
}
