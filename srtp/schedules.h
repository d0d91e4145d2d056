/*
 * schedules.h - the key schedules that a thread keeps for the packets it protects and
 * opens. Knows no cipher: a kind says what a schedule is. Knows no session.
 *
 * A session holds raw keys alone, and a schedule is many times as long as its key. So each
 * thread has a table of schedules for each kind, with a place for every second key, and at
 * most SCHEDULES_MAX. When a key is forgotten its schedule is wiped in the tables of all
 * threads.
 *
 * Each key has an id of its own, so the schedule of one key never serves another. The next
 * key may have the id of a key that was forgotten (icm.c): no table has that id any more.
 * On 32 bits the numbers begin again after 2^32 keys, and one of those could be in use.
 *
 * Only the thread itself writes the id of a key into its table. Another thread may claim a
 * place, wipe it and mark it free. The thread claims a place, too, before it loads a key
 * into it.
 */
#ifndef SKF_SCHEDULES_H
#define SKF_SCHEDULES_H

#include <skiff/base.h>
#include <stdatomic.h>

enum {
    KEY_KINDS = 6, /* of keys: libcrypto's ciphers, and HMAC-SHA1 */
    SCHEDULE_KINDS = 3 * KEY_KINDS,
    SCHEDULES_MIN = 4,   /* places of a table */
    SCHEDULES_MAX = 4096 /* a power of two, as the number of places always is */
};

/* What one kind of schedule is. Each kind has a number. Kinds whose numbers are equal
 * modulo KEY_KINDS are for the same keys. */
struct schedule_kind {
    unsigned number;

    /* A schedule without a key: bytes of the table, or what `make` returns if that is not
     * NULL. It returns NULL without memory. */
    size_t size;
    void *(*make)(const struct schedule_kind *kind);
    void (*release)(const struct schedule_kind *kind, void *schedule);

    /* False if libcrypto fails: the schedule is unknown then. */
    bool (*load)(const struct schedule_kind *kind, void *schedule, const uint8_t *key);
    void (*wipe)(const struct schedule_kind *kind, void *schedule);
};

/* A key with its id, 0 for none. */
struct schedule_key {
    uintptr_t id;
    const uint8_t *bytes;
};

/* A key may come: this thread has places for it. False without memory. */
SKIFF_MUST_USE bool skf_schedules_add(const struct schedule_kind *kind);

/* A key that was added will not come any more. */
void skf_schedules_remove(const struct schedule_kind *kind);

/* Frees the tables of this thread, unless keys were added on it. */
void skf_schedules_release(void);

/* Ids of a kind are in sequence, so that the keys of sessions that are made together are in
 * different places. */
uintptr_t skf_schedule_new_id(const struct schedule_kind *kind);

/* Wipes the schedules of a key in all threads. No other thread uses the key any more. */
void skf_schedule_forget(const struct schedule_kind *kind, uintptr_t id);

/* --- finding a schedule: for skf_schedule and schedules.c ----------------------------- */

enum { SCHEDULE_WAYS = 2, KEYS_OF_SESSION = 4 };

/* The places in which a key can be, and the one that is loaded next. */
struct schedule_set {
    atomic_uintptr_t ids[SCHEDULE_WAYS];
    void *schedules[SCHEDULE_WAYS];
    unsigned next;
};

struct schedule_table {
    struct schedule_set *sets; /* NULL: no table */
    size_t num_sets;           /* a power of two */
    const struct schedule_kind *kind;
    void *block; /* of all schedules, unless they are made one by one */
};

/* Those of this thread, by the numbers of their kinds; NULL if it has none. */
extern _Thread_local struct schedule_table *skf_schedule_tables;

/* The ids of a session follow each other, and are far from each other here. The first keys
 * of sessions that were made in sequence are in different sets, and so are the others. */
static inline struct schedule_set *schedule_set_of(const struct schedule_table *table,
                                                   uintptr_t id)
{
    size_t which =
        id / KEYS_OF_SESSION + id % KEYS_OF_SESSION * (table->num_sets / KEYS_OF_SESSION);

    return &table->sets[which & (table->num_sets - 1)];
}

/* As skf_schedule, for a key whose schedule is not there. */
void *skf_schedule_load(const struct schedule_kind *kind, struct schedule_key key);

/*
 * The schedule of a key on this thread, valid until the next call. NULL if it could not be
 * loaded, or without memory on a thread to which no key was added.
 *
 * Cost:   no lock and no allocation on a thread to which the key, or one like it, was
 *         added. Another thread makes its table with its first packets. It makes the table
 *         twice as large when the process has more keys than the table has places.
 */
static inline void *skf_schedule(const struct schedule_kind *kind, struct schedule_key key)
{
    const struct schedule_table *tables = skf_schedule_tables;

    if (tables == NULL || tables[kind->number].sets == NULL)
        return skf_schedule_load(kind, key);

    const struct schedule_set *set = schedule_set_of(&tables[kind->number], key.id);
    for (unsigned way = 0; way < SCHEDULE_WAYS; way++)
        if (atomic_load_explicit(&set->ids[way], memory_order_relaxed) == key.id)
            return set->schedules[way];
    return skf_schedule_load(kind, key);
}

#endif
