/* slots_test.c - handshakes that want more slots than there are. */
#include "../suite.h"

#include "association/association_state.h"
#include "association/context.h"
#include "pair.h"
#include "story.h"

enum { HANDSHAKE_SLOTS = 10, CALLERS = 24 };

/* Clients of one context, each with a server handle of another. */
struct crowd {
    skiff_context *outside, *inside;
    struct pair pairs[CALLERS];
};

static skiff_dtls *server(const struct crowd *c, int i)
{
    return c->pairs[i].ends[1];
}

static void crowd_begin(struct crowd *c, uint32_t slots)
{
    skiff_context_config config = skiff_context_defaults();

    memset(c, 0, sizeof *c);
    config.max_handshakes = CALLERS;
    c->outside = world_context(0, &config);
    config.max_handshakes = slots;
    c->inside = world_context(1, &config);
    for (int i = 0; i < 2 * CALLERS; i++) {
        struct pair *p = &c->pairs[i / 2];
        skiff_dtls **end = &p->ends[i % 2];
        p->now = SKIFF_MSEC(9000000);
        CU_ASSERT_EQUAL_FATAL(
            skiff_dtls_new(i % 2 == 0 ? c->outside : c->inside,
                           i % 2 == 0 ? SKIFF_ROLE_ACTIVE : SKIFF_ROLE_PASSIVE, p->now,
                           end),
            SKIFF_OK);
        CU_ASSERT_EQUAL(skiff_dtls_set_trusted(*end, true), SKIFF_OK);
    }
}

static void crowd_end(struct crowd *c)
{
    for (int i = 0; i < 2 * CALLERS; i++)
        skiff_dtls_free(c->pairs[i / 2].ends[i % 2]);
    skiff_context_free(c->outside);
    skiff_context_free(c->inside);
}

static void time_passes(struct crowd *c, skiff_time time)
{
    for (int i = 0; i < CALLERS; i++)
        c->pairs[i].now += time;
}

/* The hello of a client comes to its server, whose answer is lost. */
static void send_first_hello(struct crowd *c, int i)
{
    pair_poll(&c->pairs[i], 0);
    (void)pair_step(&c->pairs[i]);
    c->pairs[i].num = 0;
}

static skiff_dtls_counters counters_of(const skiff_dtls *dtls)
{
    skiff_dtls_counters counters;

    skiff_dtls_get_counters(dtls, &counters, sizeof counters);
    return counters;
}

static skiff_failure failure_of(const skiff_dtls *dtls)
{
    skiff_failure failure;

    skiff_dtls_failure(dtls, &failure, sizeof failure);
    return failure;
}

static void a_handle_that_waits_holds_no_slot(void)
{
    struct crowd c;

    crowd_begin(&c, HANDSHAKE_SLOTS);
    CU_ASSERT_EQUAL(c.inside->slots.used, 0);
    CU_ASSERT_EQUAL(c.outside->slots.used, 0);
    send_first_hello(&c, 0);
    CU_ASSERT_EQUAL(c.inside->slots.used, 1);
    CU_ASSERT_EQUAL(c.outside->slots.used, 1);
    crowd_end(&c);
}

static void without_a_slot_the_hello_is_dropped_and_counted(void)
{
    struct crowd c;

    crowd_begin(&c, HANDSHAKE_SLOTS);
    for (int i = 0; i < CALLERS; i++)
        send_first_hello(&c, i);
    CU_ASSERT_EQUAL(c.inside->slots.used, HANDSHAKE_SLOTS);
    for (int i = 0; i < CALLERS; i++)
        CU_ASSERT_EQUAL(counters_of(server(&c, i)).drop_no_slot,
                        i < HANDSHAKE_SLOTS ? 0 : 1);
    crowd_end(&c);
}

static void with_fewer_slots_than_callers_all_connect_in_turn(void)
{
    struct crowd c;

    crowd_begin(&c, HANDSHAKE_SLOTS);
    for (int i = 0; i < CALLERS; i++)
        send_first_hello(&c, i);
    for (int round = 0; round < 10; round++, time_passes(&c, SKIFF_MSEC(90)))
        for (int i = 0; i < CALLERS; i++)
            pair_talk(&c.pairs[i]);
    for (int i = 0; i < CALLERS; i++)
        CU_ASSERT_TRUE(pair_is_connected(&c.pairs[i]) && pair_agrees(&c.pairs[i]));
    CU_ASSERT_EQUAL(c.inside->slots.used, 0);
    CU_ASSERT_EQUAL(c.outside->slots.used, 0);
    crowd_end(&c);
}

