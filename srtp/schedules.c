/* schedules.c - the tables of all threads. Knows no cipher. */
#include "srtp/schedules.h"

#include "base/memory.h"

#include <pthread.h>

enum { WAYS = SCHEDULE_WAYS, LINE = 64, NO_KEY = 0, CLAIMED = 1, FIRST_ID = 4 };

/* The tables of a thread. */
struct schedules {
    struct schedules *next;
    struct schedule_table tables[SCHEDULE_KINDS];
    bool adds;           /* whether keys are added on this thread */
    int keys[KEY_KINDS]; /* that were added, without those that were removed here */
};

/* All threads that have tables, for those who forget keys. The lock is for that list and
 * for the layout of each table: a thread reads its own without. */
static pthread_mutex_t list_lock = PTHREAD_MUTEX_INITIALIZER;
static struct schedules *list;

static pthread_once_t key_once = PTHREAD_ONCE_INIT;
static pthread_key_t key_of_thread; /* for its destructor */

static atomic_uintptr_t num_ids[KEY_KINDS];
static atomic_int num_keys[KEY_KINDS]; /* that may come, in all threads */

static _Thread_local struct schedules *mine;
_Thread_local struct schedule_table *skf_schedule_tables; /* of mine */

/* --- places --------------------------------------------------------------------------- */

static unsigned key_kind(const struct schedule_kind *kind)
{
    return kind->number % KEY_KINDS;
}

/* Nobody else writes to a place that is claimed. */
static bool claim(atomic_uintptr_t *id, uintptr_t expected)
{
    return expected != CLAIMED
        && atomic_compare_exchange_strong_explicit(
               id, &expected, CLAIMED, memory_order_acquire, memory_order_relaxed);
}

static void publish(atomic_uintptr_t *id, uintptr_t now)
{
    atomic_store_explicit(id, now, memory_order_release);
}

/* The ways in turn. Those who forget keys claim one place at a time. */
static unsigned claim_next(struct schedule_set *set)
{
    unsigned way;

    do {
        way = set->next;
        set->next = (way + 1) % WAYS;
    } while (
        !claim(&set->ids[way], atomic_load_explicit(&set->ids[way], memory_order_relaxed)));
    return way;
}

/* --- tables --------------------------------------------------------------------------- */

static unsigned places_in(const struct schedule_table *table)
{
    return table->sets != NULL ? (unsigned)table->num_sets * WAYS : 0;
}

static size_t size_of_sets(unsigned places)
{
    return places / WAYS * sizeof(struct schedule_set);
}

static size_t size_of_block(const struct schedule_kind *kind, unsigned places)
{
    return places * kind->size + LINE;
}

static void **schedule_of(struct schedule_table *table, unsigned place)
{
    return &table->sets[place / WAYS].schedules[place % WAYS];
}

static void release_table(struct schedule_table *table)
{
    const struct schedule_kind *kind = table->kind;

    for (unsigned i = 0; kind != NULL && kind->make != NULL && i < places_in(table); i++)
        kind->release(kind, *schedule_of(table, i));
    if (table->block != NULL)
        skf_release(NULL, table->block, size_of_block(kind, places_in(table)));
    skf_release(NULL, table->sets, size_of_sets(places_in(table)));
    *table = (struct schedule_table){ .kind = NULL };
}

static bool make_each(struct schedule_table *table)
{
    for (unsigned i = 0; i < places_in(table); i++) {
        void *made = table->kind->make(table->kind);
        if (made == NULL)
            return false;
        *schedule_of(table, i) = made;
    }
    return true;
}

/* Schedules begin with a cache line. */
static bool make_block(struct schedule_table *table)
{
    table->block = skf_acquire(NULL, size_of_block(table->kind, places_in(table)));
    if (table->block == NULL)
        return false;

    size_t past = (uintptr_t)table->block % LINE;
    uint8_t *first = (uint8_t *)table->block + (LINE - past) % LINE;
    for (unsigned i = 0; i < places_in(table); i++)
        *schedule_of(table, i) = first + i * table->kind->size;
    return true;
}

/* Leaves nothing behind without memory. */
static bool make_table(const struct schedule_kind *kind, unsigned places,
                       struct schedule_table *table)
{
    *table = (struct schedule_table){ .kind = kind, .num_sets = places / WAYS };
    table->sets = skf_acquire(NULL, size_of_sets(places));
    if (table->sets != NULL && (kind->make != NULL ? make_each(table) : make_block(table)))
        return true;
    release_table(table);
    return false;
}

/* --- threads -------------------------------------------------------------------------- */

static void end_of_thread(void *value)
{
    struct schedules *ending = value, **link = &list;

    pthread_mutex_lock(&list_lock);
    while (*link != ending)
        link = &(*link)->next;
    *link = ending->next;
    pthread_mutex_unlock(&list_lock);

    mine = NULL;
    skf_schedule_tables = NULL;
    for (unsigned i = 0; i < SCHEDULE_KINDS; i++)
        release_table(&ending->tables[i]);
    skf_release(NULL, ending, sizeof *ending);
}

