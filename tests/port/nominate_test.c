/* nominate_test.c - nominations: which of several pairs media goes on, and what they must
 * prove once there are keys. */
#include "suite.h"

#include "pairs.h"

enum { HIGH = 2130706431, LOW = 1000 };

static const struct pairs_check plain = { .priority = HIGH },
                                nominate = { .use = true, .priority = HIGH },
                                lower = { .use = true, .priority = LOW };

static struct pairs_check renominate(uint32_t value)
{
    return (struct pairs_check){ .renominates = true, .value = value, .priority = LOW };
}

/* --- before keys ---------------------------------------------------------------------- */

static void before_keys_a_nomination_counts_at_once(void)
{
    struct pairs pairs;

    pairs_begin(&pairs, 2);
    pairs_open(&pairs);
    CU_ASSERT_TRUE(pairs_check(&pairs, 0, plain));
    CU_ASSERT_EQUAL(pairs_where(&pairs), 0);
    CU_ASSERT_TRUE(pairs_check(&pairs, 1, lower));
    CU_ASSERT_EQUAL(pairs_where(&pairs), 1);
    CU_ASSERT_TRUE(pairs_check(&pairs, 0, plain));
    CU_ASSERT_EQUAL(pairs_where(&pairs), 1);
    pairs_end(&pairs);
}

/* RFC 5245 8.1.1.2 */
static void of_pairs_nominated_again_and_again_the_highest_priority_wins(void)
{
    struct pairs pairs;

    for (int best = 0; best < 4; best++) {
        pairs_begin(&pairs, 4);
        pairs_open(&pairs);
        for (int round = 0; round < 10; round++) {
            for (int i = 0; i < 4; i++) {
                struct pairs_check check = { .use = true };
                check.priority = i == best ? HIGH : LOW + (uint32_t)i;
                CU_ASSERT_TRUE(pairs_check(&pairs, i, check));
                pairs_pass(&pairs, SKIFF_MSEC(50));
            }
            if (round > 0)
                CU_ASSERT_EQUAL(pairs_where(&pairs), best);
        }
        CU_ASSERT_TRUE(pairs_counters(&pairs).paths_moved <= 3);
        pairs_end(&pairs);
    }
}

static void a_lower_pair_wins_when_the_higher_is_nominated_no_longer(void)
{
    struct pairs pairs;

    pairs_begin(&pairs, 2);
    pairs_open(&pairs);
    CU_ASSERT_TRUE(pairs_check(&pairs, 0, nominate));
    pairs_pass(&pairs, SKIFF_MSEC(1100));
    CU_ASSERT_TRUE(pairs_check(&pairs, 1, lower));
    CU_ASSERT_EQUAL(pairs_where(&pairs), 0);
    CU_ASSERT_TRUE(pairs_check(&pairs, 0, nominate));
    pairs_pass(&pairs, SKIFF_MSEC(1200));
    CU_ASSERT_TRUE(pairs_check(&pairs, 1, lower));
    CU_ASSERT_EQUAL(pairs_where(&pairs), 1);
    pairs_end(&pairs);
}

static void a_lower_pair_wins_when_it_is_nominated_twice_in_turn(void)
{
    struct pairs pairs;

    pairs_begin(&pairs, 2);
    pairs_open(&pairs);
    CU_ASSERT_TRUE(pairs_check(&pairs, 0, nominate));
    CU_ASSERT_TRUE(pairs_check(&pairs, 1, lower));
    CU_ASSERT_EQUAL(pairs_where(&pairs), 0);
    CU_ASSERT_TRUE(pairs_check(&pairs, 1, lower));
    CU_ASSERT_EQUAL(pairs_where(&pairs), 1);
    pairs_end(&pairs);
}