static void a_client_without_a_slot_asks_again_by_itself(void)
{
    struct story s;
    skiff_dtls *other = NULL;
    skiff_bytes bytes;

    story_prepare(&s);
    s.settings[CLIENT_END].max_handshakes = 1;
    story_begin(&s);
    CU_ASSERT_EQUAL(
        skiff_dtls_new(s.context[CLIENT_END], SKIFF_ROLE_ACTIVE, s.world.now, &other),
        SKIFF_OK);
    CU_ASSERT_EQUAL(skiff_dtls_poll(other, s.world.now, s.world.packet, &bytes),
                    SKIFF_DTLS_SEND);
    world_pass(&s.world, SKIFF_MSEC(500));
    CU_ASSERT_EQUAL(s.world.ends[CLIENT_END].sent, 0);
    CU_ASSERT_TRUE(story_counters(&s, CLIENT_END).drop_no_slot > 0);
    skiff_dtls_free(other);
    CU_ASSERT_TRUE(story_connects(&s));
    story_end(&s);
}

static void at_ninety_percent_the_one_idle_longest_goes(void)
{
    struct crowd c;

    crowd_begin(&c, HANDSHAKE_SLOTS);
    for (int i = 0; i < 9; i++) {
        send_first_hello(&c, i);
        time_passes(&c, SKIFF_MSEC(10));
    }
    CU_ASSERT_EQUAL(c.inside->slots.used, 9);
    time_passes(&c, SKIFF_MSEC(1000));
    send_first_hello(&c, 9);
    CU_ASSERT_EQUAL(c.inside->slots.used, 9);
    pair_poll(&c.pairs[0], 1);
    CU_ASSERT_TRUE(c.pairs[0].failed[1]);
    CU_ASSERT_EQUAL(failure_of(server(&c, 0)).status, SKIFF_ERR_FAILED);
    CU_ASSERT_PTR_NOT_NULL(failure_of(server(&c, 0)).what);
    CU_ASSERT_PTR_NOT_NULL(server(&c, 1)->slot);
    CU_ASSERT_PTR_NOT_NULL(server(&c, 9)->slot);
    crowd_end(&c);
}

static void lose_acks(struct world *world, struct world_datagram *d)
{
    (void)world;
    if (d->from == SERVER_END && d->number > 0)
        d->copies = 0;
}

/* A client of 1.3 that waits for the ACK of its last flight. */
static void a_connected_client_that_loses_its_slot_stays_connected(void)
{
    static const uint16_t p256 = GROUP_SECP256R1;
    struct story s;
    skiff_dtls *newer = NULL;
    skiff_bytes bytes;

    story_prepare(&s);
    for (int i = 0; i < 2; i++) {
        s.settings[i].max_version = SKIFF_DTLS_1_3;
        s.settings[i].groups = &p256;
        s.settings[i].num_groups = 1;
    }
    s.settings[CLIENT_END].max_handshakes = 1;
    s.network.meddler = lose_acks;
    story_begin(&s);
    CU_ASSERT_TRUE(story_connects(&s));
    world_pass(&s.world, SKIFF_MSEC(1500));
    CU_ASSERT_PTR_NOT_NULL(s.world.ends[CLIENT_END].dtls->slot);
    CU_ASSERT_EQUAL(
        skiff_dtls_new(s.context[CLIENT_END], SKIFF_ROLE_ACTIVE, s.world.now, &newer),
        SKIFF_OK);
    CU_ASSERT_EQUAL(skiff_dtls_poll(newer, s.world.now, s.world.packet, &bytes),
                    SKIFF_DTLS_SEND);
    CU_ASSERT_PTR_NULL(s.world.ends[CLIENT_END].dtls->slot);
    CU_ASSERT_EQUAL(world_send(&s.world, CLIENT_END, "data", 4), SKIFF_OK);
    world_pass(&s.world, SKIFF_MSEC(100));
    CU_ASSERT_FALSE(s.world.ends[CLIENT_END].failed);
    CU_ASSERT_EQUAL(s.world.ends[SERVER_END].data_count, 1);
    skiff_dtls_free(newer);
    story_end(&s);
}

