/* mailbox_test.c - messages between threads: in order, none lost, none twice. */
#include "suite.h"

#include "ice/port/mailbox.h"
#include "loopback.h"

#include <poll.h>
#include <pthread.h>
#include <sched.h>

enum { BOX = 512, WRITERS = 3, MESSAGES_EACH = 20000 };

static skiff_port_group *group_of(uint16_t threads)
{
    skiff_port_group *group = NULL;

    CU_ASSERT_EQUAL_FATAL(skiff_port_group_new(threads, NULL, &group), SKIFF_OK);
    return group;
}

static bool post(skiff_port_group *group, unsigned to, unsigned from, uint32_t number)
{
    struct mailbox_message *message = skf_mailbox_write(group, to, MAILBOX_DATAGRAM);

    if (message == NULL)
        return false;
    message->sender = from;
    message->len = number;
    memset(message->bytes, (uint8_t)number, 64);
    skf_mailbox_post(message);
    return true;
}

static bool wakes(const skiff_port_group *group, unsigned thread)
{
    struct pollfd wait = { .fd = skf_mailbox_fd(group, thread), .events = POLLIN };

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

static void ids_of_a_thread_may_come_from_its_joining_until_it_leaves(void)
{
    skiff_port_group *group = group_of(2);
    unsigned thread;
    uint64_t stale = 0;

    CU_ASSERT_TRUE(skf_group_join(group, &thread, &stale));
    CU_ASSERT_FALSE(skf_group_has_ids(group, thread));
    skf_group_enable_ids(group, thread);
    CU_ASSERT_TRUE(skf_group_has_ids(group, thread));
    CU_ASSERT_FALSE(skf_group_has_ids(group, 1 - thread));
    CU_ASSERT_FALSE(skf_group_has_ids(group, 255));
    skf_group_leave(group, thread);
    CU_ASSERT_FALSE(skf_group_has_ids(group, thread));
    skiff_port_group_free(group);
}

static void messages_are_read_in_the_order_of_writing(void)
{
    skiff_port_group *group = group_of(2);

    for (uint32_t round = 0; round < 10; round++) {
        for (uint32_t i = 0; i < 200; i++)
            CU_ASSERT_TRUE(post(group, 1, 0, i));
        for (uint32_t i = 0; i < 200; i++) {
            struct mailbox_message *message = skf_mailbox_next(group, 1);
            CU_ASSERT_PTR_NOT_NULL_FATAL(message);
            CU_ASSERT_EQUAL(message->len, i);
            skf_mailbox_release(group, 1, message);
        }
        CU_ASSERT_PTR_NULL(skf_mailbox_next(group, 1));
        CU_ASSERT_PTR_NULL(skf_mailbox_next(group, 0));
    }
    skiff_port_group_free(group);
}

static void a_full_mailbox_accepts_no_more_until_one_is_released(void)
{
    skiff_port_group *group = group_of(1);

    for (uint32_t i = 0; i < BOX; i++)
        CU_ASSERT_TRUE(post(group, 0, 0, i));
    CU_ASSERT_FALSE(post(group, 0, 0, BOX));
    struct mailbox_message *message = skf_mailbox_next(group, 0);
    CU_ASSERT_PTR_NOT_NULL_FATAL(message);
    CU_ASSERT_FALSE(post(group, 0, 0, BOX));
    skf_mailbox_release(group, 0, message);
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
    struct mailbox_message *message = skf_mailbox_write(group, 0, MAILBOX_LONG);
    CU_ASSERT_PTR_NOT_NULL_FATAL(message);
    CU_ASSERT_TRUE(message->capacity >= UINT16_MAX + SKIFF_TAIL);
    message->len = UINT16_MAX;
    memset(message->bytes, 7, UINT16_MAX);
    skf_mailbox_post(message);
    for (; posted > 0; posted--)
        skf_mailbox_release(group, 0, skf_mailbox_next(group, 0));
    CU_ASSERT_PTR_EQUAL(skf_mailbox_next(group, 0), message);
    CU_ASSERT_EQUAL(message->bytes[UINT16_MAX - 1], 7);
    skf_mailbox_release(group, 0, message);
    CU_ASSERT_PTR_NULL(skf_mailbox_next(group, 0));
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
    CU_ASSERT_PTR_NULL(skf_mailbox_next(group, thread));
    CU_ASSERT_EQUAL(stale, 2);
    skiff_port_group_free(group);
}

static void the_bell_rings_until_the_box_is_opened(void)
{
    skiff_port_group *group = group_of(2);

    CU_ASSERT_FALSE(wakes(group, 0));
    skf_mailbox_wake(group, 0);
    skf_mailbox_wake(group, 0);
    CU_ASSERT_TRUE(wakes(group, 0));
    CU_ASSERT_FALSE(wakes(group, 1));
    skf_mailbox_open(group, 0);
    CU_ASSERT_FALSE(wakes(group, 0));
    skf_mailbox_wake(group, 0);
    CU_ASSERT_TRUE(wakes(group, 0));
    skiff_port_group_free(group);
}

struct writer {
    skiff_port_group *group;
    unsigned number;
};

static void *write_all(void *data)
{
    const struct writer *writer = data;

    loopback_roam();
    for (uint32_t i = 0; i < MESSAGES_EACH;) {
        if (post(writer->group, 0, writer->number, i))
            i++;
        else
            sched_yield();
        skf_mailbox_wake(writer->group, 0);
    }
    return NULL;
}

static bool is_whole(const struct mailbox_message *message)
{
    for (int i = 0; i < 64; i++)
        if (message->bytes[i] != (uint8_t)message->len)
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
    struct pollfd wait = { .fd = skf_mailbox_fd(group, 0), .events = POLLIN };

    for (unsigned i = 0; i < WRITERS; i++) {
        writers[i] = (struct writer){ group, i };
        CU_ASSERT_EQUAL_FATAL(pthread_create(&threads[i], NULL, write_all, &writers[i]), 0);
    }
    for (uint32_t left = WRITERS * MESSAGES_EACH; left > 0 && poll(&wait, 1, 10000) == 1;) {
        struct mailbox_message *message;
        skf_mailbox_open(group, 0);
        for (; (message = skf_mailbox_next(group, 0)) != NULL; left--) {
            wrong +=
                message->len != expected[message->sender]++ || !is_whole(message) ? 1 : 0;
            skf_mailbox_release(group, 0, message);
        }
    }
    for (unsigned i = 0; i < WRITERS; i++) {
        pthread_join(threads[i], NULL);
        CU_ASSERT_EQUAL(expected[i], MESSAGES_EACH);
    }
    CU_ASSERT_EQUAL(wrong, 0);
    skiff_port_group_free(group);
}

CU_TestInfo mailbox_tests[] = {
    TEST(a_group_is_of_1_to_64_threads),
    TEST(a_thread_is_nobody_until_it_joins_and_after_it_left),
    TEST(ids_of_a_thread_may_come_from_its_joining_until_it_leaves),
    TEST(messages_are_read_in_the_order_of_writing),
    TEST(a_full_mailbox_accepts_no_more_until_one_is_released),
    TEST(a_long_datagram_passes_a_queue_full_of_others),
    TEST(what_was_for_a_thread_that_left_is_not_for_the_next),
    TEST(the_bell_rings_until_the_box_is_opened),
    TEST(writers_lose_nothing_and_mix_nothing_up),
    CU_TEST_INFO_NULL,
};
