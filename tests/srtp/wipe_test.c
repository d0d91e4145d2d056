/* wipe_test.c - what a call takes from its allocator and from the heap, and what happens
 * when it gets nothing. */
#include "suite.h"

#include "network.h"
#include "count.h"
#include "trace_log.h"
#include "world/world.h"

#include <stdio.h>
#include <stdlib.h>

enum { SSRC = 5, ROUNDS = 100 };

/* --- an allocator that writes down ---------------------------------------------------- */

struct tracked_heap {
    uint64_t allocated; /* blocks, ever */
    int64_t out;        /* blocks not given back */
    uint64_t refuse;    /* the block that there is no memory for; 0: none */
    bool unwiped;       /* one came back with something in it */
};

static void *tracked_heap_acquire(void *user, size_t size)
{
    struct tracked_heap *heap = user;

    if (++heap->allocated == heap->refuse)
        return NULL;
    heap->out++;
    return malloc(size);
}

static void tracked_heap_release(void *user, void *block, size_t size)
{
    struct tracked_heap *heap = user;
    const uint8_t *bytes = block;

    for (size_t i = 0; i < size; i++)
        heap->unwiped |= bytes[i] != 0;
    heap->out--;
    free(block);
}

static struct tracked_heap tracked_heap;
static const skiff_allocator allocator = { tracked_heap_acquire, tracked_heap_release,
                                           &tracked_heap };
static struct network network;

static struct network_config of_the_tracked_heap(uint64_t refuse)
{
    tracked_heap = (struct tracked_heap){ .refuse = refuse };
    return (struct network_config){ .packets = 8, .memory = &allocator };
}

static void between_new_and_connected_only_srtp_allocates_memory(void)
{
    struct network_config config = of_the_tracked_heap(0);

    CU_ASSERT_EQUAL_FATAL(network_begin(&network, &config), SKIFF_OK);
    uint64_t before = tracked_heap.allocated;
    CU_ASSERT_TRUE(network_connect(&network));
    CU_ASSERT_EQUAL(tracked_heap.allocated, before + 2); /* a session at each end */
    network_pass(&network, SKIFF_MSEC(600000));
    CU_ASSERT_EQUAL(tracked_heap.allocated, before + 2);
    network_end(&network);
    CU_ASSERT_EQUAL(tracked_heap.out, 0);
    CU_ASSERT_FALSE(tracked_heap.unwiped);
}

