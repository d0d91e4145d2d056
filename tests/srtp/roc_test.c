/* roc_test.c - sequence numbers that roll over, and those who join late. */
#include "suite.h"

#include "call.h"

enum { SSRC = 0x5eadbee5 };

static uint32_t roc_of(const skiff_srtp *srtp)
{
    uint32_t roc = 12345;

    CU_ASSERT_EQUAL(skiff_srtp_get_roc(srtp, SSRC, &roc), SKIFF_OK);
    return roc;
}

static void a_roll_over_is_followed_over_a_loss(void)
{
    for (int p = 0; p < CALL_PROFILES; p++) {
        struct call call;

        CU_ASSERT_TRUE_FATAL(call_begin(&call, call_profiles[p], NULL));
        CU_ASSERT_TRUE(call_carries(&call, SSRC, 65530));
        for (uint16_t seq = 65531; seq != 5; seq++)
            CU_ASSERT_TRUE(call_loses(&call, SSRC, seq));
        CU_ASSERT_TRUE(call_carries(&call, SSRC, 5));
        CU_ASSERT_EQUAL(roc_of(call.alice), 1);
        CU_ASSERT_EQUAL(roc_of(call.bob), 1);
        call_end(&call);
    }
}

static void a_packet_from_before_the_roll_over_may_come_after_it(void)
{
    struct call call;
    struct test_packet late, plain;

    CU_ASSERT_TRUE_FATAL(call_begin(&call, SKIFF_SRTP_AES128_CM_SHA1_80, NULL));
    CU_ASSERT_TRUE(call_carries(&call, SSRC, 65534));
    test_packet_rtp(&plain, SSRC, 65535, 33);
    test_packet_copy(&late, &plain);
    CU_ASSERT_EQUAL(skiff_srtp_protect(call.alice, &late.packet), SKIFF_OK);
    CU_ASSERT_TRUE(call_carries(&call, SSRC, 0));
    CU_ASSERT_EQUAL(skiff_srtp_open(call.bob, &late.packet), SKIFF_OK);
    CU_ASSERT_TRUE(test_packet_same(&late, &plain));
    CU_ASSERT_EQUAL(roc_of(call.bob), 1);
    call_end(&call);
}

/* Brings alice's counter to 2. */
static bool alice_went_ahead(struct call *call)
{
    bool sent = true;

    for (uint32_t index = 60000; index < 2 * 65536 + 9; index += 20000)
        sent = sent && call_loses(call, SSRC, (uint16_t)index);
    return sent && call_loses(call, SSRC, 7) && roc_of(call->alice) == 2;
}

static void an_end_that_joins_late_needs_the_counter(void)
{
    for (int p = 0; p < CALL_PROFILES; p++) {
        struct call call;

        CU_ASSERT_TRUE_FATAL(call_begin(&call, call_profiles[p], NULL));
        CU_ASSERT_TRUE(alice_went_ahead(&call));
        CU_ASSERT_FALSE(call_carries(&call, SSRC, 10));
        CU_ASSERT_EQUAL(skiff_srtp_set_roc(call.bob, SSRC, 2), SKIFF_OK);
        CU_ASSERT_TRUE(call_carries(&call, SSRC, 11));
        CU_ASSERT_EQUAL(roc_of(call.bob), 2);
        CU_ASSERT_TRUE(call_carries(&call, SSRC, 12));
        call_end(&call);
    }
}

static void rtcp_does_not_use_up_a_counter_that_was_set(void)
{
    struct call call;
    struct test_packet rtcp;

    CU_ASSERT_TRUE_FATAL(call_begin(&call, SKIFF_SRTP_AEAD_AES_128_GCM, NULL));
    CU_ASSERT_TRUE(alice_went_ahead(&call));
    CU_ASSERT_EQUAL(skiff_srtp_set_roc(call.bob, SSRC, 2), SKIFF_OK);
    test_packet_rtcp(&rtcp, SSRC, 20);
    CU_ASSERT_EQUAL(skiff_srtp_protect(call.alice, &rtcp.packet), SKIFF_OK);
    CU_ASSERT_EQUAL(skiff_srtp_open(call.bob, &rtcp.packet), SKIFF_OK);
    CU_ASSERT_TRUE(call_carries(&call, SSRC, 11));
    call_end(&call);
}

static void a_forged_packet_does_not_use_up_a_counter_that_was_set(void)
{
    struct call call;
    struct test_packet forged;

    CU_ASSERT_TRUE_FATAL(call_begin(&call, SKIFF_SRTP_AES128_CM_SHA1_80, NULL));
    CU_ASSERT_TRUE(alice_went_ahead(&call));
    CU_ASSERT_EQUAL(skiff_srtp_set_roc(call.bob, SSRC, 2), SKIFF_OK);
    test_packet_rtp(&forged, SSRC, 40000, 40);
    CU_ASSERT_EQUAL(skiff_srtp_open(call.bob, &forged.packet), SKIFF_ERR_DROPPED);
    CU_ASSERT_TRUE(call_carries(&call, SSRC, 11));
    call_end(&call);
}

