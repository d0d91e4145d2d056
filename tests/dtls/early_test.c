/* early_test.c - records that come before their keys, ends that come early. */
#include "../suite.h"

#include "association/association_state.h"
#include "story.h"
#include "vector.h"

/* Lays a record of epoch 2 between ChangeCipherSpec and Finished. */
static void lay_between(struct world *world, struct world_datagram *d)
{
    struct record_header header = {
        .type = 22, .version = 0xfefd, .epoch = 2, .length = 20
    };
    struct story_record r = { .end = 0 };
    static const uint8_t nothing[20];

    (void)world;
    while (story_next_record(d->bytes, d->len, &r))
        if (r.header.type == 20) {
            memmove(d->bytes + r.end + 33, d->bytes + r.end, d->len - r.end);
            d->len += story_forge(d->bytes + r.end, header, nothing);
            return;
        }
}

static void a_record_of_an_epoch_that_never_arrives_is_dropped(void)
{
    struct story s;

    story_prepare(&s);
    s.network.meddler = lay_between;
    story_begin(&s);
    CU_ASSERT_TRUE(story_connects(&s));
    CU_ASSERT_EQUAL(story_counters(&s, SERVER_END).drop_epoch, 1);
    CU_ASSERT_EQUAL(story_counters(&s, CLIENT_END).drop_epoch, 1);
    story_end(&s);
}

/* Lets the records of a datagram come in the opposite order. */
static void turn_round(struct world *world, struct world_datagram *d)
{
    struct world_datagram turned = *d;
    struct story_record r = { .end = 0 };
    size_t at = d->len;

    (void)world;
    while (story_next_record(d->bytes, d->len, &r)) {
        at -= r.end - r.from;
        memcpy(turned.bytes + at, d->bytes + r.from, r.end - r.from);
    }
    *d = turned;
}

/* ChangeCipherSpec has no number to wait for its turn by: that it came is remembered. */
static void records_of_a_flight_may_come_in_the_opposite_order(void)
{
    struct story s;

    story_prepare(&s);
    s.network.meddler = turn_round;
    story_begin(&s);
    CU_ASSERT_TRUE(story_connects(&s));
    CU_ASSERT_EQUAL(story_info(&s, CLIENT_END).flights_resent, 0);
    CU_ASSERT_EQUAL(story_info(&s, SERVER_END).flights_resent, 0);
    story_end(&s);
}

/* --- ChangeCipherSpec, which anybody can say ---------------------------------------- */

/* Lays one behind the n-th record that an end is sent, 0: before all. */
struct misplaced_change {
    int to;
    unsigned behind, datagrams;
    bool inserted;
};

static void lay_change(struct world_datagram *d, size_t at)
{
    static const struct record_header header = {
        .type = 20, .version = 0xfefd, .sequence_number = 99, .length = 1
    };

    memmove(d->bytes + at + 14, d->bytes + at, d->len - at);
    (void)story_forge(d->bytes + at, header, "\1");
    d->len += 14;
}

static void change_early(struct world *world, struct world_datagram *d)
{
    struct misplaced_change *c = world->config.user;
    struct story_record r = { .end = 0 };

    if (d->from == c->to || c->inserted)
        return;
    if (c->behind == 0) {
        lay_change(d, 0);
        c->inserted = true;
    }
    while (!c->inserted && r.end < d->len && story_next_record(d->bytes, d->len, &r))
        if (++c->datagrams == c->behind) {
            lay_change(d, r.end);
            c->inserted = true;
        }
}

/* Ten records at most come to either end. */
static void a_forged_change_behind_any_message_changes_neither_outcome_nor_keys(void)
{
    for (int to = 0; to < 2; to++)
        for (unsigned behind = 0; behind < 10; behind++) {
            struct misplaced_change c = { .to = to, .behind = behind };
            struct story s;
            story_prepare(&s);
            s.network.meddler = change_early;
            s.network.user = &c;
            story_begin(&s);
            CU_ASSERT_TRUE(story_connects(&s)); /* with the same keys */
            CU_ASSERT_TRUE(c.inserted || behind > 5);
            CU_ASSERT_EQUAL(s.world.ends[0].connected_at - s.world.began, SKIFF_MSEC(40));
            for (int i = 0; i < 2; i++) {
                CU_ASSERT_EQUAL(story_info(&s, i).flights_resent, 0);
                CU_ASSERT_EQUAL(story_info(&s, i).version, SKIFF_DTLS_1_2);
                CU_ASSERT_EQUAL(story_info(&s, i).cipher_suite, 0xc02b);
            }
            CU_ASSERT_TRUE(story_talks(&s));
            story_end(&s);
        }
}

