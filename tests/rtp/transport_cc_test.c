/* transport_cc_test.c - transport-wide feedback, by the figures of
 * draft-holmer-rmcat-transport-wide-cc-extensions-01 section 3.1. */
#include "../suite.h"

#include "dice.h"
#include "samples/rtp/transport_cc.h"

enum { MAX = 4096, TICK = TRANSPORT_CC_TICK_US };

#define BYTES(literal) literal, sizeof(literal) - 1

static struct transport_cc_recorder recorder;
static uint8_t buffer[MAX + 1];

static void begin(void)
{
    memset(&recorder, 0, sizeof recorder);
}

static size_t feedback_of(size_t limit)
{
    struct bytes_out out = { .data = buffer, .limit = limit };

    memset(buffer, 0x77, sizeof buffer);
    CU_ASSERT_EQUAL(transport_cc_write(&recorder, &out, 1, 2), out.len > 0);
    CU_ASSERT_EQUAL(buffer[limit], 0x77);
    CU_ASSERT_TRUE(out.len <= limit);
    return out.len;
}

static bool is_read(struct transport_cc_feedback *feedback, const void *bytes, size_t len)
{
    struct rtcp_walk walk = rtcp_walk(bytes, len);
    struct rtcp packet;

    return rtcp_next(&walk, &packet) && transport_cc_read(feedback, &packet);
}

/* "number+arrival" in ticks after the reference, "number-" where it is missing. */
static const char *statuses_of(const char *bytes, size_t len)
{
    static char text[8192];
    uint8_t *exact = exact_copy((const uint8_t *)bytes, len);
    struct transport_cc_feedback feedback;
    struct transport_cc_status status;
    char *end = text;

    strcpy(text, "malformed");
    bool is_whole = is_read(&feedback, exact, len);
    while (is_whole && transport_cc_next(&feedback, &status)) {
        end += sprintf(end, "%s%u", end > text ? " " : "", status.sequence);
        end += status.received ? sprintf(
                   end, "+%d", (int)((status.arrived_us - feedback.reference_us) / TICK))
                               : sprintf(end, "-");
    }
    exact_free(exact, len);
    return text;
}

static const char *statuses(void)
{
    size_t len = feedback_of(MAX);

    return statuses_of((const char *)buffer, len);
}

/* --- reading -------------------------------------------------------------------------- */

#define HEAD(words, base, count, reference)                                                \
  "\x8f\xcd\0" words "\0\0\0\1\0\0\0\2" base count reference "\x05"

/* Section 3.1.3: "not received" 221 times has the bytes 00 dd; here it is 3 times. */
static void a_run_is_read(void)
{
    CU_ASSERT_STRING_EQUAL(
        statuses_of(BYTES(HEAD("\6", "\xff\xff", "\0\5", "\0\0\1") "\0\3\x20\2\1\2\0\0")),
        "65535- 0- 1- 2+1 3+3");
}

/* The examples of section 3.1.4: vectors of one bit and of two. */
static void vectors_are_read(void)
{
    /* 1 x missing, 5 x received, 3 x missing, 3 x received, 2 x missing */
    CU_ASSERT_STRING_EQUAL(
        statuses_of(BYTES(HEAD("\7", "\0\0", "\0\x0e", "\0\0\1") "\x9f\x1c"
                                                                 "\1\1\1\1\1\1\1\1\0\0")),
        "0- 1+1 2+2 3+3 4+4 5+5 6- 7- 8- 9+6 10+7 11+8 12- 13-");
    /* 1 x missing, 1 x received without a small delta, 3 x received, 2 x missing */
    CU_ASSERT_STRING_EQUAL(
        statuses_of(BYTES(HEAD("\6", "\0\0", "\0\7", "\0\0\1") "\xc9\x50\xff\xff\1\1\1\0")),
        "0- 1+-1 2+0 3+1 4+2 5- 6-");
}

