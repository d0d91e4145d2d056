/* consent_test.c - consent in virtual time: losses, outages and pauses. */
#include "suite.h"

#include "ice/consent.h"

#include <stdio.h>

#define SECONDS(n) SKIFF_MSEC((n) * 1000)
#define LIFETIME SECONDS(30)
#define BEGIN SECONDS(1000)

/* A peer that answers after a round trip, but for what is lost. */
struct way {
    struct consent consent;
    skiff_time     now, round_trip;
    skiff_time     cut, mended;          /* an outage                                     */
    unsigned       loss;                 /* percent, each way                             */
    uint64_t       random;
    skiff_time     sent[64];             /* checks whose answers are on their way         */
    unsigned       num_sent, checks;
    bool           was_late;
};

static unsigned draw(struct way *way)
{
    way->random = way->random * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (unsigned)(way->random >> 33) % 100;
}

static struct way way_new(unsigned seed)
{
    struct way way = { .now = BEGIN, .round_trip = SKIFF_MSEC(40), .random = seed };

    way.cut = way.mended = SKIFF_NEVER;
    skf_consent_begin(&way.consent, way.now, LIFETIME, seed);
    return way;
}

static bool passes(struct way *way)
{
    bool lost = draw(way) < way->loss;

    return !lost && !(way->now >= way->cut && way->now < way->mended);
}

static void send_check(struct way *way)
{
    bool there = passes(way), back = passes(way);

    way->checks++;
    if (there && back && way->num_sent < 64)
        way->sent[way->num_sent++] = way->now;
}

static void take_answers(struct way *way)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < way->num_sent; i++) {
        if (way->sent[i] + way->round_trip > way->now)
            way->sent[kept++] = way->sent[i];
        else if (!(way->now >= way->cut && way->now < way->mended))
            skf_consent_answer(&way->consent, way->now, way->sent[i]);
    }
    way->num_sent = kept;
}

/* The time that the loop is to be run again. */
static skiff_time due(const struct way *way)
{
    skiff_time due = skf_consent_due(&way->consent);

    for (unsigned i = 0; i < way->num_sent; i++)
        if (way->sent[i] + way->round_trip < due)
            due = way->sent[i] + way->round_trip;
    return due;
}

static void run_now(struct way *way)
{
    take_answers(way);
    way->was_late |= skf_consent_step(&way->consent, way->now) == CONSENT_LATE;
    if (skf_consent_ask(&way->consent, way->now))
        send_check(way);
}

static enum consent_state run(struct way *way, skiff_time until)
{
    while (due(way) <= until) {
        way->now = due(way) > way->now ? due(way) : way->now + 1;
        run_now(way);
    }
    way->now = until;
    return way->consent.state;
}

static void a_check_is_sent_every_four_to_six_seconds(void)
{
    struct way way = way_new(1);

    CU_ASSERT_EQUAL(run(&way, BEGIN + SECONDS(3)), CONSENT_FRESH);
    CU_ASSERT_EQUAL(way.checks, 0);
    CU_ASSERT_EQUAL(run(&way, BEGIN + SECONDS(600)), CONSENT_FRESH);
    CU_ASSERT_TRUE(way.checks >= 100 && way.checks <= 150);
    CU_ASSERT_EQUAL(way.consent.round_trip, way.round_trip);
    CU_ASSERT_FALSE(way.was_late);
}

static void a_slow_peer_is_not_late(void)
{
    struct way way = way_new(2);

    way.round_trip = SKIFF_MSEC(2500);
    CU_ASSERT_EQUAL(run(&way, BEGIN + SECONDS(600)), CONSENT_FRESH);
    CU_ASSERT_FALSE(way.was_late);
}

static void at_ten_percent_of_loss_both_ways_calls_live_for_ten_minutes(void)
{
    for (unsigned seed = 1; seed <= 2000; seed++) {
        struct way way = way_new(seed);
        way.loss = 10;
        (void)run(&way, BEGIN + SECONDS(600));
        if (way.consent.state == CONSENT_OVER)
            fprintf(stderr, "seed %u: consent ended\n", seed);
        CU_ASSERT_NOT_EQUAL(way.consent.state, CONSENT_OVER);
    }
}

static void an_outage_of_18_s_is_survived_whenever_it_begins(void)
{
    for (unsigned tenth = 0; tenth < 300; tenth++) {
        struct way way = way_new(tenth);
        way.cut = BEGIN + SECONDS(30) + SKIFF_MSEC(100) * tenth;
        way.mended = way.cut + SECONDS(18);
        CU_ASSERT_EQUAL(run(&way, way.mended - 1), CONSENT_LATE);
        CU_ASSERT_EQUAL(run(&way, way.mended + SECONDS(2)), CONSENT_FRESH);
    }
}

static void an_outage_of_35_s_ends_consent_30_s_after_the_last_answer(void)
{
    for (unsigned tenth = 0; tenth < 300; tenth++) {
        struct way way = way_new(tenth);
        way.cut = BEGIN + SECONDS(30) + SKIFF_MSEC(100) * tenth;
        way.mended = way.cut + SECONDS(35);
        (void)run(&way, way.cut);
        skiff_time answered = way.consent.answered;
        CU_ASSERT_EQUAL(run(&way, answered + LIFETIME - 1), CONSENT_LATE);
        CU_ASSERT_EQUAL(run(&way, answered + LIFETIME), CONSENT_OVER);
        CU_ASSERT_EQUAL(skf_consent_due(&way.consent), SKIFF_NEVER);
        CU_ASSERT_EQUAL(run(&way, way.mended + SECONDS(60)), CONSENT_OVER);
    }
}

