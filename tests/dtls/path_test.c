/* path_test.c - stories of ends that move, and are asked whether they are there (RFC 9853
 * section 5), told in both versions and of both ends. */
#include "../suite.h"

#include "count.h"
#include "association/optional_state.h"
#include "faults.h"
#include "roaming.h"

#define EACH_MOVER(mover) for (int mover = CLIENT_END; mover <= SERVER_END; mover++)

/* What a round trip of 20 ms makes of the timer T: it is taken for 100 ms. */
#define T SKIFF_MSEC(300)

/* --- basic (section 5.1) -------------------------------------------------------------- */

static void a_move_is_reported_once_the_peer_has_responded_from_there(void)
{
    EACH_MOVER(mover)
    {
        struct roaming roaming;
        struct story s;
        roaming_begin_away(&s, &roaming, mover, SKIFF_RRC_BASIC);
        world_pass(&s.world, SKIFF_MSEC(15));
        CU_ASSERT_EQUAL(s.world.ends[1 - mover].data_count, 1);
        CU_ASSERT_EQUAL(roaming_moves(&s), 0);
        CU_ASSERT_EQUAL(roaming_info(&s).path, HOME);
        CU_ASSERT_EQUAL(roaming_data_goes(&s), HOME);
        world_pass(&s.world, SKIFF_MSEC(20));
        CU_ASSERT_EQUAL(roaming_moves(&s), 1);
        CU_ASSERT_TRUE(roaming_info(&s).path_proven);
        CU_ASSERT_EQUAL(roaming_info(&s).path, AWAY);
        CU_ASSERT_EQUAL(roaming_data_goes(&s), AWAY);
        CU_ASSERT_EQUAL(roaming_counters(&s).paths_proven, 1);
        CU_ASSERT_EQUAL(story_counters(&s, mover).path_responses_sent, 1);
        CU_ASSERT_EQUAL(roaming_count(&roaming, AWAY), 1);
        world_pass(&s.world, SKIFF_MSEC(10000));
        CU_ASSERT_EQUAL(roaming_moves(&s), 1);
        CU_ASSERT_EQUAL(roaming.num, 1);
        CU_ASSERT_TRUE(story_talks(&s));
        story_end(&s);
    }
}

static void an_end_that_moves_again_and_back_is_followed_each_time(void)
{
    static const uint64_t ways[] = { AWAY, FARTHER, HOME };
    struct roaming roaming;
    struct story s;

    roaming_begin(&s, &roaming, CLIENT_END, SKIFF_RRC_BASIC);
    for (unsigned i = 0; i < 3; i++) {
        roaming_move(&s, ways[i]);
        roaming_send(&s);
        world_pass(&s.world, SKIFF_MSEC(100));
        CU_ASSERT_EQUAL(roaming_moves(&s), i + 1);
        CU_ASSERT_EQUAL(roaming_data_goes(&s), ways[i]);
    }
    story_end(&s);
}

static void lost_challenges_are_made_up_for_within_the_timer(void)
{
    EACH_MOVER(mover)
    {
        struct roaming roaming;
        struct story s;
        roaming_begin(&s, &roaming, mover, SKIFF_RRC_BASIC);
        roaming_move(&s, AWAY);
        roaming.lose = 2;
        roaming_send(&s);
        world_pass(&s.world, SKIFF_MSEC(205));
        CU_ASSERT_EQUAL(roaming_moves(&s), 0);
        world_pass(&s.world, SKIFF_MSEC(30));
        CU_ASSERT_EQUAL(roaming_moves(&s), 1);
        CU_ASSERT_EQUAL(roaming_count(&roaming, AWAY), 3);
        for (size_t i = 1; i < roaming.num; i++)
            CU_ASSERT_EQUAL(roaming.sent[i].at - roaming.sent[i - 1].at, T / 3);
        story_end(&s);
    }
}