static void the_head_is_read(void)
{
    struct transport_cc_feedback feedback;
    struct transport_cc_status status;

    CU_ASSERT_TRUE_FATAL(
        is_read(&feedback, BYTES(HEAD("\5", "\1\2", "\0\1", "\xff\xff\xff") "\x20\1\4\0")));
    CU_ASSERT_EQUAL(feedback.base, 0x0102);
    CU_ASSERT_EQUAL(feedback.count, 1);
    CU_ASSERT_EQUAL(feedback.number, 5);
    CU_ASSERT_EQUAL(feedback.reference_us, -64000);
    CU_ASSERT_TRUE(transport_cc_next(&feedback, &status));
    CU_ASSERT_EQUAL(status.delta_us, 1000);
    CU_ASSERT_EQUAL(status.arrived_us, -63000);
    CU_ASSERT_FALSE(transport_cc_next(&feedback, &status));
}

static void a_delta_is_measured_from_the_arrival_before(void)
{
    struct transport_cc_feedback feedback;
    struct transport_cc_status status;

    CU_ASSERT_TRUE_FATAL(is_read(
        &feedback, BYTES(HEAD("\6", "\0\0", "\0\2", "\0\0\1") "\xe8\0\x80\0\x7f\xff\0\0")));
    CU_ASSERT_TRUE(transport_cc_next(&feedback, &status));
    CU_ASSERT_EQUAL(status.delta_us, -32768 * TICK);
    CU_ASSERT_EQUAL(status.arrived_us, 64000 - 32768 * TICK);
    CU_ASSERT_TRUE(transport_cc_next(&feedback, &status));
    CU_ASSERT_EQUAL(status.delta_us, 32767 * TICK);
    CU_ASSERT_EQUAL(status.arrived_us, 64000 - TICK);
}

static void what_is_malformed_is_refused(void)
{
    static const char head[] = HEAD("\5", "\0\0", "\0\2", "\0\0\1");

    CU_ASSERT_STRING_EQUAL(statuses_of(BYTES(HEAD("\4", "\0\0", "\0\1", "\0\0\1"))),
                           "malformed");
    /* no status at all, fewer than are counted, runs of none, a reserved symbol, no delta
     */
    CU_ASSERT_STRING_EQUAL(
        statuses_of(BYTES(HEAD("\5", "\0\0", "\0\0", "\0\0\1") "\0\1\0\0")), "malformed");
    CU_ASSERT_STRING_EQUAL(
        statuses_of(BYTES(HEAD("\5", "\0\0", "\0\3", "\0\0\1") "\0\1\0\1")), "malformed");
    CU_ASSERT_STRING_EQUAL(
        statuses_of(BYTES(HEAD("\5", "\0\0", "\0\1", "\0\0\1") "\0\0\0\0")), "malformed");
    CU_ASSERT_STRING_EQUAL(
        statuses_of(BYTES(HEAD("\5", "\0\0", "\0\1", "\0\0\1") "\x60\1\1\1")), "malformed");
    CU_ASSERT_STRING_EQUAL(
        statuses_of(BYTES(HEAD("\5", "\0\0", "\0\3", "\0\0\1") "\x20\3\1\1")), "malformed");
    CU_ASSERT_STRING_EQUAL(
        statuses_of(BYTES(HEAD("\5", "\0\0", "\0\2", "\0\0\1") "\x40\2\1\1")), "malformed");
    CU_ASSERT_STRING_EQUAL(statuses_of(BYTES("\x81\xce\0\2\0\0\0\1\0\0\0\2")), "malformed");
    for (size_t len = 0; len < sizeof head - 1; len++)
        CU_ASSERT_STRING_EQUAL(statuses_of(head, len), "malformed");
}

static void feedback_about_more_numbers_than_anybody_sends_is_refused(void)
{
    struct transport_cc_feedback feedback;

    CU_ASSERT_TRUE(
        is_read(&feedback, BYTES(HEAD("\5", "\0\0", "\x08\0", "\0\0\1") "\x1f\xff\0\0")));
    CU_ASSERT_EQUAL(feedback.count, TRANSPORT_CC_MAX_COUNT);
    CU_ASSERT_FALSE(
        is_read(&feedback, BYTES(HEAD("\5", "\0\0", "\x08\1", "\0\0\1") "\x1f\xff\0\0")));
}

static void symbols_behind_the_last_number_do_not_count(void)
{
    /* the vector has reserved symbols behind the first */
    CU_ASSERT_STRING_EQUAL(
        statuses_of(BYTES(HEAD("\5", "\0\1", "\0\1", "\0\0\1") "\xdf\xff\7\0")), "1+7");
    CU_ASSERT_STRING_EQUAL(
        statuses_of(BYTES(HEAD("\5", "\0\1", "\0\1", "\0\0\1") "\x3f\xff\7\0")), "1+7");
}