static void where_datagrams_stop_the_peer_is_asked_soon(void)
{
    struct way way = way_new(8);

    for (unsigned i = 0; i < 3000; i++) {                   /* media every 20 ms */
        (void)run(&way, way.now + SKIFF_MSEC(20));
        skf_consent_hear(&way.consent, way.now);
    }
    CU_ASSERT_TRUE(way.checks >= 10 && way.checks <= 15);
    (void)run(&way, way.consent.sent + SECONDS(2));
    skf_consent_hear(&way.consent, way.now);
    unsigned checks = way.checks;
    CU_ASSERT_EQUAL(run(&way, way.now + SKIFF_MSEC(999)), CONSENT_FRESH);
    CU_ASSERT_EQUAL(way.checks, checks);
    CU_ASSERT_EQUAL(run(&way, way.now + SKIFF_MSEC(2)), CONSENT_FRESH);
    CU_ASSERT_EQUAL(way.checks, checks + 1);
}

static void who_asks_nobody_lives_by_being_asked(void)
{
    struct consent consent;

    skf_consent_begin_passive(&consent, BEGIN, LIFETIME);
    for (skiff_time now = BEGIN; now < BEGIN + SECONDS(600); now += SECONDS(6)) {
        CU_ASSERT_EQUAL(skf_consent_step(&consent, now), CONSENT_FRESH);
        CU_ASSERT_FALSE(skf_consent_ask(&consent, now));
        skf_consent_asked(&consent, now);
    }
    skiff_time last = consent.answered;
    CU_ASSERT_EQUAL(skf_consent_due(&consent), last + SECONDS(15));
    CU_ASSERT_EQUAL(skf_consent_step(&consent, last + SECONDS(15)), CONSENT_LATE);
    CU_ASSERT_EQUAL(skf_consent_due(&consent), last + SECONDS(30));
    CU_ASSERT_EQUAL(skf_consent_step(&consent, last + SECONDS(30)), CONSENT_OVER);
}

/* RFC 7675 5.1: an answer that comes after expiry does not bring consent back. */
static void an_answer_that_comes_too_late_changes_nothing(void)
{
    struct way way = way_new(3);

    way.cut = BEGIN;
    CU_ASSERT_EQUAL(run(&way, BEGIN + LIFETIME), CONSENT_OVER);
    skf_consent_answer(&way.consent, way.now + 1, way.now);
    CU_ASSERT_EQUAL(skf_consent_step(&way.consent, way.now + 2), CONSENT_OVER);
    CU_ASSERT_FALSE(skf_consent_ask(&way.consent, way.now + 2));
}

static void who_was_stopped_asks_before_it_gives_up(void)
{
    struct way way = way_new(4);

    (void)run(&way, BEGIN + SECONDS(61));
    unsigned checks = way.checks;
    way.now += SECONDS(50);
    run_now(&way);
    CU_ASSERT_EQUAL(way.consent.state, CONSENT_HELD);
    CU_ASSERT_EQUAL(way.checks, checks + 1);
    CU_ASSERT_EQUAL(run(&way, way.now + SECONDS(1)), CONSENT_FRESH);
}

static void who_was_stopped_and_hears_nothing_gives_up(void)
{
    struct way way = way_new(5);

    (void)run(&way, BEGIN + SECONDS(61));
    way.cut = way.now;
    way.now += SECONDS(50);
    run_now(&way);
    CU_ASSERT_EQUAL(way.consent.state, CONSENT_HELD);
    CU_ASSERT_EQUAL(run(&way, way.now + SECONDS(4)), CONSENT_OVER);
}

/* An answer that waited in a socket is read before a time is judged. */
static void an_answer_that_was_not_read_yet_counts(void)
{
    struct way way = way_new(6);

    way.round_trip = SKIFF_MSEC(900);
    while (way.num_sent == 0)
        (void)run(&way, due(&way));
    way.now += SECONDS(40);
    run_now(&way);
    CU_ASSERT_EQUAL(way.consent.state, CONSENT_FRESH);
}

static void a_peer_that_takes_its_consent_back_is_believed(void)
{
    struct way way = way_new(7);

    skf_consent_revoke(&way.consent);
    CU_ASSERT_EQUAL(skf_consent_step(&way.consent, way.now), CONSENT_OVER);
}

CU_TestInfo consent_tests[] = {
    TEST(a_check_is_sent_every_four_to_six_seconds),
    TEST(a_slow_peer_is_not_late),
    TEST(at_ten_percent_of_loss_both_ways_calls_live_for_ten_minutes),
    TEST(an_outage_of_18_s_is_survived_whenever_it_begins),
    TEST(an_outage_of_35_s_ends_consent_30_s_after_the_last_answer),
    TEST(where_datagrams_stop_the_peer_is_asked_soon),
    TEST(who_asks_nobody_lives_by_being_asked),
    TEST(an_answer_that_comes_too_late_changes_nothing),
    TEST(who_was_stopped_asks_before_it_gives_up),
    TEST(who_was_stopped_and_hears_nothing_gives_up),
    TEST(an_answer_that_was_not_read_yet_counts),
    TEST(a_peer_that_takes_its_consent_back_is_believed),
    CU_TEST_INFO_NULL,
};
