/* time_test.c - flights that are lost, repeated, given up; small datagrams. */
#include "../suite.h"

#include "story.h"
#include "vector.h"

/* --- a lost last flight --------------------------------------------------------------- */

/* Loses what the server says from its ChangeCipherSpec on, as long as `user` says so. */
static void lose_flight_6(struct world *world, struct world_datagram *d)
{
    const bool *losing = world->config.user;

    if (*losing && d->from == SERVER_END && d->bytes[0] == 20)
        d->copies = 0;
}

static void a_server_responds_to_the_flight_of_a_client_that_lost_its_last(void)
{
    struct story s;
    bool losing = true;

    story_prepare(&s);
    s.network.meddler = lose_flight_6;
    s.network.user = &losing;
    s.settings[CLIENT_END].handshake_timeout = SKIFF_MSEC(300000);
    story_begin(&s);
    world_pass(&s.world, SKIFF_MSEC(200000));
    CU_ASSERT_TRUE(s.world.ends[SERVER_END].connected);
    CU_ASSERT_FALSE(s.world.ends[CLIENT_END].connected);
    losing = false;
    CU_ASSERT_TRUE(story_connects(&s));
    CU_ASSERT_TRUE(story_counters(&s, SERVER_END).flights_resent > 10);
    story_end(&s);
}

/* RFC 6347 section 4.2.4: at least twice the maximum segment lifetime. */
static void after_four_minutes_it_responds_to_no_more(void)
{
    struct story s;
    bool losing = true;

    story_prepare(&s);
    s.network.meddler = lose_flight_6;
    s.network.user = &losing;
    s.settings[CLIENT_END].handshake_timeout = SKIFF_MSEC(900000);
    story_begin(&s);
    world_pass(&s.world, SKIFF_MSEC(241000));
    unsigned sent_before = s.world.ends[SERVER_END].sent;
    losing = false;
    world_pass(&s.world, SKIFF_MSEC(100000));
    CU_ASSERT_EQUAL(s.world.ends[SERVER_END].sent, sent_before);
    CU_ASSERT_FALSE(s.world.ends[CLIENT_END].connected);
    story_end(&s);
}

/* Its Finished is small enough to be kept without a slot. */
static void the_last_flight_needs_no_slot(void)
{
    struct story s;
    bool losing = true;

    story_prepare(&s);
    s.settings[SERVER_END].max_handshakes = 1;
    s.network.meddler = lose_flight_6;
    s.network.user = &losing;
    story_begin(&s);
    world_pass(&s.world, SKIFF_MSEC(500));
    skiff_dtls *other = NULL;
    CU_ASSERT_EQUAL(
        skiff_dtls_new(s.context[SERVER_END], SKIFF_ROLE_ACTIVE, s.world.now, &other),
        SKIFF_OK);
    skiff_bytes bytes;
    CU_ASSERT_EQUAL(skiff_dtls_poll(other, s.world.now, s.world.packet, &bytes),
                    SKIFF_DTLS_SEND);
    losing = false;
    CU_ASSERT_TRUE(story_connects(&s));
    skiff_dtls_free(other);
    story_end(&s);
}

/* --- nobody there --------------------------------------------------------------------- */

static void lose_everything(struct world *world, struct world_datagram *d)
{
    (void)world;
    d->copies = 0;
}

static void a_peer_that_never_responds_is_abandoned_at_the_microsecond(void)
{
    struct story s;

    story_prepare(&s);
    s.network.meddler = lose_everything;
    s.settings[CLIENT_END].handshake_timeout = SKIFF_MSEC(30000) + 1;
    story_begin(&s);
    world_pass(&s.world, SKIFF_MSEC(30000));
    CU_ASSERT_FALSE(s.world.ends[CLIENT_END].failed);
    world_pass(&s.world, 1);
    CU_ASSERT_TRUE(s.world.ends[CLIENT_END].failed);
    CU_ASSERT_EQUAL(story_failure(&s, CLIENT_END).status, SKIFF_ERR_FAILED);
    CU_ASSERT_EQUAL(story_failure(&s, CLIENT_END).alert, -1);
    CU_ASSERT_PTR_NOT_NULL(story_failure(&s, CLIENT_END).what);
    CU_ASSERT_PTR_NOT_NULL(story_failure(&s, CLIENT_END).spec);
    CU_ASSERT_EQUAL(skiff_dtls_deadline(s.world.ends[CLIENT_END].dtls), SKIFF_NEVER);
    story_end(&s);
}

