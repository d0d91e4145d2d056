/* reception_test.c - what a receiver counts, by RFC 3550 appendix A.1, A.3 and A.8. */
#include "../suite.h"

#include "dice.h"
#include "samples/rtp/reception.h"

static void add(struct reception *reception, uint16_t first, uint16_t num)
{
    for (uint16_t i = 0; i < num; i++)
        CU_ASSERT_TRUE(reception_add(reception, (uint16_t)(first + i), 0, 0));
}

static struct rtcp_report report_of(struct reception *reception)
{
    struct rtcp_report report;

    reception_report(reception, 7, 0, &report);
    return report;
}

static void nothing_is_lost_of_what_arrives_in_order(void)
{
    struct reception reception = { 0 };

    add(&reception, 65000, 1000);
    struct rtcp_report report = report_of(&reception);
    CU_ASSERT_EQUAL(report.ssrc, 7);
    CU_ASSERT_EQUAL(report.lost, 0);
    CU_ASSERT_EQUAL(report.fraction, 0);
    CU_ASSERT_EQUAL(report.highest, 65999); /* one wrap */
    CU_ASSERT_EQUAL(report.last_sr, 0);
    CU_ASSERT_EQUAL(report.since_sr, 0);
}

static void nothing_is_lost_of_a_source_that_sent_nothing(void)
{
    struct reception reception = { 0 };
    struct rtcp_report report = report_of(&reception);

    CU_ASSERT_EQUAL(report.lost, 0);
    CU_ASSERT_EQUAL(report.fraction, 0);
    CU_ASSERT_EQUAL(report.highest, 0);
}

static void a_quarter_lost_is_a_fraction_of_64_for_that_interval_alone(void)
{
    struct reception reception = { 0 };

    for (uint16_t i = 0; i < 400; i++)
        if (i % 4 != 1)
            reception_add(&reception, i, 0, 0);
    struct rtcp_report report = report_of(&reception);
    CU_ASSERT_EQUAL(report.fraction, 64);
    CU_ASSERT_EQUAL(report.lost, 100);
    add(&reception, 400, 100);
    report = report_of(&reception);
    CU_ASSERT_EQUAL(report.fraction, 0);
    CU_ASSERT_EQUAL(report.lost, 100);
}

/* 255 of 256 at most: 256 would be none. */
static void a_fraction_fits_its_octet(void)
{
    struct reception reception = { 0 };

    add(&reception, 0, 1);
    (void)report_of(&reception);
    add(&reception, 2999, 1);
    CU_ASSERT_EQUAL(report_of(&reception).fraction, 255);
}

static void an_interval_without_packets_has_no_loss(void)
{
    struct reception reception = { 0 };

    add(&reception, 0, 10);
    (void)report_of(&reception);
    CU_ASSERT_EQUAL(report_of(&reception).fraction, 0);
}

static void duplicates_make_the_loss_less_than_nothing(void)
{
    struct reception reception = { 0 };

    add(&reception, 0, 10);
    add(&reception, 5, 5);
    struct rtcp_report report = report_of(&reception);
    CU_ASSERT_EQUAL(report.lost, -5);
    CU_ASSERT_EQUAL(report.fraction, 0);
    CU_ASSERT_EQUAL(reception_lost(&reception), -5);
}

static void a_late_packet_is_no_longer_lost(void)
{
    struct reception reception = { 0 };

    add(&reception, 65534, 1);
    add(&reception, 1, 1); /* 65535 and 0 are missing */
    CU_ASSERT_EQUAL(reception_lost(&reception), 2);
    add(&reception, 65535, 1);
    CU_ASSERT_EQUAL(reception_lost(&reception), 1);
    CU_ASSERT_EQUAL(report_of(&reception).highest, 65537);
}

static void what_was_sent_before_the_first_is_expected_too(void)
{
    struct reception reception = { 0 };

    add(&reception, 2, 1);
    add(&reception, 0, 1);
    add(&reception, 65535, 1); /* 1 is missing */
    CU_ASSERT_EQUAL(reception_lost(&reception), 1);
    CU_ASSERT_EQUAL(report_of(&reception).highest, 2);
}

static void a_large_step_counts_when_the_next_number_follows(void)
{
    struct reception reception = { 0 };

    add(&reception, 0, 10);
    CU_ASSERT_FALSE(reception_add(&reception, 30000, 0, 0));
    CU_ASSERT_FALSE(reception_add(&reception, 40000, 0, 0));
    CU_ASSERT_FALSE(
        reception_add(&reception, 30001, 0, 0)); /* it follows 30000, not 40000 */
    CU_ASSERT_TRUE(reception_add(&reception, 10, 0, 0));
    CU_ASSERT_EQUAL(reception_lost(&reception), 0);
    CU_ASSERT_FALSE(reception_add(&reception, 30000, 0, 0));
    CU_ASSERT_TRUE(reception_add(&reception, 30001, 0, 0));
    CU_ASSERT_EQUAL(report_of(&reception).highest, 30001);
    CU_ASSERT_EQUAL(reception_lost(&reception), 0); /* it begins anew */
}

