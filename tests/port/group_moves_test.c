/* group_moves_test.c - addresses that pass from the peers of one thread to those of
 * another, and threads that come and go. */
#include "suite.h"

#include "ice/port/mailbox.h"
#include "loopback.h"
#include "server_pair.h"

#include <string.h>
#include <unistd.h>

/* Whether or not the kernel steers: what must hold is the same. */
static void run_both_ways(void (*story)(struct server_pair *pair))
{
    for (int steering = 0; steering < 2; steering++) {
        struct server_pair pair;
        server_pair_new(&pair);
        if (steering == 1)
            server_pair_steer(&pair);
        story(&pair);
    }
}

static void wait_for(struct server_pair *pair, skiff_time time)
{
    pair->here.now += time;
    pair->there.now += time;
    server_run(&pair->here);
}

/* All that its transport has taken, sent and dropped. */
static skiff_counters counters_of(const struct caller *caller)
{
    skiff_counters counters;

    skiff_transport_get_counters(skiff_peer_transport(caller->peer), &counters,
                                 sizeof counters);
    return counters;
}

static void connect_all(struct server_pair *pair)
{
    for (int i = 0; i < CALLERS; i++)
        caller_connect(&pair->callers[i]);
}

/* Each address gets a peer of the other thread, and all that comes from it from now on. */
static void succeed_all(struct server_pair *pair)
{
    for (int i = 0; i < CALLERS; i++) {
        struct caller other;
        skiff_counters before = counters_of(&pair->callers[i]), after;
        server_pair_succeed(pair, &pair->callers[i], &other);
        caller_connect(&other);
        caller_send_media(&other);
        server_run(&pair->there);
        after = counters_of(&pair->callers[i]);
        CU_ASSERT_EQUAL(memcmp(&before, &after, sizeof before), 0);
        CU_ASSERT_FALSE(caller_info(&pair->callers[i]).open);
        CU_ASSERT_TRUE(caller_info(&other).open);
        caller_free(&other);
    }
    CU_ASSERT_EQUAL(pair->here.events.rtp, 0);
    CU_ASSERT_EQUAL(pair->there.events.rtp, CALLERS);
    CU_ASSERT_EQUAL(server_pair_paths(pair), CALLERS);
}

static void close_by_caller(struct caller *caller)
{
    skiff_dtls_close(skiff_transport_dtls(caller->transport), caller->server->now);
    caller_poll(caller);
    server_run(caller->server);
}

static void run_an_end_that_comes_back_to_another_thread_after_closing_is_let_in_at_once(
    struct server_pair *pair)
{
    server_pair_open(pair, CALLERS);
    connect_all(pair);
    for (int i = 0; i < CALLERS; i++)
        close_by_caller(&pair->callers[i]);
    CU_ASSERT_EQUAL(pair->here.events.events[SKIFF_PEER_CLOSED], CALLERS);
    succeed_all(pair);
    server_pair_close(pair, CALLERS);
}

static void
run_an_end_that_comes_back_to_another_thread_after_long_is_let_in(struct server_pair *pair)
{
    server_pair_open(pair, CALLERS);
    connect_all(pair);
    wait_for(pair, SKIFF_MSEC(13000));
    succeed_all(pair);
    server_pair_close(pair, CALLERS);
}

static void run_an_end_that_comes_back_to_another_thread_after_silence_is_let_in(
    struct server_pair *pair)
{
    server_pair_open(pair, CALLERS);
    connect_all(pair);
    wait_for(pair, SKIFF_MSEC(30000));
    CU_ASSERT_EQUAL(pair->here.events.events[SKIFF_PEER_CONSENT_LOST], CALLERS);
    succeed_all(pair);
    server_pair_close(pair, CALLERS);
}

/* There and back again: no address is blocked, and none is known twice. */
static void
run_an_address_passes_between_threads_as_often_as_it_likes(struct server_pair *pair)
{
    server_pair_open(pair, 1);
    caller_connect(&pair->callers[0]);
    for (int i = 0; i < 20; i++) {
        struct caller other;
        wait_for(pair, SKIFF_MSEC(13000));
        server_pair_succeed(pair, &pair->callers[0], &other);
        CU_ASSERT_TRUE(caller_checks(&other, true));
        CU_ASSERT_FALSE(caller_info(&pair->callers[0]).open);
        wait_for(pair, SKIFF_MSEC(13000));
        CU_ASSERT_TRUE(caller_checks(&pair->callers[0], true));
        CU_ASSERT_TRUE(caller_info(&pair->callers[0]).open);
        CU_ASSERT_FALSE(caller_info(&other).open);
        CU_ASSERT_EQUAL(server_pair_paths(pair), 1);
        skiff_peer_free(other.peer);
        caller_free(&other);
    }
    skiff_peer_free(pair->callers[0].peer);
    CU_ASSERT_EQUAL(server_pair_paths(pair), 0);
    server_pair_close(pair, 1);
}