static void when_all_challenges_are_lost_it_has_not_moved_until_it_is_received_again(void)
{
    struct roaming roaming;
    struct story s;

    roaming_begin(&s, &roaming, CLIENT_END, SKIFF_RRC_BASIC);
    roaming_move(&s, AWAY);
    roaming.lose = 3;
    roaming_send(&s);
    world_pass(&s.world, SKIFF_MSEC(2000));
    CU_ASSERT_EQUAL(roaming_moves(&s), 0);
    CU_ASSERT_EQUAL(roaming_counters(&s).paths_unproven, 1);
    CU_ASSERT_EQUAL(roaming.num, 3);
    roaming_send(&s);
    world_pass(&s.world, SKIFF_MSEC(40));
    CU_ASSERT_EQUAL(roaming_moves(&s), 1);
    story_end(&s);
}

/* Section 5.5: without a known round trip T is a second. */
static void without_a_round_trip_the_timer_is_a_second(void)
{
    struct roaming roaming;
    struct story s;

    roaming_begin(&s, &roaming, CLIENT_END, SKIFF_RRC_BASIC);
    s.world.ends[SERVER_END].dtls->round_trip = 0;
    roaming_move(&s, AWAY);
    roaming.lose = 3;
    roaming_send(&s);
    world_pass(&s.world, SKIFF_MSEC(1005));
    CU_ASSERT_EQUAL(roaming_counters(&s).paths_unproven, 0);
    world_pass(&s.world, SKIFF_MSEC(10));
    CU_ASSERT_EQUAL(roaming_counters(&s).paths_unproven, 1);
    CU_ASSERT_EQUAL(roaming.num, 3);
    story_end(&s);
}

static void a_response_behind_the_timer_counts_no_more(void)
{
    struct roaming roaming;
    struct story s;

    roaming_begin_away(&s, &roaming, CLIENT_END, SKIFF_RRC_BASIC);
    roaming.delay = SKIFF_MSEC(200);
    world_pass(&s.world, SKIFF_MSEC(2000));
    CU_ASSERT_EQUAL(roaming_moves(&s), 0);
    CU_ASSERT_EQUAL(story_counters(&s, CLIENT_END).path_responses_sent, 3);
    CU_ASSERT_EQUAL(roaming_counters(&s).drop_rrc_message, 3);
    CU_ASSERT_EQUAL(roaming_info(&s).path, HOME);
    story_end(&s);
}

/* The timer has not fired, since nobody has polled. */
static void a_response_that_is_late_is_none_even_where_nobody_polled_in_time(void)
{
    for (int late = 0; late < 2; late++) {
        struct roaming roaming;
        struct story s;
        roaming_begin_away(&s, &roaming, CLIENT_END, SKIFF_RRC_BASIC);
        roaming.muted = true;
        world_pass(&s.world, SKIFF_MSEC(25));
        CU_ASSERT_EQUAL_FATAL(roaming.num_captured, 2);
        s.world.now += late == 1 ? T : 0;
        CU_ASSERT_EQUAL(roaming_deliver(&s, AWAY, &roaming.captured[1]), SKIFF_OK);
        CU_ASSERT_EQUAL(roaming_moves(&s), 1u - (unsigned)late);
        CU_ASSERT_EQUAL(roaming_counters(&s).drop_rrc_message, (unsigned)late);
        story_end(&s);
    }
}

/* Challenges are answered out of order and twice: the first answer counts. */
static void of_several_responses_the_first_counts(void)
{
    struct roaming roaming;
    struct story s;

    roaming_begin(&s, &roaming, CLIENT_END, SKIFF_RRC_BASIC);
    roaming_move(&s, AWAY);
    roaming.duplicate = 3;
    roaming_send(&s);
    world_pass(&s.world, SKIFF_MSEC(11));
    roaming.delay = SKIFF_MSEC(290); /* the first answer is overtaken */
    world_pass(&s.world, SKIFF_MSEC(15));
    roaming.delay = SKIFF_MSEC(10);
    world_pass(&s.world, SKIFF_MSEC(2000));
    CU_ASSERT_EQUAL(roaming_moves(&s), 1);
    CU_ASSERT_EQUAL(roaming_counters(&s).paths_proven, 1);
    CU_ASSERT_EQUAL(roaming_count(&roaming, AWAY), 2);
    CU_ASSERT_EQUAL(story_counters(&s, CLIENT_END).path_responses_sent, 2);
    CU_ASSERT_EQUAL(roaming_counters(&s).drop_rrc_message, 1);
    story_end(&s);
}