/* --- writing -------------------------------------------------------------------------- */

static void nothing_is_written_of_nothing(void)
{
    begin();
    CU_ASSERT_EQUAL(transport_cc_pending(&recorder), 0);
    CU_ASSERT_EQUAL(feedback_of(MAX), 0);
    transport_cc_record(&recorder, 5, 0);
    CU_ASSERT_TRUE(feedback_of(MAX) > 0);
    CU_ASSERT_EQUAL(transport_cc_pending(&recorder), 0);
    CU_ASSERT_EQUAL(feedback_of(MAX), 0);
}

static void a_run_is_written_as_the_figure_has_it(void)
{
    static const char expected[] =
        HEAD("\5", "\xff\xff", "\0\2", "\0\0\3") "\x20\2\x04\x02";

    begin();
    recorder.number_of_feedback = 5;
    transport_cc_record(&recorder, 65535,
                        3 * 64000 + 4 * TICK + 249); /* ticks are rounded down */
    transport_cc_record(&recorder, 0, 3 * 64000 + 6 * TICK);
    CU_ASSERT_EQUAL(transport_cc_pending(&recorder), 2);
    CU_ASSERT_EQUAL(feedback_of(MAX), sizeof expected - 1);
    CU_ASSERT_EQUAL(memcmp(buffer, expected, sizeof expected - 1), 0);
    CU_ASSERT_EQUAL(recorder.number_of_feedback, 6);
}

static void vectors_are_written_as_the_figures_have_them(void)
{
    static const char one_bit[] = HEAD("\6", "\0\0", "\0\5", "\0\0\0") "\xae\0\0\1\1\0\0\0";
    static const char two_bits[] =
        HEAD("\6", "\0\5", "\0\4", "\0\0\0") "\xd2\x40\7\1\0\1\0\0";

    begin();
    recorder.number_of_feedback = 5;
    transport_cc_record(&recorder, 0, 0);
    transport_cc_record(&recorder, 2, TICK);
    transport_cc_record(&recorder, 3, 2 * TICK);
    transport_cc_record(&recorder, 4, 2 * TICK);
    CU_ASSERT_EQUAL(feedback_of(MAX), sizeof one_bit - 1);
    CU_ASSERT_EQUAL(memcmp(buffer, one_bit, sizeof one_bit - 1), 0);

    recorder.number_of_feedback = 5;
    transport_cc_record(&recorder, 5, 7 * TICK);
    transport_cc_record(&recorder, 7, (7 + 256) * TICK);
    transport_cc_record(&recorder, 8, (7 + 256 + 1) * TICK);
    CU_ASSERT_EQUAL(feedback_of(MAX), sizeof two_bits - 1);
    CU_ASSERT_EQUAL(memcmp(buffer, two_bits, sizeof two_bits - 1), 0);
}

static void losses_and_large_and_negative_deltas_are_reported(void)
{
    begin();
    transport_cc_record(&recorder, 10, 64000);
    transport_cc_record(&recorder, 13, 64000 + 300 * TICK);
    transport_cc_record(&recorder, 12, 64000 + 301 * TICK); /* overtaken */
    transport_cc_record(&recorder, 14, 64000 + 302 * TICK);
    CU_ASSERT_STRING_EQUAL(statuses(), "10+0 11- 12+301 13+300 14+302");
}

static void the_next_feedback_follows_on_and_begins_with_what_is_missing(void)
{
    begin();
    transport_cc_record(&recorder, 1, 0);
    (void)feedback_of(MAX);
    transport_cc_record(&recorder, 4, TICK);
    CU_ASSERT_STRING_EQUAL(statuses(), "2- 3- 4+1");
}

static void what_arrives_after_its_feedback_is_reported_again_from_there_on(void)
{
    begin();
    transport_cc_record(&recorder, 1, 0);
    transport_cc_record(&recorder, 3, TICK);
    (void)feedback_of(MAX);
    transport_cc_record(&recorder, 2, 2 * TICK);
    CU_ASSERT_EQUAL(transport_cc_pending(&recorder), 2);
    CU_ASSERT_STRING_EQUAL(statuses(), "2+2 3+1");
}