/* The owner has not run since: what it frees must not be on the list of what it lost. */
static void
run_a_peer_may_be_freed_before_it_knows_that_its_path_was_acquired(struct server_pair *pair)
{
    struct caller other;

    server_pair_open(pair, 1);
    CU_ASSERT_TRUE(caller_checks(&pair->callers[0], true));
    pair->there.now += SKIFF_MSEC(13000);
    pair->there.other = NULL;
    for (int i = 0; i < CALLERS; i++) {
        server_pair_succeed(pair, &pair->callers[0], &other);
        (void)caller_checks(&other, true);
        caller_free(&other);
    }
    skiff_peer_free(pair->callers[0].peer);
    server_run(&pair->here);
    skiff_peer_free(other.peer);
    server_pair_close(pair, 1);
}

/* What the owner of a path does while its port is run: the newcomer's thread takes it. */
static void run_the_other(struct server *server, skiff_peer *peer, skiff_packet *packet)
{
    struct server_pair *pair = server->user;

    (void)peer, (void)packet;
    skiff_port_run(pair->there.port, pair->there.now, 64);
}

/* Its check waits at its thread, its DTLS has been read already with what is told now; or
 * so it is where the kernel gives the first port what the first caller says. */
static void run_what_was_read_before_is_not_for_an_end_that_has_lost_the_path_since(
    struct server_pair *pair)
{
    server_pair_open(pair, CALLERS);
    connect_all(pair);
    wait_for(pair, SKIFF_MSEC(13000));
    pair->here.on_media = run_the_other;
    pair->here.user = pair;
    for (int i = 1; i < CALLERS; i++) {
        struct caller other;
        uint8_t bytes[CALLER_DATAGRAM];
        unsigned reported = pair->here.events.rtp;
        skiff_counters before = counters_of(&pair->callers[i]), after;
        server_pair_succeed(pair, &pair->callers[i], &other);
        caller_send(&other, bytes, caller_check(&other, true, bytes));
        skiff_port_run(pair->here.port, pair->here.now, 64);
        caller_send_media(&pair->callers[0]);
        caller_poll(&other);
        skiff_port_run(pair->here.port, pair->here.now, 64);
        after = counters_of(&pair->callers[i]);
        CU_ASSERT_TRUE(reported == pair->here.events.rtp
                       || memcmp(&before, &after, sizeof before) == 0);
        caller_free(&other);
    }
    server_run(&pair->here);
    server_pair_close(pair, CALLERS);
}

/* --- threads that come and go --------------------------------------------------------- */

static void all_send(struct server_pair *pair)
{
    for (int i = 0; i < CALLERS; i++)
        caller_send_media(&pair->callers[i]);
}

static void run_a_port_that_joins_costs_nobody_media(struct server_pair *pair)
{
    server_open(&pair->here);
    for (int i = 0; i < CALLERS; i++)
        caller_new(&pair->callers[i], &pair->here);
    connect_all(pair);
    server_pair_join(pair);
    all_send(pair);
    server_run(&pair->here);
    CU_ASSERT_EQUAL(pair->here.events.rtp, CALLERS);
    CU_ASSERT_TRUE(skiff_port_group_steers(pair->group)
                   || server_counters(&pair->there).datagrams_read > 0);
    server_pair_close(pair, CALLERS);
}

/* Not even what the kernel has given to its socket, which it has not read. */
static void run_a_port_that_leaves_costs_nobody_media(struct server_pair *pair)
{
    server_pair_open(pair, CALLERS);
    connect_all(pair);
    uint64_t before = server_counters(&pair->there).forwarded;
    all_send(pair);
    server_pair_leave(pair);
    server_run(&pair->here);
    CU_ASSERT_EQUAL(pair->here.events.rtp, CALLERS);
    all_send(pair);
    server_run(&pair->here);
    CU_ASSERT_EQUAL(pair->here.events.rtp, 2 * CALLERS);
    CU_ASSERT_TRUE(skiff_port_group_steers(pair->group) || before > 0);
    server_pair_close(pair, CALLERS);
}

static void
run_the_peers_of_a_port_that_leaves_leave_their_addresses(struct server_pair *pair)
{
    struct caller others[CALLERS];

    server_pair_open(pair, CALLERS);
    for (int i = 0; i < CALLERS; i++) {
        server_pair_succeed(pair, &pair->callers[i], &others[i]);
        caller_connect(&others[i]);
    }
    CU_ASSERT_EQUAL(server_pair_paths(pair), CALLERS);
    server_pair_leave(pair);
    CU_ASSERT_EQUAL(server_pair_paths(pair), 0);
    connect_all(pair);
    for (int i = 0; i < CALLERS; i++)
        caller_free(&others[i]);
    server_pair_close(pair, CALLERS);
}

/* --- what finds place ----------------------------------------------------------------- */

