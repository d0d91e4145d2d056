/* schedules_test.c - the tables in which threads keep the schedules of keys. The kind here
 * has schedules that are copies of their keys, so that a wrong one shows. */
#include "suite.h"

#include "srtp/schedules.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

enum { KEY = 32 };

struct copy {
    uint8_t key[KEY];
};

static bool load_fails;
static atomic_uint loads;

static bool load_copy(const struct schedule_kind *kind, void *schedule, const uint8_t *key)
{
    struct copy *copy = schedule;

    (void)kind;
    atomic_fetch_add(&loads, 1);
    memcpy(copy->key, key, KEY);
    return !load_fails;
}

static void wipe_copy(const struct schedule_kind *kind, void *schedule)
{
    (void)kind;
    memset(schedule, 0, sizeof(struct copy));
}

/* Each test has a thread of its own, and with it tables of its own. */
static const struct schedule_kind kind = {
    .number = 0, .size = sizeof(struct copy), .load = load_copy, .wipe = wipe_copy
};

static void on_a_new_thread(void *(*work)(void *), void *user)
{
    pthread_t thread;

    CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, work, user), 0);
    CU_ASSERT_EQUAL(pthread_join(thread, NULL), 0);
}

/* --- keys ----------------------------------------------------------------------------- */

enum { KEYS = 3 * SCHEDULES_MAX };

struct test_key {
    uintptr_t id;
    uint8_t bytes[KEY];
};

static struct test_key keys[KEYS];

static void add_keys(int num)
{
    for (int i = 0; i < num; i++) {
        CU_ASSERT_TRUE(skf_schedules_add(&kind));
        keys[i].id = skf_schedule_new_id(&kind);
        memset(keys[i].bytes, 1 + i % 255, KEY);
        memcpy(keys[i].bytes, &i, sizeof i);
    }
}

static const struct copy *get(const struct test_key *key)
{
    return skf_schedule(&kind, (struct schedule_key){ key->id, key->bytes });
}

static bool matches(const struct copy *copy, const struct test_key *key)
{
    return copy != NULL && memcmp(copy->key, key->bytes, KEY) == 0;
}

static void forget_keys(int num)
{
    for (int i = 0; i < num; i++) {
        skf_schedule_forget(&kind, keys[i].id);
        skf_schedules_remove(&kind);
    }
}

/* --- tests ---------------------------------------------------------------------------- */

static void *use_more_keys_than_places(void *user)
{
    (void)user;
    add_keys(KEYS);
    for (unsigned turn = 0, at = 0; turn < 4 * KEYS; turn++, at = (at * 5 + 1) % KEYS)
        CU_ASSERT_TRUE(matches(get(&keys[at]), &keys[at]));
    forget_keys(KEYS);
    return NULL;
}

static void each_of_more_keys_than_places_gets_its_own_schedule(void)
{
    on_a_new_thread(use_more_keys_than_places, NULL);
}

/* As the keys of RTP of many sessions: every fourth id. */
static void *use_as_many_as_places(void *user)
{
    enum { USED = SCHEDULES_MAX / 2 };
    unsigned before, again;

    (void)user;
    add_keys(2 * SCHEDULES_MAX);
    for (int i = 0; i < USED; i++)
        (void)get(&keys[4 * i]);
    before = atomic_load(&loads);
    for (int i = 0; i < USED; i++)
        CU_ASSERT_TRUE(matches(get(&keys[4 * i]), &keys[4 * i]));
    again = atomic_load(&loads) - before;
    CU_ASSERT_TRUE(again <= USED / 20);
    forget_keys(2 * SCHEDULES_MAX);
    return NULL;
}

static void keys_that_fit_are_loaded_once(void)
{
    on_a_new_thread(use_as_many_as_places, NULL);
}

static void *lose_a_load(void *user)
{
    unsigned before;

    (void)user;
    add_keys(2);
    load_fails = true;
    CU_ASSERT_PTR_NULL(get(&keys[0]));
    load_fails = false;
    before = atomic_load(&loads);
    CU_ASSERT_TRUE(matches(get(&keys[0]), &keys[0]));
    CU_ASSERT_EQUAL(atomic_load(&loads), before + 1);
    CU_ASSERT_TRUE(matches(get(&keys[1]), &keys[1]));
    forget_keys(2);
    return NULL;
}

static void a_schedule_that_was_not_loaded_is_not_used(void)
{
    on_a_new_thread(lose_a_load, NULL);
}

