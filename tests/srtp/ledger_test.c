/* ledger_test.c - what a call takes from its allocator and from the heap, and what happens
 * when it gets nothing. */
#include "suite.h"

#include "board.h"
#include "count.h"
#include "world/world.h"

#include <stdio.h>
#include <stdlib.h>

enum { SSRC = 5, ROUNDS = 100 };

/* --- an allocator that writes down ---------------------------------------------------- */

struct ledger {
    uint64_t taken;        /* blocks, ever                                  */
    int64_t  out;          /* blocks not given back                         */
    uint64_t refuse;       /* the block that there is no memory for; 0: none */
    bool     unwiped;      /* one came back with something in it            */
};

static void *ledger_acquire(void *context, size_t size)
{
    struct ledger *ledger = context;

    if (++ledger->taken == ledger->refuse)
        return NULL;
    ledger->out++;
    return malloc(size);
}

static void ledger_release(void *context, void *block, size_t size)
{
    struct ledger *ledger = context;
    const uint8_t *bytes = block;

    for (size_t i = 0; i < size; i++)
        ledger->unwiped |= bytes[i] != 0;
    ledger->out--;
    free(block);
}

static struct ledger ledger;
static const skiff_allocator allocator = { ledger_acquire, ledger_release, &ledger };
static struct board board;

static struct board_config of_the_ledger(uint64_t refuse)
{
    ledger = (struct ledger){ .refuse = refuse };
    return (struct board_config){ .packets = 8, .memory = &allocator };
}

static void between_new_and_connected_only_srtp_takes_memory(void)
{
    struct board_config config = of_the_ledger(0);

    CU_ASSERT_EQUAL_FATAL(board_begin(&board, &config), SKIFF_OK);
    uint64_t before = ledger.taken;
    CU_ASSERT_TRUE(board_connect(&board));
    CU_ASSERT_EQUAL(ledger.taken, before + 2);           /* a session at each end */
    board_pass(&board, SKIFF_MSEC(600000));
    CU_ASSERT_EQUAL(ledger.taken, before + 2);
    board_end(&board);
    CU_ASSERT_EQUAL(ledger.out, 0);
    CU_ASSERT_FALSE(ledger.unwiped);
}

/* How an end fares that got no memory for its session, and the other one. */
static void expect_no_session(const struct board_end *without, const struct board_end *with)
{
    skiff_failure why;

    skiff_transport_failure(without->transport, &why, sizeof why);
    CU_ASSERT_TRUE(without->failed && !without->connected);
    CU_ASSERT_EQUAL(why.status, SKIFF_ERR_MEMORY);
    CU_ASSERT_PTR_NOT_NULL(why.what);
    CU_ASSERT_PTR_NULL(skiff_transport_srtp(without->transport));
    CU_ASSERT_TRUE(with->closed);
}

static void each_block_may_be_refused(void)
{
    bool connected = false;

    for (uint64_t nth = 1; nth < 100 && !connected; nth++) {
        struct board_config config = of_the_ledger(nth);
        skiff_status status = board_begin(&board, &config);

        if (status == SKIFF_OK) {
            connected = board_connect(&board);
            const struct board_end *alice = &board.ends[0][0], *bob = &board.ends[1][0];
            board_pass(&board, SKIFF_MSEC(1000));
            if (!connected)
                expect_no_session(alice->failed ? alice : bob, alice->failed ? bob : alice);
        } else {
            /* What a context prepares is ours and libcrypto's: either may have had none. */
            CU_ASSERT_TRUE(status == SKIFF_ERR_MEMORY || status == SKIFF_ERR_CRYPTO);
        }
        board_end(&board);
        CU_ASSERT_EQUAL(ledger.out, 0);
    }
    CU_ASSERT_TRUE(connected);
    CU_ASSERT_TRUE(ledger.taken >= 10);                  /* there was something to refuse */
}

/* --- the heap of the process ---------------------------------------------------------- */

/* Without SRTP, for libsrtp 2.5 follows a NULL when it gets no memory. */
static struct board_config without_media(void)
{
    return (struct board_config){
        .packets = 8, .media_optional = true,
        .profile = { SKIFF_SRTP_AEAD_AES_128_GCM, SKIFF_SRTP_AES128_CM_SHA1_80 },
    };
}