/* The draft's section 5: who moves twice is dropped, timed out and asked again. */
static void an_end_that_moves_while_it_is_asked_is_asked_again_where_it_is_then(void)
{
    EACH_MOVER(mover)
    {
        struct roaming roaming;
        struct story s;
        roaming_begin_away(&s, &roaming, mover, SKIFF_RRC_BASIC);
        world_pass(&s.world, SKIFF_MSEC(5));
        roaming_move(&s, FARTHER);
        roaming_send(&s);
        world_pass(&s.world, T + SKIFF_MSEC(20));
        CU_ASSERT_EQUAL(roaming_moves(&s), 0);
        CU_ASSERT_EQUAL(roaming_count(&roaming, FARTHER), 0);
        CU_ASSERT_EQUAL(roaming_counters(&s).paths_unproven, 1);
        roaming_send(&s);
        world_pass(&s.world, SKIFF_MSEC(40));
        CU_ASSERT_EQUAL(roaming_moves(&s), 1);
        CU_ASSERT_EQUAL(roaming_info(&s).path, FARTHER);
        story_end(&s);
    }
}

/* He answers with the right cookie, and by then comes from a third address. */
static void a_response_from_another_path_is_none(void)
{
    struct roaming roaming;
    struct story s;

    roaming_begin_away(&s, &roaming, CLIENT_END, SKIFF_RRC_BASIC);
    world_pass(&s.world, SKIFF_MSEC(15));
    s.world.ends[CLIENT_END].path = FARTHER;
    world_pass(&s.world, SKIFF_MSEC(1000));
    CU_ASSERT_EQUAL(roaming_moves(&s), 0);
    CU_ASSERT_EQUAL(roaming_counters(&s).drop_rrc_message, 3);
    CU_ASSERT_EQUAL(roaming_counters(&s).paths_unproven, 1);
    story_end(&s);
}

/* --- who copies datagrams (section 8.1) ----------------------------------------------- */

static void a_victim_is_sent_no_more_than_three_times_what_arrived_from_its_address(void)
{
    static const skiff_rrc kinds[] = { SKIFF_RRC_BASIC, SKIFF_RRC_ENHANCED };

    for (int k = 0; k < 4; k++) {
        struct roaming roaming;
        struct story s;
        size_t arrived = 0;
        roaming_begin(&s, &roaming, k / 2, kinds[k % 2]);
        roaming_move(&s, FARTHER); /* his old path is dead, so that all is asked */
        for (int i = 0; i < 4; i++) {
            struct world_datagram d = roaming_catch(&s);
            arrived += d.len;
            CU_ASSERT_EQUAL(roaming_deliver(&s, ATTACKER, &d), SKIFF_OK);
            world_pass(&s.world, SKIFF_MSEC(1500));
        }
        CU_ASSERT_TRUE(roaming_bytes(&roaming, ATTACKER) > 0);
        CU_ASSERT_TRUE(roaming_bytes(&roaming, ATTACKER) <= 3 * arrived);
        CU_ASSERT_EQUAL(roaming_moves(&s), 0);
        CU_ASSERT_EQUAL(roaming_counters(&s).paths_unproven, 4);
        CU_ASSERT_EQUAL(roaming_data_goes(&s), HOME);
        story_end(&s);
    }
}

/* A challenge is as long as the peer's id makes it: what came may be too short for three.
 */
static void challenges_stop_where_the_limit_is(void)
{
    struct roaming roaming;
    struct story s;

    roaming_begin(&s, &roaming, CLIENT_END, SKIFF_RRC_BASIC);
    roaming_move(&s, FARTHER);
    cids_of(s.world.ends[SERVER_END].dtls)->theirs.len = CID_MAX;
    struct world_datagram d = roaming_catch(&s);
    CU_ASSERT_EQUAL(roaming_deliver(&s, ATTACKER, &d), SKIFF_OK);
    world_pass(&s.world, SKIFF_MSEC(1000));
    CU_ASSERT_TRUE(roaming_count(&roaming, ATTACKER) >= 1);
    CU_ASSERT_TRUE(roaming_count(&roaming, ATTACKER) < 3);
    CU_ASSERT_TRUE(roaming_bytes(&roaming, ATTACKER) <= 3 * d.len);
    CU_ASSERT_EQUAL(roaming_counters(&s).paths_unproven, 1);
    story_end(&s);
}

