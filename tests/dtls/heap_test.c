/* heap_test.c - who takes memory when, and what happens when there is none. */
#include "../suite.h"

#include <stdlib.h>

#include "base/memory.h"
#include "count.h"
#include "association/association_state.h"
#include "pair.h"
#include "story.h"
#include "tickets.h"

/* An allocator that counts, and refuses one call or all behind it. */
struct test_heap {
    unsigned live_blocks, allocated, refuse; /* refuse: the n-th from now on; 0 none */
    int64_t live;
    bool dirty, mistaken; /* a block came back unwiped, or of another size */
};

/* The size lies before each block, to see whether the same comes back. */
static void *test_heap_acquire(void *user, size_t size)
{
    struct test_heap *p = user;

    if (p->refuse > 0 && --p->refuse == 0)
        return NULL;
    size_t *block = malloc(SKIFF_HEAD + size);
    if (block == NULL)
        return NULL;
    *block = size;
    p->live_blocks++;
    p->live += (int64_t)size;
    return (uint8_t *)block + SKIFF_HEAD;
}

static void test_heap_release(void *user, void *block, size_t size)
{
    struct test_heap *p = user;
    const uint8_t *bytes = block;

    for (size_t i = 0; i < size; i++)
        p->dirty = p->dirty || bytes[i] != 0;
    size_t *begin = (size_t *)(void *)((uint8_t *)block - SKIFF_HEAD);
    p->mistaken = p->mistaken || *begin != size;
    p->allocated++;
    p->live -= (int64_t)size;
    free(begin);
}

static skiff_allocator allocator_of(struct test_heap *heap)
{
    return (skiff_allocator){ test_heap_acquire, test_heap_release, heap };
}

static skiff_context_config config_with(const skiff_allocator *memory)
{
    static const char *const protocols[] = { "webrtc" };
    skiff_context_config config = skiff_context_defaults();

    config.identity = world_identity(0);
    config.alpn = protocols;
    config.num_alpn = 1;
    config.server_name = "media.example.org";
    config.max_handshakes = 3;
    config.memory = memory;
    return config;
}

/* --- after new, nothing --------------------------------------------------------------- */

static void from_new_to_connected_skiff_allocates_nothing(void)
{
    struct test_heap heap = { .live_blocks = 0 };
    skiff_allocator memory = allocator_of(&heap);
    struct story s;

    story_prepare(&s);
    s.settings[0].memory = s.settings[1].memory = &memory;
    story_begin(&s);
    unsigned live_before = heap.live_blocks, material = heap.allocated;
    CU_ASSERT_TRUE(story_connects(&s));
    CU_ASSERT_EQUAL(world_send(&s.world, 0, "data", 4), SKIFF_OK);
    world_pass(&s.world, SKIFF_MSEC(100));
    CU_ASSERT_EQUAL(heap.live_blocks, live_before);
    CU_ASSERT_EQUAL(heap.allocated, material);
    story_end(&s);
    CU_ASSERT_EQUAL(heap.live, 0);
    CU_ASSERT_EQUAL(heap.live_blocks, heap.allocated);
    CU_ASSERT_FALSE(heap.dirty || heap.mistaken);
}

static void a_handle_is_one_block_of_less_than_a_kilobyte(void)
{
    struct test_heap heap = { .live_blocks = 0 };
    skiff_allocator memory = allocator_of(&heap);
    skiff_context_config config = config_with(&memory);
    skiff_context *context = world_context(0, &config);
    unsigned live_before = heap.live_blocks;
    int64_t live = heap.live;
    skiff_dtls *dtls = NULL;

    CU_ASSERT_EQUAL(skiff_dtls_new(context, SKIFF_ROLE_ACTIVE, 0, &dtls), SKIFF_OK);
    CU_ASSERT_EQUAL(heap.live_blocks, live_before + 1);
    CU_ASSERT_TRUE(heap.live - live <= 1024 - 16); /* with what a heap puts before it */
    skiff_dtls_free(dtls);
    CU_ASSERT_EQUAL(heap.live, live);
    skiff_context_free(context);
    CU_ASSERT_EQUAL(heap.live, 0);
}

/* Beyond that only who asks for tickets and may become a client has more, in the same
 * block. */