/* 50 ms, doubled up to 10 s: 50, 100, 200 ... 6400, 10000, 10000 within 30 s. */
static void a_flight_may_wait_for_its_reply_for_ever(void)
{
    struct story s;

    story_prepare(&s);
    s.network.meddler = lose_everything;
    s.settings[CLIENT_END].initial_timeout = SKIFF_NEVER;
    s.settings[CLIENT_END].max_timeout = SKIFF_NEVER;
    story_begin(&s);
    world_pass(&s.world, SKIFF_MSEC(29000));
    CU_ASSERT_EQUAL(story_counters(&s, CLIENT_END).flights_resent, 0);
    CU_ASSERT_FALSE(s.world.ends[CLIENT_END].failed);
    story_end(&s);
}

static void the_wait_doubles_up_to_ten_seconds(void)
{
    struct story s;

    story_prepare(&s);
    s.network.meddler = lose_everything;
    story_begin(&s);
    world_pass(&s.world, SKIFF_MSEC(29000));
    CU_ASSERT_EQUAL(s.world.ends[CLIENT_END].sent, 1 + 8 + 1);
    CU_ASSERT_EQUAL(s.world.log[1].at - s.world.log[0].at, SKIFF_MSEC(50));
    CU_ASSERT_EQUAL(s.world.log[8].at - s.world.log[7].at, SKIFF_MSEC(6400));
    CU_ASSERT_EQUAL(s.world.log[9].at - s.world.log[8].at, SKIFF_MSEC(10000));
    story_end(&s);
}

static void a_server_that_nobody_calls_waits_without_a_deadline(void)
{
    struct story s;

    story_prepare(&s);
    s.network.meddler = lose_everything;
    story_begin(&s);
    CU_ASSERT_EQUAL(skiff_dtls_deadline(s.world.ends[SERVER_END].dtls), SKIFF_NEVER);
    world_pass(&s.world, SKIFF_MSEC(3600000));
    CU_ASSERT_FALSE(s.world.ends[SERVER_END].failed);
    CU_ASSERT_EQUAL(s.world.ends[SERVER_END].sent, 0);
    story_end(&s);
}

static void the_first_timeout_may_be_set_between_flights(void)
{
    struct story s;

    story_prepare(&s);
    s.network.meddler = lose_everything;
    story_begin(&s);
    skiff_dtls_set_initial_timeout(s.world.ends[CLIENT_END].dtls, SKIFF_MSEC(777));
    world_pass(&s.world, SKIFF_MSEC(1000));
    CU_ASSERT_EQUAL(s.world.log[1].at - s.world.log[0].at, SKIFF_MSEC(777));
    story_end(&s);
}

/* How long a client waits that was told, and whose config has this first timeout. */
static skiff_time wait_when_given(skiff_time round_trip, skiff_time initial_timeout)
{
    struct story s;

    story_prepare(&s);
    s.settings[CLIENT_END].initial_timeout = initial_timeout;
    s.network.meddler = lose_everything;
    story_begin(&s);
    skiff_dtls_set_round_trip(s.world.ends[CLIENT_END].dtls, round_trip);
    world_pass(&s.world, SKIFF_MSEC(1100));
    skiff_time wait = s.world.log[1].at - s.world.log[0].at;
    CU_ASSERT_EQUAL(story_info(&s, CLIENT_END).round_trip, 0);
    story_end(&s);
    return wait;
}

static void a_round_trip_that_is_set_makes_the_initial_timeout_longer(void)
{
    CU_ASSERT_EQUAL(wait_when_given(0, 0), SKIFF_MSEC(50));
    CU_ASSERT_EQUAL(wait_when_given(1, 0), SKIFF_MSEC(50));
    CU_ASSERT_EQUAL(wait_when_given(SKIFF_MSEC(25), 0), SKIFF_MSEC(50));
    CU_ASSERT_EQUAL(wait_when_given(SKIFF_MSEC(120), 0), SKIFF_MSEC(240));
    CU_ASSERT_EQUAL(wait_when_given(SKIFF_MSEC(500), 0), SKIFF_MSEC(1000));
    CU_ASSERT_EQUAL(wait_when_given(SKIFF_MSEC(5000), 0), SKIFF_MSEC(1000));
    CU_ASSERT_EQUAL(wait_when_given(SKIFF_NEVER, 0), SKIFF_MSEC(1000));
    CU_ASSERT_EQUAL(wait_when_given(SKIFF_MSEC(120), SKIFF_MSEC(300)), SKIFF_MSEC(300));
    CU_ASSERT_EQUAL(wait_when_given(SKIFF_MSEC(120), SKIFF_MSEC(30)), SKIFF_MSEC(240));
}