/* An agent that nominates regularly says what it means (RFC 8445 8.1.1). */
static void a_lower_pair_wins_when_the_higher_was_checked_without_it_since(void)
{
    struct pairs pairs;

    pairs_begin(&pairs, 2);
    pairs_open(&pairs);
    CU_ASSERT_TRUE(pairs_check(&pairs, 0, nominate));
    CU_ASSERT_TRUE(pairs_check(&pairs, 0, plain));
    CU_ASSERT_TRUE(pairs_check(&pairs, 1, lower));
    CU_ASSERT_EQUAL(pairs_where(&pairs), 1);
    pairs_end(&pairs);
}

/* --- with keys ------------------------------------------------------------------------ */

static void a_nomination_is_followed_at_once_and_proven_by_what_opens(void)
{
    struct pairs pairs;

    pairs_connect(&pairs, 2);
    CU_ASSERT_TRUE(pairs_check(&pairs, 1, nominate));
    CU_ASSERT_EQUAL(pairs_receive(&pairs), 1);
    pairs_send_media(&pairs, 1);
    pairs_pass(&pairs, SKIFF_MSEC(5000));
    CU_ASSERT_EQUAL(pairs_receive(&pairs), 1);
    CU_ASSERT_EQUAL(pairs_counters(&pairs).paths_moved, 1);
    pairs_end(&pairs);
}

static void media_goes_back_when_only_the_old_path_delivers(void)
{
    struct pairs pairs;
    struct captured nomination;

    pairs_connect(&pairs, 2);
    pairs_write(&pairs, nominate, &nomination);
    CU_ASSERT_TRUE(pairs_replay(&pairs, &nomination));
    CU_ASSERT_EQUAL(pairs_receive(&pairs), PAIRS_NOWHERE);
    pairs_pass(&pairs, SKIFF_MSEC(1900));
    pairs_send_media(&pairs, 0);
    CU_ASSERT_EQUAL(pairs_receive(&pairs), PAIRS_NOWHERE);
    pairs_pass(&pairs, SKIFF_MSEC(100));
    pairs_send_media(&pairs, 0);
    CU_ASSERT_EQUAL(pairs_receive(&pairs), 0);
    CU_ASSERT_EQUAL(pairs_counters(&pairs).paths_reverted, 1);
    CU_ASSERT_EQUAL(pairs.fixture.server.events.events[SKIFF_PEER_PATH], 3);
    pairs_end(&pairs);
}

static void media_stays_when_neither_delivers(void)
{
    struct pairs pairs;

    pairs_connect(&pairs, 2);
    CU_ASSERT_TRUE(pairs_check(&pairs, 1, nominate));
    pairs_pass(&pairs, SKIFF_MSEC(10000));
    CU_ASSERT_EQUAL(pairs_where(&pairs), 1);
    CU_ASSERT_TRUE(pairs_check(&pairs, 1, plain));
    CU_ASSERT_EQUAL(pairs_where(&pairs), 1);
    pairs_end(&pairs);
}

static void an_older_packet_proves_nothing(void)
{
    struct pairs pairs;
    struct captured nomination, packet;

    pairs_connect(&pairs, 1);
    pairs_write(&pairs, nominate, &nomination);
    pairs_seal(&pairs, &packet);
    pairs_send_media(&pairs, 0);
    CU_ASSERT_TRUE(pairs_replay(&pairs, &nomination));
    CU_ASSERT_FALSE(pairs_replay(&pairs, &packet));
    pairs_pass(&pairs, SKIFF_MSEC(2000));
    pairs_send_media(&pairs, 0);
    CU_ASSERT_EQUAL(pairs_receive(&pairs), 0);
    pairs_end(&pairs);
}