static void tickets_cost_only_those_that_keep_them(void)
{
    struct test_heap heap = { .live_blocks = 0 };
    skiff_allocator memory = allocator_of(&heap);
    skiff_context_config config = config_with(&memory);

    config.tickets = true;
    skiff_context *context = world_context(0, &config);
    int64_t empty = heap.live;
    for (int role = SKIFF_ROLE_ACTIVE; role <= SKIFF_ROLE_ACTPASS; role++) {
        unsigned live_before = heap.live_blocks;
        skiff_dtls *dtls = NULL;
        CU_ASSERT_EQUAL(skiff_dtls_new(context, (skiff_role)role, 0, &dtls), SKIFF_OK);
        CU_ASSERT_EQUAL(heap.live_blocks, live_before + 1);
        CU_ASSERT_EQUAL(heap.live - empty <= 1024 - 16,
                        role == SKIFF_ROLE_PASSIVE || world_version() == SKIFF_DTLS_1_2);
        CU_ASSERT_TRUE(heap.live - empty <= 2400);
        skiff_dtls_free(dtls);
        CU_ASSERT_EQUAL(heap.live, empty);
    }
    skiff_context_free(context);
    CU_ASSERT_FALSE(heap.dirty || heap.mistaken);
}

/* The ticket is brought, taken and given without a block, and no block keeps it. */
static void a_resumed_handshake_allocates_nothing_either(void)
{
    struct test_heap heap = { .live_blocks = 0 };
    skiff_allocator memory = allocator_of(&heap);
    struct story s;

    if (world_version() == SKIFF_DTLS_1_2)
        return; /* which has no tickets */
    tickets_prepare(&s);
    s.settings[0].memory = s.settings[1].memory = &memory;
    struct ticket t = tickets_get(&s);
    tickets_again(&s, &t);
    unsigned live_before = heap.live_blocks;
    CU_ASSERT_TRUE(story_connects(&s));
    world_pass(&s.world, SKIFF_MSEC(100));
    CU_ASSERT_EQUAL(s.world.ends[CLIENT_END].tickets, 1);
    CU_ASSERT_EQUAL(heap.live_blocks, live_before);
    story_end(&s);
    CU_ASSERT_EQUAL(heap.live, 0);
    CU_ASSERT_FALSE(heap.dirty || heap.mistaken);
}

/* What a context with ids adds to its handles lies in the same block, and is wiped too. */
static void a_handle_with_connection_ids_is_one_block_and_allocates_nothing_later(void)
{
    struct test_heap heap = { .live_blocks = 0 };
    skiff_allocator memory = allocator_of(&heap);
    struct story s;

    story_prepare(&s);
    for (int end = 0; end < 2; end++) {
        s.settings[end].memory = &memory;
        s.settings[end].connection_ids = true;
        s.settings[end].connection_id_len = SKIFF_CONNECTION_ID_MAX;
    }
    story_begin(&s);
    unsigned live_before = heap.live_blocks;
    CU_ASSERT_TRUE(story_connects(&s));
    CU_ASSERT_TRUE(story_info(&s, 0).connection_ids);
    CU_ASSERT_EQUAL(world_send(&s.world, 0, "data", 4), SKIFF_OK);
    world_pass(&s.world, SKIFF_MSEC(100));
    (void)!skiff_dtls_new_connection_id(s.world.ends[0].dtls, s.world.now);
    world_pass(&s.world, SKIFF_MSEC(100));
    CU_ASSERT_EQUAL(heap.live_blocks, live_before);
    story_end(&s);
    CU_ASSERT_EQUAL(heap.live, 0);
    CU_ASSERT_FALSE(heap.dirty || heap.mistaken);
}

/* The whole process is asked: what is alive for each side once the handshake is over. */
static void an_established_side_keeps_less_than_a_kilobyte_in_the_whole_process(void)
{
    enum { WARM = 8, SIDES = 48 }; /* slots may keep what libcrypto hashes in */
    skiff_dtls *kept[SIDES];
    int64_t before = 0;
    struct story s;

    if (!count_works())
        return;
    story_prepare(&s);
    story_begin(&s);
    CU_ASSERT_TRUE(story_connects(&s));
    for (int i = 0; i < SIDES / 2; i++) { /* the first handles stay behind */
        if (2 * i == WARM)
            before = count_now().live;
        kept[2 * i] = s.world.ends[0].dtls;
        kept[2 * i + 1] = s.world.ends[1].dtls;
        s.world.ends[0].dtls = s.world.ends[1].dtls = NULL;
        story_again(&s);
        CU_ASSERT_TRUE(story_connects(&s));
    }
    CU_ASSERT_TRUE((count_now().live - before) / (SIDES - WARM) <= 1024);
    for (int i = 0; i < SIDES; i++)
        skiff_dtls_free(kept[i]);
    story_end(&s);
}