/* The counter that was set equals what the sequence number says by itself: libsrtp would
   keep it, and stumble at the next roll-over. */
static void a_counter_set_just_before_a_roll_over_lets_the_next_one_happen(void)
{
    struct call call;

    CU_ASSERT_TRUE_FATAL(call_begin(&call, SKIFF_SRTP_AEAD_AES_128_GCM, NULL));
    CU_ASSERT_TRUE(call_carries(&call, SSRC, 65530));
    CU_ASSERT_EQUAL(skiff_srtp_set_roc(call.alice, SSRC, 1), SKIFF_OK);
    CU_ASSERT_EQUAL(skiff_srtp_set_roc(call.bob, SSRC, 1), SKIFF_OK);
    for (uint32_t index = 65536 + 5; index < 3 * 65536; index += 10000)
        CU_ASSERT_TRUE(call_carries(&call, SSRC, (uint16_t)index));
    CU_ASSERT_EQUAL(roc_of(call.alice), 2);
    CU_ASSERT_EQUAL(roc_of(call.bob), 2);
    call_end(&call);
}

static void the_counter_as_it_is_may_be_set(void)
{
    struct call call;

    CU_ASSERT_TRUE_FATAL(call_begin(&call, SKIFF_SRTP_AES128_CM_SHA1_80, NULL));
    CU_ASSERT_EQUAL(skiff_srtp_set_roc(call.bob, SSRC, 0), SKIFF_OK);
    CU_ASSERT_TRUE(call_carries(&call, SSRC, 65000));
    CU_ASSERT_EQUAL(skiff_srtp_set_roc(call.alice, SSRC, 0), SKIFF_OK);
    CU_ASSERT_TRUE(call_carries(&call, SSRC, 100));
    CU_ASSERT_EQUAL(roc_of(call.alice), 1);
    CU_ASSERT_EQUAL(skiff_srtp_set_roc(call.alice, SSRC, 1), SKIFF_OK);
    CU_ASSERT_TRUE(call_carries(&call, SSRC, 101));
    call_end(&call);
}

static void a_counter_does_not_go_back(void)
{
    struct call call;

    CU_ASSERT_TRUE_FATAL(call_begin(&call, SKIFF_SRTP_AEAD_AES_128_GCM, NULL));
    CU_ASSERT_TRUE(alice_went_ahead(&call));
    CU_ASSERT_EQUAL(skiff_srtp_set_roc(call.alice, SSRC, 1), SKIFF_ERR_STATE);
    CU_ASSERT_EQUAL(skiff_srtp_set_roc(call.alice, SSRC, 0), SKIFF_ERR_STATE);
    CU_ASSERT_EQUAL(roc_of(call.alice), 2);
    CU_ASSERT_TRUE(call_loses(&call, SSRC, 8));
    call_end(&call);
}

static void an_index_never_begins_again_after_the_last(void)
{
    struct call call;
    struct test_packet message;

    CU_ASSERT_TRUE_FATAL(call_begin(&call, SKIFF_SRTP_AEAD_AES_128_GCM, NULL));
    CU_ASSERT_EQUAL(skiff_srtp_add_ssrc(call.alice, SSRC), SKIFF_OK);
    CU_ASSERT_EQUAL(skiff_srtp_set_roc(call.alice, SSRC, UINT32_MAX), SKIFF_ERR_ARGUMENT);
    CU_ASSERT_EQUAL(skiff_srtp_set_roc(call.alice, SSRC, UINT32_MAX - 1), SKIFF_OK);
    CU_ASSERT_TRUE(call_loses(&call, SSRC, 65535));
    CU_ASSERT_TRUE(call_loses(&call, SSRC, 0));
    CU_ASSERT_EQUAL(roc_of(call.alice), UINT32_MAX);
    test_packet_rtp(&message, SSRC, 1, 20);
    CU_ASSERT_EQUAL(skiff_srtp_protect(call.alice, &message.packet), SKIFF_ERR_STATE);
    test_packet_rtcp(&message, SSRC, 20);
    CU_ASSERT_EQUAL(skiff_srtp_protect(call.alice, &message.packet), SKIFF_OK);
    call_end(&call);
}

/* --- SSRCs ---------------------------------------------------------------------------- */