static void after_one_that_nothing_proved_others_need_their_proof_first(void)
{
    struct pairs pairs;
    struct captured nomination, more;

    pairs_connect(&pairs, 2);
    pairs_write(&pairs, nominate, &nomination);
    CU_ASSERT_TRUE(pairs_replay(&pairs, &nomination));
    pairs_pass(&pairs, SKIFF_MSEC(2000));
    pairs_send_media(&pairs, 0);
    CU_ASSERT_EQUAL(pairs_receive(&pairs), 0);
    for (int i = 0; i < 10; i++) {
        pairs_write(&pairs, nominate, &more);
        CU_ASSERT_TRUE(pairs_replay(&pairs, &more));
        CU_ASSERT_EQUAL(pairs_receive(&pairs), 0);
    }
    CU_ASSERT_EQUAL(pairs_counters(&pairs).nominations_held, 10);
    CU_ASSERT_TRUE(pairs_check(&pairs, 1, nominate));
    CU_ASSERT_EQUAL(pairs_receive(&pairs), 0);
    pairs_send_media(&pairs, 1);
    CU_ASSERT_EQUAL(pairs_receive(&pairs), 1);
    pairs_end(&pairs);
}

/* The true peer nominates its pair again before anything has proven the other. */
static void an_end_that_nominates_a_proven_pair_ends_the_trial(void)
{
    struct pairs pairs;
    struct captured nomination;
    static const struct pairs_check highest = { .use = true, .priority = UINT32_MAX };

    pairs_connect(&pairs, 2);
    pairs_write(&pairs, highest, &nomination);
    CU_ASSERT_TRUE(pairs_replay(&pairs, &nomination));
    CU_ASSERT_EQUAL(pairs_receive(&pairs), PAIRS_NOWHERE);
    CU_ASSERT_TRUE(pairs_check(&pairs, 0, lower));
    CU_ASSERT_EQUAL(pairs_receive(&pairs), 0);
    pairs_write(&pairs, highest, &nomination);
    CU_ASSERT_TRUE(pairs_replay(&pairs, &nomination));
    CU_ASSERT_EQUAL(pairs_receive(&pairs), 0);
    pairs_end(&pairs);
}

static void a_nomination_of_a_proven_pair_is_final(void)
{
    struct pairs pairs;

    pairs_connect(&pairs, 2);
    CU_ASSERT_TRUE(pairs_check(&pairs, 1, nominate));
    pairs_send_media(&pairs, 1);
    CU_ASSERT_TRUE(pairs_check(&pairs, 0, nominate));
    CU_ASSERT_EQUAL(pairs_receive(&pairs), 0);
    pairs_send_media(&pairs, 1);
    pairs_pass(&pairs, SKIFF_MSEC(3000));
    pairs_send_media(&pairs, 1);
    CU_ASSERT_EQUAL(pairs_receive(&pairs), 0);
    pairs_end(&pairs);
}

/* --- NOMINATION ----------------------------------------------------------------------- */

static void nomination_is_ignored_unless_configured(void)
{
    struct pairs pairs;

    pairs_begin(&pairs, 2);
    pairs_open(&pairs);
    CU_ASSERT_PTR_NULL(skiff_port_ice_options(pairs.fixture.server.port));
    CU_ASSERT_TRUE(pairs_check(&pairs, 0, nominate));
    CU_ASSERT_TRUE(pairs_check(&pairs, 1, renominate(1)));
    CU_ASSERT_EQUAL(pairs_where(&pairs), 0);
    pairs_end(&pairs);
}

static void the_highest_value_of_nomination_wins(void)
{
    struct pairs pairs;

    pairs_begin(&pairs, 3);
    pairs.fixture.server.config.renomination = true;
    pairs_open(&pairs);
    CU_ASSERT_STRING_EQUAL(skiff_port_ice_options(pairs.fixture.server.port),
                           "renomination");
    CU_ASSERT_TRUE(pairs_check(&pairs, 0, nominate));
    CU_ASSERT_TRUE(pairs_check(&pairs, 1, renominate(5)));
    CU_ASSERT_EQUAL(pairs_where(&pairs), 1);
    CU_ASSERT_TRUE(pairs_check(&pairs, 2, renominate(5)));
    CU_ASSERT_TRUE(pairs_check(&pairs, 2, renominate(4)));
    pairs_pass(&pairs, SKIFF_MSEC(3000));
    CU_ASSERT_TRUE(pairs_check(&pairs, 2, renominate(4)));
    CU_ASSERT_TRUE(pairs_check(&pairs, 0, nominate));
    CU_ASSERT_EQUAL(pairs_where(&pairs), 1);
    CU_ASSERT_TRUE(pairs_check(&pairs, 2, renominate(6)));
    CU_ASSERT_EQUAL(pairs_where(&pairs), 2);
    pairs_end(&pairs);
}