/* Without a key tables would outlive their threads. */
static bool has_key;

static void make_key(void)
{
    has_key = pthread_key_create(&key_of_thread, end_of_thread) == 0;
}

static bool begin_thread(void)
{
    pthread_once(&key_once, make_key);

    struct schedules *made = has_key ? skf_acquire(NULL, sizeof *made) : NULL;
    if (made == NULL)
        return false;
    if (pthread_setspecific(key_of_thread, made) != 0) {
        skf_release(NULL, made, sizeof *made);
        return false;
    }
    pthread_mutex_lock(&list_lock);
    made->next = list;
    list = made;
    pthread_mutex_unlock(&list_lock);
    mine = made;
    skf_schedule_tables = made->tables;
    return true;
}

void skf_schedules_release(void)
{
    if (mine == NULL || mine->adds)
        return;
    pthread_setspecific(key_of_thread, NULL);
    end_of_thread(mine);
}

/* --- how many places ------------------------------------------------------------------ */

/* A session has a key for RTP and one for RTCP in each direction. That of RTCP is seldom
 * used, so there are half as many places as keys. A thread that adds keys uses those. */
static unsigned places_for(const struct schedule_kind *kind)
{
    unsigned which = key_kind(kind);
    int keys = mine->adds ? mine->keys[which]
                          : atomic_load_explicit(&num_keys[which], memory_order_relaxed);
    int places = SCHEDULES_MIN;

    while (places < SCHEDULES_MAX && places < (keys + 1) / 2)
        places *= 2;
    return (unsigned)places;
}

/* A larger table begins empty, and the old one is wiped. False without memory: then the
 * table stays as it was. */
static bool enlarge(const struct schedule_kind *kind)
{
    struct schedule_table larger, *table;

    if (mine == NULL && !begin_thread())
        return false;
    unsigned places = places_for(kind);
    table = &mine->tables[kind->number];
    if (places_in(table) >= places)
        return true;
    if (!make_table(kind, places, &larger))
        return false;
    pthread_mutex_lock(&list_lock);
    struct schedule_table smaller = *table;
    *table = larger;
    pthread_mutex_unlock(&list_lock);
    release_table(&smaller);
    return true;
}

bool skf_schedules_add(const struct schedule_kind *kind)
{
    if (mine == NULL && !begin_thread())
        return false;
    mine->adds = true;
    mine->keys[key_kind(kind)]++;
    atomic_fetch_add(&num_keys[key_kind(kind)], 1);
    if (enlarge(kind))
        return true;
    skf_schedules_remove(kind);
    return false;
}

void skf_schedules_remove(const struct schedule_kind *kind)
{
    atomic_fetch_sub(&num_keys[key_kind(kind)], 1);
    if (mine != NULL && mine->keys[key_kind(kind)] > 0)
        mine->keys[key_kind(kind)]--; /* it may have been added on another one */
}

/* --- keys ----------------------------------------------------------------------------- */

uintptr_t skf_schedule_new_id(const struct schedule_kind *kind)
{
    uintptr_t id;

    do { /* 32 bits come to an end */
        id = atomic_fetch_add_explicit(&num_ids[key_kind(kind)], 1, memory_order_relaxed)
           + FIRST_ID;
    } while (id < FIRST_ID);
    return id;
}

static void forget_in(const struct schedule_table *table, uintptr_t id)
{
    struct schedule_set *set = schedule_set_of(table, id);

    for (unsigned way = 0; way < WAYS; way++)
        if (claim(&set->ids[way], id)) {
            table->kind->wipe(table->kind, set->schedules[way]);
            publish(&set->ids[way], NO_KEY);
        }
}

void skf_schedule_forget(const struct schedule_kind *kind, uintptr_t id)
{
    if (id < FIRST_ID)
        return;
    pthread_mutex_lock(&list_lock);
    for (const struct schedules *thread = list; thread != NULL; thread = thread->next)
        for (unsigned i = key_kind(kind); i < SCHEDULE_KINDS; i += KEY_KINDS)
            if (thread->tables[i].sets != NULL)
                forget_in(&thread->tables[i], id);
    pthread_mutex_unlock(&list_lock);
}

static void *load(const struct schedule_table *table, struct schedule_set *set,
                  struct schedule_key key)
{
    const struct schedule_kind *kind = table->kind;
    unsigned way = claim_next(set);
    void *schedule = set->schedules[way];
    bool loaded = kind->load(kind, schedule, key.bytes);

    if (!loaded)
        kind->wipe(kind, schedule);
    publish(&set->ids[way], loaded ? key.id : NO_KEY);
    return loaded ? schedule : NULL;
}

void *skf_schedule_load(const struct schedule_kind *kind, struct schedule_key key)
{
    bool adds = mine != NULL && mine->adds && mine->tables[kind->number].sets != NULL;

    if (!adds)
        (void)enlarge(kind); /* without memory the table stays as it is */
    if (mine == NULL || mine->tables[kind->number].sets == NULL)
        return NULL;

    const struct schedule_table *table = &mine->tables[kind->number];
    return load(table, schedule_set_of(table, key.id), key);
}
