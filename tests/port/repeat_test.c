/* repeat_test.c - transaction ids that come again: from where they were first good, from
 * another address, and from those who use one for all. */
#include "suite.h"

#include "pairs.h"

#include <string.h>

enum { HIGH = 2130706431, MANY = 100 };

static const struct pairs_check plain = { .priority = HIGH },
                                nominate = { .use = true, .priority = HIGH };

/* A check with an id of the test's choice, as old libjuice sends for a pair. */
static void write_with_id(struct pairs *pairs, uint8_t id, bool use, struct captured *out)
{
    struct caller *caller = &pairs->fixture.caller;
    struct stun_client client;

    stun_client_begin(&client, out->bytes);
    memset(out->bytes + 8, id, 12);
    stun_client_add_text(&client, STUN_CLIENT_USERNAME, caller->username);
    stun_client_add_u32(&client, STUN_CLIENT_PRIORITY, HIGH);
    stun_client_add_u64(&client, STUN_CLIENT_CONTROLLING, 5678);
    if (use)
        stun_client_add(&client, STUN_CLIENT_USE_CANDIDATE, NULL, 0);
    out->len = stun_client_finish(&client, caller->pwd);
}

static unsigned silences(const struct pairs *pairs)
{
    return pairs->fixture.server.events.events[SKIFF_PEER_CONSENT_LOST];
}

static void the_last_check_of_a_peer_that_has_gone_keeps_it_no_longer(void)
{
    for (int use = 0; use < 2; use++) {
        struct pairs pairs;
        struct captured last;

        pairs_connect(&pairs, 1);
        pairs_write(&pairs, use ? nominate : plain, &last);
        CU_ASSERT_TRUE(pairs_send(&pairs, 0, &last));
        for (int second = 1; second <= 29; second++) {
            pairs_pass(&pairs, SKIFF_MSEC(1000));
            CU_ASSERT_TRUE(pairs_send(&pairs, 0, &last));
        }
        CU_ASSERT_EQUAL(silences(&pairs), 0);
        for (int second = 0; second < 180; second++) {
            pairs_pass(&pairs, SKIFF_MSEC(1000));
            (void)pairs_send(&pairs, 0, &last);
            (void)pairs_replay(&pairs, &last);
        }
        CU_ASSERT_EQUAL(silences(&pairs), 1);
        CU_ASSERT_EQUAL(pairs_receive(&pairs), PAIRS_NOWHERE);
        pairs_end(&pairs);
    }
}

static void many_checks_of_a_peer_that_has_gone_keep_it_no_longer(void)
{
    static struct captured captured[MANY];
    struct pairs pairs;

    pairs_connect(&pairs, 1);
    for (int i = 0; i < MANY; i++)
        pairs_write(&pairs, plain, &captured[i]);
    for (int second = 0; second < 300; second++) {
        pairs_pass(&pairs, SKIFF_MSEC(1000));
        (void)pairs_replay(&pairs, &captured[second % MANY]);
    }
    CU_ASSERT_EQUAL(silences(&pairs), 1);
    CU_ASSERT_EQUAL(pairs_counters(&pairs).paths_moved, 0);
    CU_ASSERT_EQUAL(pairs_receive(&pairs), PAIRS_NOWHERE);
    pairs_end(&pairs);
}

/* They may take it to where they come from, for a time that is bounded. */
static void many_nominations_of_a_peer_that_has_gone_keep_it_for_a_while_only(void)
{
    static struct captured captured[MANY];
    struct pairs pairs;

    pairs_connect(&pairs, 1);
    for (int i = 0; i < MANY; i++)
        pairs_write(&pairs, nominate, &captured[i]);
    for (int second = 0; second < 160; second++) {
        pairs_pass(&pairs, SKIFF_MSEC(1000));
        (void)pairs_replay(&pairs, &captured[second % MANY]);
    }
    CU_ASSERT_EQUAL(silences(&pairs), 1);
    for (int second = 0; second < 290; second++) {
        CU_ASSERT_FALSE(caller_info(&pairs.fixture.caller).open);
        pairs_pass(&pairs, SKIFF_MSEC(1000));
        (void)pairs_replay(&pairs, &captured[second % MANY]);
    }
    CU_ASSERT_EQUAL(silences(&pairs), 1);
    pairs_end(&pairs);
}

static void an_old_nomination_undoes_no_later_one(void)
{
    struct pairs pairs;
    struct captured first;

    pairs_begin(&pairs, 2);
    pairs_open(&pairs);
    pairs_write(&pairs, nominate, &first);
    CU_ASSERT_TRUE(pairs_send(&pairs, 0, &first));
    CU_ASSERT_TRUE(pairs_check(&pairs, 1, nominate));
    CU_ASSERT_EQUAL(pairs_where(&pairs), 1);
    for (int i = 0; i < 10; i++) {
        CU_ASSERT_TRUE(pairs_send(&pairs, 0, &first));
        CU_ASSERT_EQUAL(pairs_where(&pairs), 1);
        pairs_pass(&pairs, SKIFF_MSEC(1000));
    }
    pairs_end(&pairs);
}