/* What failed leaves the value as it was: the peer may say it again, from where it is. */
static void a_value_needs_its_proof_too(void)
{
    struct pairs pairs;
    struct captured nomination;

    pairs_begin(&pairs, 2);
    pairs.fixture.server.config.renomination = true;
    pairs_open(&pairs);
    caller_connect(&pairs.fixture.caller);
    CU_ASSERT_TRUE(pairs_check(&pairs, 0, renominate(3)));
    pairs_write(&pairs, renominate(7), &nomination);
    CU_ASSERT_TRUE(pairs_replay(&pairs, &nomination));
    CU_ASSERT_EQUAL(pairs_receive(&pairs), PAIRS_NOWHERE);
    pairs_pass(&pairs, SKIFF_MSEC(2000));
    pairs_send_media(&pairs, 0);
    CU_ASSERT_EQUAL(pairs_receive(&pairs), 0);
    CU_ASSERT_TRUE(pairs_check(&pairs, 1, renominate(7)));
    CU_ASSERT_TRUE(pairs_check(&pairs, 0, plain));
    CU_ASSERT_EQUAL(pairs_receive(&pairs), 0);
    pairs_send_media(&pairs, 1);
    CU_ASSERT_EQUAL(pairs_receive(&pairs), 1);
    CU_ASSERT_TRUE(pairs_check(&pairs, 0, renominate(6)));
    CU_ASSERT_EQUAL(pairs_receive(&pairs), 1);
    pairs_end(&pairs);
}

/* Nor does a value that failed end what USE-CANDIDATE says. */
static void a_value_that_failed_leaves_use_candidate_as_it_was(void)
{
    struct pairs pairs;
    struct captured nomination;

    pairs_begin(&pairs, 2);
    pairs.fixture.server.config.renomination = true;
    pairs_open(&pairs);
    caller_connect(&pairs.fixture.caller);
    pairs_write(&pairs, renominate(7), &nomination);
    CU_ASSERT_TRUE(pairs_replay(&pairs, &nomination));
    pairs_pass(&pairs, SKIFF_MSEC(2000));
    pairs_send_media(&pairs, 0);
    CU_ASSERT_TRUE(pairs_check(&pairs, 1, nominate));
    CU_ASSERT_TRUE(pairs_check(&pairs, 0, plain));
    CU_ASSERT_EQUAL(pairs_receive(&pairs), 0);
    pairs_send_media(&pairs, 1);
    CU_ASSERT_EQUAL(pairs_receive(&pairs), 1);
    pairs_end(&pairs);
}

CU_TestInfo nominate_tests[] = {
    TEST(before_keys_a_nomination_counts_at_once),
    TEST(of_pairs_nominated_again_and_again_the_highest_priority_wins),
    TEST(a_lower_pair_wins_when_the_higher_is_nominated_no_longer),
    TEST(a_lower_pair_wins_when_it_is_nominated_twice_in_turn),
    TEST(a_lower_pair_wins_when_the_higher_was_checked_without_it_since),
    TEST(a_nomination_is_followed_at_once_and_proven_by_what_opens),
    TEST(media_goes_back_when_only_the_old_path_delivers),
    TEST(media_stays_when_neither_delivers),
    TEST(an_older_packet_proves_nothing),
    TEST(after_one_that_nothing_proved_others_need_their_proof_first),
    TEST(an_end_that_nominates_a_proven_pair_ends_the_trial),
    TEST(a_nomination_of_a_proven_pair_is_final),
    TEST(nomination_is_ignored_unless_configured),
    TEST(the_highest_value_of_nomination_wins),
    TEST(a_value_needs_its_proof_too),
    TEST(a_value_that_failed_leaves_use_candidate_as_it_was),
    CU_TEST_INFO_NULL
};