static void in_the_enhanced_check_a_racer_of_copies_gets_nothing(void)
{
    EACH_MOVER(mover)
    {
        struct roaming roaming;
        struct story s;
        roaming_begin(&s, &roaming, mover, SKIFF_RRC_ENHANCED);
        for (unsigned i = 1; i <= 3; i++) {
            struct world_datagram d = roaming_catch(&s);
            CU_ASSERT_EQUAL(roaming_deliver(&s, ATTACKER, &d), SKIFF_OK);
            CU_ASSERT_EQUAL(roaming_deliver(&s, HOME, &d), SKIFF_ERR_DROPPED);
            world_pass(&s.world, SKIFF_MSEC(1000));
            CU_ASSERT_EQUAL(roaming_counters(&s).paths_retained, i);
        }
        CU_ASSERT_EQUAL(roaming_moves(&s), 0);
        CU_ASSERT_EQUAL(roaming_count(&roaming, ATTACKER), 0);
        CU_ASSERT_EQUAL(roaming_count(&roaming, HOME), 3);
        CU_ASSERT_EQUAL(roaming_data_goes(&s), HOME);
        story_end(&s);
    }
}

/* The basic check cannot tell who forwards from who moves; what the peer says next can. */
static void
an_end_that_forwards_everything_wins_the_basic_check_until_the_peer_is_received(void)
{
    struct roaming roaming;
    struct story s;

    roaming_begin(&s, &roaming, CLIENT_END, SKIFF_RRC_BASIC);
    struct world_datagram d = roaming_catch(&s);
    roaming.reached = ATTACKER;               /* it forwards to the peer */
    s.world.ends[CLIENT_END].path = ATTACKER; /* and what he answers */
    CU_ASSERT_EQUAL(roaming_deliver(&s, ATTACKER, &d), SKIFF_OK);
    world_pass(&s.world, SKIFF_MSEC(100));
    CU_ASSERT_EQUAL(roaming_moves(&s), 1);
    roaming_move(&s, HOME);
    roaming_send(&s);
    world_pass(&s.world, SKIFF_MSEC(100));
    CU_ASSERT_EQUAL(roaming_moves(&s), 2);
    CU_ASSERT_EQUAL(roaming_data_goes(&s), HOME);
    story_end(&s);
}

static void a_peer_that_is_received_where_it_was_has_not_moved(void)
{
    struct roaming roaming;
    struct story s;

    roaming_begin(&s, &roaming, CLIENT_END, SKIFF_RRC_BASIC);
    struct world_datagram copied = roaming_catch(&s), next = roaming_catch(&s);
    CU_ASSERT_EQUAL(roaming_deliver(&s, ATTACKER, &copied), SKIFF_OK);
    CU_ASSERT_EQUAL(roaming_count(&roaming, ATTACKER), 1);
    CU_ASSERT_EQUAL(roaming_deliver(&s, HOME, &next), SKIFF_OK);
    CU_ASSERT_EQUAL(roaming_counters(&s).paths_retained, 1);
    world_pass(&s.world, SKIFF_MSEC(2000));
    CU_ASSERT_EQUAL(roaming_count(&roaming, ATTACKER), 1);
    CU_ASSERT_EQUAL(roaming_moves(&s), 0);
    story_end(&s);
}

static void what_was_overtaken_or_is_forged_or_repeated_asks_nothing(void)
{
    struct roaming roaming;
    struct story s;

    roaming_begin(&s, &roaming, CLIENT_END, SKIFF_RRC_BASIC);
    struct world_datagram late = roaming_catch(&s), newest = roaming_catch(&s);
    struct world_datagram forged = roaming_catch(&s);
    forged.bytes[forged.len - 1] ^= 1;
    CU_ASSERT_EQUAL(roaming_deliver(&s, HOME, &newest), SKIFF_OK);
    CU_ASSERT_EQUAL(roaming_deliver(&s, AWAY, &late), SKIFF_OK);
    CU_ASSERT_EQUAL(roaming_deliver(&s, AWAY, &newest), SKIFF_ERR_DROPPED);
    CU_ASSERT_EQUAL(roaming_deliver(&s, AWAY, &forged), SKIFF_ERR_DROPPED);
    world_pass(&s.world, SKIFF_MSEC(1000));
    CU_ASSERT_EQUAL(roaming.num, 0);
    CU_ASSERT_EQUAL(roaming_moves(&s), 0);
    story_end(&s);
}