static void a_duplicate_changes_nothing(void)
{
    begin();
    transport_cc_record(&recorder, 1, 0);
    transport_cc_record(&recorder, 1, 5 * TICK);
    CU_ASSERT_STRING_EQUAL(statuses(), "1+0");
    transport_cc_record(&recorder, 1, 6 * TICK);
    CU_ASSERT_EQUAL(transport_cc_pending(&recorder), 0);
}

static void the_window_moves_with_a_number_far_ahead(void)
{
    begin();
    transport_cc_record(&recorder, 1, 0);
    transport_cc_record(&recorder, 1 + TRANSPORT_CC_WINDOW, TICK);
    CU_ASSERT_EQUAL(transport_cc_pending(&recorder), TRANSPORT_CC_WINDOW);
    transport_cc_record(&recorder, 1, TICK); /* it has left the window */
    CU_ASSERT_EQUAL(transport_cc_pending(&recorder), TRANSPORT_CC_WINDOW);
    transport_cc_record(&recorder, 30000, TICK);
    CU_ASSERT_EQUAL(transport_cc_pending(&recorder), TRANSPORT_CC_WINDOW);
    CU_ASSERT_TRUE(feedback_of(MAX) > 0);
    CU_ASSERT_EQUAL(transport_cc_pending(&recorder), 0);
}

/* A delta has 16 bits: 8.19 seconds. */
static void a_pause_that_no_delta_can_have_begins_another_feedback(void)
{
    begin();
    transport_cc_record(&recorder, 1, 0);
    transport_cc_record(&recorder, 2, 32768 * (int64_t)TICK);
    CU_ASSERT_STRING_EQUAL(statuses(), "1+0");
    CU_ASSERT_STRING_EQUAL(statuses(), "2+0");
    transport_cc_record(&recorder, 3, (32768 + 32767) * (int64_t)TICK);
    transport_cc_record(&recorder, 4, (32768 + 32767) * (int64_t)TICK);
    CU_ASSERT_STRING_EQUAL(statuses(), "3+255 4+255");
}

static void the_largest_deltas_are_written(void)
{
    begin();
    transport_cc_record(&recorder, 1, 0);
    transport_cc_record(&recorder, 2, 32767 * (int64_t)TICK);
    CU_ASSERT_STRING_EQUAL(statuses(), "1+0 2+32767");
    begin();
    transport_cc_record(&recorder, 5, 0);
    transport_cc_record(&recorder, 4, 32768 * (int64_t)TICK);
    CU_ASSERT_STRING_EQUAL(statuses(), "4+0 5+-32768");
    begin();
    transport_cc_record(&recorder, 5, 0);
    transport_cc_record(&recorder, 4, 32769 * (int64_t)TICK);
    CU_ASSERT_STRING_EQUAL(statuses(), "4+1");
}

static void the_reference_wraps_at_twenty_four_bits(void)
{
    struct transport_cc_feedback feedback;
    struct transport_cc_status status;

    begin();
    transport_cc_record(&recorder, 1, (INT64_C(1) << 24) * 64000 + 10 * TICK);
    size_t len = feedback_of(MAX);
    CU_ASSERT_TRUE_FATAL(is_read(&feedback, buffer, len));
    CU_ASSERT_EQUAL(feedback.reference_us, 0);
    CU_ASSERT_TRUE(transport_cc_next(&feedback, &status));
    CU_ASSERT_EQUAL(status.arrived_us, 10 * TICK);
}

static void what_does_not_fit_is_left_for_the_next_feedback(void)
{
    size_t num = 0;

    begin();
    for (uint16_t i = 0; i < 100; i++)
        transport_cc_record(&recorder, i, i * 300 * (int64_t)TICK);
    for (size_t limit = 0; limit < TRANSPORT_CC_HEADER + 4; limit++)
        CU_ASSERT_EQUAL(feedback_of(limit), 0);
    CU_ASSERT_EQUAL(transport_cc_pending(&recorder), 100);
    for (size_t pending = 100; feedback_of(64) > 0; num++) {
        CU_ASSERT_TRUE(transport_cc_pending(&recorder) < pending);
        pending = transport_cc_pending(&recorder);
    }
    CU_ASSERT_EQUAL(transport_cc_pending(&recorder), 0);
    CU_ASSERT_EQUAL(num, 6); /* 44 bytes: 2 for each large delta, 3 chunks */
}

