/* newest_test.c - which packets count as newer than all before them. */
#include "suite.h"

#include "call.h"

#include "srtp/session.h"

enum { SSRC = 0x5eadbee5, OTHER = 7, MANY = 200, SHUFFLES = 20000 };

/* Whether it opens at bob's as one that is newer than all before. */
static bool is_newest(struct call *call, struct test_packet *sealed)
{
    uint32_t before = skf_srtp_newest_count(call->bob);

    CU_ASSERT_EQUAL(skiff_srtp_open(call->bob, &sealed->packet), SKIFF_OK);
    return skf_srtp_newest_count(call->bob) == before + 1;
}

static void seal_rtp(struct call *call, uint32_t ssrc, uint16_t sequence,
                     struct test_packet *out)
{
    test_packet_rtp(out, ssrc, sequence, 40);
    CU_ASSERT_EQUAL(skiff_srtp_protect(call->alice, &out->packet), SKIFF_OK);
}

static void seal_rtcp(struct call *call, uint32_t ssrc, struct test_packet *out)
{
    test_packet_rtcp(out, ssrc, 40);
    CU_ASSERT_EQUAL(skiff_srtp_protect(call->alice, &out->packet), SKIFF_OK);
}

static bool sends_newest(struct call *call, uint32_t ssrc, uint16_t sequence)
{
    struct test_packet message;

    seal_rtp(call, ssrc, sequence, &message);
    return is_newest(call, &message);
}

static void the_first_packet_of_an_ssrc_and_each_later_one_count(void)
{
    for (int p = 0; p < CALL_PROFILES; p++) {
        struct call call;

        CU_ASSERT_TRUE_FATAL(call_begin(&call, call_profiles[p], NULL));
        CU_ASSERT_TRUE(sends_newest(&call, SSRC, 0));
        CU_ASSERT_TRUE(sends_newest(&call, SSRC, 1));
        CU_ASSERT_TRUE(sends_newest(&call, OTHER, 40000));
        CU_ASSERT_TRUE(sends_newest(&call, SSRC, 30000));
        CU_ASSERT_TRUE(sends_newest(&call, OTHER, 40001));
        call_end(&call);
    }
}

static void one_that_was_overtaken_does_not_count(void)
{
    for (int p = 0; p < CALL_PROFILES; p++) {
        struct call call;
        struct test_packet late;

        CU_ASSERT_TRUE_FATAL(call_begin(&call, call_profiles[p], NULL));
        CU_ASSERT_TRUE(sends_newest(&call, SSRC, 100));
        seal_rtp(&call, SSRC, 101, &late);
        CU_ASSERT_TRUE(sends_newest(&call, SSRC, 102));
        CU_ASSERT_FALSE(is_newest(&call, &late));
        CU_ASSERT_TRUE(sends_newest(&call, SSRC, 103));
        call_end(&call);
    }
}

static void a_copy_a_forgery_and_noise_do_not_count(void)
{
    struct call call;
    struct test_packet sealed, copy;

    CU_ASSERT_TRUE_FATAL(call_begin(&call, SKIFF_SRTP_AES128_CM_SHA1_80, NULL));
    seal_rtp(&call, SSRC, 5, &sealed);
    test_packet_copy(&copy, &sealed);
    CU_ASSERT_TRUE(is_newest(&call, &sealed));
    CU_ASSERT_EQUAL(skiff_srtp_open(call.bob, &copy.packet), SKIFF_ERR_DROPPED);
    seal_rtp(&call, SSRC, 6, &sealed);
    sealed.bytes[20] ^= 1;
    CU_ASSERT_EQUAL(skiff_srtp_open(call.bob, &sealed.packet), SKIFF_ERR_DROPPED);
    CU_ASSERT_EQUAL(skf_srtp_newest_count(call.bob), 1);
    call_end(&call);
}

static void one_from_before_a_roll_over_does_not_count_after_it(void)
{
    for (int p = 0; p < CALL_PROFILES; p++) {
        struct call call;
        struct test_packet late;

        CU_ASSERT_TRUE_FATAL(call_begin(&call, call_profiles[p], NULL));
        CU_ASSERT_TRUE(sends_newest(&call, SSRC, 65533));
        seal_rtp(&call, SSRC, 65534, &late);
        CU_ASSERT_TRUE(sends_newest(&call, SSRC, 65535));
        CU_ASSERT_TRUE(sends_newest(&call, SSRC, 2));
        CU_ASSERT_FALSE(is_newest(&call, &late));
        CU_ASSERT_TRUE(sends_newest(&call, SSRC, 3));
        call_end(&call);
    }
}

