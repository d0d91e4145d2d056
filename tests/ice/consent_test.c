/* consent_test.c - consent in virtual time: losses, outages and pauses. */
#include "suite.h"

#include "ice/agent/consent.h"

#include <stdio.h>

#define SECONDS(n) SKIFF_MSEC((n)*1000)
#define LIFETIME   SECONDS(30)
#define BEGIN      SECONDS(1000)

/* A peer that answers after a round trip, but for what is lost. */
struct emulated_path {
    struct consent consent;
    skiff_time now, round_trip;
    skiff_time cut, mended; /* an outage */
    unsigned loss;          /* percent, each way */
    uint64_t random;
    skiff_time sent[64]; /* checks whose answers are on their way */
    unsigned num_sent, checks;
    bool was_late;
};

static unsigned draw(struct emulated_path *path)
{
    path->random = path->random * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (unsigned)(path->random >> 33) % 100;
}

static struct emulated_path emulated_path_new(unsigned seed)
{
    struct emulated_path path = { .now = BEGIN,
                                  .round_trip = SKIFF_MSEC(40),
                                  .random = seed };

    path.cut = path.mended = SKIFF_NEVER;
    skf_consent_begin(&path.consent, path.now, LIFETIME, seed);
    return path;
}

static bool passes(struct emulated_path *path)
{
    bool lost = draw(path) < path->loss;

    return !lost && !(path->now >= path->cut && path->now < path->mended);
}

static void send_check(struct emulated_path *path)
{
    bool there = passes(path), back = passes(path);

    path->checks++;
    if (there && back && path->num_sent < 64)
        path->sent[path->num_sent++] = path->now;
}

static void read_responses(struct emulated_path *path)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < path->num_sent; i++) {
        if (path->sent[i] + path->round_trip > path->now)
            path->sent[kept++] = path->sent[i];
        else if (!(path->now >= path->cut && path->now < path->mended))
            skf_consent_on_response(&path->consent, path->now, path->sent[i]);
    }
    path->num_sent = kept;
}

/* The time that the loop is to be run again. */
static skiff_time due(const struct emulated_path *path)
{
    skiff_time due = skf_consent_deadline(&path->consent);

    for (unsigned i = 0; i < path->num_sent; i++)
        if (path->sent[i] + path->round_trip < due)
            due = path->sent[i] + path->round_trip;
    return due;
}

static void run_now(struct emulated_path *path)
{
    read_responses(path);
    path->was_late |= skf_consent_step(&path->consent, path->now) == CONSENT_LATE;
    if (skf_consent_check_due(&path->consent, path->now))
        send_check(path);
}

static enum consent_state run(struct emulated_path *path, skiff_time until)
{
    while (due(path) <= until) {
        path->now = due(path) > path->now ? due(path) : path->now + 1;
        run_now(path);
    }
    path->now = until;
    return path->consent.state;
}

static void a_check_is_sent_every_four_to_six_seconds(void)
{
    struct emulated_path path = emulated_path_new(1);

    CU_ASSERT_EQUAL(run(&path, BEGIN + SECONDS(3)), CONSENT_FRESH);
    CU_ASSERT_EQUAL(path.checks, 0);
    CU_ASSERT_EQUAL(run(&path, BEGIN + SECONDS(600)), CONSENT_FRESH);
    CU_ASSERT_TRUE(path.checks >= 100 && path.checks <= 150);
    CU_ASSERT_EQUAL(path.consent.round_trip, path.round_trip);
    CU_ASSERT_FALSE(path.was_late);
}

static void a_slow_peer_is_not_late(void)
{
    struct emulated_path path = emulated_path_new(2);

    path.round_trip = SKIFF_MSEC(2500);
    CU_ASSERT_EQUAL(run(&path, BEGIN + SECONDS(600)), CONSENT_FRESH);
    CU_ASSERT_FALSE(path.was_late);
}

static void at_ten_percent_of_loss_both_ways_calls_live_for_ten_minutes(void)
{
    for (unsigned seed = 1; seed <= 2000; seed++) {
        struct emulated_path path = emulated_path_new(seed);
        path.loss = 10;
        (void)run(&path, BEGIN + SECONDS(600));
        if (path.consent.state == CONSENT_EXPIRED)
            fprintf(stderr, "seed %u: consent ended\n", seed);
        CU_ASSERT_NOT_EQUAL(path.consent.state, CONSENT_EXPIRED);
    }
}

static void an_outage_of_18_s_is_survived_whenever_it_begins(void)
{
    for (unsigned tenth = 0; tenth < 300; tenth++) {
        struct emulated_path path = emulated_path_new(tenth);
        path.cut = BEGIN + SECONDS(30) + SKIFF_MSEC(100) * tenth;
        path.mended = path.cut + SECONDS(18);
        CU_ASSERT_EQUAL(run(&path, path.mended - 1), CONSENT_LATE);
        CU_ASSERT_EQUAL(run(&path, path.mended + SECONDS(2)), CONSENT_FRESH);
    }
}

static void an_outage_of_35_s_ends_consent_30_s_after_the_last_response(void)
{
    for (unsigned tenth = 0; tenth < 300; tenth++) {
        struct emulated_path path = emulated_path_new(tenth);
        path.cut = BEGIN + SECONDS(30) + SKIFF_MSEC(100) * tenth;
        path.mended = path.cut + SECONDS(35);
        (void)run(&path, path.cut);
        skiff_time granted = path.consent.granted_at;
        CU_ASSERT_EQUAL(run(&path, granted + LIFETIME - 1), CONSENT_LATE);
        CU_ASSERT_EQUAL(run(&path, granted + LIFETIME), CONSENT_EXPIRED);
        CU_ASSERT_EQUAL(skf_consent_deadline(&path.consent), SKIFF_NEVER);
        CU_ASSERT_EQUAL(run(&path, path.mended + SECONDS(60)), CONSENT_EXPIRED);
    }
}

