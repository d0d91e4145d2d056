/* plain_alert_test.c - fatal alerts in plaintext, which anybody can say: what ends by them,
 * and when. Told in both versions. */
#include "../suite.h"

#include <stdio.h>

#include "association/association_state.h"
#include "story.h"
#include "wire/numbers.h"

enum { FORGED = 99 };

static void forge_alert(struct story *s, int to)
{
    static const uint8_t fatal[] = { ALERT_FATAL, FORGED };
    struct record_header header = { .type = CONTENT_ALERT,
                                    .version = SKIFF_DTLS_1_2,
                                    .length = sizeof fatal };
    uint8_t bytes[64];

    (void)!world_deliver(&s->world, to, bytes, story_forge(bytes, header, fatal));
}

static struct skiff_dtls *dtls_of(const struct story *s, int end)
{
    return s->world.ends[end].dtls;
}

static bool may_be_forged_at(const struct story *s, int end)
{
    return dtls_of(s, end)->slot != NULL && dtls_of(s, end)->flight.state == WAITING;
}

/* --- round trips -------------------------------------------------------------------- */

static bool connects_in_spite_of_one(skiff_time round_trip, int to)
{
    bool forged = false, good;
    struct story s;

    story_prepare(&s);
    s.network.delay = round_trip / 2;
    story_begin(&s);
    for (int i = 0; i < 5000 && !forged; i++) {
        world_pass(&s.world, SKIFF_MSEC(1));
        forged = may_be_forged_at(&s, to);
    }
    forge_alert(&s, to);
    good = forged && story_connects(&s) && story_counters(&s, to).drop_alert == 1;
    if (!good)
        fprintf(stderr, "round trip %u ms, to %d\n", (unsigned)(round_trip / 1000), to);
    story_end(&s);
    return good;
}

static void a_forged_one_ends_nothing_where_responses_need_less_than_a_second(void)
{
    static const unsigned round_trips[] = { 2, 30, 60, 100, 150, 300, 600, 900 };

    for (size_t i = 0; i < sizeof round_trips / sizeof *round_trips; i++)
        for (int to = 0; to < 2; to++)
            CU_ASSERT_TRUE(connects_in_spite_of_one(SKIFF_MSEC(round_trips[i]), to));
}

/* A second passes, but it was not asked whether that is so. */
static void one_ends_nothing_before_we_have_repeated_ourselves(void)
{
    struct story s;

    story_prepare(&s);
    s.network.delay = SKIFF_MSEC(700);
    s.settings[CLIENT_END].initial_timeout = SKIFF_MSEC(3000);
    story_begin(&s);
    world_pass(&s.world, SKIFF_MSEC(1));
    forge_alert(&s, CLIENT_END);
    CU_ASSERT_TRUE(story_connects(&s));
    story_end(&s);
}

/* --- what comes behind it ----------------------------------------------------------- */

static void lose_all_behind_the_first(struct world *world, struct world_datagram *d)
{
    unsigned *passes = world->config.user;

    if (d->from == SERVER_END && (*passes)++ > 0)
        d->copies = 0;
}

/* The server's first datagram comes behind the alert, and then nothing for 30 s. */
static void one_that_something_valid_follows_is_never_reported(void)
{
    unsigned passed = 0;
    struct story s;

    story_prepare(&s);
    s.settings[SERVER_END].mtu = 300;
    s.network.meddler = lose_all_behind_the_first;
    s.network.user = &passed;
    story_begin(&s);
    world_pass(&s.world, SKIFF_MSEC(5));
    forge_alert(&s, CLIENT_END);
    world_pass(&s.world, SKIFF_MSEC(29000));
    CU_ASSERT_TRUE(passed > 1);
    CU_ASSERT_FALSE(s.world.ends[CLIENT_END].failed);
    world_pass(&s.world, SKIFF_MSEC(2000));
    CU_ASSERT_TRUE(s.world.ends[CLIENT_END].failed);
    CU_ASSERT_EQUAL(story_failure(&s, CLIENT_END).alert, ALERT_NONE);
    story_end(&s);
}

/* --- what comes behind the keys ----------------------------------------------------- */

static void lose_sealed_records(struct world *world, struct world_datagram *d)
{
    const int *from = world->config.user;
    struct story_record r = { .end = 0 };

    if (d->from != *from)
        return;
    while (r.end < d->len && (d->bytes[r.end] & 0xe0) != 0x20
           && story_next_record(d->bytes, d->len, &r) && r.header.epoch == 0)
        continue;
    d->len = r.header.epoch == 0 ? r.end : r.from;
    if (d->len == 0)
        d->copies = 0;
}

/* The sealed records of `from` are lost, and the other end has keys for them. */
static bool receives_none_behind_keys(int from)
{
    int to = 1 - from;
    struct story s;

    story_prepare(&s);
    s.network.meddler = lose_sealed_records;
    s.network.user = &from;
    story_begin(&s);
    world_pass(&s.world, SKIFF_MSEC(75));
    CU_ASSERT_TRUE_FATAL(dtls_of(&s, to)->slot != NULL && dtls_of(&s, to)->read_epoch > 0);
    forge_alert(&s, to);
    bool good =
        dtls_of(&s, to)->slot->plain_alert.number == ALERT_NONE
        && story_counters(&s, to).drop_alert + story_counters(&s, to).drop_plaintext > 0;
    world_pass(&s.world, SKIFF_MSEC(31000));
    good = good && s.world.ends[to].failed && story_failure(&s, to).alert == ALERT_NONE;
    story_end(&s);
    return good;
}

