/* group_ufrags_test.c - threads that choose, look for and give up the same few ufrags. */
#include "suite.h"

#include "draw.h"
#include "ice/port/group_ufrags.h"

#include <pthread.h>
#include <stdio.h>

enum { THREADS = 4, UFRAGS = 40, ROUNDS = 20000 };

struct ufrag_test {
    struct group_ufrags ufrags;
    char texts[UFRAGS][16];
    atomic_uint owners[UFRAGS]; /* how many threads believe to have it */
    atomic_uint wrong;
};

struct ufrag_owner {
    struct ufrag_test *test;
    unsigned thread;
    struct group_ufrag own[UFRAGS];
    bool has[UFRAGS];
};

static void remove_own(struct ufrag_owner *owner, unsigned i)
{
    struct ufrag_test *test = owner->test;

    atomic_fetch_sub(&test->owners[i], 1);
    skf_group_ufrags_remove(&test->ufrags, &owner->own[i]);
    owner->has[i] = false;
}

/* One thread at most may have each, and whoever has it is found. */
static void choose(struct ufrag_owner *owner, unsigned i)
{
    struct ufrag_test *test = owner->test;
    const skiff_bytes text = { (const uint8_t *)test->texts[i], strlen(test->texts[i]) };
    unsigned thread;

    owner->own[i] = (struct group_ufrag){ .text = test->texts[i],
                                          .len = (uint16_t)text.len,
                                          .thread = (uint16_t)owner->thread };
    if (!skf_group_ufrags_add(&test->ufrags, &owner->own[i]))
        return;
    owner->has[i] = true;
    if (atomic_fetch_add(&test->owners[i], 1) != 0
        || !skf_group_ufrags_find(&test->ufrags, text, &thread) || thread != owner->thread)
        atomic_fetch_add(&test->wrong, 1);
}

static void *live(void *user)
{
    struct ufrag_owner *owner = user;
    uint64_t seed = owner->thread + 1;

    if (!skf_group_ufrags_reserve(&owner->test->ufrags, UFRAGS))
        return NULL;
    for (unsigned round = 0; round < suite_rounds(ROUNDS); round++) {
        unsigned i = draw(&seed) % UFRAGS;
        if (owner->has[i])
            remove_own(owner, i);
        else
            choose(owner, i);
    }
    for (unsigned i = 0; i < UFRAGS; i++)
        if (owner->has[i])
            remove_own(owner, i);
    skf_group_ufrags_return(&owner->test->ufrags, UFRAGS);
    return NULL;
}

static void no_two_threads_ever_have_the_same(void)
{
    static const struct hash_key mix = { 4711, 815 };
    static struct ufrag_test test;
    static struct ufrag_owner owners[THREADS];
    pthread_t threads[THREADS];

    skf_group_ufrags_init(&test.ufrags, NULL, &mix);
    for (int i = 0; i < UFRAGS; i++)
        snprintf(test.texts[i], sizeof test.texts[i], "room%d", i);
    for (unsigned i = 0; i < THREADS; i++) {
        owners[i].test = &test;
        owners[i].thread = i;
        CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, live, &owners[i]), 0);
    }
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    CU_ASSERT_EQUAL(atomic_load(&test.wrong), 0);
    CU_ASSERT_EQUAL(skf_group_table_used(&test.ufrags.table), 0);
    skf_group_ufrags_clear(&test.ufrags);
}

CU_TestInfo group_ufrags_tests[] = {
    TEST(no_two_threads_ever_have_the_same),
    CU_TEST_INFO_NULL,
};