/* --- enhanced (section 5.2) ----------------------------------------------------------- */

static void where_the_old_path_is_dead_the_new_one_is_asked_when_the_timer_ends(void)
{
    EACH_MOVER(mover)
    {
        struct roaming roaming;
        struct story s;
        roaming_begin_away(&s, &roaming, mover, SKIFF_RRC_ENHANCED);
        world_pass(&s.world, T);
        CU_ASSERT_EQUAL(roaming_count(&roaming, HOME), 3);
        CU_ASSERT_EQUAL(roaming_count(&roaming, AWAY), 0);
        world_pass(&s.world, SKIFF_MSEC(35));
        CU_ASSERT_EQUAL(roaming_count(&roaming, AWAY), 1);
        CU_ASSERT_EQUAL(roaming_moves(&s), 1);
        CU_ASSERT_TRUE(roaming_info(&s).path_proven);
        CU_ASSERT_EQUAL(roaming_data_goes(&s), AWAY);
        story_end(&s);
    }
}

static void
an_end_that_has_left_a_path_drops_it_there_and_is_asked_on_the_new_one_at_once(void)
{
    EACH_MOVER(mover)
    {
        struct roaming roaming;
        struct story s;
        roaming_begin(&s, &roaming, mover, SKIFF_RRC_ENHANCED);
        roaming.also_at_home = true;
        roaming_move(&s, AWAY);
        CU_ASSERT_EQUAL(skiff_dtls_prefer_path(s.world.ends[mover].dtls, s.world.now, AWAY),
                        SKIFF_OK);
        roaming_send(&s);
        world_pass(&s.world, SKIFF_MSEC(55));
        CU_ASSERT_EQUAL(roaming_count(&roaming, HOME), 1);
        CU_ASSERT_EQUAL(roaming_count(&roaming, AWAY), 1);
        CU_ASSERT_EQUAL(roaming_moves(&s), 1);
        CU_ASSERT_EQUAL(roaming_data_goes(&s), AWAY);
        CU_ASSERT_EQUAL(s.world.ends[mover].moved, 0);
        story_end(&s);
    }
}

/* Who copies to a path that the peer has left hears that it was left, and is not believed.
 */
static void a_new_path_that_the_peer_does_not_prefer_is_abandoned_at_once(void)
{
    struct roaming roaming;
    struct story s;

    roaming_begin(&s, &roaming, CLIENT_END, SKIFF_RRC_BASIC);
    roaming.also_at_home = true;
    roaming_move(&s, AWAY);
    CU_ASSERT_EQUAL(
        skiff_dtls_prefer_path(s.world.ends[CLIENT_END].dtls, s.world.now, AWAY), SKIFF_OK);
    roaming_send(&s);
    world_pass(&s.world, SKIFF_MSEC(100));
    CU_ASSERT_EQUAL(roaming_moves(&s), 1);
    struct world_datagram d = roaming_catch(&s);
    CU_ASSERT_EQUAL(roaming_deliver(&s, HOME, &d), SKIFF_OK);
    world_pass(&s.world, SKIFF_MSEC(50));
    CU_ASSERT_EQUAL(roaming_counters(&s).paths_retained, 1);
    CU_ASSERT_EQUAL(roaming_moves(&s), 1);
    CU_ASSERT_EQUAL(roaming_data_goes(&s), AWAY);
    story_end(&s);
}

