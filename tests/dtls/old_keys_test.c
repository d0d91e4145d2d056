/* old_keys_test.c - keys of theirs that were followed by others: what they are still good
 * for, and when they go (RFC 9147 sections 4.2.1, 5.8.1, 6.1 and 8). */
#include "../suite.h"

#include "association/epoch.h"
#include "association/timers.h"
#include "plaintext.h"

#define HANDSHAKE_EPOCH 2u
#define FIRST_EPOCH     3u

static struct skiff_dtls *end_of(const struct story *s, int end)
{
    return s->world.ends[end].dtls;
}

/* Whether an end has any byte of keys from before. */
static bool keeps_old_keys(const struct story *s, int end)
{
    const uint8_t *keys = (const uint8_t *)&end_of(s, end)->stage.agreed.previous;
    bool any = end_of(s, end)->previous_epoch != 0;

    for (size_t i = 0; i < sizeof end_of(s, end)->stage.agreed.previous; i++)
        any = any || keys[i] != 0;
    return any;
}

/* A record that an end could have sealed in an epoch, with a number that it will not use.
 */
static size_t seal_ahead(struct skiff_dtls *dtls, uint32_t epoch, uint8_t type,
                         skiff_bytes body, uint8_t *out)
{
    struct sealing *sealing = skf_sealing_of(dtls, epoch);
    uint64_t next = sealing->next;

    sealing->next = next + 40;
    size_t len = plaintext_seal(dtls, epoch, type, body, out);
    sealing->next = next;
    return len;
}

/* --- the keys of the handshake ------------------------------------------------------ */

/* Connected, and a record that `from` sealed under the keys of the handshake. */
static struct story live_with_record(int from, uint8_t type, skiff_bytes body, uint8_t *out,
                                     size_t *len)
{
    struct story s;

    *len = 0;
    story_prepare(&s);
    story_begin(&s);
    struct skiff_dtls *sender = end_of(&s, from);
    for (int ms = 0; ms < 3000 && !world_both_connected(&s.world); ms++) {
        world_pass(&s.world, SKIFF_MSEC(1));
        if (*len == 0 && sender->slot != NULL
            && skf_sealing_of(sender, HANDSHAKE_EPOCH) != NULL)
            *len = seal_ahead(sender, HANDSHAKE_EPOCH, type, body, out);
    }
    CU_ASSERT_TRUE_FATAL(world_both_connected(&s.world) && *len > 0);
    return s;
}

/* It is dropped, now and later, and changes nothing. */
static void is_dropped(int from, uint8_t type, const char *body, size_t body_len)
{
    static const skiff_time later[] = { 0, SKIFF_MSEC(200), SKIFF_MSEC(100000),
                                        SKIFF_MSEC(3600000) };
    uint8_t record[WORLD_DATAGRAM];
    size_t len;

    for (size_t i = 0; i < sizeof later / sizeof *later; i++) {
        struct story s = live_with_record(
            from, type, (skiff_bytes){ (const uint8_t *)body, body_len }, record, &len);
        world_pass(&s.world, later[i]);
        uint32_t dropped = story_counters(&s, 1 - from).drop_epoch;
        (void)!world_deliver(&s.world, 1 - from, record, len);
        CU_ASSERT_EQUAL(s.world.ends[1 - from].data_count, 0);
        CU_ASSERT_FALSE(s.world.ends[1 - from].closed || s.world.ends[1 - from].failed);
        CU_ASSERT_EQUAL(story_counters(&s, 1 - from).drop_epoch, dropped + 1);
        world_pass(&s.world, SKIFF_MSEC(100));
        CU_ASSERT_TRUE(story_talks(&s));
        story_end(&s);
    }
}

static void data_under_the_keys_of_the_handshake_is_not_delivered(void)
{
    is_dropped(CLIENT_END, CONTENT_APPLICATION_DATA, "secret?", 7);
    is_dropped(SERVER_END, CONTENT_APPLICATION_DATA, "secret?", 7);
}

/* RFC 8446 section 4.4.4: alerts behind Finished have the keys of the application. */
static void alerts_under_the_keys_of_the_handshake_end_nothing_behind_it(void)
{
    for (int from = 0; from < 2; from++) {
        is_dropped(from, CONTENT_ALERT, "\1\0", 2);
        is_dropped(from, CONTENT_ALERT, "\2\x28", 2);
        is_dropped(from, CONTENT_ALERT, "", 0);
    }
}