/* With 300 ms there and back each flight would be said three times. */
static void an_end_whose_round_trip_was_set_repeats_nothing(void)
{
    struct story s;

    story_prepare(&s);
    s.network.delay = SKIFF_MSEC(150);
    story_begin(&s);
    for (int i = 0; i < 2; i++)
        skiff_dtls_set_round_trip(s.world.ends[i].dtls, SKIFF_MSEC(300));
    CU_ASSERT_TRUE(story_connects(&s));
    world_pass(&s.world, SKIFF_MSEC(1000));
    for (int i = 0; i < 2; i++) {
        CU_ASSERT_EQUAL(story_info(&s, i).flights_resent, 0);
        skiff_dtls_set_round_trip(s.world.ends[i].dtls, SKIFF_MSEC(20));
        CU_ASSERT_EQUAL(story_info(&s, i).round_trip, SKIFF_MSEC(300)); /* its own */
    }
    story_end(&s);
}

/* A wait that is shorter than the way there and back would repeat every flight. */
static void once_a_round_trip_is_known_the_wait_is_twice_as_long(void)
{
    struct story s;

    story_prepare(&s);
    s.network.delay = SKIFF_MSEC(20);
    story_begin(&s);
    CU_ASSERT_TRUE(story_connects(&s));
    CU_ASSERT_EQUAL(story_info(&s, CLIENT_END).flights_resent, 0);
    CU_ASSERT_EQUAL(story_info(&s, SERVER_END).flights_resent, 0);
    CU_ASSERT_EQUAL(story_info(&s, CLIENT_END).handshake_time, SKIFF_MSEC(80));
    story_end(&s);
}

/* Of a server of 1.3 and a client of 1.2, too: the answer is the last that each hears. */
static void both_ends_report_how_long_a_round_trip_is(void)
{
    struct story s;

    story_prepare(&s);
    s.network.delay = SKIFF_MSEC(20);
    story_begin(&s);
    CU_ASSERT_EQUAL(story_info(&s, CLIENT_END).round_trip, 0);
    CU_ASSERT_TRUE(story_connects(&s));
    world_pass(&s.world, SKIFF_MSEC(100));
    CU_ASSERT_EQUAL(story_info(&s, CLIENT_END).round_trip, SKIFF_MSEC(40));
    CU_ASSERT_EQUAL(story_info(&s, SERVER_END).round_trip, SKIFF_MSEC(40));
    story_end(&s);
}

/* RFC 6298 section 3: which of them was answered cannot be told. */
static void flights_that_were_repeated_measure_nothing(void)
{
    struct story s;

    story_prepare(&s);
    s.network.delay = SKIFF_MSEC(60);
    story_begin(&s);
    CU_ASSERT_TRUE(story_connects(&s));
    world_pass(&s.world, SKIFF_MSEC(1000));
    CU_ASSERT_TRUE(story_info(&s, CLIENT_END).flights_resent > 0);
    CU_ASSERT_EQUAL(story_info(&s, CLIENT_END).round_trip, 0);
    CU_ASSERT_EQUAL(story_info(&s, SERVER_END).round_trip, 0);
    story_end(&s);
}

/* --- small datagrams ------------------------------------------------------------------ */

static bool connects_within(uint16_t mtu, const skiff_identity *identity)
{
    struct story s;

    story_prepare(&s);
    for (int i = 0; i < 2; i++) {
        s.settings[i].mtu = mtu;
        if (identity != NULL)
            s.settings[i].identity = identity;
    }
    story_begin(&s);
    bool good = story_connects(&s);
    for (int i = 0; i < 2; i++)
        good = good && s.world.ends[i].largest <= mtu;
    story_end(&s);
    return good;
}

static void no_datagram_is_larger_than_the_mtu(void)
{
    for (uint16_t mtu = 228; mtu < 320; mtu++)
        CU_ASSERT_TRUE(connects_within(mtu, NULL));
    CU_ASSERT_TRUE(connects_within(548, NULL));
    CU_ASSERT_TRUE(connects_within(1500, NULL));
}