/* Refuses the n-th allocation of a handshake; false when there was none to refuse. */
static bool handshake_survives(uint64_t nth)
{
    struct board_config config = without_media();

    CU_ASSERT_EQUAL_FATAL(board_begin(&board, &config), SKIFF_OK);
    uint64_t before = count_now().allocs;
    count_refuse(nth);
    bool connected = board_connect(&board);
    count_refuse(0);
    bool was_refused = count_now().allocs - before + 1 >= nth;
    for (unsigned side = 0; side < BOARD_SIDES && !connected; side++) {
        const struct board_end *end = &board.ends[side][0];
        skiff_failure why;
        skiff_transport_failure(end->transport, &why, sizeof why);
        CU_ASSERT_TRUE(!end->failed || why.what != NULL);
    }
    CU_ASSERT_TRUE(connected || was_refused);
    board_end(&board);
    return was_refused;
}

static void each_allocation_of_a_handshake_may_be_refused(void)
{
    uint64_t nth = 1;

    (void)handshake_survives(0);                         /* what libraries keep for good */
    int64_t before = count_now().live;
    while (count_works() && nth < 2000 && handshake_survives(nth))
        nth++;
    CU_ASSERT_TRUE(nth < 2000);
    CU_ASSERT_TRUE(count_now().live <= before + 4096);   /* libcrypto's list of errors */
}

static bool talk(struct board_end *from)
{
    struct letter letter;
    bool carried = true;

    for (uint16_t seq = 1; seq <= ROUNDS && carried; seq++) {
        letter_rtp(&letter, SSRC, seq, seq % 2 == 0 ? 1100 : 80);
        carried = board_carries(from, &letter);
        letter_rtcp(&letter, SSRC, 48);
        carried = carried && board_carries(from, &letter);
    }
    return carried;
}

static bool first_packets(struct board_end *from)
{
    struct letter letter;

    letter_rtp(&letter, SSRC, 0, 80);
    return board_carries(from, &letter);
}

static void no_packet_of_a_known_ssrc_allocates_in_any_direction(void)
{
    for (int p = 0; p < CALL_PROFILES; p++) {
        struct board_config config = { .packets = 8,
                                       .profile = { call_profiles[p], call_profiles[p] } };
        struct board_end *alice = &board.ends[0][0], *bob = &board.ends[1][0];
        bool gcm = call_profiles[p] >= SKIFF_SRTP_AEAD_AES_128_GCM;
        bool promised = count_works() && (!HMAC_ALLOCATES || gcm);

        CU_ASSERT_EQUAL_FATAL(board_begin(&board, &config), SKIFF_OK);
        CU_ASSERT_TRUE_FATAL(board_connect(&board));
        CU_ASSERT_TRUE(first_packets(alice) && first_packets(bob));
        struct count before = count_now();
        CU_ASSERT_TRUE(talk(alice));
        CU_ASSERT_TRUE(talk(bob));
        struct count after = count_now();
        CU_ASSERT_TRUE(!promised || after.allocs == before.allocs);
        CU_ASSERT_TRUE(!promised || after.frees == before.frees);
        board_end(&board);
    }
}

static skiff_status renew(struct board_end *end)
{
    skiff_role role = end->side == 0 ? SKIFF_ROLE_ACTIVE : SKIFF_ROLE_PASSIVE;
    skiff_fingerprint expected;

    skiff_identity_fingerprint(world_identity(1 - (int)end->side), &expected);
    return skiff_transport_renew(end->transport, role, &expected, 1, board.now);
}

/* Each renewal is two blocks and its session; the old association goes when the new one is
 * there, and what opens its late media two minutes later, or with the next renewal. */