static void a_preferred_path_is_refused_where_nothing_was_agreed(void)
{
    struct story s = story_live();
    skiff_dtls *dtls = s.world.ends[CLIENT_END].dtls;

    CU_ASSERT_EQUAL(skiff_dtls_prefer_path(dtls, s.world.now, AWAY), SKIFF_ERR_STATE);
    CU_ASSERT_EQUAL(skiff_dtls_prefer_path(dtls, s.world.now, 0), SKIFF_ERR_ARGUMENT);
    skiff_dtls_close(dtls, s.world.now);
    CU_ASSERT_EQUAL(skiff_dtls_prefer_path(dtls, s.world.now, AWAY), SKIFF_ERR_CLOSED);
    story_end(&s);
}

/* RFC 9147 section 9: he is not known again by his ids on either path. */
static void
an_end_that_moves_under_another_id_is_sent_another_from_the_first_challenge_on(void)
{
    for (int renames = 0; renames < 2 && world_version() == SKIFF_DTLS_1_3; renames++) {
        struct roaming roaming;
        struct story s;
        roaming_begin(&s, &roaming, CLIENT_END, SKIFF_RRC_BASIC);
        for (int i = 0; i < 2; i++)
            CU_ASSERT_EQUAL(
                skiff_dtls_request_connection_ids(s.world.ends[i].dtls, s.world.now),
                SKIFF_OK);
        world_pass(&s.world, SKIFF_MSEC(500));
        struct cids *cids = cids_of(s.world.ends[SERVER_END].dtls);
        struct peer_cid before = cids->theirs;
        CU_ASSERT_EQUAL(cids->num_spares, THEIR_SPARES);
        if (renames == 1)
            CU_ASSERT_EQUAL(
                skiff_dtls_use_spare_connection_id(s.world.ends[CLIENT_END].dtls),
                SKIFF_OK);
        roaming_move(&s, AWAY);
        roaming_send(&s);
        world_pass(&s.world, SKIFF_MSEC(12));
        CU_ASSERT_EQUAL(roaming_count(&roaming, AWAY), 1);
        bool is_another = memcmp(cids->theirs.bytes, before.bytes, before.len) != 0;
        CU_ASSERT_EQUAL(is_another, renames == 1);
        world_pass(&s.world, SKIFF_MSEC(100));
        CU_ASSERT_EQUAL(roaming_moves(&s), 1);
        CU_ASSERT_EQUAL(roaming_counters(&s).drop_connection_id, 0);
        CU_ASSERT_TRUE(story_talks(&s));
        story_end(&s);
    }
}

/* --- what it costs -------------------------------------------------------------------- */

/* What libcrypto takes from it once, it has taken by the first check. */
static void a_check_allocates_nothing(void)
{
    struct roaming roaming;
    struct story s;

    roaming_begin_away(&s, &roaming, CLIENT_END, SKIFF_RRC_BASIC);
    world_pass(&s.world, SKIFF_MSEC(100));
    CU_ASSERT_EQUAL(roaming_moves(&s), 1);

    struct world_datagram d = roaming_catch(&s);
    skiff_packet packet = {
        .data = d.bytes, .len = (uint32_t)d.len, .path = FARTHER, .limit = (uint32_t)d.len
    };
    skiff_dtls *server = s.world.ends[SERVER_END].dtls;
    skiff_bytes bytes;
    uint64_t before = count_now().allocs;
    skiff_status status = skiff_dtls_receive(server, s.world.now, &packet);
    skiff_dtls_event first = skiff_dtls_poll(server, s.world.now, s.world.packet, &bytes);
    skiff_dtls_event then = skiff_dtls_poll(server, s.world.now, s.world.packet, &bytes);
    uint64_t after = count_now().allocs;

    CU_ASSERT_EQUAL(status, SKIFF_OK);
    CU_ASSERT_EQUAL(first, SKIFF_DTLS_SEND);
    CU_ASSERT_EQUAL(then, SKIFF_DTLS_DATA);
    CU_ASSERT_EQUAL(after, before);
    CU_ASSERT_EQUAL(s.world.packet->path, FARTHER);
    story_end(&s);
}