static void below_that_nobody_goes_however_idle(void)
{
    struct crowd c;

    crowd_begin(&c, HANDSHAKE_SLOTS);
    for (int i = 0; i < 8; i++)
        send_first_hello(&c, i);
    time_passes(&c, SKIFF_MSEC(20000));
    send_first_hello(&c, 8);
    CU_ASSERT_EQUAL(c.inside->slots.used, 9);
    crowd_end(&c);
}

/* Each handle has the clock that its caller gave it: one that is behind sees nobody idle.
 */
static void a_newer_one_whose_clock_is_behind_drives_nobody_out(void)
{
    struct crowd c;

    crowd_begin(&c, HANDSHAKE_SLOTS);
    for (int i = 0; i < 9; i++) {
        c.pairs[i].now += SKIFF_MSEC(5000);
        send_first_hello(&c, i);
    }
    send_first_hello(&c, 9);
    CU_ASSERT_EQUAL(c.inside->slots.used, 10);
    for (int i = 0; i < 10; i++)
        CU_ASSERT_PTR_NOT_NULL(server(&c, i)->slot);
    crowd_end(&c);
}

static void a_handshake_that_received_something_is_not_idle(void)
{
    struct crowd c;

    crowd_begin(&c, HANDSHAKE_SLOTS);
    for (int i = 0; i < 9; i++)
        send_first_hello(&c, i);
    time_passes(&c, SKIFF_MSEC(900));
    skf_slot_progressed(&c.inside->slots, server(&c, 0)->slot, c.pairs[0].now);
    time_passes(&c, SKIFF_MSEC(200));
    send_first_hello(&c, 9);
    CU_ASSERT_PTR_NOT_NULL(server(&c, 0)->slot);
    CU_ASSERT_PTR_NULL(server(&c, 1)->slot);
    crowd_end(&c);
}

static void a_slot_that_was_released_holds_nothing_of_its_owner(void)
{
    struct story s;

    story_prepare(&s);
    s.settings[CLIENT_END].max_handshakes = 1;
    story_begin(&s);
    CU_ASSERT_TRUE(story_connects(&s));
    const struct handshake_slot *slot = s.context[CLIENT_END]->slots.free;
    CU_ASSERT_PTR_NOT_NULL_FATAL(slot);
    static const uint8_t zeros[sizeof slot->flight_bytes];
    CU_ASSERT_EQUAL(memcmp(slot->flight_bytes, zeros, sizeof slot->flight_bytes), 0);
    CU_ASSERT_EQUAL(memcmp(slot->held, zeros, sizeof slot->held), 0);
    CU_ASSERT_EQUAL(memcmp(slot->hs.master_secret, zeros, MASTER_SECRET), 0);
    CU_ASSERT_EQUAL(memcmp(slot->hs.keysets, zeros, sizeof slot->hs.keysets), 0);
    CU_ASSERT_EQUAL(memcmp(slot->hs.shared_secret, zeros, sizeof slot->hs.shared_secret),
                    0);
    story_end(&s);
}

static void a_failed_handshake_releases_its_slot(void)
{
    struct story s;

    story_prepare(&s);
    s.strangers = true;
    story_begin(&s);
    CU_ASSERT_EQUAL(skiff_dtls_set_trusted(s.world.ends[CLIENT_END].dtls, false), SKIFF_OK);
    world_pass(&s.world, SKIFF_MSEC(2000));
    CU_ASSERT_TRUE(s.world.ends[CLIENT_END].failed);
    CU_ASSERT_EQUAL(s.context[CLIENT_END]->slots.used, 0);
    CU_ASSERT_EQUAL(s.context[SERVER_END]->slots.used, 0);
    story_end(&s);
}

CU_TestInfo slots_tests[] = {
    TEST(a_handle_that_waits_holds_no_slot),
    TEST(without_a_slot_the_hello_is_dropped_and_counted),
    TEST(with_fewer_slots_than_callers_all_connect_in_turn),
    TEST(a_client_without_a_slot_asks_again_by_itself),
    TEST(at_ninety_percent_the_one_idle_longest_goes),
    TEST(a_connected_client_that_loses_its_slot_stays_connected),
    TEST(below_that_nobody_goes_however_idle),
    TEST(a_newer_one_whose_clock_is_behind_drives_nobody_out),
    TEST(a_handshake_that_received_something_is_not_idle),
    TEST(a_slot_that_was_released_holds_nothing_of_its_owner),
    TEST(a_failed_handshake_releases_its_slot),
    CU_TEST_INFO_NULL,
};