/* --- when there is none --------------------------------------------------------------- */

static void a_context_that_cannot_have_its_nth_block_is_not_made(void)
{
    struct test_heap heap = { .live_blocks = 0 };
    skiff_allocator memory = allocator_of(&heap);
    skiff_context_config config = config_with(&memory);
    skiff_context *const before = (skiff_context *)(uintptr_t)0x77;
    skiff_context *context = before;
    skiff_status status = SKIFF_ERR_MEMORY;
    unsigned n = 0;

    while (status != SKIFF_OK) {
        heap.refuse = ++n;
        status = skiff_context_new(&config, &context);
        CU_ASSERT_TRUE(
            status == SKIFF_OK
            || (status == SKIFF_ERR_MEMORY && context == before && heap.live == 0));
    }
    CU_ASSERT_TRUE(n > 3);
    skiff_context_free(context);
    CU_ASSERT_EQUAL(heap.live, 0);
    CU_ASSERT_FALSE(heap.dirty || heap.mistaken);
}

static void a_handle_that_cannot_have_its_block_is_not_made(void)
{
    struct test_heap heap = { .live_blocks = 0 };
    skiff_allocator memory = allocator_of(&heap);
    skiff_context_config config = config_with(&memory);
    skiff_context *context = world_context(0, &config);
    skiff_dtls *const before = (skiff_dtls *)(uintptr_t)0x77;
    skiff_dtls *dtls = before;

    heap.refuse = 1;
    CU_ASSERT_EQUAL(skiff_dtls_new(context, SKIFF_ROLE_PASSIVE, 0, &dtls),
                    SKIFF_ERR_MEMORY);
    CU_ASSERT_PTR_EQUAL(dtls, before);
    CU_ASSERT_EQUAL(skiff_dtls_new(context, SKIFF_ROLE_PASSIVE, 0, &dtls), SKIFF_OK);
    skiff_dtls_free(dtls);
    skiff_context_free(context);
    CU_ASSERT_EQUAL(heap.live, 0);
}

static void a_pool_that_cannot_have_its_nth_block_is_not_made(void)
{
    struct test_heap heap = { .live_blocks = 0 };
    skiff_allocator memory = allocator_of(&heap);
    skiff_pool_config config = skiff_pool_defaults();
    skiff_pool *const before = (skiff_pool *)(uintptr_t)0x77;
    skiff_pool *pool = before;
    skiff_status status = SKIFF_ERR_MEMORY;

    config.packets = 4;
    config.memory = &memory;
    for (unsigned n = 1; status != SKIFF_OK; n++) {
        heap.refuse = n;
        status = skiff_pool_new(&config, &pool);
        CU_ASSERT_TRUE(status == SKIFF_OK
                       || (status == SKIFF_ERR_MEMORY && pool == before && heap.live == 0));
    }
    skiff_pool_free(pool);
    CU_ASSERT_EQUAL(heap.live, 0);
}

/* Refuses each allocation of the process in turn, libcrypto's as well. */
static void when_libcrypto_has_none_a_context_is_not_made_and_nothing_leaks(void)
{
    skiff_context_config config = config_with(NULL);
    skiff_context *const before = (skiff_context *)(uintptr_t)0x77;
    skiff_status status = SKIFF_ERR_MEMORY;

    if (!count_works())
        return;
    skiff_context *context = NULL; /* what is made once in a process: */
    CU_ASSERT_EQUAL(skiff_context_new(&config, &context), SKIFF_OK);
    skiff_context_free(context);
    for (uint64_t n = 1; status != SKIFF_OK; n++) {
        int64_t live = count_now().live;
        context = before;
        count_refuse(n);
        status = skiff_context_new(&config, &context);
        count_refuse(0);
        CU_ASSERT_TRUE(status == SKIFF_OK || context == before);
        CU_ASSERT_TRUE(status == SKIFF_OK || status == SKIFF_ERR_MEMORY
                       || status == SKIFF_ERR_CRYPTO);
        if (status == SKIFF_OK)
            skiff_context_free(context);
        CU_ASSERT_TRUE(count_now().live <= live);
    }
}