static void rtcp_counts_by_its_own_index(void)
{
    for (int p = 0; p < CALL_PROFILES; p++) {
        struct call call;
        struct test_packet first, late, third;

        CU_ASSERT_TRUE_FATAL(call_begin(&call, call_profiles[p], NULL));
        CU_ASSERT_TRUE(sends_newest(&call, SSRC, 9));
        seal_rtcp(&call, SSRC, &first);
        seal_rtcp(&call, SSRC, &late);
        seal_rtcp(&call, SSRC, &third);
        CU_ASSERT_TRUE(is_newest(&call, &first));
        CU_ASSERT_TRUE(is_newest(&call, &third));
        CU_ASSERT_FALSE(is_newest(&call, &late));
        call_end(&call);
    }
}

static void many_ssrcs_are_all_remembered(void)
{
    struct call call;
    struct test_packet late[MANY];

    CU_ASSERT_TRUE_FATAL(call_begin(&call, SKIFF_SRTP_AEAD_AES_128_GCM, NULL));
    for (uint32_t i = 0; i < MANY; i++) {
        CU_ASSERT_TRUE(sends_newest(&call, i, 1));
        seal_rtp(&call, i, 2, &late[i]);
        CU_ASSERT_TRUE(sends_newest(&call, i, 3));
    }
    for (uint32_t i = 0; i < MANY; i++)
        CU_ASSERT_FALSE(is_newest(&call, &late[i]));
    call_end(&call);
}

static void a_counter_that_was_set_is_followed(void)
{
    struct call call;
    struct test_packet late;

    CU_ASSERT_TRUE_FATAL(call_begin(&call, SKIFF_SRTP_AES128_CM_SHA1_80, NULL));
    CU_ASSERT_EQUAL(skiff_srtp_add_ssrc(call.alice, SSRC), SKIFF_OK);
    CU_ASSERT_EQUAL(skiff_srtp_set_roc(call.alice, SSRC, 4), SKIFF_OK);
    CU_ASSERT_EQUAL(skiff_srtp_set_roc(call.bob, SSRC, 4), SKIFF_OK);
    CU_ASSERT_TRUE(sends_newest(&call, SSRC, 65530));
    seal_rtp(&call, SSRC, 65531, &late);
    CU_ASSERT_TRUE(sends_newest(&call, SSRC, 65535));
    CU_ASSERT_TRUE(sends_newest(&call, SSRC, 5));
    CU_ASSERT_FALSE(is_newest(&call, &late));
    CU_ASSERT_TRUE(sends_newest(&call, SSRC, 6));
    call_end(&call);
}

static uint32_t next(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

/* Over several roll-overs, against a model that knows the true index of each. */
static void what_counts_is_what_is_higher_than_all_before(void)
{
    enum { BEHIND = 16 };
    struct call call;
    struct test_packet late[BEHIND];
    uint64_t highest = 0, index = 60000, of_late[BEHIND];
    uint32_t seed = 3, wrong = 0;

    CU_ASSERT_TRUE_FATAL(call_begin(&call, SKIFF_SRTP_AEAD_AES_128_GCM, NULL));
    CU_ASSERT_TRUE(sends_newest(&call, SSRC, (uint16_t)index));
    highest = index;
    for (int i = 0; i < SHUFFLES; i++) {
        for (int k = 0; k < BEHIND; k++) {
            of_late[k] = ++index;
            seal_rtp(&call, SSRC, (uint16_t)index, &late[k]);
        }
        index += next(&seed) % 64;
        for (int k = BEHIND - 1; k > 0; k--) {
            uint32_t other = next(&seed) % (uint32_t)(k + 1);
            wrong += is_newest(&call, &late[other]) != (of_late[other] > highest);
            highest = of_late[other] > highest ? of_late[other] : highest;
            late[other] = late[k];
            late[other].packet.data = late[other].bytes;
            of_late[other] = of_late[k];
        }
    }
    CU_ASSERT_EQUAL(wrong, 0);
    call_end(&call);
}

CU_TestInfo newest_tests[] = { TEST(the_first_packet_of_an_ssrc_and_each_later_one_count),
                               TEST(one_that_was_overtaken_does_not_count),
                               TEST(a_copy_a_forgery_and_noise_do_not_count),
                               TEST(one_from_before_a_roll_over_does_not_count_after_it),
                               TEST(rtcp_counts_by_its_own_index),
                               TEST(many_ssrcs_are_all_remembered),
                               TEST(a_counter_that_was_set_is_followed),
                               TEST(what_counts_is_what_is_higher_than_all_before),
                               CU_TEST_INFO_NULL };
