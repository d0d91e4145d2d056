/* consent_test.c - consent in virtual time: losses, outages and pauses. */
#include "suite.h"

#include "ice/agent/consent.h"

#include <stdio.h>

#define SECONDS(n) SKIFF_MSEC((n)*1000)
#define LIFETIME   SECONDS(30)
#define BEGIN      SECONDS(1000)

/* A peer that answers after a round trip, but for what is lost. */
struct simulation {
    struct consent consent;
    skiff_time now, round_trip;
    skiff_time cut, mended; /* an outage */
    unsigned loss;          /* percent, each way */
    uint64_t random;
    skiff_time sent[64]; /* checks whose answers are on their way */
    unsigned num_sent, checks;
    bool was_late;
};

static unsigned draw(struct simulation *simulation)
{
    simulation->random =
        simulation->random * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (unsigned)(simulation->random >> 33) % 100;
}

static struct simulation simulation_new(unsigned seed)
{
    struct simulation simulation = { .now = BEGIN,
                                     .round_trip = SKIFF_MSEC(40),
                                     .random = seed };

    simulation.cut = simulation.mended = SKIFF_NEVER;
    skf_consent_begin(&simulation.consent, simulation.now, LIFETIME, seed);
    return simulation;
}

static bool passes(struct simulation *simulation)
{
    bool lost = draw(simulation) < simulation->loss;

    return !lost
        && !(simulation->now >= simulation->cut && simulation->now < simulation->mended);
}

static void send_check(struct simulation *simulation)
{
    bool there = passes(simulation), back = passes(simulation);

    simulation->checks++;
    if (there && back && simulation->num_sent < 64)
        simulation->sent[simulation->num_sent++] = simulation->now;
}

static void read_responses(struct simulation *simulation)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < simulation->num_sent; i++) {
        if (simulation->sent[i] + simulation->round_trip > simulation->now)
            simulation->sent[kept++] = simulation->sent[i];
        else if (!(simulation->now >= simulation->cut
                   && simulation->now < simulation->mended))
            skf_consent_on_response(&simulation->consent, simulation->now,
                                    simulation->sent[i]);
    }
    simulation->num_sent = kept;
}

/* The time that the loop is to be run again. */
static skiff_time due(const struct simulation *simulation)
{
    skiff_time due = skf_consent_deadline(&simulation->consent);

    for (unsigned i = 0; i < simulation->num_sent; i++)
        if (simulation->sent[i] + simulation->round_trip < due)
            due = simulation->sent[i] + simulation->round_trip;
    return due;
}

static void run_now(struct simulation *simulation)
{
    read_responses(simulation);
    simulation->was_late |=
        skf_consent_step(&simulation->consent, simulation->now) == CONSENT_LATE;
    if (skf_consent_check_due(&simulation->consent, simulation->now))
        send_check(simulation);
}

static enum consent_state run(struct simulation *simulation, skiff_time until)
{
    while (due(simulation) <= until) {
        simulation->now =
            due(simulation) > simulation->now ? due(simulation) : simulation->now + 1;
        run_now(simulation);
    }
    simulation->now = until;
    return simulation->consent.state;
}

static void a_check_is_sent_every_four_to_six_seconds(void)
{
    struct simulation simulation = simulation_new(1);

    CU_ASSERT_EQUAL(run(&simulation, BEGIN + SECONDS(3)), CONSENT_FRESH);
    CU_ASSERT_EQUAL(simulation.checks, 0);
    CU_ASSERT_EQUAL(run(&simulation, BEGIN + SECONDS(600)), CONSENT_FRESH);
    CU_ASSERT_TRUE(simulation.checks >= 100 && simulation.checks <= 150);
    CU_ASSERT_EQUAL(simulation.consent.round_trip, simulation.round_trip);
    CU_ASSERT_FALSE(simulation.was_late);
}

static void a_slow_peer_is_not_late(void)
{
    struct simulation simulation = simulation_new(2);

    simulation.round_trip = SKIFF_MSEC(2500);
    CU_ASSERT_EQUAL(run(&simulation, BEGIN + SECONDS(600)), CONSENT_FRESH);
    CU_ASSERT_FALSE(simulation.was_late);
}

static void at_ten_percent_of_loss_both_ways_calls_live_for_ten_minutes(void)
{
    for (unsigned seed = 1; seed <= 2000; seed++) {
        struct simulation simulation = simulation_new(seed);
        simulation.loss = 10;
        (void)run(&simulation, BEGIN + SECONDS(600));
        if (simulation.consent.state == CONSENT_EXPIRED)
            fprintf(stderr, "seed %u: consent ended\n", seed);
        CU_ASSERT_NOT_EQUAL(simulation.consent.state, CONSENT_EXPIRED);
    }
}

static void an_outage_of_18_s_is_survived_whenever_it_begins(void)
{
    for (unsigned tenth = 0; tenth < 300; tenth++) {
        struct simulation simulation = simulation_new(tenth);
        simulation.cut = BEGIN + SECONDS(30) + SKIFF_MSEC(100) * tenth;
        simulation.mended = simulation.cut + SECONDS(18);
        CU_ASSERT_EQUAL(run(&simulation, simulation.mended - 1), CONSENT_LATE);
        CU_ASSERT_EQUAL(run(&simulation, simulation.mended + SECONDS(2)), CONSENT_FRESH);
    }
}