/* There is no alert: 0 would be close_notify. */
static void a_session_without_memory_is_traced_without_an_alert(void)
{
    static struct trace_log log;
    struct network_config config = of_the_tracked_heap(0);

    memset(&log, 0, sizeof log);
    config.trace = trace_log_add;
    config.user = &log;
    CU_ASSERT_EQUAL_FATAL(network_begin(&network, &config), SKIFF_OK);
    tracked_heap.refuse = tracked_heap.allocated + 1;
    CU_ASSERT_FALSE(network_connect(&network));
    const skiff_trace *failed = trace_log_first(&log, SKIFF_TRACE_FAILED, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(failed);
    CU_ASSERT_EQUAL(failed->kind, SKIFF_TRACE_OF_TRANSPORT);
    CU_ASSERT_EQUAL(failed->type, UINT32_MAX);
    network_end(&network);
}

/* How an end fares that got no memory for its session, and the other one. */
static void expect_no_session(const struct network_end *without,
                              const struct network_end *with)
{
    skiff_failure failure;

    skiff_transport_failure(without->transport, &failure, sizeof failure);
    CU_ASSERT_TRUE(without->failed && !without->connected);
    CU_ASSERT_EQUAL(failure.status, SKIFF_ERR_MEMORY);
    CU_ASSERT_PTR_NOT_NULL(failure.what);
    CU_ASSERT_PTR_NULL(skiff_transport_srtp(without->transport));
    CU_ASSERT_TRUE(with->closed);
}

static void each_block_may_be_refused(void)
{
    bool connected = false;

    for (uint64_t nth = 1; nth < 100 && !connected; nth++) {
        struct network_config config = of_the_tracked_heap(nth);
        skiff_status status = network_begin(&network, &config);

        if (status == SKIFF_OK) {
            connected = network_connect(&network);
            const struct network_end *alice = &network.ends[0][0],
                                     *bob = &network.ends[1][0];
            network_pass(&network, SKIFF_MSEC(1000));
            if (!connected)
                expect_no_session(alice->failed ? alice : bob, alice->failed ? bob : alice);
        } else {
            /* What a context prepares is ours and libcrypto's: either may have had none. */
            CU_ASSERT_TRUE(status == SKIFF_ERR_MEMORY || status == SKIFF_ERR_CRYPTO);
        }
        network_end(&network);
        CU_ASSERT_EQUAL(tracked_heap.out, 0);
    }
    CU_ASSERT_TRUE(connected);
    CU_ASSERT_TRUE(tracked_heap.allocated >= 10); /* there was something to refuse */
}

/* --- the heap of the process ---------------------------------------------------------- */

/* Without SRTP, for libsrtp 2.5 follows a NULL when it gets no memory. */
static struct network_config without_media(void)
{
    return (struct network_config){
        .packets = 8,
        .media_optional = true,
        .profile = { SKIFF_SRTP_AEAD_AES_128_GCM, SKIFF_SRTP_AES128_CM_SHA1_80 },
    };
}

/* Refuses the n-th allocation of a handshake; false when there was none to refuse. */
static bool handshake_survives(uint64_t nth)
{
    struct network_config config = without_media();

    CU_ASSERT_EQUAL_FATAL(network_begin(&network, &config), SKIFF_OK);
    uint64_t before = count_now().allocs;
    count_refuse(nth);
    bool connected = network_connect(&network);
    count_refuse(0);
    bool was_refused = count_now().allocs - before + 1 >= nth;
    for (unsigned side = 0; side < NETWORK_SIDES && !connected; side++) {
        const struct network_end *end = &network.ends[side][0];
        skiff_failure failure;
        skiff_transport_failure(end->transport, &failure, sizeof failure);
        CU_ASSERT_TRUE(!end->failed || failure.what != NULL);
    }
    CU_ASSERT_TRUE(connected || was_refused);
    network_end(&network);
    return was_refused;
}

static void each_allocation_of_a_handshake_may_be_refused(void)
{
    uint64_t nth = 1;

    (void)handshake_survives(0); /* what libraries keep for good */
    int64_t before = count_now().live;
    while (count_works() && nth < 2000 && handshake_survives(nth))
        nth++;
    CU_ASSERT_TRUE(nth < 2000);
    CU_ASSERT_TRUE(count_now().live <= before + 4096); /* libcrypto's list of errors */
}

static bool exchange_data(struct network_end *from)
{
    struct test_packet message;
    bool carried = true;

    for (uint16_t seq = 1; seq <= ROUNDS && carried; seq++) {
        test_packet_rtp(&message, SSRC, seq, seq % 2 == 0 ? 1100 : 80);
        carried = network_carries(from, &message);
        test_packet_rtcp(&message, SSRC, 48);
        carried = carried && network_carries(from, &message);
    }
    return carried;
}

static bool first_packets(struct network_end *from)
{
    struct test_packet message;

    test_packet_rtp(&message, SSRC, 0, 80);
    return network_carries(from, &message);
}

static void no_packet_of_a_known_ssrc_allocates_in_any_direction(void)
{
    for (int p = 0; p < CALL_PROFILES; p++) {
        struct network_config config = {
            .packets = 8, .profile = { call_profiles[p], call_profiles[p] }
        };
        struct network_end *alice = &network.ends[0][0], *bob = &network.ends[1][0];
        bool gcm = call_profiles[p] >= SKIFF_SRTP_AEAD_AES_128_GCM;
        bool promised = count_works() && (!HMAC_ALLOCATES || gcm);

        CU_ASSERT_EQUAL_FATAL(network_begin(&network, &config), SKIFF_OK);
        CU_ASSERT_TRUE_FATAL(network_connect(&network));
        CU_ASSERT_TRUE(first_packets(alice) && first_packets(bob));
        struct count before = count_now();
        CU_ASSERT_TRUE(exchange_data(alice));
        CU_ASSERT_TRUE(exchange_data(bob));
        struct count after = count_now();
        CU_ASSERT_TRUE(!promised || after.allocs == before.allocs);
        CU_ASSERT_TRUE(!promised || after.frees == before.frees);
        network_end(&network);
    }
}

static skiff_status renew(struct network_end *end)
{
    skiff_role role = end->side == 0 ? SKIFF_ROLE_ACTIVE : SKIFF_ROLE_PASSIVE;
    skiff_fingerprint expected;

    skiff_identity_fingerprint(world_identity(1 - (int)end->side), &expected);
    return skiff_transport_renew(end->transport, role, &expected, 1, network.now);
}

/* Each renewal is two blocks and its session; the old association goes when the new one is
 * there, and what opens its late media two minutes later, or with the next renewal. */
static void what_was_renewed_is_released_wiped(void)
{
    struct network_config config = of_the_tracked_heap(0);

    CU_ASSERT_EQUAL_FATAL(network_begin(&network, &config), SKIFF_OK);
    CU_ASSERT_TRUE_FATAL(network_connect(&network));
    int64_t out = tracked_heap.out;
    for (int time = 0; time < 3; time++) {
        CU_ASSERT_EQUAL(renew(&network.ends[1][0]), SKIFF_OK);
        CU_ASSERT_EQUAL(renew(&network.ends[0][0]), SKIFF_OK);
        CU_ASSERT_EQUAL(tracked_heap.out, out + (time == 0 ? 4 : 6));
        network_pass(&network, SKIFF_MSEC(1000));
        CU_ASSERT_EQUAL(network.ends[0][0].renewed, (unsigned)time + 1);
        CU_ASSERT_EQUAL(network.ends[1][0].renewed, (unsigned)time + 1);
        CU_ASSERT_EQUAL(tracked_heap.out, out + 4); /* a renewal and an old session each */
        CU_ASSERT_FALSE(tracked_heap.unwiped);
    }
    network_pass(&network, SKIFF_MSEC(121000));
    for (int i = 0; i < NETWORK_SIDES; i++) {
        struct test_packet nothing = { .packet = { .len = 0 } };
        skiff_kind kind;

        nothing.packet.data = nothing.bytes;
        nothing.packet.limit = CALL_LIMIT;
        (void)!network_deliver(&network.ends[i][0], &nothing, &kind);
    }
    CU_ASSERT_EQUAL(tracked_heap.out, out);
    network_end(&network);
    CU_ASSERT_EQUAL(tracked_heap.out, 0);
    CU_ASSERT_FALSE(tracked_heap.unwiped);
}

static void a_renewal_without_memory_changes_nothing(void)
{
    for (uint64_t refuse = 1; refuse <= 2; refuse++) {
        struct network_config config = of_the_tracked_heap(0);

        CU_ASSERT_EQUAL_FATAL(network_begin(&network, &config), SKIFF_OK);
        CU_ASSERT_TRUE_FATAL(network_connect(&network));
        int64_t out = tracked_heap.out;
        tracked_heap.refuse = tracked_heap.allocated + refuse;
        CU_ASSERT_EQUAL(renew(&network.ends[0][0]), SKIFF_ERR_MEMORY);
        CU_ASSERT_EQUAL(tracked_heap.out, out);
        CU_ASSERT_PTR_NULL(skiff_transport_renewal(network.ends[0][0].transport));
        network_end(&network);
        CU_ASSERT_FALSE(tracked_heap.unwiped);
    }
}

/* Its session is the third block of a renewal: it fails alone, and the peer is told. */
static void a_renewal_without_memory_for_its_session_fails_alone(void)
{
    struct network_config config = of_the_tracked_heap(0);
    struct network_end *alice = &network.ends[0][0], *bob = &network.ends[1][0];
    struct test_packet rtp;
    skiff_failure failure;

    CU_ASSERT_EQUAL_FATAL(network_begin(&network, &config), SKIFF_OK);
    CU_ASSERT_TRUE_FATAL(network_connect(&network));
    CU_ASSERT_EQUAL(renew(bob), SKIFF_OK);
    CU_ASSERT_EQUAL(renew(alice), SKIFF_OK);
    tracked_heap.refuse = tracked_heap.allocated + 1; /* the server is connected first */
    network_pass(&network, SKIFF_MSEC(1000));
    CU_ASSERT_EQUAL(bob->not_renewed, 1);
    skiff_transport_renewal_failure(bob->transport, &failure, sizeof failure);
    CU_ASSERT_EQUAL(failure.status, SKIFF_ERR_MEMORY);
    CU_ASSERT_FALSE(bob->closed || bob->failed);
    test_packet_rtp(&rtp, SSRC, 1, 100);
    CU_ASSERT_EQUAL(skiff_transport_protect(bob->transport, &rtp.packet), SKIFF_OK);
    network_end(&network);
    CU_ASSERT_EQUAL(tracked_heap.out, 0);
    CU_ASSERT_FALSE(tracked_heap.unwiped);
}

CU_TestInfo wipe_tests[] = {
    TEST(between_new_and_connected_only_srtp_allocates_memory),
    TEST(a_session_without_memory_is_traced_without_an_alert),
    TEST(what_was_renewed_is_released_wiped),
    TEST(a_renewal_without_memory_changes_nothing),
    TEST(a_renewal_without_memory_for_its_session_fails_alone),
    TEST(each_block_may_be_refused),
    TEST(each_allocation_of_a_handshake_may_be_refused),
    TEST(no_packet_of_a_known_ssrc_allocates_in_any_direction),
    CU_TEST_INFO_NULL,
};