static void a_client_of_13_that_accepted_a_server_hello_receives_none(void)
{
    if (world_version() == SKIFF_DTLS_1_3)
        CU_ASSERT_TRUE(receives_none_behind_keys(SERVER_END));
}

static void a_server_of_12_that_received_the_epoch_change_receives_none(void)
{
    if (world_version() == SKIFF_DTLS_1_2)
        CU_ASSERT_TRUE(receives_none_behind_keys(CLIENT_END));
}

/* Of the server's flight the ServerHello comes and a part of what is sealed, and of the
 * client's nothing but the ACK of that. */
static void let_an_ack_through(struct world *world, struct world_datagram *d)
{
    (void)world;
    if (d->from == SERVER_END && d->number > 1)
        d->copies = 0;
}

static void a_server_of_13_that_opened_a_record_receives_none(void)
{
    struct story s;

    if (world_version() != SKIFF_DTLS_1_3)
        return;
    story_prepare(&s);
    s.settings[SERVER_END].mtu = 300;
    s.network.meddler = let_an_ack_through;
    story_begin(&s);
    world_pass(&s.world, SKIFF_MSEC(5));
    for (int i = 0; i < 200 && dtls_of(&s, SERVER_END)->theirs.window.next == 0; i++) {
        if (may_be_forged_at(&s, SERVER_END))
            forge_alert(&s, SERVER_END);
        world_pass(&s.world, SKIFF_MSEC(1));
    }
    CU_ASSERT_TRUE_FATAL(dtls_of(&s, SERVER_END)->theirs.window.next > 0);
    CU_ASSERT_EQUAL(dtls_of(&s, SERVER_END)->slot->plain_alert.number, ALERT_NONE);
    forge_alert(&s, SERVER_END);
    CU_ASSERT_EQUAL(dtls_of(&s, SERVER_END)->slot->plain_alert.number, ALERT_NONE);
    story_end(&s);
}

/* --- peers that gave up indeed ------------------------------------------------------ */

static void a_peer_that_refuses_is_reported_soon_by_its_alert(void)
{
    static const uint16_t of_client[] = { 0xc02b, 0x1301 },
                          of_server[] = { 0xc02c, 0x1302 };
    struct story s;

    story_prepare(&s);
    s.settings[CLIENT_END].suites = of_client;
    s.settings[SERVER_END].suites = of_server;
    s.settings[CLIENT_END].num_suites = s.settings[SERVER_END].num_suites = 2;
    story_begin(&s);
    world_pass(&s.world, SKIFF_MSEC(1100));
    CU_ASSERT_TRUE(s.world.ends[CLIENT_END].failed);
    CU_ASSERT_EQUAL(story_failure(&s, CLIENT_END).alert, ALERT_HANDSHAKE_FAILURE);
    CU_ASSERT_TRUE(story_failure(&s, CLIENT_END).from_peer);
    story_end(&s);
}

static void lose_later_hellos(struct world *world, struct world_datagram *d)
{
    (void)world;
    if (d->from == CLIENT_END && d->number > 0)
        d->copies = 0;
}

/* Flight 2 has no timer: nobody repeats himself. */
static void one_that_was_not_borne_out_is_the_reason_in_the_end(void)
{
    static const uint16_t p256[] = { 23 }, p384_p256[] = { 24, 23 };
    struct story s;

    if (world_version() != SKIFF_DTLS_1_3)
        return;
    story_prepare(&s);
    s.settings[CLIENT_END].groups = p384_p256;
    s.settings[CLIENT_END].num_groups = 2;
    s.settings[SERVER_END].groups = p256;
    s.settings[SERVER_END].num_groups = 1;
    s.network.meddler = lose_later_hellos;
    story_begin(&s);
    world_pass(&s.world, SKIFF_MSEC(25));
    forge_alert(&s, SERVER_END);
    world_pass(&s.world, SKIFF_MSEC(29900));
    CU_ASSERT_FALSE(s.world.ends[SERVER_END].failed);
    world_pass(&s.world, SKIFF_MSEC(1000));
    CU_ASSERT_TRUE(s.world.ends[SERVER_END].failed);
    CU_ASSERT_EQUAL(story_failure(&s, SERVER_END).alert, FORGED);
    story_end(&s);
}

CU_TestInfo plain_alert_tests[] = {
    TEST(a_forged_one_ends_nothing_where_responses_need_less_than_a_second),
    TEST(one_ends_nothing_before_we_have_repeated_ourselves),
    TEST(one_that_something_valid_follows_is_never_reported),
    TEST(a_client_of_13_that_accepted_a_server_hello_receives_none),
    TEST(a_server_of_12_that_received_the_epoch_change_receives_none),
    TEST(a_server_of_13_that_opened_a_record_receives_none),
    TEST(a_peer_that_refuses_is_reported_soon_by_its_alert),
    TEST(one_that_was_not_borne_out_is_the_reason_in_the_end),
    CU_TEST_INFO_NULL,
};
