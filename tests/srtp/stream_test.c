/* stream_test.c - SSRCs that come, go and come back, and SSRCs that go both ways. */
#include "suite.h"

#include "call.h"

#include "srtp/incoming.h"
#include "srtp/session.h"

#include <stdlib.h>

enum { SSRC = 0x5eadbee5, FIRST = 1000, ALIVE = INCOMING_MAX, GONE = INCOMING_REMOVED_MAX };

static void seals(struct call *call, uint32_t ssrc, uint16_t seq, struct test_packet *out)
{
    test_packet_rtp(out, ssrc, seq, 40);
    CU_ASSERT_EQUAL(skiff_srtp_protect(call->alice, &out->packet), SKIFF_OK);
}

/* What becomes of a copy. */
static enum srtp_opening opens(struct call *call, const struct test_packet *sealed)
{
    struct test_packet copy;

    test_packet_copy(&copy, sealed);
    return skf_srtp_open(call->bob, &copy.packet);
}

/* Streams that are over before the next begins: how many of their packets open. */
static uint32_t others_begin(struct call *call, uint32_t first, uint32_t num)
{
    uint32_t carried = 0;

    for (uint32_t ssrc = first; ssrc < first + num; ssrc++) {
        carried += call_carries(call, ssrc, 1) ? 1 : 0;
        skiff_srtp_remove_ssrc(call->alice, ssrc);
    }
    return carried;
}

static uint32_t roc(const skiff_srtp *srtp, skiff_direction direction)
{
    uint32_t roc = 12345;

    CU_ASSERT_EQUAL(skiff_srtp_get_stream_roc(srtp, direction, SSRC, &roc), SKIFF_OK);
    return roc;
}

/* --- both ways ------------------------------------------------------------------------ */

static void an_echo_has_a_counter_for_each_direction(void)
{
    for (int p = 0; p < CALL_PROFILES; p++) {
        struct call call;

        CU_ASSERT_TRUE_FATAL(call_begin(&call, call_profiles[p], NULL));
        struct call back = { call.bob, call.alice };
        for (uint32_t index = 60000; index < 65536 + 10000; index += 10000)
            CU_ASSERT_TRUE(call_carries(&call, SSRC, (uint16_t)index));
        CU_ASSERT_TRUE(call_carries(&back, SSRC, 1));
        CU_ASSERT_EQUAL(roc(call.bob, SKIFF_INCOMING), 1);
        CU_ASSERT_EQUAL(roc(call.bob, SKIFF_OUTGOING), 0);
        CU_ASSERT_EQUAL(skiff_srtp_set_stream_roc(call.bob, SKIFF_INCOMING, SSRC, 3),
                        SKIFF_OK);
        for (uint16_t seq = 2; seq < 52; seq++)
            CU_ASSERT_TRUE(call_carries(&back, SSRC, seq));
        CU_ASSERT_EQUAL(roc(call.bob, SKIFF_OUTGOING), 0);
        call_end(&call);
    }
}

static void a_call_without_a_direction_means_incoming(void)
{
    struct call call;
    uint32_t counter = 12345;

    CU_ASSERT_TRUE_FATAL(call_begin(&call, SKIFF_SRTP_AEAD_AES_128_GCM, NULL));
    struct call back = { call.bob, call.alice };
    CU_ASSERT_TRUE(call_carries(&call, SSRC, 60000));
    CU_ASSERT_TRUE(call_carries(&back, SSRC, 1));
    CU_ASSERT_EQUAL(skiff_srtp_set_roc(call.bob, SSRC, 3), SKIFF_OK);
    CU_ASSERT_EQUAL(skiff_srtp_set_stream_roc(call.alice, SKIFF_OUTGOING, SSRC, 3),
                    SKIFF_OK);
    CU_ASSERT_TRUE(call_carries(&call, SSRC, 60001));
    CU_ASSERT_EQUAL(skiff_srtp_get_roc(call.bob, SSRC, &counter), SKIFF_OK);
    CU_ASSERT_EQUAL(counter, 3);
    CU_ASSERT_TRUE(call_carries(&back, SSRC, 2));
    call_end(&call);
}