static void where_datagrams_stop_the_peer_is_asked_soon(void)
{
    struct emulated_path path = emulated_path_new(8);

    for (unsigned i = 0; i < 3000; i++) { /* media every 20 ms */
        (void)run(&path, path.now + SKIFF_MSEC(20));
        skf_consent_on_datagram(&path.consent, path.now);
    }
    CU_ASSERT_TRUE(path.checks >= 10 && path.checks <= 15);
    (void)run(&path, path.consent.sent_at + SECONDS(2));
    skf_consent_on_datagram(&path.consent, path.now);
    unsigned checks = path.checks;
    CU_ASSERT_EQUAL(run(&path, path.now + SKIFF_MSEC(999)), CONSENT_FRESH);
    CU_ASSERT_EQUAL(path.checks, checks);
    CU_ASSERT_EQUAL(run(&path, path.now + SKIFF_MSEC(2)), CONSENT_FRESH);
    CU_ASSERT_EQUAL(path.checks, checks + 1);
}

static void an_agent_that_checks_nobody_lives_by_being_checked(void)
{
    struct consent consent;

    skf_consent_begin_passive(&consent, BEGIN, LIFETIME);
    for (skiff_time now = BEGIN; now < BEGIN + SECONDS(600); now += SECONDS(6)) {
        CU_ASSERT_EQUAL(skf_consent_step(&consent, now), CONSENT_FRESH);
        CU_ASSERT_FALSE(skf_consent_check_due(&consent, now));
        skf_consent_on_check(&consent, now);
    }
    skiff_time last = consent.granted_at;
    CU_ASSERT_EQUAL(skf_consent_deadline(&consent), last + SECONDS(15));
    CU_ASSERT_EQUAL(skf_consent_step(&consent, last + SECONDS(15)), CONSENT_LATE);
    CU_ASSERT_EQUAL(skf_consent_deadline(&consent), last + SECONDS(30));
    CU_ASSERT_EQUAL(skf_consent_step(&consent, last + SECONDS(30)), CONSENT_EXPIRED);
}

/* RFC 7675 5.1: an answer that comes after expiry does not bring consent back. */
static void a_response_that_arrives_too_late_changes_nothing(void)
{
    struct emulated_path path = emulated_path_new(3);

    path.cut = BEGIN;
    CU_ASSERT_EQUAL(run(&path, BEGIN + LIFETIME), CONSENT_EXPIRED);
    skf_consent_on_response(&path.consent, path.now + 1, path.now);
    CU_ASSERT_EQUAL(skf_consent_step(&path.consent, path.now + 2), CONSENT_EXPIRED);
    CU_ASSERT_FALSE(skf_consent_check_due(&path.consent, path.now + 2));
}

static void an_end_that_was_stopped_asks_before_it_stops(void)
{
    struct emulated_path path = emulated_path_new(4);

    (void)run(&path, BEGIN + SECONDS(61));
    unsigned checks = path.checks;
    path.now += SECONDS(50);
    run_now(&path);
    CU_ASSERT_EQUAL(path.consent.state, CONSENT_SUSPENDED);
    CU_ASSERT_EQUAL(path.checks, checks + 1);
    CU_ASSERT_EQUAL(run(&path, path.now + SECONDS(1)), CONSENT_FRESH);
}

static void an_end_that_was_stopped_and_receives_nothing_stops(void)
{
    struct emulated_path path = emulated_path_new(5);

    (void)run(&path, BEGIN + SECONDS(61));
    path.cut = path.now;
    path.now += SECONDS(50);
    run_now(&path);
    CU_ASSERT_EQUAL(path.consent.state, CONSENT_SUSPENDED);
    CU_ASSERT_EQUAL(run(&path, path.now + SECONDS(4)), CONSENT_EXPIRED);
}

/* An answer that waited in a socket is read before a time is judged. */
static void a_response_that_was_not_read_yet_counts(void)
{
    struct emulated_path path = emulated_path_new(6);

    path.round_trip = SKIFF_MSEC(900);
    while (path.num_sent == 0)
        (void)run(&path, due(&path));
    path.now += SECONDS(40);
    run_now(&path);
    CU_ASSERT_EQUAL(path.consent.state, CONSENT_FRESH);
}

static void a_peer_that_revokes_its_consent_is_believed(void)
{
    struct emulated_path path = emulated_path_new(7);

    skf_consent_revoke(&path.consent);
    CU_ASSERT_EQUAL(skf_consent_step(&path.consent, path.now), CONSENT_EXPIRED);
}

CU_TestInfo consent_tests[] = {
    TEST(a_check_is_sent_every_four_to_six_seconds),
    TEST(a_slow_peer_is_not_late),
    TEST(at_ten_percent_of_loss_both_ways_calls_live_for_ten_minutes),
    TEST(an_outage_of_18_s_is_survived_whenever_it_begins),
    TEST(an_outage_of_35_s_ends_consent_30_s_after_the_last_response),
    TEST(where_datagrams_stop_the_peer_is_asked_soon),
    TEST(an_agent_that_checks_nobody_lives_by_being_checked),
    TEST(a_response_that_arrives_too_late_changes_nothing),
    TEST(an_end_that_was_stopped_asks_before_it_stops),
    TEST(an_end_that_was_stopped_and_receives_nothing_stops),
    TEST(a_response_that_was_not_read_yet_counts),
    TEST(a_peer_that_revokes_its_consent_is_believed),
    CU_TEST_INFO_NULL,
};
