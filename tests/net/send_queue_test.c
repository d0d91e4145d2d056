/* send_queue_test.c - in which order packets leave a queue. */
#include "ice/net/send_queue.h"

#include "../port/draw.h"
#include "suite.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

enum { CAPACITY = 64, PATHS = 40 };

struct line {
    struct send_queue queue;
    void *bytes;
    skiff_packet packets[CAPACITY]; /* `len` is the number of the path */
};

static void sending_open(struct line *line, uint32_t capacity, const struct hash_key *key)
{
    line->bytes = malloc(skf_send_queue_size(capacity));
    CU_ASSERT_PTR_NOT_NULL_FATAL(line->bytes);
    memset(line->bytes, 0xa5, skf_send_queue_size(capacity));
    skf_send_queue_init(&line->queue, line->bytes, capacity, key);
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

static void add(struct line *line, unsigned path)
{
    skiff_packet *packet = &line->packets[line->queue.num];
    struct path at = nth_path(path);

    packet->len = path;
    send_queue_add(&line->queue, &at, packet, false);
}

/* Whether each packet leaves once, those of a path behind each other and in their order. */
static bool leaves_as_expected(struct line *line)
{
    const struct queued_packet *sorted = skf_send_queue_sorted(&line->queue);
    const skiff_packet *before[PATHS] = { NULL };
    uint32_t num = line->queue.num;
    bool good = true;

    for (uint32_t i = 0; good && i < num; i++) {
        uint32_t number = sorted[i].packet->len;
        struct path path = nth_path(number);
        bool goes_on = i > 0 && sorted[i - 1].packet->len == number;
        good = path_equal(&line->queue.paths[sorted[i].path].path, &path)
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
    struct line line;

    sending_open(&line, CAPACITY, &key);
    for (unsigned i = 0; i < 7; i++)
        add(&line, paths[i]);
    const struct queued_packet *packets = skf_send_queue_sorted(&line.queue);
    for (unsigned i = 0; i < 7; i++)
        CU_ASSERT_EQUAL(packets[i].packet->len, sorted[i]);
    CU_ASSERT_TRUE(leaves_as_expected(&line));
    free(line.bytes);
}

/* With a key of zeros many paths have the same slot. */
static void any_order_keeps_that_of_each_path(void)
{
    static const struct hash_key keys[] = { { 0, 0 }, { 0x123456789, 0x9e3779b97f4a7c15 } };
    struct line line;

    for (unsigned k = 0; k < 2; k++) {
        sending_open(&line, CAPACITY, &keys[k]);
        for (uint64_t seed = 0; seed < 500; seed++) {
            uint64_t state = seed;
            uint32_t paths = draw(&state) % PATHS + 1;
            for (uint32_t num = draw(&state) % (CAPACITY + 1); num > 0; num--)
                add(&line, draw(&state) % paths);
            if (!leaves_as_expected(&line))
                printf("seed %u, key %u\n", (unsigned)seed, k);
            CU_ASSERT_TRUE(leaves_as_expected(&line));
            skf_send_queue_clear(&line.queue);
            CU_ASSERT_EQUAL(line.queue.num, 0);
        }
        free(line.bytes);
    }
}

static void a_queue_of_one_packet_is_one(void)
{
    const struct hash_key key = { 1, 2 };
    struct line line;

    sending_open(&line, 1, &key);
    for (unsigned path = 0; path < PATHS; path++) {
        CU_ASSERT_FALSE(send_queue_is_full(&line.queue));
        add(&line, path);
        CU_ASSERT_TRUE(send_queue_is_full(&line.queue));
        CU_ASSERT_TRUE(leaves_as_expected(&line));
        skf_send_queue_clear(&line.queue);
    }
    free(line.bytes);
}

CU_TestInfo send_queue_tests[] = {
    TEST(packets_leave_path_after_path),
    TEST(any_order_keeps_that_of_each_path),
    TEST(a_queue_of_one_packet_is_one),
    CU_TEST_INFO_NULL,
};