static void forgetting_one_direction_leaves_the_other(void)
{
    struct call call;
    uint32_t counter;

    CU_ASSERT_TRUE_FATAL(call_begin(&call, SKIFF_SRTP_AES128_CM_SHA1_80, NULL));
    struct call back = { call.bob, call.alice };
    CU_ASSERT_TRUE(call_carries(&call, SSRC, 1));
    CU_ASSERT_TRUE(call_carries(&back, SSRC, 1));
    CU_ASSERT_EQUAL(skiff_srtp_forget_stream(call.bob, SKIFF_INCOMING, SSRC), SKIFF_OK);
    CU_ASSERT_EQUAL(skiff_srtp_get_stream_roc(call.bob, SKIFF_INCOMING, SSRC, &counter),
                    SKIFF_ERR_ARGUMENT);
    CU_ASSERT_EQUAL(roc(call.bob, SKIFF_OUTGOING), 0);
    CU_ASSERT_TRUE(call_carries(&back, SSRC, 2));
    call_end(&call);
}

/* --- gone and back -------------------------------------------------------------------- */

enum { SENT = 6 };

/* Takes six packets but the fifth, and lets the SSRC go by itself or by a call. */
static void comes_and_goes(struct call *call, bool replaced, struct test_packet sent[SENT])
{
    for (uint16_t i = 0; i < SENT; i++) {
        seals(call, SSRC, (uint16_t)(65533 + i), &sent[i]);
        if (i != 4)
            CU_ASSERT_EQUAL(opens(call, &sent[i]), SRTP_OPENED);
    }
    if (replaced)
        CU_ASSERT_EQUAL(others_begin(call, FIRST, ALIVE), ALIVE)
    else
        CU_ASSERT_EQUAL(skiff_srtp_forget_stream(call->bob, SKIFF_INCOMING, SSRC),
                        SKIFF_OK);
}

static void no_packet_of_one_that_was_gone_is_accepted_twice(void)
{
    for (int p = 0; p < 2 * CALL_PROFILES; p++) {
        struct test_packet sent[SENT];
        struct call call;

        CU_ASSERT_TRUE_FATAL(call_begin(&call, call_profiles[p / 2], NULL));
        comes_and_goes(&call, p % 2 == 1, sent);
        for (int i = 0; i < SENT; i++)
            CU_ASSERT_EQUAL(opens(&call, &sent[i]), SRTP_REPLAYED);
        CU_ASSERT_TRUE(call_carries(&call, SSRC, 10));
        CU_ASSERT_EQUAL(roc(call.bob, SKIFF_INCOMING), 1);
        for (int i = 0; i < SENT; i++)
            CU_ASSERT_EQUAL(opens(&call, &sent[i]), SRTP_REPLAYED);
        CU_ASSERT_TRUE(call_carries(&call, SSRC, 11));
        call_end(&call);
    }
}

static void one_that_is_back_is_accepted_in_any_order(void)
{
    for (int p = 0; p < CALL_PROFILES; p++) {
        struct test_packet sent[SENT], next[2];
        struct call call;

        CU_ASSERT_TRUE_FATAL(call_begin(&call, call_profiles[p], NULL));
        comes_and_goes(&call, false, sent);
        seals(&call, SSRC, 20, &next[0]);
        seals(&call, SSRC, 21, &next[1]);
        CU_ASSERT_EQUAL(opens(&call, &next[1]), SRTP_OPENED);
        CU_ASSERT_EQUAL(opens(&call, &next[0]), SRTP_OPENED);
        CU_ASSERT_EQUAL(opens(&call, &next[0]), SRTP_REPLAYED);
        for (uint32_t index = 10000; index < 3 * 65536; index += 20000)
            CU_ASSERT_TRUE(call_carries(&call, SSRC, (uint16_t)index));
        call_end(&call);
    }
}

static void rtcp_of_one_that_was_gone_is_not_accepted_twice(void)
{
    for (int p = 0; p < CALL_PROFILES; p++) {
        struct test_packet rtcp[4];
        struct call call;

        CU_ASSERT_TRUE_FATAL(call_begin(&call, call_profiles[p], NULL));
        for (int i = 0; i < 4; i++) {
            test_packet_rtcp(&rtcp[i], SSRC, 20);
            CU_ASSERT_EQUAL(skiff_srtp_protect(call.alice, &rtcp[i].packet), SKIFF_OK);
        }
        CU_ASSERT_EQUAL(opens(&call, &rtcp[0]), SRTP_OPENED);
        CU_ASSERT_EQUAL(opens(&call, &rtcp[2]), SRTP_OPENED);
        CU_ASSERT_EQUAL(skiff_srtp_forget_stream(call.bob, SKIFF_INCOMING, SSRC), SKIFF_OK);
        for (int i = 0; i < 3; i++)
            CU_ASSERT_EQUAL(opens(&call, &rtcp[i]), SRTP_REPLAYED);
        CU_ASSERT_EQUAL(opens(&call, &rtcp[3]), SRTP_OPENED);
        for (int i = 0; i < 4; i++)
            CU_ASSERT_EQUAL(opens(&call, &rtcp[i]), SRTP_REPLAYED);
        CU_ASSERT_TRUE(call_carries(&call, SSRC, 1));
        call_end(&call);
    }
}

