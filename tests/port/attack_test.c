/* attack_test.c - what those cost who copy checks: how much media of a call they keep away
 * from the peer. The numbers are those of docs/paths.md. */
#include "suite.h"

#include "pairs.h"

#include <stdio.h>
#include <unistd.h>

enum {
    CAPTURED = 60,
    TENTHS = 10 * 60 * 10, /* ten minutes, in steps of 100 ms */
    CHECKS_EVERY = 25,
    SENDS_EVERY = 10,
    ATTACKS_EVERY = 5
};

static const struct pairs_check plain = { .priority = 2130706431 },
                                nominate = { .use = true, .priority = 2130706431 };

static struct captured captured[CAPTURED];

/* From another address each time. */
static void replay_from_new_address(struct pairs *pairs, const struct captured *what)
{
    int before = pairs->attacker;

    pairs->attacker = stranger_open(&pairs->fixture.caller);
    close(before);
    (void)pairs_replay(pairs, what);
}

/*
 * Packets of 6,000 that do not reach a peer which checks as `own` says and sends a packet
 * each second, while somebody has 60 checks that the port has not seen, each of which he
 * sends every 30 s from an address of its own.
 */
static unsigned lost_to_copies(struct pairs_check own, struct pairs_check copied)
{
    struct pairs pairs;
    unsigned lost = 0;

    pairs_connect(&pairs, 1);
    for (int i = 0; i < CAPTURED; i++)
        pairs_write(&pairs, copied, &captured[i]);
    for (int t = 0; t < TENTHS; t++) {
        pairs_pass(&pairs, SKIFF_MSEC(100));
        if (t % CHECKS_EVERY == 0)
            CU_ASSERT_TRUE(pairs_check(&pairs, 0, own));
        if (t % SENDS_EVERY == 0)
            pairs_send_media(&pairs, 0);
        if (t % ATTACKS_EVERY == 0)
            replay_from_new_address(&pairs, &captured[t / ATTACKS_EVERY % CAPTURED]);
        lost += pairs_receive(&pairs) != 0 ? 1u : 0u;
    }
    pairs_end(&pairs);
    return lost;
}

static void copies_of_plain_checks_cost_nothing(void)
{
    CU_ASSERT_EQUAL(lost_to_copies(plain, plain), 0);
    CU_ASSERT_EQUAL(lost_to_copies(nominate, plain), 0);
}

/* Two trials, of two seconds and what is missing to the next packet of the peer's. */
static void copies_of_nominations_cost_one_trial_in_five_minutes(void)
{
    unsigned regular = lost_to_copies(plain, nominate);
    unsigned often = lost_to_copies(nominate, nominate);

    CU_ASSERT_TRUE(regular <= 60); /* 1 % */
    CU_ASSERT_TRUE(often <= 60);
    if (regular > 60 || often > 60)
        printf("%u and %u of %d\n", regular, often, TENTHS);
}

/* Before the peer's own check, a copy from another address: on the path, faster than it. */
static unsigned lost_to_races(struct pairs_check own, unsigned *unanswered)
{
    struct pairs pairs;
    struct captured check;
    unsigned lost = 0;

    *unanswered = 0;
    pairs_connect(&pairs, 1);
    for (int t = 0; t < TENTHS; t++) {
        pairs_pass(&pairs, SKIFF_MSEC(100));
        if (t % CHECKS_EVERY == 0) {
            pairs_write(&pairs, own, &check);
            replay_from_new_address(&pairs, &check);
            *unanswered += pairs_send(&pairs, 0, &check) ? 0 : 1;
        }
        if (t % SENDS_EVERY == 0)
            pairs_send_media(&pairs, 0);
        lost += pairs_receive(&pairs) != 0 ? 1u : 0u;
    }
    CU_ASSERT_EQUAL(pairs.fixture.server.events.events[SKIFF_PEER_CONSENT_LOST], 0);
    pairs_end(&pairs);
    return lost;
}

static void an_end_that_races_all_checks_costs_no_more(void)
{
    unsigned unanswered;

    CU_ASSERT_EQUAL(lost_to_races(plain, &unanswered), 0);
    CU_ASSERT_EQUAL(unanswered, 0);
    unsigned lost = lost_to_races(nominate, &unanswered);
    CU_ASSERT_TRUE(lost <= 60);
    CU_ASSERT_EQUAL(unanswered, 0);
}

/* He who is faster with everything is the network: what he has is the path, sealed. When he
 * ends, how long is it until the peer has its path again? */
