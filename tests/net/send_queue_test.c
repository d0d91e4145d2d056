/* send_queue_test.c - in which order packets leave a queue. */
#include "ice/net/send_queue.h"

#include "../port/draw.h"
#include "suite.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

enum { CAPACITY = 64, PATHS = 40 };

struct fixture {
    struct send_queue queue;
    void *bytes;
    skiff_packet packets[CAPACITY]; /* `len` is the number of the path */
};

static void fixture_open(struct fixture *fixture, uint32_t capacity,
                         const struct hash_key *key)
{
    fixture->bytes = malloc(skf_send_queue_size(capacity));
    CU_ASSERT_PTR_NOT_NULL_FATAL(fixture->bytes);
    memset(fixture->bytes, 0xa5, skf_send_queue_size(capacity));
    skf_send_queue_init(&fixture->queue, fixture->bytes, capacity, key);
}

static struct path nth_path(unsigned number)
{
    struct path path;

    memset(&path, 0, sizeof path);
    path.remote.four.sin_family = AF_INET;
    path.remote.four.sin_addr.s_addr = htonl(0x0a000000 + number / 4);
    path.remote.four.sin_port = htons((uint16_t)(1000 + number % 2));
    path.local.four.sin_family = AF_INET;
    path.local.four.sin_port = htons((uint16_t)(5000 + number / 2 % 2));
    return path;
}

static void add(struct fixture *fixture, unsigned path)
{
    skiff_packet *packet = &fixture->packets[fixture->queue.num];
    struct path at = nth_path(path);

    packet->len = path;
    send_queue_add(&fixture->queue, &at, packet, false);
}

/* Whether each packet leaves once, those of a path behind each other and in their order. */
static bool leaves_as_expected(struct fixture *fixture)
{
    const struct queued_packet *sorted = skf_send_queue_sorted(&fixture->queue);
    const skiff_packet *before[PATHS] = { NULL };
    uint32_t num = fixture->queue.num;
    bool good = true;

    for (uint32_t i = 0; good && i < num; i++) {
        uint32_t number = sorted[i].packet->len;
        struct path path = nth_path(number);
        bool goes_on = i > 0 && sorted[i - 1].packet->len == number;
        good = path_equal(&fixture->queue.paths[sorted[i].path].path, &path)
            && goes_on == (before[number] != NULL) && sorted[i].packet > before[number];
        before[number] = sorted[i].packet;
    }
    return good;
}

static void packets_leave_path_after_path(void)
{
    static const unsigned paths[] = { 3, 1, 3, 2, 1, 1, 3 },
                          sorted[] = { 3, 3, 3, 1, 1, 1, 2 };
    const struct hash_key key = { 1, 2 };
    struct fixture fixture;

    fixture_open(&fixture, CAPACITY, &key);
    for (unsigned i = 0; i < 7; i++)
        add(&fixture, paths[i]);
    const struct queued_packet *packets = skf_send_queue_sorted(&fixture.queue);
    for (unsigned i = 0; i < 7; i++)
        CU_ASSERT_EQUAL(packets[i].packet->len, sorted[i]);
    CU_ASSERT_TRUE(leaves_as_expected(&fixture));
    free(fixture.bytes);
}

/* With a key of zeros many paths have the same slot. */
static void any_order_keeps_that_of_each_path(void)
{
    static const struct hash_key keys[] = { { 0, 0 }, { 0x123456789, 0x9e3779b97f4a7c15 } };
    struct fixture fixture;

    for (unsigned k = 0; k < 2; k++) {
        fixture_open(&fixture, CAPACITY, &keys[k]);
        for (uint64_t seed = 0; seed < 500; seed++) {
            uint64_t state = seed;
            uint32_t paths = draw(&state) % PATHS + 1;
            for (uint32_t num = draw(&state) % (CAPACITY + 1); num > 0; num--)
                add(&fixture, draw(&state) % paths);
            if (!leaves_as_expected(&fixture))
                printf("seed %u, key %u\n", (unsigned)seed, k);
            CU_ASSERT_TRUE(leaves_as_expected(&fixture));
            skf_send_queue_clear(&fixture.queue);
            CU_ASSERT_EQUAL(fixture.queue.num, 0);
        }
        free(fixture.bytes);
    }
}

static void a_queue_of_one_packet_is_one(void)
{
    const struct hash_key key = { 1, 2 };
    struct fixture fixture;

    fixture_open(&fixture, 1, &key);
    for (unsigned path = 0; path < PATHS; path++) {
        CU_ASSERT_FALSE(send_queue_is_full(&fixture.queue));
        add(&fixture, path);
        CU_ASSERT_TRUE(send_queue_is_full(&fixture.queue));
        CU_ASSERT_TRUE(leaves_as_expected(&fixture));
        skf_send_queue_clear(&fixture.queue);
    }
    free(fixture.bytes);
}

CU_TestInfo send_queue_tests[] = {
    TEST(packets_leave_path_after_path),
    TEST(any_order_keeps_that_of_each_path),
    TEST(a_queue_of_one_packet_is_one),
    CU_TEST_INFO_NULL,
};