/* RTCP is first to come back, and brings no roll-over counter. */
static void rtp_goes_on_behind_rtcp_that_came_back_first(void)
{
    struct test_packet sent[SENT], rtcp;
    struct call call;

    CU_ASSERT_TRUE_FATAL(call_begin(&call, SKIFF_SRTP_AES128_CM_SHA1_80, NULL));
    comes_and_goes(&call, false, sent);
    test_packet_rtcp(&rtcp, SSRC, 20);
    CU_ASSERT_EQUAL(skiff_srtp_protect(call.alice, &rtcp.packet), SKIFF_OK);
    CU_ASSERT_EQUAL(opens(&call, &rtcp), SRTP_OPENED);
    CU_ASSERT_EQUAL(roc(call.bob, SKIFF_INCOMING), 1);
    CU_ASSERT_EQUAL(opens(&call, &sent[5]), SRTP_REPLAYED);
    CU_ASSERT_TRUE(call_carries(&call, SSRC, 10));
    call_end(&call);
}

static void a_forgery_brings_nobody_back(void)
{
    struct test_packet sent[SENT], forged;
    struct call call;
    uint32_t counter;

    CU_ASSERT_TRUE_FATAL(call_begin(&call, SKIFF_SRTP_AEAD_AES_128_GCM, NULL));
    comes_and_goes(&call, true, sent);
    test_packet_rtp(&forged, SSRC, 40, 60);
    CU_ASSERT_EQUAL(opens(&call, &forged), SRTP_FORGED);
    CU_ASSERT_EQUAL(skiff_srtp_get_stream_roc(call.bob, SKIFF_INCOMING, SSRC, &counter),
                    SKIFF_ERR_ARGUMENT);
    CU_ASSERT_EQUAL(skiff_srtp_get_stream_roc(call.bob, SKIFF_INCOMING, FIRST, &counter),
                    SKIFF_OK);
    CU_ASSERT_TRUE(call_carries(&call, SSRC, 10));
    call_end(&call);
}

static void a_counter_does_not_go_back_while_its_ssrc_is_gone(void)
{
    struct test_packet sent[SENT];
    struct call call;

    CU_ASSERT_TRUE_FATAL(call_begin(&call, SKIFF_SRTP_AEAD_AES_128_GCM, NULL));
    comes_and_goes(&call, false, sent);
    CU_ASSERT_EQUAL(skiff_srtp_set_stream_roc(call.bob, SKIFF_INCOMING, SSRC, 0),
                    SKIFF_ERR_STATE);
    CU_ASSERT_EQUAL(skiff_srtp_set_stream_roc(call.bob, SKIFF_INCOMING, SSRC, 1), SKIFF_OK);
    CU_ASSERT_EQUAL(opens(&call, &sent[5]), SRTP_REPLAYED);
    CU_ASSERT_TRUE(call_carries(&call, SSRC, 10));
    call_end(&call);
}

/* --- how many ------------------------------------------------------------------------- */

static void the_idlest_is_replaced(void)
{
    struct call call;
    uint32_t counter;

    CU_ASSERT_TRUE_FATAL(call_begin(&call, SKIFF_SRTP_AEAD_AES_128_GCM, NULL));
    CU_ASSERT_EQUAL(others_begin(&call, FIRST, ALIVE), ALIVE);
    for (uint32_t ssrc = FIRST; ssrc < FIRST + ALIVE; ssrc++)
        if (ssrc != FIRST + 500)
            CU_ASSERT_TRUE(call_carries(&call, ssrc, 2));
    CU_ASSERT_TRUE(call_carries(&call, SSRC, 1));
    CU_ASSERT_EQUAL(skiff_srtp_get_roc(call.bob, FIRST + 500, &counter),
                    SKIFF_ERR_ARGUMENT);
    CU_ASSERT_EQUAL(skiff_srtp_get_roc(call.bob, FIRST, &counter), SKIFF_OK);
    CU_ASSERT_TRUE(call_carries(&call, FIRST + 500, 2));
    call_end(&call);
}