/* RFC 9147 section 5.8.1: "for at least twice the default MSL". What comes again is
 * answered as long, see last_flight13_test.c. */
static void a_server_keeps_them_for_240_seconds_and_not_longer(void)
{
    struct story s;

    story_prepare(&s);
    story_begin(&s);
    CU_ASSERT_TRUE(story_connects(&s));
    skiff_time end = end_of(&s, SERVER_END)->finished + SKIFF_MSEC(240000);
    world_pass(&s.world, end - 1 - s.world.now);
    CU_ASSERT_TRUE(keeps_old_keys(&s, SERVER_END));
    CU_ASSERT_EQUAL(skiff_dtls_deadline(end_of(&s, SERVER_END)), end);
    world_pass(&s.world, 1);
    CU_ASSERT_FALSE(keeps_old_keys(&s, SERVER_END));
    CU_ASSERT_EQUAL(skiff_dtls_deadline(end_of(&s, SERVER_END)), SKIFF_NEVER);
    CU_ASSERT_TRUE(story_talks(&s));
    story_end(&s);
}

static void lose_of_server(struct world *world, struct world_datagram *d)
{
    const unsigned *from = world->config.user;

    if (d->from == SERVER_END && d->number >= *from)
        d->copies = 0;
}

/* Its last flight may have to be said again because of an ACK under them. */
static void a_client_wipes_them_once_its_last_flight_has_arrived(void)
{
    unsigned from = 1000;
    struct story s;

    story_prepare(&s);
    s.network.meddler = lose_of_server;
    s.network.user = &from;
    story_begin(&s);
    while (!s.world.ends[CLIENT_END].connected)
        world_pass(&s.world, SKIFF_MSEC(1));
    from = 0;
    world_pass(&s.world, SKIFF_MSEC(5000));
    CU_ASSERT_TRUE(s.world.ends[SERVER_END].connected);
    CU_ASSERT_TRUE(keeps_old_keys(&s, CLIENT_END));
    from = 1000;
    world_pass(&s.world, SKIFF_MSEC(11000));
    CU_ASSERT_PTR_NULL(end_of(&s, CLIENT_END)->slot);
    CU_ASSERT_FALSE(keeps_old_keys(&s, CLIENT_END));
    CU_ASSERT_TRUE(story_talks(&s));
    story_end(&s);
}

static void an_end_that_has_ended_keeps_no_old_keys(void)
{
    struct story s = story_live();

    CU_ASSERT_TRUE(keeps_old_keys(&s, SERVER_END));
    skiff_dtls_close(end_of(&s, CLIENT_END), s.world.now);
    world_poll(&s.world, CLIENT_END);
    world_pass(&s.world, SKIFF_MSEC(100));
    CU_ASSERT_TRUE(s.world.ends[SERVER_END].closed);
    for (int end = 0; end < 2; end++) {
        CU_ASSERT_FALSE(keeps_old_keys(&s, end));
        CU_ASSERT_EQUAL(skiff_dtls_deadline(end_of(&s, end)), SKIFF_NEVER);
    }
    story_end(&s);
}

/* --- the keys of before a KeyUpdate ------------------------------------------------- */

static void update(struct story *s)
{
    CU_ASSERT_EQUAL(skiff_dtls_update_keys(end_of(s, CLIENT_END), s->world.now, false),
                    SKIFF_OK);
    world_poll(&s->world, CLIENT_END);
}

static bool is_delivered(struct story *s, const uint8_t *record, size_t len)
{
    unsigned count = s->world.ends[SERVER_END].data_count;

    (void)!world_deliver(&s->world, SERVER_END, record, len);
    return s->world.ends[SERVER_END].data_count == count + 1;
}

/* RFC 9147 section 8: "until receipt and successful decryption of a message using the new
 * keys". */