static unsigned lost_after_a_race_for_all(struct pairs_check own)
{
    struct pairs pairs;
    struct captured check, packet;
    unsigned lost = 0;

    pairs_connect(&pairs, 1);
    for (int t = 0; t < 600; t++) {
        pairs_pass(&pairs, SKIFF_MSEC(100));
        if (t % CHECKS_EVERY == 0) {
            pairs_write(&pairs, own, &check);
            (void)pairs_replay(&pairs, &check);
            (void)pairs_send(&pairs, 0, &check);
        }
        pairs_seal(&pairs, &packet);
        (void)pairs_replay(&pairs, &packet);
    }
    for (int t = 1; t <= 600; t++) {
        pairs_pass(&pairs, SKIFF_MSEC(100));
        if (t % CHECKS_EVERY == 0)
            CU_ASSERT_TRUE(pairs_check(&pairs, 0, own));
        pairs_send_media(&pairs, 0);
        lost += pairs_receive(&pairs) != 0 ? 1u : 0u;
    }
    CU_ASSERT_EQUAL(pairs_receive(&pairs), 0);
    pairs_end(&pairs);
    return lost;
}

static void an_end_that_races_everything_has_the_path_for_as_long_as_it_does(void)
{
    unsigned regular = lost_after_a_race_for_all(plain);
    unsigned often = lost_after_a_race_for_all(nominate);

    CU_ASSERT_TRUE(regular <= 125); /* 12.5 s */
    CU_ASSERT_TRUE(often <= 25);
    if (regular > 125 || often > 25)
        printf("%u and %u\n", regular, often);
}

/* A stranger with a session of his own, who can write the peer's address on his checks. */
static void checks_of_a_stranger_from_the_address_of_a_peer_cost_nothing(void)
{
    struct pairs pairs;
    struct caller stranger;
    unsigned lost = 0;

    pairs_connect(&pairs, 1);
    caller_new(&stranger, &pairs.fixture.server);
    int own = stranger.fd;
    stranger.fd = pairs.fd[0];
    for (int t = 0; t < 600; t++) {
        pairs_pass(&pairs, SKIFF_MSEC(100));
        if (t % CHECKS_EVERY == 0)
            CU_ASSERT_TRUE(pairs_check(&pairs, 0, plain));
        CU_ASSERT_FALSE(caller_checks(&stranger, true));
        lost += pairs_receive(&pairs) != 0 ? 1u : 0u;
    }
    CU_ASSERT_EQUAL(lost, 0);
    stranger.fd = own;
    caller_free(&stranger);
    pairs_end(&pairs);
}

/* The same with a pair that the peer keeps warm: it has the other all the while. */
static void checks_of_a_stranger_from_a_warm_pair_cost_that_pair(void)
{
    struct pairs pairs;
    struct caller stranger;

    pairs_connect(&pairs, 2);
    CU_ASSERT_TRUE(pairs_check(&pairs, 1, plain));
    caller_new(&stranger, &pairs.fixture.server);
    int own = stranger.fd;
    stranger.fd = pairs.fd[1];
    CU_ASSERT_TRUE(caller_checks(&stranger, true));
    CU_ASSERT_FALSE(pairs_check(&pairs, 1, plain));
    CU_ASSERT_TRUE(pairs_check(&pairs, 0, plain));
    CU_ASSERT_EQUAL(pairs_receive(&pairs), 0);
    pairs_pass(&pairs, SKIFF_MSEC(12000));
    CU_ASSERT_TRUE(pairs_check(&pairs, 1, plain));
    stranger.fd = own;
    caller_free(&stranger);
    pairs_end(&pairs);
}

/* Nothing can be proven yet: the peer's own checks are the copies. */
static void an_end_that_races_all_checks_before_there_are_keys_keeps_the_call_away(void)
{
    struct pairs pairs;
    struct captured check;

    pairs_begin(&pairs, 1);
    pairs_open(&pairs);
    for (int i = 0; i < 10; i++) {
        pairs_write(&pairs, nominate, &check);
        (void)pairs_replay(&pairs, &check);
        CU_ASSERT_FALSE(pairs_send(&pairs, 0, &check));
        caller_begin_dtls(&pairs.fixture.caller);
        pairs_pass(&pairs, SKIFF_MSEC(1000));
    }
    CU_ASSERT_FALSE(pairs.fixture.caller.connected);
    CU_ASSERT_TRUE(pairs_check(&pairs, 0, nominate)); /* when he ends, it comes up */
    for (int i = 0; i < 10; i++) {
        caller_begin_dtls(&pairs.fixture.caller);
        pairs_pass(&pairs, SKIFF_MSEC(1000));
    }
    CU_ASSERT_TRUE(pairs.fixture.caller.connected);
    pairs_end(&pairs);
}

CU_TestInfo attack_tests[] = {
    TEST(copies_of_plain_checks_cost_nothing),
    TEST(copies_of_nominations_cost_one_trial_in_five_minutes),
    TEST(an_end_that_races_all_checks_costs_no_more),
    TEST(an_end_that_races_everything_has_the_path_for_as_long_as_it_does),
    TEST(checks_of_a_stranger_from_the_address_of_a_peer_cost_nothing),
    TEST(checks_of_a_stranger_from_a_warm_pair_cost_that_pair),
    TEST(an_end_that_races_all_checks_before_there_are_keys_keeps_the_call_away),
    CU_TEST_INFO_NULL
};