/* The n-th allocation from the first hello on fails; how many there were. */
static uint64_t pair_talks(struct pair *p, uint64_t n)
{
    uint64_t before = count_now().allocs;

    count_refuse(n);
    for (unsigned ms = 0; ms <= 31000; ms += 50, p->now += SKIFF_MSEC(50))
        pair_talk(p);
    count_refuse(0);
    return count_now().allocs - before;
}

/* CVE-2025-27810: a handshake without its n-th block connects with the same keys, or fails.
 */
static void begin_pair(struct pair *p, skiff_context *context, skiff_bytes ticket)
{
    for (int i = 0; i < 2; i++) {
        skiff_role role = i == 0 ? SKIFF_ROLE_ACTIVE : SKIFF_ROLE_PASSIVE;
        CU_ASSERT_EQUAL(skiff_dtls_new(context, role, p->now, &p->ends[i]), SKIFF_OK);
        CU_ASSERT_EQUAL(skiff_dtls_set_trusted(p->ends[i], true), SKIFF_OK);
    }
    if (ticket.len > 0)
        CU_ASSERT_EQUAL(skiff_dtls_resume(p->ends[0], ticket), SKIFF_OK);
}

/* With a ticket that was brought, when there is one; the last that was told stays. */
static void let_libcrypto_fail(skiff_context *context, skiff_bytes ticket,
                               struct pair *last)
{
    uint64_t calls = 1;

    for (uint64_t n = 0; n <= calls && count_works(); n += 1 + n / 40) {
        struct pair p = { .now = SKIFF_MSEC(1000) };
        begin_pair(&p, context, ticket);
        uint64_t made = pair_talks(&p, n);
        calls = n == 0 ? made : calls;
        /* A client of 1.3 is connected before it learns that its server is not. */
        bool early = world_version() == SKIFF_DTLS_1_3;
        CU_ASSERT_TRUE(pair_is_connected(&p) ? pair_agrees(&p)
                                             : p.failed[0] && (early || !p.connected[0]));
        CU_ASSERT_TRUE(n > 0 || p.ends[1]->resumed == (ticket.len > 0));
        skiff_dtls_free(p.ends[0]);
        skiff_dtls_free(p.ends[1]);
        if (n == 0)
            *last = p;
    }
}

static void when_libcrypto_has_none_a_handshake_ends_cleanly(void)
{
    skiff_context_config config = config_with(NULL);
    skiff_context *context = world_context(0, &config);
    struct pair p = { .now = 0 };

    let_libcrypto_fail(context, (skiff_bytes){ NULL, 0 }, &p);
    skiff_context_free(context);
}

static void when_it_has_none_a_ticket_is_neither_given_nor_accepted(void)
{
    skiff_context_config config = config_with(NULL);
    struct pair p = { .now = 0 };

    config.tickets = true;
    skiff_context *context = world_context(0, &config);
    let_libcrypto_fail(context, (skiff_bytes){ NULL, 0 }, &p);
    CU_ASSERT_EQUAL(p.ticket_len > 0, world_version() == SKIFF_DTLS_1_3 && count_works());
    struct pair with = p;
    if (p.ticket_len > 0)
        let_libcrypto_fail(context, (skiff_bytes){ with.ticket, with.ticket_len }, &p);
    skiff_context_free(context);
}

CU_TestInfo heap_tests[] = {
    TEST(from_new_to_connected_skiff_allocates_nothing),
    TEST(a_handle_is_one_block_of_less_than_a_kilobyte),
    TEST(tickets_cost_only_those_that_keep_them),
    TEST(a_resumed_handshake_allocates_nothing_either),
    TEST(a_handle_with_connection_ids_is_one_block_and_allocates_nothing_later),
    TEST(an_established_side_keeps_less_than_a_kilobyte_in_the_whole_process),
    TEST(a_context_that_cannot_have_its_nth_block_is_not_made),
    TEST(a_handle_that_cannot_have_its_block_is_not_made),
    TEST(a_pool_that_cannot_have_its_nth_block_is_not_made),
    TEST(when_libcrypto_has_none_a_context_is_not_made_and_nothing_leaks),
    TEST(when_libcrypto_has_none_a_handshake_ends_cleanly),
    TEST(when_it_has_none_a_ticket_is_neither_given_nor_accepted),
    CU_TEST_INFO_NULL,
};