static void an_outage_of_35_s_ends_consent_30_s_after_the_last_response(void)
{
    for (unsigned tenth = 0; tenth < 300; tenth++) {
        struct simulation simulation = simulation_new(tenth);
        simulation.cut = BEGIN + SECONDS(30) + SKIFF_MSEC(100) * tenth;
        simulation.mended = simulation.cut + SECONDS(35);
        (void)run(&simulation, simulation.cut);
        skiff_time granted = simulation.consent.granted_at;
        CU_ASSERT_EQUAL(run(&simulation, granted + LIFETIME - 1), CONSENT_LATE);
        CU_ASSERT_EQUAL(run(&simulation, granted + LIFETIME), CONSENT_EXPIRED);
        CU_ASSERT_EQUAL(skf_consent_deadline(&simulation.consent), SKIFF_NEVER);
        CU_ASSERT_EQUAL(run(&simulation, simulation.mended + SECONDS(60)), CONSENT_EXPIRED);
    }
}

static void where_datagrams_stop_the_peer_is_asked_soon(void)
{
    struct simulation simulation = simulation_new(8);

    for (unsigned i = 0; i < 3000; i++) { /* media every 20 ms */
        (void)run(&simulation, simulation.now + SKIFF_MSEC(20));
        skf_consent_on_datagram(&simulation.consent, simulation.now);
    }
    CU_ASSERT_TRUE(simulation.checks >= 10 && simulation.checks <= 15);
    (void)run(&simulation, simulation.consent.sent_at + SECONDS(2));
    skf_consent_on_datagram(&simulation.consent, simulation.now);
    unsigned checks = simulation.checks;
    CU_ASSERT_EQUAL(run(&simulation, simulation.now + SKIFF_MSEC(999)), CONSENT_FRESH);
    CU_ASSERT_EQUAL(simulation.checks, checks);
    CU_ASSERT_EQUAL(run(&simulation, simulation.now + SKIFF_MSEC(2)), CONSENT_FRESH);
    CU_ASSERT_EQUAL(simulation.checks, checks + 1);
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
    struct simulation simulation = simulation_new(3);

    simulation.cut = BEGIN;
    CU_ASSERT_EQUAL(run(&simulation, BEGIN + LIFETIME), CONSENT_EXPIRED);
    skf_consent_on_response(&simulation.consent, simulation.now + 1, simulation.now);
    CU_ASSERT_EQUAL(skf_consent_step(&simulation.consent, simulation.now + 2),
                    CONSENT_EXPIRED);
    CU_ASSERT_FALSE(skf_consent_check_due(&simulation.consent, simulation.now + 2));
}

static void a_suspended_end_checks_before_it_expires(void)
{
    struct simulation simulation = simulation_new(4);

    (void)run(&simulation, BEGIN + SECONDS(61));
    unsigned checks = simulation.checks;
    simulation.now += SECONDS(50);
    run_now(&simulation);
    CU_ASSERT_EQUAL(simulation.consent.state, CONSENT_SUSPENDED);
    CU_ASSERT_EQUAL(simulation.checks, checks + 1);
    CU_ASSERT_EQUAL(run(&simulation, simulation.now + SECONDS(1)), CONSENT_FRESH);
}

static void a_suspended_end_without_a_response_expires(void)
{
    struct simulation simulation = simulation_new(5);

    (void)run(&simulation, BEGIN + SECONDS(61));
    simulation.cut = simulation.now;
    simulation.now += SECONDS(50);
    run_now(&simulation);
    CU_ASSERT_EQUAL(simulation.consent.state, CONSENT_SUSPENDED);
    CU_ASSERT_EQUAL(run(&simulation, simulation.now + SECONDS(4)), CONSENT_EXPIRED);
}

/* An answer that waited in a socket is read before a time is judged. */
static void a_response_that_was_not_read_yet_counts(void)
{
    struct simulation simulation = simulation_new(6);

    simulation.round_trip = SKIFF_MSEC(900);
    while (simulation.num_sent == 0)
        (void)run(&simulation, due(&simulation));
    simulation.now += SECONDS(40);
    run_now(&simulation);
    CU_ASSERT_EQUAL(simulation.consent.state, CONSENT_FRESH);
}

static void a_peer_that_revokes_its_consent_is_believed(void)
{
    struct simulation simulation = simulation_new(7);

    skf_consent_revoke(&simulation.consent);
    CU_ASSERT_EQUAL(skf_consent_step(&simulation.consent, simulation.now), CONSENT_EXPIRED);
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
    TEST(a_suspended_end_checks_before_it_expires),
    TEST(a_suspended_end_without_a_response_expires),
    TEST(a_response_that_was_not_read_yet_counts),
    TEST(a_peer_that_revokes_its_consent_is_believed),
    CU_TEST_INFO_NULL,
};