static void a_chain_of_four_kilobytes_goes_through_any_mtu(void)
{
    static const uint16_t mtus[] = { 228, 229, 500, 1200, 1472 };

    for (size_t i = 0; i < sizeof mtus / sizeof *mtus; i++)
        CU_ASSERT_TRUE(connects_within(mtus[i], vector_identity("chain")));
}

static void a_chain_goes_through_a_network_with_losses(void)
{
    struct story s;

    for (uint64_t seed = 1; seed <= suite_rounds(20); seed++) {
        story_prepare(&s);
        s.network.seed = seed;
        s.network.loss = 100;
        s.network.duplicate = 100;
        s.network.reorder = 300;
        for (int i = 0; i < 2; i++) {
            s.settings[i].mtu = 400;
            s.settings[i].identity = vector_identity("chain");
            s.settings[i].handshake_timeout = SKIFF_MSEC(60000);
        }
        story_begin(&s);
        CU_ASSERT_TRUE(story_connects(&s));
        story_end(&s);
    }
}

/* Large datagrams vanish on the way until both ends are told. */
static void lose_large(struct world *world, struct world_datagram *d)
{
    const size_t *mtu = world->config.user;

    if (d->len > *mtu)
        d->copies = 0;
}

static void the_mtu_may_change_in_the_middle_of_a_handshake(void)
{
    struct story s;
    size_t mtu = 400;

    story_prepare(&s);
    s.network.meddler = lose_large;
    s.network.user = &mtu;
    story_begin(&s);
    world_pass(&s.world, SKIFF_MSEC(300));
    CU_ASSERT_FALSE(s.world.ends[CLIENT_END].connected);
    for (int i = 0; i < 2; i++)
        CU_ASSERT_EQUAL(skiff_dtls_set_mtu(s.world.ends[i].dtls, 400), SKIFF_OK);
    CU_ASSERT_TRUE(story_connects(&s));
    story_end(&s);
}

/* Each repetition is cut at other places than the one before. */
static void shrink_at_each_datagram(struct world *world, struct world_datagram *d)
{
    for (int i = 0; i < 2; i++)
        CU_ASSERT_EQUAL(skiff_dtls_set_mtu(world->ends[i].dtls,
                                           (uint16_t)(228 + world_chance(world, 300))),
                        SKIFF_OK);
    if (world_chance(world, 4) == 0)
        d->copies = 0;
}

static void flights_that_are_cut_differently_each_time_come_together(void)
{
    struct story s;

    story_prepare(&s);
    s.network.meddler = shrink_at_each_datagram;
    for (int i = 0; i < 2; i++)
        s.settings[i].handshake_timeout = SKIFF_MSEC(60000);
    story_begin(&s);
    for (uint64_t seed = 1; seed <= suite_rounds(50); seed++) {
        s.network.seed = seed;
        story_again(&s);
        CU_ASSERT_TRUE(story_connects(&s));
    }
    story_end(&s);
}

static void an_mtu_out_of_bounds_changes_nothing(void)
{
    struct story s;

    story_prepare(&s);
    story_begin(&s);
    skiff_dtls *client = s.world.ends[CLIENT_END].dtls;
    CU_ASSERT_EQUAL(skiff_dtls_set_mtu(client, 227), SKIFF_ERR_ARGUMENT);
    CU_ASSERT_EQUAL(skiff_dtls_set_mtu(client, 65508), SKIFF_ERR_ARGUMENT);
    CU_ASSERT_EQUAL(skiff_dtls_set_mtu(client, 0), SKIFF_ERR_ARGUMENT);
    CU_ASSERT_TRUE(story_connects(&s));
    CU_ASSERT_TRUE(s.world.ends[SERVER_END].largest > 228);
    story_end(&s);
}

/* --- timers that are late ----------------------------------------------------------- */

static void hold_at_the_client(struct world *world, struct world_datagram *d)
{
    story_keep(world, d);
    if (d->from == SERVER_END)
        d->copies = 0;
}

/* The server's flight, in datagrams of 300 bytes that wait at the client's socket. */
static void catch_flight(struct story *s, struct story_recording *recording)
{
    *recording = (struct story_recording){ .num = 0 };
    story_prepare(s);
    s->settings[SERVER_END].mtu = 300;
    s->network.meddler = hold_at_the_client;
    s->network.user = recording;
    story_begin(s);
    world_pass(&s->world, SKIFF_MSEC(15));
    CU_ASSERT_TRUE_FATAL(recording->num > 3);
}