/* In plaintext, before and behind each datagram: 1.3 has none. */
static void surround_by_changes(struct world *world, struct world_datagram *d)
{
    (void)world;
    lay_change(d, 0);
    lay_change(d, d->len);
}

static void in_1_3_it_is_ignored(void)
{
    struct story s;

    story_prepare(&s);
    for (int i = 0; i < 2; i++)
        s.settings[i].max_version = SKIFF_DTLS_1_3;
    s.network.meddler = surround_by_changes;
    story_begin(&s);
    CU_ASSERT_TRUE(story_connects(&s));
    CU_ASSERT_EQUAL(s.world.ends[0].connected_at - s.world.began, SKIFF_MSEC(20));
    for (int i = 0; i < 2; i++) {
        CU_ASSERT_EQUAL(story_info(&s, i).version, SKIFF_DTLS_1_3);
        CU_ASSERT_EQUAL(story_info(&s, i).flights_resent, 0);
    }
    story_end(&s);
}

/* The keys are there and the line is not: the server still waits for CertificateVerify. */
static void lose_certificate_verify(struct world *world, struct world_datagram *d)
{
    struct story_record r = { .end = 0 };

    (void)world;
    if (d->from != CLIENT_END || d->number != 1)
        return;
    while (story_next_record(d->bytes, d->len, &r))
        if (r.header.type == 22 && d->bytes[r.from + RECORD_HEADER] == 15) {
            memmove(d->bytes + r.from, d->bytes + r.end, d->len - r.end);
            d->len -= r.end - r.from;
            return;
        }
}

static void it_waits_for_the_message_before_it(void)
{
    struct story s;

    story_prepare(&s);
    s.network.meddler = lose_certificate_verify;
    story_begin(&s);
    world_pass(&s.world, SKIFF_MSEC(35));
    struct skiff_dtls *server = s.world.ends[SERVER_END].dtls;
    CU_ASSERT_PTR_NOT_NULL_FATAL(server->slot);
    CU_ASSERT_NOT_EQUAL(server->slot->hs.keysets[0].epoch, 0);
    CU_ASSERT_TRUE(server->slot->change_cipher_spec_received);
    CU_ASSERT_EQUAL(server->read_epoch, 0);
    CU_ASSERT_TRUE(story_connects(&s));
    story_end(&s);
}

static void it_is_forgotten_with_the_attempt(void)
{
    struct world_datagram change = { .len = 0 };
    struct story s;

    story_prepare(&s);
    s.settings[CLIENT_END].max_handshakes = 1;
    story_begin(&s);
    world_pass(&s.world, SKIFF_MSEC(5));
    lay_change(&change, 0);
    (void)!world_deliver(&s.world, CLIENT_END, change.bytes, change.len);
    CU_ASSERT_TRUE(s.world.ends[CLIENT_END].dtls->slot->change_cipher_spec_received);
    story_again(&s);
    world_pass(&s.world, SKIFF_MSEC(5));
    CU_ASSERT_FALSE(s.world.ends[CLIENT_END].dtls->slot->change_cipher_spec_received);
    CU_ASSERT_TRUE(story_connects(&s));
    story_end(&s);
}

/* --- ends that come early ----------------------------------------------------------- */

/* Lets both ends go on until the server is connected; its last datagram is in the
 * recording. */
static const struct world_datagram *last_of_the_server(struct story *s,
                                                       struct story_recording *recording)
{
    struct world *w = &s->world;

    while (!w->ends[SERVER_END].connected && w->now - w->began < SKIFF_MSEC(1000))
        world_pass(w, SKIFF_MSEC(1));
    recording->muted = true;
    while (w->num_in_flight > 0)
        world_pass(w, SKIFF_MSEC(1));
    for (size_t i = recording->num; i-- > 0;)
        if (recording->captured[i].from == SERVER_END)
            return &recording->captured[i];
    return NULL;
}