/* MAX_DROPOUT and MAX_MISORDER of appendix A.1 */
static void steps_are_large_from_the_numbers_of_the_appendix_on(void)
{
    struct reception reception = { 0 };

    add(&reception, 10000, 1);
    CU_ASSERT_FALSE(reception_add(&reception, 13000, 0, 0));
    CU_ASSERT_TRUE(reception_add(&reception, 12999, 0, 0));
    CU_ASSERT_FALSE(reception_add(&reception, 12999 - 100, 0, 0));
    CU_ASSERT_TRUE(reception_add(&reception, 12999 - 99, 0, 0));
}

static void the_loss_stays_within_twenty_four_bits(void)
{
    struct reception reception = { .has_begun = true, .base = 0, .highest = 0x2000000 };

    CU_ASSERT_EQUAL(report_of(&reception).lost, 0x7fffff);
    reception = (struct reception){ .has_begun = true, .received = 0x2000000 };
    CU_ASSERT_EQUAL(report_of(&reception).lost, -0x800000);
}

/* Each second packet is late by 160 units: |D| is always 160, and J goes to 160 (appendix
 * A.8). */
static void jitter_goes_to_the_mean_deviation(void)
{
    struct reception reception = { 0 };

    reception_add(&reception, 0, 0, 0);
    reception_add(&reception, 1, 160, 160 + 160);
    CU_ASSERT_EQUAL(reception_jitter(&reception), 10); /* 160 / 16 */
    for (uint16_t i = 2; i < 300; i++)
        reception_add(&reception, i, 160u * i, 160u * i + (i % 2 != 0 ? 160 : 0));
    CU_ASSERT_TRUE(reception_jitter(&reception) >= 158
                   && reception_jitter(&reception) <= 160);
    CU_ASSERT_EQUAL(report_of(&reception).jitter, reception_jitter(&reception));
}

static void an_even_stream_has_no_jitter_over_the_wrap_of_its_timestamps(void)
{
    struct reception reception = { 0 };

    for (uint16_t i = 0; i < 100; i++)
        reception_add(&reception, i, 0xffffff00u + 160u * i, 5000u + 160u * i);
    CU_ASSERT_EQUAL(reception_jitter(&reception), 0);
}

static void the_last_sender_report_is_in_the_block(void)
{
    struct reception reception = { 0 };
    struct rtcp_report report;

    add(&reception, 0, 1);
    reception_sender_report(&reception, UINT64_C(0x1122334455667788), 1000000);
    reception_report(&reception, 7, 2500000, &report);
    CU_ASSERT_EQUAL(report.last_sr, 0x33445566);
    CU_ASSERT_EQUAL(report.since_sr, 65536 + 32768);
}

static void units_are_those_of_the_clock(void)
{
    CU_ASSERT_EQUAL(reception_units(1000000, 48000), 48000);
    CU_ASSERT_EQUAL(reception_units(20000, 48000), 960);
    CU_ASSERT_EQUAL(reception_units(UINT64_C(1790000000000000), 90000),
                    (uint32_t)(UINT64_C(1790000000) * 90000));
}

/* Against a count of all numbers in a table. */
static void any_order_counts_as_it_should(void)
{
    for (uint32_t seed = 1; seed <= suite_rounds(300); seed++) {
        struct reception reception = { 0 };
        uint32_t state = seed, arrived = 0, last = 0;
        uint16_t first = (uint16_t)dice(&state, 65536);

        for (uint32_t i = 1; i <= 3000; i++) {
            if (i > 1 && i < 3000 && dice(&state, 10) == 0)
                continue; /* it is lost */
            uint32_t late = i > 40 ? dice(&state, 3) : 0;
            uint16_t number = (uint16_t)(first + i - late);
            HOLDS(seed, reception_add(&reception, number, 0, 0));
            arrived++;
            last = i - late > last ? i - late : last;
        }
        HOLDS(seed, reception_lost(&reception) == (int64_t)last - (int64_t)arrived);
        HOLDS(seed, report_of(&reception).highest == first + last
                        || report_of(&reception).highest
                               == (uint32_t)(uint16_t)(first + 1) + last - 1);
    }
}

CU_TestInfo reception_tests[] = {
    TEST(nothing_is_lost_of_what_arrives_in_order),
    TEST(nothing_is_lost_of_a_source_that_sent_nothing),
    TEST(a_quarter_lost_is_a_fraction_of_64_for_that_interval_alone),
    TEST(a_fraction_fits_its_octet),
    TEST(an_interval_without_packets_has_no_loss),
    TEST(duplicates_make_the_loss_less_than_nothing),
    TEST(a_late_packet_is_no_longer_lost),
    TEST(what_was_sent_before_the_first_is_expected_too),
    TEST(a_large_step_counts_when_the_next_number_follows),
    TEST(steps_are_large_from_the_numbers_of_the_appendix_on),
    TEST(the_loss_stays_within_twenty_four_bits),
    TEST(jitter_goes_to_the_mean_deviation),
    TEST(an_even_stream_has_no_jitter_over_the_wrap_of_its_timestamps),
    TEST(the_last_sender_report_is_in_the_block),
    TEST(units_are_those_of_the_clock),
    TEST(any_order_counts_as_it_should),
    CU_TEST_INFO_NULL,
};