/* A challenge without a cookie is as one that was lost. */
static void each_call_into_libcrypto_may_fail_once(void)
{
    uint64_t calls = 1;

    for (uint64_t n = 0; n <= calls; n += faults_step(n, calls)) {
        struct roaming roaming;
        struct story s;
        roaming_begin(&s, &roaming, CLIENT_END, SKIFF_RRC_BASIC);
        roaming_move(&s, AWAY);
        faults_at(n);
        (void)!world_send(&s.world, CLIENT_END, "I am here now", 13);
        world_pass(&s.world, SKIFF_MSEC(500));
        calls = n == 0 ? faults_calls() : calls;
        CU_ASSERT_TRUE(n == 0 || faults_struck() != NULL);
        faults_at(0);
        bool crypto = story_failure(&s, SERVER_END).status == SKIFF_ERR_CRYPTO
                   || story_failure(&s, CLIENT_END).status == SKIFF_ERR_CRYPTO;
        bool failed = story_failure(&s, SERVER_END).status != SKIFF_OK
                   || story_failure(&s, CLIENT_END).status != SKIFF_OK;
        CU_ASSERT_EQUAL(failed, crypto);
        if (!failed && roaming_moves(&s) == 0)
            roaming_send(&s);
        world_pass(&s.world, SKIFF_MSEC(500));
        CU_ASSERT_TRUE(failed || roaming_moves(&s) == 1);
        story_end(&s);
    }
    CU_ASSERT_TRUE(calls > 3);
}

/* Nothing leaves a path that is shut, and nothing waits there. */
static void on_a_shut_path_nothing_is_asked_or_responded_to(void)
{
    struct roaming roaming;
    struct story s;

    roaming_begin(&s, &roaming, CLIENT_END, SKIFF_RRC_BASIC);
    roaming_move(&s, AWAY);
    skiff_dtls_set_path(s.world.ends[SERVER_END].dtls, s.world.now, false);
    roaming_send(&s);
    world_pass(&s.world, SKIFF_MSEC(2000));
    CU_ASSERT_EQUAL(roaming.num, 0);
    CU_ASSERT_EQUAL(roaming_counters(&s).paths_unproven, 1);
    skiff_dtls_set_path(s.world.ends[SERVER_END].dtls, s.world.now, true);
    roaming_send(&s);
    world_pass(&s.world, SKIFF_MSEC(100));
    CU_ASSERT_EQUAL(roaming_moves(&s), 1);
    story_end(&s);
}

CU_TestInfo path_tests[] = {
    TEST(a_move_is_reported_once_the_peer_has_responded_from_there),
    TEST(an_end_that_moves_again_and_back_is_followed_each_time),
    TEST(lost_challenges_are_made_up_for_within_the_timer),
    TEST(when_all_challenges_are_lost_it_has_not_moved_until_it_is_received_again),
    TEST(without_a_round_trip_the_timer_is_a_second),
    TEST(a_response_behind_the_timer_counts_no_more),
    TEST(a_response_that_is_late_is_none_even_where_nobody_polled_in_time),
    TEST(of_several_responses_the_first_counts),
    TEST(an_end_that_moves_while_it_is_asked_is_asked_again_where_it_is_then),
    TEST(a_response_from_another_path_is_none),
    TEST(a_victim_is_sent_no_more_than_three_times_what_arrived_from_its_address),
    TEST(challenges_stop_where_the_limit_is),
    TEST(in_the_enhanced_check_a_racer_of_copies_gets_nothing),
    TEST(an_end_that_forwards_everything_wins_the_basic_check_until_the_peer_is_received),
    TEST(a_peer_that_is_received_where_it_was_has_not_moved),
    TEST(what_was_overtaken_or_is_forged_or_repeated_asks_nothing),
    TEST(where_the_old_path_is_dead_the_new_one_is_asked_when_the_timer_ends),
    TEST(an_end_that_has_left_a_path_drops_it_there_and_is_asked_on_the_new_one_at_once),
    TEST(a_new_path_that_the_peer_does_not_prefer_is_abandoned_at_once),
    TEST(a_preferred_path_is_refused_where_nothing_was_agreed),
    TEST(an_end_that_moves_under_another_id_is_sent_another_from_the_first_challenge_on),
    TEST(a_check_allocates_nothing),
    TEST(each_call_into_libcrypto_may_fail_once),
    TEST(on_a_shut_path_nothing_is_asked_or_responded_to),
    CU_TEST_INFO_NULL,
};