static void while_each_ack_of_an_update_is_lost_the_keys_before_it_stay(void)
{
    struct story s = story_live();
    unsigned from = 0, delivered = s.world.ends[SERVER_END].data_count;

    s.world.config.meddler = lose_of_server;
    s.world.config.user = &from;
    update(&s);
    for (unsigned second = 1; second <= 600; second++) {
        world_pass(&s.world, SKIFF_MSEC(1000));
        CU_ASSERT_EQUAL(world_send(&s.world, CLIENT_END, "old keys", 8), SKIFF_OK);
        world_pass(&s.world, SKIFF_MSEC(20));
        CU_ASSERT_EQUAL(s.world.ends[SERVER_END].data_count, delivered + second);
    }
    CU_ASSERT_EQUAL(end_of(&s, CLIENT_END)->write_epoch, FIRST_EPOCH);
    CU_ASSERT_EQUAL(end_of(&s, SERVER_END)->read_epoch, FIRST_EPOCH + 1);
    CU_ASSERT_TRUE(keeps_old_keys(&s, SERVER_END));

    from = 100000;
    world_pass(&s.world, SKIFF_MSEC(11000));
    CU_ASSERT_EQUAL(end_of(&s, CLIENT_END)->write_epoch, FIRST_EPOCH + 1);
    CU_ASSERT_TRUE(story_talks(&s));
    world_pass(&s.world, OLD_KEYS_KEPT - SKIFF_MSEC(1000));
    CU_ASSERT_TRUE(keeps_old_keys(&s, SERVER_END));
    world_pass(&s.world, SKIFF_MSEC(1000));
    CU_ASSERT_FALSE(keeps_old_keys(&s, SERVER_END));
    CU_ASSERT_TRUE(story_talks(&s));
    story_end(&s);
}

/* After `time` without a datagram. */
static bool old_record_is_delivered_after(skiff_time time)
{
    struct story s = story_live();
    uint8_t record[WORLD_DATAGRAM];
    size_t len = seal_ahead(end_of(&s, CLIENT_END), FIRST_EPOCH, CONTENT_APPLICATION_DATA,
                            (skiff_bytes){ (const uint8_t *)"of old", 6 }, record);

    update(&s);
    world_pass(&s.world, SKIFF_MSEC(100000)); /* none under the new ones yet */
    CU_ASSERT_EQUAL(world_send(&s.world, CLIENT_END, "new", 3), SKIFF_OK);
    world_pass(&s.world, SKIFF_MSEC(10));
    world_pass(&s.world, time);
    CU_ASSERT_EQUAL(keeps_old_keys(&s, SERVER_END), time < OLD_KEYS_KEPT);
    bool delivered = is_delivered(&s, record, len);
    CU_ASSERT_TRUE(story_talks(&s));
    story_end(&s);
    return delivered;
}

static void behind_the_first_record_under_new_keys_they_stay_for_two_minutes(void)
{
    CU_ASSERT_TRUE(OLD_KEYS_KEPT <= SKIFF_MSEC(120000));
    CU_ASSERT_TRUE(old_record_is_delivered_after(0));
    CU_ASSERT_TRUE(old_record_is_delivered_after(OLD_KEYS_KEPT - SKIFF_MSEC(100)));
    CU_ASSERT_FALSE(old_record_is_delivered_after(OLD_KEYS_KEPT));
    CU_ASSERT_FALSE(old_record_is_delivered_after(SKIFF_MSEC(86400000)));
}

/* Each takes the place of the keys before, which have had their record by then. */
static void many_updates_leave_one_key_behind(void)
{
    struct story s = story_live();

    for (unsigned i = 0; i < 20; i++) {
        update(&s);
        world_pass(&s.world, SKIFF_MSEC(50));
        CU_ASSERT_EQUAL(end_of(&s, SERVER_END)->previous_epoch, FIRST_EPOCH + i);
        CU_ASSERT_TRUE(story_talks(&s));
    }
    world_pass(&s.world, OLD_KEYS_KEPT);
    CU_ASSERT_FALSE(keeps_old_keys(&s, SERVER_END));
    CU_ASSERT_EQUAL(skiff_dtls_deadline(end_of(&s, SERVER_END)), SKIFF_NEVER);
    story_end(&s);
}

CU_TestInfo old_keys_tests[] = {
    TEST(data_under_the_keys_of_the_handshake_is_not_delivered),
    TEST(alerts_under_the_keys_of_the_handshake_end_nothing_behind_it),
    TEST(a_server_keeps_them_for_240_seconds_and_not_longer),
    TEST(a_client_wipes_them_once_its_last_flight_has_arrived),
    TEST(an_end_that_has_ended_keeps_no_old_keys),
    TEST(while_each_ack_of_an_update_is_lost_the_keys_before_it_stay),
    TEST(behind_the_first_record_under_new_keys_they_stay_for_two_minutes),
    TEST(many_updates_leave_one_key_behind),
    CU_TEST_INFO_NULL,
};