/* --- both ----------------------------------------------------------------------------- */

/* Whatever arrives in whatever order is read as it was recorded, in feedback of any size.
 */
static void any_arrivals_survive(void)
{
    for (uint32_t seed = 1; seed <= suite_rounds(2000); seed++) {
        uint32_t state = seed, base = dice(&state, 65536), loss = dice(&state, 4);
        int64_t now = dice(&state, 100000), arrived[400] = { 0 };
        struct transport_cc_feedback feedback;
        struct transport_cc_status status;
        uint32_t num = 1 + dice(&state, 399), at = 0;

        begin();
        for (uint32_t i = 0; i < num; i++) {
            now += dice(&state, 20) == 0 ? dice(&state, 30000) : dice(&state, 40);
            if (i > 0 && i + 1 < num && dice(&state, 8) < loss)
                continue;
            uint32_t late = i > 0 && arrived[i - 1] == 0 && dice(&state, 2) == 0;
            arrived[i - late] = now;
            transport_cc_record(&recorder, (uint16_t)(base + i - late), now * TICK);
        }
        uint32_t last = num - 1;
        while (arrived[last] == 0)
            last--;
        while (transport_cc_pending(&recorder) > 0) {
            size_t len = feedback_of(24 + dice(&state, 400));
            HOLDS(seed, len > 0 && is_read(&feedback, buffer, len));
            HOLDS(seed, 4u * (bytes_get16(buffer + 2) + 1u) == len);
            int64_t reference = feedback.reference_us / TICK;
            while (transport_cc_next(&feedback, &status)) {
                HOLDS(seed, at <= last && status.sequence == (uint16_t)(base + at));
                HOLDS(seed, status.received == (arrived[at] != 0));
                HOLDS(seed, !status.received || status.arrived_us / TICK == arrived[at]);
                at++;
            }
            HOLDS(seed, reference <= now);
        }
        HOLDS(seed, at == last + 1);
    }
}

static void any_feedback_is_read_within_its_bounds(void)
{
    for (uint32_t seed = 1; seed <= suite_rounds(20000); seed++) {
        uint8_t bytes[64] = { 0x8f, 0xcd };
        uint32_t state = seed, num = 0;
        size_t len = 20 + 4 * dice(&state, 12);
        struct transport_cc_feedback feedback;
        struct transport_cc_status status;

        for (size_t i = 4; i < len; i++)
            bytes[i] =
                (uint8_t)(dice(&state, 2) == 0 ? dice(&state, 256) : dice(&state, 4));
        bytes[3] = (uint8_t)(len / 4 - 1);
        bytes[14] = 0;
        uint8_t *exact = exact_copy(bytes, len);
        bool is_whole = is_read(&feedback, exact, len);
        while (is_whole && transport_cc_next(&feedback, &status))
            num++;
        exact_free(exact, len);
        HOLDS(seed,
              !is_whole || num == feedback.count); /* what is whole is read to its end */
    }
}

CU_TestInfo transport_cc_tests[] = {
    TEST(a_run_is_read),
    TEST(vectors_are_read),
    TEST(the_head_is_read),
    TEST(a_delta_is_measured_from_the_arrival_before),
    TEST(what_is_malformed_is_refused),
    TEST(feedback_about_more_numbers_than_anybody_sends_is_refused),
    TEST(symbols_behind_the_last_number_do_not_count),
    TEST(nothing_is_written_of_nothing),
    TEST(a_run_is_written_as_the_figure_has_it),
    TEST(vectors_are_written_as_the_figures_have_them),
    TEST(losses_and_large_and_negative_deltas_are_reported),
    TEST(the_next_feedback_follows_on_and_begins_with_what_is_missing),
    TEST(what_arrives_after_its_feedback_is_reported_again_from_there_on),
    TEST(a_duplicate_changes_nothing),
    TEST(the_window_moves_with_a_number_far_ahead),
    TEST(a_pause_that_no_delta_can_have_begins_another_feedback),
    TEST(the_largest_deltas_are_written),
    TEST(the_reference_wraps_at_twenty_four_bits),
    TEST(what_does_not_fit_is_left_for_the_next_feedback),
    TEST(any_arrivals_survive),
    TEST(any_feedback_is_read_within_its_bounds),
    CU_TEST_INFO_NULL,
};
