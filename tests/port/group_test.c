/* group_test.c - letters between threads: in order, none lost, none twice. */
#include "suite.h"

#include "ice/port/group.h"
#include "loopback.h"

#include <poll.h>
#include <pthread.h>
#include <sched.h>

enum { BOX = 512, WRITERS = 3, LETTERS = 20000 };

static skiff_port_group *group_of(uint16_t threads)
{
    skiff_port_group *group = NULL;

    CU_ASSERT_EQUAL_FATAL(skiff_port_group_new(threads, NULL, &group), SKIFF_OK);
    return group;
}

static bool post(skiff_port_group *group, unsigned to, unsigned from, uint32_t number)
{
    struct letter *letter = skf_group_write(group, to, LETTER_DATAGRAM);

    if (letter == NULL)
        return false;
    letter->from = from;
    letter->len = number;
    memset(letter->bytes, (uint8_t)number, 64);
    skf_group_post(letter);
    return true;
}

static bool rings(const skiff_port_group *group, unsigned thread)
{
    struct pollfd wait = { .fd = skf_group_fd(group, thread), .events = POLLIN };

    return poll(&wait, 1, 0) == 1;
}

static void a_group_is_of_1_to_64_threads(void)
{
    skiff_port_group *group = NULL;

    CU_ASSERT_EQUAL(skiff_port_group_new(0, NULL, &group), SKIFF_ERR_ARGUMENT);
    CU_ASSERT_EQUAL(skiff_port_group_new(65, NULL, &group), SKIFF_ERR_ARGUMENT);
    CU_ASSERT_EQUAL(skiff_port_group_new(1, NULL, NULL), SKIFF_ERR_ARGUMENT);
    skiff_port_group_free(NULL);
}

static void a_thread_is_nobody_until_it_joins_and_after_it_left(void)
{
    skiff_port_group *group = group_of(2);
    unsigned first, second, third;
    uint64_t stale = 0;

    CU_ASSERT_FALSE(skf_group_has(group, 0));
    CU_ASSERT_TRUE(skf_group_join(group, &first, &stale));
    CU_ASSERT_TRUE(skf_group_join(group, &second, &stale));
    CU_ASSERT_EQUAL(first, 0);
    CU_ASSERT_EQUAL(second, 1);
    CU_ASSERT_FALSE(skf_group_join(group, &third, &stale));
    skf_group_leave(group, first);
    CU_ASSERT_FALSE(skf_group_has(group, 0));
    CU_ASSERT_TRUE(skf_group_has(group, 1));
    CU_ASSERT_FALSE(skf_group_has(group, 2));
    CU_ASSERT_FALSE(skf_group_has(group, 63));
    CU_ASSERT_TRUE(skf_group_join(group, &third, &stale));
    CU_ASSERT_EQUAL(third, 0);
    skiff_port_group_free(group);
}

static void ids_of_a_thread_may_come_from_when_it_says_so_until_it_leaves(void)
{
    skiff_port_group *group = group_of(2);
    unsigned thread;
    uint64_t stale = 0;

    CU_ASSERT_TRUE(skf_group_join(group, &thread, &stale));
    CU_ASSERT_FALSE(skf_group_gives_ids(group, thread));
    skf_group_give_ids(group, thread);
    CU_ASSERT_TRUE(skf_group_gives_ids(group, thread));
    CU_ASSERT_FALSE(skf_group_gives_ids(group, 1 - thread));
    CU_ASSERT_FALSE(skf_group_gives_ids(group, 255));
    skf_group_leave(group, thread);
    CU_ASSERT_FALSE(skf_group_gives_ids(group, thread));
    skiff_port_group_free(group);
}

static void letters_are_read_in_the_order_of_writing(void)
{
    skiff_port_group *group = group_of(2);

    for (uint32_t round = 0; round < 10; round++) {
        for (uint32_t i = 0; i < 200; i++)
            CU_ASSERT_TRUE(post(group, 1, 0, i));
        for (uint32_t i = 0; i < 200; i++) {
            struct letter *letter = skf_group_next(group, 1);
            CU_ASSERT_PTR_NOT_NULL_FATAL(letter);
            CU_ASSERT_EQUAL(letter->len, i);
            skf_group_throw_away(group, 1, letter);
        }
        CU_ASSERT_PTR_NULL(skf_group_next(group, 1));
        CU_ASSERT_PTR_NULL(skf_group_next(group, 0));
    }
    skiff_port_group_free(group);
}

static void a_full_box_takes_no_more_until_one_is_thrown_away(void)
{
    skiff_port_group *group = group_of(1);

    for (uint32_t i = 0; i < BOX; i++)
        CU_ASSERT_TRUE(post(group, 0, 0, i));
    CU_ASSERT_FALSE(post(group, 0, 0, BOX));
    struct letter *letter = skf_group_next(group, 0);
    CU_ASSERT_PTR_NOT_NULL_FATAL(letter);
    CU_ASSERT_FALSE(post(group, 0, 0, BOX));
    skf_group_throw_away(group, 0, letter);
    CU_ASSERT_TRUE(post(group, 0, 0, BOX));
    CU_ASSERT_FALSE(post(group, 0, 0, BOX + 1));
    skiff_port_group_free(group);
}