/* Mutes the server's flight 6, which begins with ChangeCipherSpec. */
static void keep_and_lose_flight_6(struct world *world, struct world_datagram *d)
{
    story_keep(world, d);
    if (d->from == SERVER_END && d->bytes[0] == 20)
        d->copies = 0;
}

static void begin_with_flight_6_lost(struct story *s, struct story_recording *recording,
                                     uint16_t mtu)
{
    memset(recording, 0, sizeof *recording);
    story_prepare(s);
    s->settings[CLIENT_END].mtu = mtu;
    s->network.meddler = keep_and_lose_flight_6;
    s->network.user = recording;
    story_begin(s);
}

/* Finished, data and only then the ChangeCipherSpec that lets both be opened. */
static void what_lies_behind_the_finished_that_was_held_is_delivered(void)
{
    struct story s;
    struct story_recording recording;
    struct story_record ccs = { .end = 0 };

    begin_with_flight_6_lost(&s, &recording, 1200);
    const struct world_datagram *last = last_of_the_server(&s, &recording);
    CU_ASSERT_TRUE_FATAL(last != NULL && story_next_record(last->bytes, last->len, &ccs));
    CU_ASSERT_EQUAL(world_send(&s.world, SERVER_END, "early", 5), SKIFF_OK);

    const struct world_datagram *data = &recording.captured[recording.num - 1];
    (void)!world_deliver(&s.world, CLIENT_END, last->bytes + ccs.end, last->len - ccs.end);
    (void)!world_deliver(&s.world, CLIENT_END, data->bytes, data->len);
    CU_ASSERT_FALSE(s.world.ends[CLIENT_END].connected);
    (void)!world_deliver(&s.world, CLIENT_END, last->bytes, ccs.end);
    CU_ASSERT_TRUE(s.world.ends[CLIENT_END].connected);
    CU_ASSERT_EQUAL(story_counters(&s, CLIENT_END).drop_version, 0);
    CU_ASSERT_EQUAL(s.world.ends[CLIENT_END].data_count, 1);
    CU_ASSERT_PTR_NULL(s.world.ends[CLIENT_END].dtls->slot);
    story_end(&s);
}

/* CVE-2026-84782: what is cut off in its repetition is not sent on from a stale place. */
static void a_client_that_is_done_sends_no_rest_of_what_it_was_repeating(void)
{
    struct story s;
    struct story_recording recording;
    skiff_bytes bytes;

    begin_with_flight_6_lost(&s, &recording, 228);
    struct world *w = &s.world;
    struct skiff_dtls *client = w->ends[CLIENT_END].dtls;
    const struct world_datagram *last = last_of_the_server(&s, &recording);
    struct world_datagram flight_6 = *last;
    w->now = skiff_dtls_deadline(client);
    while (client->flight.at == 0 || client->flight.state != SENDING)
        CU_ASSERT_EQUAL_FATAL(skiff_dtls_poll(client, w->now, w->packet, &bytes),
                              SKIFF_DTLS_SEND);
    CU_ASSERT_EQUAL(client->flight.state, SENDING);

    size_t sent = recording.num;
    CU_ASSERT_EQUAL(world_deliver(w, CLIENT_END, flight_6.bytes, flight_6.len), SKIFF_OK);
    CU_ASSERT_TRUE(w->ends[CLIENT_END].connected);
    CU_ASSERT_EQUAL(recording.num, sent);
    story_end(&s);
}

CU_TestInfo early_tests[] = {
    TEST(a_record_of_an_epoch_that_never_arrives_is_dropped),
    TEST(records_of_a_flight_may_come_in_the_opposite_order),
    TEST(a_forged_change_behind_any_message_changes_neither_outcome_nor_keys),
    TEST(in_1_3_it_is_ignored),
    TEST(it_waits_for_the_message_before_it),
    TEST(it_is_forgotten_with_the_attempt),
    TEST(what_lies_behind_the_finished_that_was_held_is_delivered),
    TEST(a_client_that_is_done_sends_no_rest_of_what_it_was_repeating),
    CU_TEST_INFO_NULL,
};