static bool is_wiped(const struct copy *copy)
{
    static const struct copy none;

    return memcmp(copy, &none, sizeof none) == 0;
}

static void *forget_all(void *user)
{
    forget_keys(*(const int *)user);
    return NULL;
}

static void *lend_keys(void *user)
{
    int num = 16;
    const struct copy *copies[16];

    (void)user;
    add_keys(num);
    for (int i = 0; i < num; i++)
        copies[i] = get(&keys[i]);
    on_a_new_thread(forget_all, &num);
    for (int i = 0; i < num; i++)
        CU_ASSERT_TRUE(is_wiped(copies[i]));
    return NULL;
}

static void what_another_thread_forgets_is_wiped_here(void)
{
    on_a_new_thread(lend_keys, NULL);
}

/* No key was added on this thread. */
static void *borrow_keys(void *user)
{
    (void)user;
    for (int turn = 0; turn < 2; turn++)
        for (int i = 0; i < 64; i++)
            CU_ASSERT_TRUE(matches(get(&keys[i]), &keys[i]));
    return NULL;
}

static void *add_keys_and_lend_them(void *user)
{
    (void)user;
    add_keys(64);
    on_a_new_thread(borrow_keys, NULL);
    forget_keys(64);
    return NULL;
}

static void a_thread_that_adds_no_key_has_a_table_too(void)
{
    on_a_new_thread(add_keys_and_lend_them, NULL);
}

/* --- threads that meet ---------------------------------------------------------------- */

enum { STAYING = 64, LEAVING = 64, FORGOTTEN = 2000 };

static atomic_uint forgotten;
static atomic_bool leaves[LEAVING];

/* A key of the second half is used once, and left to the thread that forgets it. */
static bool use_and_leave(int i)
{
    struct test_key *key = &keys[STAYING + i];

    if (atomic_load(&leaves[i]))
        return true;
    key->id = skf_schedule_new_id(&kind);
    bool right = matches(get(key), key);
    atomic_store(&leaves[i], true);
    return right;
}

static void *use_keys(void *user)
{
    uintptr_t wrong = 0;

    (void)user;
    for (unsigned turn = 0, at = 0; atomic_load(&forgotten) < FORGOTTEN; turn++) {
        at = (at * 5 + 1) % STAYING;
        wrong += matches(get(&keys[at]), &keys[at]) ? 0 : 1;
        wrong += use_and_leave((int)(turn % LEAVING)) ? 0 : 1;
    }
    return (void *)wrong;
}

static void *forget_what_leaves(void *user)
{
    (void)user;
    while (atomic_load(&forgotten) < FORGOTTEN)
        for (int i = 0; i < LEAVING; i++)
            if (atomic_load(&leaves[i])) {
                skf_schedule_forget(&kind, keys[STAYING + i].id);
                atomic_store(&leaves[i], false);
                atomic_fetch_add(&forgotten, 1);
            }
    return NULL;
}

static void *two_threads(void *user)
{
    pthread_t using, forgetting;
    void *wrong = NULL;

    (void)user;
    atomic_store(&forgotten, 0);
    add_keys(STAYING + LEAVING);
    CU_ASSERT_EQUAL_FATAL(pthread_create(&using, NULL, use_keys, NULL), 0);
    CU_ASSERT_EQUAL_FATAL(pthread_create(&forgetting, NULL, forget_what_leaves, NULL), 0);
    CU_ASSERT_EQUAL(pthread_join(using, &wrong), 0);
    CU_ASSERT_EQUAL(pthread_join(forgetting, NULL), 0);
    CU_ASSERT_PTR_NULL(wrong);
    forget_keys(STAYING + LEAVING);
    return NULL;
}

static void what_another_thread_forgets_meanwhile_disturbs_no_other_key(void)
{
    on_a_new_thread(two_threads, NULL);
}

CU_TestInfo schedules_tests[] = {
    TEST(each_of_more_keys_than_places_gets_its_own_schedule),
    TEST(keys_that_fit_are_loaded_once),
    TEST(a_schedule_that_was_not_loaded_is_not_used),
    TEST(what_another_thread_forgets_is_wiped_here),
    TEST(a_thread_that_adds_no_key_has_a_table_too),
    TEST(what_another_thread_forgets_meanwhile_disturbs_no_other_key),
    CU_TEST_INFO_NULL,
};