static void what_was_renewed_is_given_back_wiped(void)
{
    struct board_config config = of_the_ledger(0);

    CU_ASSERT_EQUAL_FATAL(board_begin(&board, &config), SKIFF_OK);
    CU_ASSERT_TRUE_FATAL(board_connect(&board));
    int64_t out = ledger.out;
    for (int time = 0; time < 3; time++) {
        CU_ASSERT_EQUAL(renew(&board.ends[1][0]), SKIFF_OK);
        CU_ASSERT_EQUAL(renew(&board.ends[0][0]), SKIFF_OK);
        CU_ASSERT_EQUAL(ledger.out, out + (time == 0 ? 4 : 6));
        board_pass(&board, SKIFF_MSEC(1000));
        CU_ASSERT_EQUAL(board.ends[0][0].renewed, (unsigned)time + 1);
        CU_ASSERT_EQUAL(board.ends[1][0].renewed, (unsigned)time + 1);
        CU_ASSERT_EQUAL(ledger.out, out + 4);       /* a renewal and an old session each */
        CU_ASSERT_FALSE(ledger.unwiped);
    }
    board_pass(&board, SKIFF_MSEC(121000));
    for (int i = 0; i < BOARD_SIDES; i++) {
        struct letter nothing = { .packet = { .len = 0 } };
        skiff_kind kind;

        nothing.packet.data = nothing.bytes;
        nothing.packet.limit = CALL_LIMIT;
        (void)!board_deliver(&board.ends[i][0], &nothing, &kind);
    }
    CU_ASSERT_EQUAL(ledger.out, out);
    board_end(&board);
    CU_ASSERT_EQUAL(ledger.out, 0);
    CU_ASSERT_FALSE(ledger.unwiped);
}

static void a_renewal_without_memory_changes_nothing(void)
{
    for (uint64_t refuse = 1; refuse <= 2; refuse++) {
        struct board_config config = of_the_ledger(0);

        CU_ASSERT_EQUAL_FATAL(board_begin(&board, &config), SKIFF_OK);
        CU_ASSERT_TRUE_FATAL(board_connect(&board));
        int64_t out = ledger.out;
        ledger.refuse = ledger.taken + refuse;
        CU_ASSERT_EQUAL(renew(&board.ends[0][0]), SKIFF_ERR_MEMORY);
        CU_ASSERT_EQUAL(ledger.out, out);
        CU_ASSERT_PTR_NULL(skiff_transport_renewal(board.ends[0][0].transport));
        board_end(&board);
        CU_ASSERT_FALSE(ledger.unwiped);
    }
}

/* Its session is the third block of a renewal: it fails alone, and the peer is told. */
static void a_renewal_without_memory_for_its_session_fails_alone(void)
{
    struct board_config config = of_the_ledger(0);
    struct board_end *alice = &board.ends[0][0], *bob = &board.ends[1][0];
    struct letter rtp;
    skiff_failure why;

    CU_ASSERT_EQUAL_FATAL(board_begin(&board, &config), SKIFF_OK);
    CU_ASSERT_TRUE_FATAL(board_connect(&board));
    CU_ASSERT_EQUAL(renew(bob), SKIFF_OK);
    CU_ASSERT_EQUAL(renew(alice), SKIFF_OK);
    ledger.refuse = ledger.taken + 1;                    /* the server is connected first */
    board_pass(&board, SKIFF_MSEC(1000));
    CU_ASSERT_EQUAL(bob->not_renewed, 1);
    skiff_transport_renewal_failure(bob->transport, &why, sizeof why);
    CU_ASSERT_EQUAL(why.status, SKIFF_ERR_MEMORY);
    CU_ASSERT_FALSE(bob->closed || bob->failed);
    letter_rtp(&rtp, SSRC, 1, 100);
    CU_ASSERT_EQUAL(skiff_transport_protect(bob->transport, &rtp.packet), SKIFF_OK);
    board_end(&board);
    CU_ASSERT_EQUAL(ledger.out, 0);
    CU_ASSERT_FALSE(ledger.unwiped);
}

CU_TestInfo ledger_tests[] = {
    TEST(between_new_and_connected_only_srtp_takes_memory),
    TEST(what_was_renewed_is_given_back_wiped),
    TEST(a_renewal_without_memory_changes_nothing),
    TEST(a_renewal_without_memory_for_its_session_fails_alone),
    TEST(each_block_may_be_refused),
    TEST(each_allocation_of_a_handshake_may_be_refused),
    TEST(no_packet_of_a_known_ssrc_allocates_in_any_direction),
    CU_TEST_INFO_NULL,
};