static void an_old_nomination_undoes_no_later_one_when_there_are_keys(void)
{
    struct pairs pairs;
    struct captured first;

    pairs_connect(&pairs, 2);
    pairs_write(&pairs, nominate, &first);
    CU_ASSERT_TRUE(pairs_send(&pairs, 0, &first));
    CU_ASSERT_TRUE(pairs_check(&pairs, 1, nominate));
    pairs_send_media(&pairs, 1);
    for (int i = 0; i < 10; i++) {
        CU_ASSERT_TRUE(pairs_send(&pairs, 0, &first));
        CU_ASSERT_EQUAL(pairs_receive(&pairs), 1);
        pairs_pass(&pairs, SKIFF_MSEC(1000));
    }
    pairs_end(&pairs);
}

static void one_id_for_all_checks_of_a_pair_nominates_with_its_later_ones(void)
{
    struct pairs pairs;
    struct captured check;

    pairs_begin(&pairs, 2);
    pairs_open(&pairs);
    write_with_id(&pairs, 'a', false, &check);
    CU_ASSERT_TRUE(pairs_send(&pairs, 0, &check));
    write_with_id(&pairs, 'b', false, &check);
    CU_ASSERT_TRUE(pairs_send(&pairs, 1, &check));
    CU_ASSERT_EQUAL(pairs_where(&pairs), 0);
    write_with_id(&pairs, 'b', true, &check);
    CU_ASSERT_TRUE(pairs_send(&pairs, 1, &check));
    CU_ASSERT_EQUAL(pairs_where(&pairs), 1);
    CU_ASSERT_TRUE(pairs_send(&pairs, 1, &check));
    CU_ASSERT_EQUAL(pairs_where(&pairs), 1);
    write_with_id(&pairs, 'a', true, &check);
    CU_ASSERT_TRUE(pairs_send(&pairs, 0, &check));
    CU_ASSERT_EQUAL(pairs_where(&pairs), 1);
    pairs_end(&pairs);
}

static void one_id_keeps_a_peer_alive_that_sends_something_new(void)
{
    struct pairs pairs;
    struct captured check;

    pairs_connect(&pairs, 1);
    write_with_id(&pairs, 'a', true, &check);
    for (int i = 0; i < 60; i++) {
        CU_ASSERT_TRUE(pairs_send(&pairs, 0, &check));
        if (i % 4 == 0)
            pairs_send_media(&pairs, 0);
        pairs_pass(&pairs, SKIFF_MSEC(2500));
    }
    CU_ASSERT_EQUAL(silences(&pairs), 0);
    CU_ASSERT_EQUAL(pairs_receive(&pairs), 0);
    for (int i = 0; i < 24; i++) {
        CU_ASSERT_TRUE(pairs_send(&pairs, 0, &check));
        pairs_pass(&pairs, SKIFF_MSEC(2500));
    }
    CU_ASSERT_EQUAL(silences(&pairs), 1);
    pairs_end(&pairs);
}

/* The peer's own check comes second, and is not the one that is a copy. */
static void an_end_that_is_faster_with_a_copy_accepts_no_response_from_the_peer(void)
{
    struct pairs pairs;
    struct captured check;

    pairs_connect(&pairs, 1);
    for (int i = 0; i < 5; i++) {
        pairs_write(&pairs, plain, &check);
        CU_ASSERT_TRUE(pairs_replay(&pairs, &check));
        CU_ASSERT_TRUE(pairs_send(&pairs, 0, &check));
    }
    CU_ASSERT_EQUAL(pairs_counters(&pairs).drop_replayed_check, 0);
    CU_ASSERT_EQUAL(pairs_receive(&pairs), 0);
    pairs_end(&pairs);
}

static void from_an_address_that_is_not_proven_a_copy_does_nothing(void)
{
    struct pairs pairs;
    struct captured check;

    pairs_connect(&pairs, 2);
    CU_ASSERT_TRUE(pairs_check(&pairs, 1, plain));
    pairs_write(&pairs, nominate, &check);
    CU_ASSERT_TRUE(pairs_send(&pairs, 0, &check));
    CU_ASSERT_FALSE(pairs_send(&pairs, 1, &check));
    CU_ASSERT_FALSE(pairs_replay(&pairs, &check));
    CU_ASSERT_EQUAL(pairs_counters(&pairs).drop_replayed_check, 2);
    CU_ASSERT_EQUAL(pairs_receive(&pairs), 0);
    pairs_end(&pairs);
}

CU_TestInfo repeat_tests[] = {
    TEST(the_last_check_of_a_peer_that_has_gone_keeps_it_no_longer),
    TEST(many_checks_of_a_peer_that_has_gone_keep_it_no_longer),
    TEST(many_nominations_of_a_peer_that_has_gone_keep_it_for_a_while_only),
    TEST(an_old_nomination_undoes_no_later_one),
    TEST(an_old_nomination_undoes_no_later_one_when_there_are_keys),
    TEST(one_id_for_all_checks_of_a_pair_nominates_with_its_later_ones),
    TEST(one_id_keeps_a_peer_alive_that_sends_something_new),
    TEST(an_end_that_is_faster_with_a_copy_accepts_no_response_from_the_peer),
    TEST(from_an_address_that_is_not_proven_a_copy_does_nothing),
    CU_TEST_INFO_NULL
};