static void a_long_datagram_passes_a_queue_full_of_others(void)
{
    skiff_port_group *group = group_of(1);
    uint32_t posted = 0;

    while (post(group, 0, 0, posted))
        posted++;
    struct letter *letter = skf_group_write(group, 0, LETTER_LONG);
    CU_ASSERT_PTR_NOT_NULL_FATAL(letter);
    CU_ASSERT_TRUE(letter->room >= UINT16_MAX + SKIFF_TAIL);
    letter->len = UINT16_MAX;
    memset(letter->bytes, 7, UINT16_MAX);
    skf_group_post(letter);
    for (; posted > 0; posted--)
        skf_group_throw_away(group, 0, skf_group_next(group, 0));
    CU_ASSERT_PTR_EQUAL(skf_group_next(group, 0), letter);
    CU_ASSERT_EQUAL(letter->bytes[UINT16_MAX - 1], 7);
    skf_group_throw_away(group, 0, letter);
    CU_ASSERT_PTR_NULL(skf_group_next(group, 0));
    skiff_port_group_free(group);
}

static void what_was_for_a_thread_that_left_is_not_for_the_next(void)
{
    skiff_port_group *group = group_of(1);
    unsigned thread;
    uint64_t stale = 0;

    CU_ASSERT_TRUE(skf_group_join(group, &thread, &stale));
    CU_ASSERT_TRUE(post(group, thread, 0, 1));
    skf_group_leave(group, thread);
    CU_ASSERT_TRUE(post(group, thread, 0, 2));
    CU_ASSERT_TRUE(skf_group_join(group, &thread, &stale));
    CU_ASSERT_PTR_NULL(skf_group_next(group, thread));
    CU_ASSERT_EQUAL(stale, 2);
    skiff_port_group_free(group);
}

static void the_bell_rings_until_the_box_is_opened(void)
{
    skiff_port_group *group = group_of(2);

    CU_ASSERT_FALSE(rings(group, 0));
    skf_group_ring(group, 0);
    skf_group_ring(group, 0);
    CU_ASSERT_TRUE(rings(group, 0));
    CU_ASSERT_FALSE(rings(group, 1));
    skf_group_open(group, 0);
    CU_ASSERT_FALSE(rings(group, 0));
    skf_group_ring(group, 0);
    CU_ASSERT_TRUE(rings(group, 0));
    skiff_port_group_free(group);
}

struct writer {
    skiff_port_group *group;
    unsigned          number;
};

static void *write_all(void *data)
{
    const struct writer *writer = data;

    loopback_roam();
    for (uint32_t i = 0; i < LETTERS;) {
        if (post(writer->group, 0, writer->number, i))
            i++;
        else
            sched_yield();
        skf_group_ring(writer->group, 0);
    }
    return NULL;
}

static bool is_whole(const struct letter *letter)
{
    for (int i = 0; i < 64; i++)
        if (letter->bytes[i] != (uint8_t)letter->len)
            return false;
    return true;
}

/* Waits for the bell as a port would: a lost one would let this wait for ever. */
static void writers_lose_nothing_and_mix_nothing_up(void)
{
    skiff_port_group *group = group_of(1);
    struct writer writers[WRITERS];
    pthread_t threads[WRITERS];
    uint32_t expected[WRITERS] = { 0 }, wrong = 0;
    struct pollfd wait = { .fd = skf_group_fd(group, 0), .events = POLLIN };

    for (unsigned i = 0; i < WRITERS; i++) {
        writers[i] = (struct writer){ group, i };
        CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, write_all, &writers[i]), 0);
    }
    for (uint32_t left = WRITERS * LETTERS; left > 0 && poll(&wait, 1, 10000) == 1;) {
        struct letter *letter;
        skf_group_open(group, 0);
        for (; (letter = skf_group_next(group, 0)) != NULL; left--) {
            wrong += letter->len != expected[letter->from]++ || !is_whole(letter) ? 1 : 0;
            skf_group_throw_away(group, 0, letter);
        }
    }
    for (unsigned i = 0; i < WRITERS; i++) {
        pthread_join(threads[i], NULL);
        CU_ASSERT_EQUAL(expected[i], LETTERS);
    }
    CU_ASSERT_EQUAL(wrong, 0);
    skiff_port_group_free(group);
}

CU_TestInfo group_tests[] = {
    TEST(a_group_is_of_1_to_64_threads),
    TEST(a_thread_is_nobody_until_it_joins_and_after_it_left),
    TEST(ids_of_a_thread_may_come_from_when_it_says_so_until_it_leaves),
    TEST(letters_are_read_in_the_order_of_writing),
    TEST(a_full_box_takes_no_more_until_one_is_thrown_away),
    TEST(a_long_datagram_passes_a_queue_full_of_others),
    TEST(what_was_for_a_thread_that_left_is_not_for_the_next),
    TEST(the_bell_rings_until_the_box_is_opened),
    TEST(writers_lose_nothing_and_mix_nothing_up),
    CU_TEST_INFO_NULL,
};