/* A process that was paused reads all that has come before it judges a timer. */
static void what_arrived_by_the_same_time_is_read_before_a_timer_is_judged(void)
{
    static struct story_recording recording;
    const skiff_time pauses[] = { SKIFF_MSEC(20), SKIFF_MSEC(500), SKIFF_MSEC(40000) };

    for (size_t i = 0; i < sizeof pauses / sizeof *pauses; i++) {
        struct story s;
        catch_flight(&s, &recording);
        size_t num = recording.num;
        s.world.now += pauses[i];
        for (size_t k = 0; k < num; k++)
            if (recording.captured[k].from == SERVER_END)
                (void)!world_deliver(&s.world, CLIENT_END, recording.captured[k].bytes,
                                     recording.captured[k].len);
        CU_ASSERT_FALSE(s.world.ends[CLIENT_END].failed);
        CU_ASSERT_EQUAL(story_counters(&s, CLIENT_END).flights_resent, 0);
        story_end(&s);
    }
}

/* What nothing answers is judged by the next poll, at the same time too. */
static void a_datagram_that_responds_to_nothing_delays_no_timer(void)
{
    struct story s;

    story_prepare(&s);
    story_begin(&s);
    world_poll(&s.world, CLIENT_END);
    s.world.now = skiff_dtls_deadline(s.world.ends[CLIENT_END].dtls);
    for (int i = 0; i < 3; i++) {
        CU_ASSERT_EQUAL(world_deliver(&s.world, CLIENT_END, "\x16noise", 6),
                        SKIFF_ERR_DROPPED);
        CU_ASSERT_EQUAL(story_counters(&s, CLIENT_END).flights_resent, 0);
    }
    world_poll(&s.world, CLIENT_END);
    CU_ASSERT_EQUAL(story_counters(&s, CLIENT_END).flights_resent, 1);
    story_end(&s);
}

/* Whoever asks the clock before each call is not delayed by a flood. */
static void a_later_poll_judges_timers_whatever_came_before(void)
{
    struct story s;

    story_prepare(&s);
    story_begin(&s);
    world_poll(&s.world, CLIENT_END);
    s.world.now = skiff_dtls_deadline(s.world.ends[CLIENT_END].dtls);
    uint8_t noise[] = { 0x16, 0, 0, 0, 0, 0 };
    skiff_packet packet = { .data = noise, .len = sizeof noise, .limit = sizeof noise };
    CU_ASSERT_EQUAL(skiff_dtls_receive(s.world.ends[CLIENT_END].dtls, s.world.now, &packet),
                    SKIFF_ERR_DROPPED);
    s.world.now++;
    world_poll(&s.world, CLIENT_END);
    CU_ASSERT_EQUAL(story_counters(&s, CLIENT_END).flights_resent, 1);
    story_end(&s);
}

CU_TestInfo time_tests[] = {
    TEST(what_arrived_by_the_same_time_is_read_before_a_timer_is_judged),
    TEST(a_datagram_that_responds_to_nothing_delays_no_timer),
    TEST(a_later_poll_judges_timers_whatever_came_before),
    TEST(a_server_responds_to_the_flight_of_a_client_that_lost_its_last),
    TEST(after_four_minutes_it_responds_to_no_more),
    TEST(the_last_flight_needs_no_slot),
    TEST(a_peer_that_never_responds_is_abandoned_at_the_microsecond),
    TEST(a_flight_may_wait_for_its_reply_for_ever),
    TEST(the_wait_doubles_up_to_ten_seconds),
    TEST(a_server_that_nobody_calls_waits_without_a_deadline),
    TEST(the_first_timeout_may_be_set_between_flights),
    TEST(a_round_trip_that_is_set_makes_the_initial_timeout_longer),
    TEST(an_end_whose_round_trip_was_set_repeats_nothing),
    TEST(once_a_round_trip_is_known_the_wait_is_twice_as_long),
    TEST(both_ends_report_how_long_a_round_trip_is),
    TEST(flights_that_were_repeated_measure_nothing),
    TEST(no_datagram_is_larger_than_the_mtu),
    TEST(a_chain_of_four_kilobytes_goes_through_any_mtu),
    TEST(a_chain_goes_through_a_network_with_losses),
    TEST(the_mtu_may_change_in_the_middle_of_a_handshake),
    TEST(flights_that_are_cut_differently_each_time_come_together),
    TEST(an_mtu_out_of_bounds_changes_nothing),
    CU_TEST_INFO_NULL,
};