static void
run_three_paths_of_each_peer_of_a_full_group_find_place(struct server_pair *pair)
{
    int known[2 * CALLERS];

    pair->here.config.peers = pair->there.config.peers = CALLERS;
    server_pair_open(pair, CALLERS);
    for (int i = 0; i < CALLERS; i++) {
        for (int n = 0; n < 2; n++) {
            CU_ASSERT_TRUE(caller_checks(&pair->callers[i], n == 1));
            known[2 * i + n] = pair->callers[i].fd;
            pair->callers[i].fd = stranger_open(&pair->callers[i]);
        }
        CU_ASSERT_TRUE(caller_checks(&pair->callers[i], true));
        caller_connect(&pair->callers[i]);
    }
    CU_ASSERT_EQUAL(server_pair_paths(pair), 3 * CALLERS);
    for (int n = 0; n < 3; n++) {
        all_send(pair);
        for (int i = 0; n < 2 && i < CALLERS; i++) {
            int fd = pair->callers[i].fd;
            pair->callers[i].fd = known[2 * i + n];
            known[2 * i + n] = fd;
        }
    }
    server_run(&pair->here);
    CU_ASSERT_EQUAL(pair->here.events.rtp, 3 * CALLERS);
    for (int i = 0; i < 2 * CALLERS; i++)
        close(known[i]);
    server_pair_close(pair, CALLERS);
}

static void run_nothing_that_is_not_signed_makes_an_entry(struct server_pair *pair)
{
    uint8_t bytes[CALLER_DATAGRAM] = { 0 };
    uint32_t seed = 1;

    server_pair_open(pair, CALLERS);
    for (int i = 0; i < 10 * CALLERS; i++) {
        struct caller *caller = &pair->callers[i % CALLERS];
        size_t len = caller_check(caller, true, bytes);
        seed = seed * 1664525u + 1013904223u;
        bytes[(seed >> 8) % len] ^= 1; /* a check with one wrong bit */
        caller_send(caller, bytes, len);
        bytes[0] = (uint8_t)(seed >> 24); /* and anything at all */
        caller_send(caller, bytes, len);
        caller_send_raw(caller);
    }
    server_run(&pair->here);
    CU_ASSERT_EQUAL(server_pair_paths(pair), 0);
    CU_ASSERT_FALSE(skf_steering_has_any(&skf_group_get_paths(pair->group)->steering));
    server_pair_close(pair, CALLERS);
}

/* --- both ways ------------------------------------------------------------------------ */

static void an_end_that_comes_back_to_another_thread_after_closing_is_let_in_at_once(void)
{
    run_both_ways(
        run_an_end_that_comes_back_to_another_thread_after_closing_is_let_in_at_once);
}

static void an_end_that_comes_back_to_another_thread_after_long_is_let_in(void)
{
    run_both_ways(run_an_end_that_comes_back_to_another_thread_after_long_is_let_in);
}

static void an_end_that_comes_back_to_another_thread_after_silence_is_let_in(void)
{
    run_both_ways(run_an_end_that_comes_back_to_another_thread_after_silence_is_let_in);
}

static void an_address_passes_between_threads_as_often_as_it_likes(void)
{
    run_both_ways(run_an_address_passes_between_threads_as_often_as_it_likes);
}

static void a_peer_may_be_freed_before_it_knows_that_its_path_was_acquired(void)
{
    run_both_ways(run_a_peer_may_be_freed_before_it_knows_that_its_path_was_acquired);
}

static void what_was_read_before_is_not_for_an_end_that_has_lost_the_path_since(void)
{
    run_both_ways(run_what_was_read_before_is_not_for_an_end_that_has_lost_the_path_since);
}

static void a_port_that_joins_costs_nobody_media(void)
{
    run_both_ways(run_a_port_that_joins_costs_nobody_media);
}

static void a_port_that_leaves_costs_nobody_media(void)
{
    run_both_ways(run_a_port_that_leaves_costs_nobody_media);
}

static void the_peers_of_a_port_that_leaves_leave_their_addresses(void)
{
    run_both_ways(run_the_peers_of_a_port_that_leaves_leave_their_addresses);
}

static void three_paths_of_each_peer_of_a_full_group_are_held(void)
{
    run_both_ways(run_three_paths_of_each_peer_of_a_full_group_find_place);
}

static void nothing_that_is_not_signed_makes_an_entry(void)
{
    run_both_ways(run_nothing_that_is_not_signed_makes_an_entry);
}

CU_TestInfo group_moves_tests[] = {
    TEST(an_end_that_comes_back_to_another_thread_after_closing_is_let_in_at_once),
    TEST(an_end_that_comes_back_to_another_thread_after_long_is_let_in),
    TEST(an_end_that_comes_back_to_another_thread_after_silence_is_let_in),
    TEST(an_address_passes_between_threads_as_often_as_it_likes),
    TEST(a_peer_may_be_freed_before_it_knows_that_its_path_was_acquired),
    TEST(what_was_read_before_is_not_for_an_end_that_has_lost_the_path_since),
    TEST(a_port_that_joins_costs_nobody_media),
    TEST(a_port_that_leaves_costs_nobody_media),
    TEST(the_peers_of_a_port_that_leaves_leave_their_addresses),
    TEST(three_paths_of_each_peer_of_a_full_group_are_held),
    TEST(nothing_that_is_not_signed_makes_an_entry),
    CU_TEST_INFO_NULL,
};