static void an_ssrc_is_unknown_until_it_is_added_and_after_it_is_removed(void)
{
    struct call call;
    uint32_t roc;

    CU_ASSERT_TRUE_FATAL(call_begin(&call, SKIFF_SRTP_AES128_CM_SHA1_80, NULL));
    CU_ASSERT_EQUAL(skiff_srtp_get_roc(call.alice, SSRC, &roc), SKIFF_ERR_ARGUMENT);
    CU_ASSERT_EQUAL(skiff_srtp_add_ssrc(call.alice, SSRC), SKIFF_OK);
    CU_ASSERT_EQUAL(skiff_srtp_add_ssrc(call.alice, SSRC), SKIFF_OK);
    CU_ASSERT_EQUAL(roc_of(call.alice), 0);
    CU_ASSERT_TRUE(call_carries(&call, SSRC, 1));
    skiff_srtp_remove_ssrc(call.alice, SSRC);
    CU_ASSERT_EQUAL(skiff_srtp_get_roc(call.alice, SSRC, &roc), SKIFF_ERR_ARGUMENT);
    skiff_srtp_remove_ssrc(call.alice, SSRC);
    CU_ASSERT_TRUE(call_carries(&call, SSRC, 2));
    call_end(&call);
}

static void adding_an_ssrc_changes_nothing_that_goes_out(void)
{
    struct call plain, prepared;
    struct test_packet a, b;

    for (int p = 0; p < CALL_PROFILES; p++) {
        CU_ASSERT_TRUE_FATAL(call_begin(&plain, call_profiles[p], NULL));
        CU_ASSERT_TRUE_FATAL(call_begin(&prepared, call_profiles[p], NULL));
        CU_ASSERT_EQUAL(skiff_srtp_add_ssrc(prepared.alice, SSRC), SKIFF_OK);
        test_packet_rtcp(&a, SSRC, 40);
        test_packet_rtcp(&b, SSRC, 40);
        CU_ASSERT_EQUAL(skiff_srtp_protect(plain.alice, &a.packet), SKIFF_OK);
        CU_ASSERT_EQUAL(skiff_srtp_protect(prepared.alice, &b.packet), SKIFF_OK);
        CU_ASSERT_TRUE(test_packet_same(&a, &b));
        test_packet_rtp(&a, SSRC, 40000, 40);
        test_packet_rtp(&b, SSRC, 40000, 40);
        CU_ASSERT_EQUAL(skiff_srtp_protect(plain.alice, &a.packet), SKIFF_OK);
        CU_ASSERT_EQUAL(skiff_srtp_protect(prepared.alice, &b.packet), SKIFF_OK);
        CU_ASSERT_TRUE(test_packet_same(&a, &b));
        call_end(&plain);
        call_end(&prepared);
    }
}

static void many_ssrcs_go_side_by_side(void)
{
    struct call call;

    CU_ASSERT_TRUE_FATAL(call_begin(&call, SKIFF_SRTP_AEAD_AES_256_GCM, NULL));
    for (uint16_t seq = 65500; seq != 10; seq = (uint16_t)(seq + 1))
        for (uint32_t ssrc = 1; ssrc <= 9; ssrc++)
            CU_ASSERT_TRUE(call_carries(&call, ssrc, (uint16_t)(seq + ssrc)));
    call_end(&call);
}

static void a_peer_may_begin_more_ssrcs_than_are_alive_at_once(void)
{
    struct call call;

    CU_ASSERT_TRUE_FATAL(call_begin(&call, SKIFF_SRTP_AEAD_AES_128_GCM, NULL));
    for (uint32_t ssrc = 1; ssrc <= 3000; ssrc++)
        CU_ASSERT_TRUE(call_carries(&call, ssrc, 1));
    CU_ASSERT_TRUE(call_carries(&call, 1, 2));
    call_end(&call);
}

CU_TestInfo roc_tests[] = {
    TEST(a_roll_over_is_followed_over_a_loss),
    TEST(a_packet_from_before_the_roll_over_may_come_after_it),
    TEST(an_end_that_joins_late_needs_the_counter),
    TEST(rtcp_does_not_use_up_a_counter_that_was_set),
    TEST(a_forged_packet_does_not_use_up_a_counter_that_was_set),
    TEST(a_counter_set_just_before_a_roll_over_lets_the_next_one_happen),
    TEST(the_counter_as_it_is_may_be_set),
    TEST(a_counter_does_not_go_back),
    TEST(an_index_never_begins_again_after_the_last),
    TEST(an_ssrc_is_unknown_until_it_is_added_and_after_it_is_removed),
    TEST(adding_an_ssrc_changes_nothing_that_goes_out),
    TEST(many_ssrcs_go_side_by_side),
    TEST(a_peer_may_begin_more_ssrcs_than_are_alive_at_once),
    CU_TEST_INFO_NULL,
};