/* Of those whose indexes are forgotten no packet is taken at all. */
static void what_went_long_before_is_refused_and_newcomers_are_not(void)
{
    enum { ALL = ALIVE + GONE + 3000 };
    struct test_packet first, middle;
    struct call call;
    uint32_t carried;

    CU_ASSERT_TRUE_FATAL(call_begin(&call, SKIFF_SRTP_AEAD_AES_128_GCM, NULL));
    seals(&call, FIRST, 1, &first);
    CU_ASSERT_EQUAL(opens(&call, &first), SRTP_OPENED);
    carried = others_begin(&call, FIRST + 1, ALL / 2);
    seals(&call, SSRC, 1, &middle);
    CU_ASSERT_EQUAL(opens(&call, &middle), SRTP_OPENED);
    carried += others_begin(&call, FIRST + 1 + ALL / 2, ALL / 2);
    CU_ASSERT_TRUE(carried > ALL - 60); /* a bit of a million each: some are hit */
    CU_ASSERT_EQUAL(opens(&call, &first), SRTP_SSRC_REFUSED);
    CU_ASSERT_EQUAL(opens(&call, &middle), SRTP_REPLAYED);
    CU_ASSERT_FALSE(call_carries(&call, FIRST, 2));
    CU_ASSERT_TRUE(call_carries(&call, SSRC, 2));
    CU_ASSERT_EQUAL(skiff_srtp_add_stream(call.bob, SKIFF_INCOMING, FIRST),
                    SKIFF_ERR_STATE);
    call_end(&call);
}

/* An allocator that has nothing left when told so. */
static bool is_dry;

static void *acquire(void *user, size_t size)
{
    (void)user;
    return is_dry ? NULL : malloc(size);
}

static void release(void *user, void *block, size_t size)
{
    (void)user;
    (void)size;
    free(block);
}

static void without_memory_a_newcomer_is_dropped_and_may_come_again(void)
{
    const skiff_allocator memory = { .acquire = acquire, .release = release };
    skiff_srtp_config config = skiff_srtp_defaults();
    struct test_packet message;
    struct call call;

    config.memory = &memory;
    CU_ASSERT_TRUE_FATAL(call_begin(&call, SKIFF_SRTP_AEAD_AES_128_GCM, &config));
    CU_ASSERT_EQUAL(others_begin(&call, FIRST, ALIVE), ALIVE);
    seals(&call, SSRC, 1, &message);
    is_dry = true;
    CU_ASSERT_EQUAL(opens(&call, &message), SRTP_SSRC_REFUSED);
    CU_ASSERT_EQUAL(skiff_srtp_forget_stream(call.bob, SKIFF_INCOMING, FIRST),
                    SKIFF_ERR_MEMORY);
    CU_ASSERT_TRUE(call_carries(&call, FIRST, 2));
    is_dry = false;
    CU_ASSERT_EQUAL(opens(&call, &message), SRTP_OPENED);
    CU_ASSERT_TRUE(call_carries(&call, FIRST, 3));
    call_end(&call);
}

CU_TestInfo stream_tests[] = {
    TEST(an_echo_has_a_counter_for_each_direction),
    TEST(a_call_without_a_direction_means_incoming),
    TEST(forgetting_one_direction_leaves_the_other),
    TEST(no_packet_of_one_that_was_gone_is_accepted_twice),
    TEST(one_that_is_back_is_accepted_in_any_order),
    TEST(rtcp_of_one_that_was_gone_is_not_accepted_twice),
    TEST(rtp_goes_on_behind_rtcp_that_came_back_first),
    TEST(a_forgery_brings_nobody_back),
    TEST(a_counter_does_not_go_back_while_its_ssrc_is_gone),
    TEST(the_idlest_is_replaced),
    TEST(what_went_long_before_is_refused_and_newcomers_are_not),
    TEST(without_memory_a_newcomer_is_dropped_and_may_come_again),
    CU_TEST_INFO_NULL,
};
