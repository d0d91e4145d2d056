/* shared_ufrags_test.c - threads that choose, look for and give up the same few ufrags. */
#include "suite.h"

#include "draw.h"
#include "ice/port/shared_ufrags.h"

#include <pthread.h>
#include <stdio.h>

enum { THREADS = 4, UFRAGS = 40, ROUNDS = 20000 };

struct town {
    struct shared_ufrags ufrags;
    char                 texts[UFRAGS][16];
    atomic_uint          owners[UFRAGS];      /* how many threads believe to have it */
    atomic_uint          wrong;
};

struct citizen {
    struct town        *town;
    unsigned            thread;
    struct shared_ufrag own[UFRAGS];
    bool                has[UFRAGS];
};

static void give_up(struct citizen *citizen, unsigned i)
{
    struct town *town = citizen->town;

    atomic_fetch_sub(&town->owners[i], 1);
    skf_shared_ufrags_remove(&town->ufrags, &citizen->own[i]);
    citizen->has[i] = false;
}

/* One thread at most may have each, and whoever has it is found. */
static void choose(struct citizen *citizen, unsigned i)
{
    struct town *town = citizen->town;
    const skiff_bytes text = { (const uint8_t *)town->texts[i], strlen(town->texts[i]) };
    unsigned thread;

    citizen->own[i] = (struct shared_ufrag){ .text = town->texts[i],
                                             .len = (uint16_t)text.len,
                                             .thread = (uint16_t)citizen->thread };
    if (!skf_shared_ufrags_add(&town->ufrags, &citizen->own[i]))
        return;
    citizen->has[i] = true;
    if (atomic_fetch_add(&town->owners[i], 1) != 0
        || !skf_shared_ufrags_find(&town->ufrags, text, &thread)
        || thread != citizen->thread)
        atomic_fetch_add(&town->wrong, 1);
}

static void *live(void *user)
{
    struct citizen *citizen = user;
    uint64_t seed = citizen->thread + 1;

    if (!skf_shared_ufrags_reserve(&citizen->town->ufrags, UFRAGS))
        return NULL;
    for (unsigned round = 0; round < suite_rounds(ROUNDS); round++) {
        unsigned i = draw(&seed) % UFRAGS;
        if (citizen->has[i])
            give_up(citizen, i);
        else
            choose(citizen, i);
    }
    for (unsigned i = 0; i < UFRAGS; i++)
        if (citizen->has[i])
            give_up(citizen, i);
    skf_shared_ufrags_return(&citizen->town->ufrags, UFRAGS);
    return NULL;
}

static void no_two_threads_ever_have_the_same(void)
{
    static const struct mix mix = { 4711, 815 };
    static struct town town;
    static struct citizen citizens[THREADS];
    pthread_t threads[THREADS];

    skf_shared_ufrags_init(&town.ufrags, NULL, &mix);
    for (int i = 0; i < UFRAGS; i++)
        snprintf(town.texts[i], sizeof town.texts[i], "room%d", i);
    for (unsigned i = 0; i < THREADS; i++) {
        citizens[i].town = &town;
        citizens[i].thread = i;
        CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, live, &citizens[i]), 0);
    }
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    CU_ASSERT_EQUAL(atomic_load(&town.wrong), 0);
    CU_ASSERT_EQUAL(skf_shared_table_used(&town.ufrags.table), 0);
    skf_shared_ufrags_clear(&town.ufrags);
}

CU_TestInfo shared_ufrags_tests[] = {
    TEST(no_two_threads_ever_have_the_same),
    CU_TEST_INFO_NULL,
};
