/* misplaced_test.c - messages that are well sealed, next by their number, whole, and have
 * no place there (RFC 8446 section 4, RFC 5246 section 7.4): who has proven himself ends
 * the attempt by one, and at once. */
#include "../suite.h"

#include <stdio.h>

#include "association/epoch.h"
#include "plaintext.h"

static const uint8_t bytes[64] = { 0 };
static const skiff_bytes body = { bytes, sizeof bytes }, none = { NULL, 0 };

/* An end that waits for the next message of the other's flight, which was lost. */
struct waiting {
    int end;
    uint32_t epoch;
    uint8_t due; /* the type that it waits for */
};

/* Which records of whose datagrams arrive: those before the first of an epoch. */
static void lose_sealed_records(struct world *world, struct world_datagram *d)
{
    const struct waiting *waiting = world->config.user;
    struct story_record r = { .end = 0 };

    if (d->from == waiting->end)
        return;
    while (r.end < d->len && (d->bytes[r.end] & 0xe0) != 0x20
           && story_next_record(d->bytes, d->len, &r) && r.header.epoch == 0)
        continue;
    d->len = r.header.epoch == 0 ? r.end : r.from;
    if (d->len == 0)
        d->copies = 0;
}

static struct skiff_dtls *come_to(struct story *s, struct waiting *waiting)
{
    story_prepare(s);
    s->network.meddler = lose_sealed_records;
    s->network.user = waiting;
    story_begin(s);
    world_pass(&s->world, SKIFF_MSEC(45));
    struct skiff_dtls *dtls = s->world.ends[waiting->end].dtls;
    CU_ASSERT_TRUE_FATAL(dtls->slot != NULL && dtls->phase == HANDSHAKING
                         && dtls->read_epoch == waiting->epoch);
    return dtls;
}

static bool is_refused(struct story *s, int end, unsigned type)
{
    skiff_failure failure = story_failure(s, end);
    bool good = s->world.ends[end].failed && failure.alert == ALERT_UNEXPECTED_MESSAGE
             && !failure.from_peer && failure.spec != NULL;

    if (!good)
        fprintf(stderr, "type %u at end %d: alert %d\n", type, end, failure.alert);
    return good;
}

/* Every type but the one that is due. */
static void expect_all_refused(struct waiting waiting)
{
    static const uint8_t types[] = { 1,  2,  3,  4,  5,  8,  9,  10, 11,
                                     12, 13, 14, 15, 16, 20, 24, 99 };

    for (size_t i = 0; i < sizeof types; i++) {
        struct record_body l = { .len = 0 };
        struct story s;
        struct skiff_dtls *dtls = come_to(&s, &waiting);
        if (types[i] != waiting.due) {
            plaintext_put(&l, types[i], dtls->slot->message_queue.next, body);
            (void)plaintext_send(&s.world, 1 - waiting.end, waiting.epoch, &l);
            CU_ASSERT_TRUE(is_refused(&s, waiting.end, types[i]));
        }
        story_end(&s);
    }
}

static void in_a_handshake_of_1_3_it_is_refused_at_once(void)
{
    expect_all_refused((struct waiting){ CLIENT_END, 2, HANDSHAKE_ENCRYPTED_EXTENSIONS });
    expect_all_refused((struct waiting){ SERVER_END, 2, HANDSHAKE_CERTIFICATE });
}

static void in_a_handshake_of_1_2_it_is_refused_once_it_is_sealed(void)
{
    expect_all_refused((struct waiting){ CLIENT_END, 1, HANDSHAKE_FINISHED });
    expect_all_refused((struct waiting){ SERVER_END, 1, HANDSHAKE_FINISHED });
}

/* The other end need not wait until it gives up. */
static void the_other_end_gets_an_alert(void)
{
    struct waiting waiting = { CLIENT_END, 2, 0 };
    struct record_body l = { .len = 0 };
    struct story s;
    struct skiff_dtls *dtls = come_to(&s, &waiting);

    plaintext_put(&l, HANDSHAKE_FINISHED, dtls->slot->message_queue.next, body);
    (void)plaintext_send(&s.world, SERVER_END, 2, &l);
    world_pass(&s.world, SKIFF_MSEC(15));
    CU_ASSERT_TRUE(s.world.ends[SERVER_END].failed);
    CU_ASSERT_TRUE(story_failure(&s, SERVER_END).from_peer);
    CU_ASSERT_EQUAL(story_failure(&s, SERVER_END).alert, ALERT_UNEXPECTED_MESSAGE);
    story_end(&s);
}

/* It is not known what it would be until all of it is there; what is ahead waits for its
 * turn. */
static void it_is_judged_when_it_is_whole_and_next(void)
{
    struct waiting waiting = { CLIENT_END, 2, 0 };
    struct record_body ahead = { .len = 0 }, half = { .len = 0 }, all = { .len = 0 };
    struct story s;
    struct skiff_dtls *dtls = come_to(&s, &waiting);
    uint16_t next = dtls->slot->message_queue.next;

    plaintext_put(&ahead, HANDSHAKE_FINISHED, (uint16_t)(next + 1), body);
    (void)plaintext_send(&s.world, SERVER_END, 2, &ahead);
    plaintext_put_part(&half, HANDSHAKE_FINISHED, next, body, 30);
    (void)plaintext_send(&s.world, SERVER_END, 2, &half);
    CU_ASSERT_FALSE(s.world.ends[CLIENT_END].failed);
    plaintext_put(&all, HANDSHAKE_FINISHED, next, body);
    (void)plaintext_send(&s.world, SERVER_END, 2, &all);
    CU_ASSERT_TRUE(is_refused(&s, CLIENT_END, HANDSHAKE_FINISHED));
    story_end(&s);
}

/* In plaintext it may be anybody's. */
static void in_plaintext_it_changes_nothing(void)
{
    for (uint8_t type = 0; type < 25; type++)
        for (int end = 0; end < 2; end++) {
            struct record_body l = { .len = 0 };
            struct record_header header = { .type = CONTENT_HANDSHAKE,
                                            .version = DTLS_1_2 };
            uint8_t datagram[WORLD_DATAGRAM];
            struct story s;
            story_prepare(&s);
            story_begin(&s);
            world_pass(&s.world, SKIFF_MSEC(end == CLIENT_END ? 5 : 15));
            struct skiff_dtls *dtls = s.world.ends[end].dtls;
            if (type == HANDSHAKE_SERVER_HELLO || type == HANDSHAKE_HELLO_VERIFY_REQUEST
                || type == HANDSHAKE_CERTIFICATE)
                type++; /* these are judged in other tests */
            plaintext_put(&l, type, dtls->slot->message_queue.next, body);
            header.length = (uint16_t)l.len;
            (void)!world_deliver(&s.world, end, datagram,
                                 story_forge(datagram, header, l.bytes));
            CU_ASSERT_TRUE(story_connects(&s));
            story_end(&s);
        }
}

/* RFC 5246 section 7.4.1.1: a client ignores it when it is in a handshake already. */
static void a_hello_request_in_a_handshake_of_1_2_is_passed_over(void)
{
    struct waiting waiting = { CLIENT_END, 1, 0 };
    struct record_body l = { .len = 0 };
    struct story s;
    struct skiff_dtls *dtls = come_to(&s, &waiting);
    uint16_t next = dtls->slot->message_queue.next;

    plaintext_put(&l, HANDSHAKE_HELLO_REQUEST, next, none);
    (void)plaintext_send(&s.world, SERVER_END, 1, &l);
    CU_ASSERT_FALSE(s.world.ends[CLIENT_END].failed);
    CU_ASSERT_EQUAL(dtls->slot->message_queue.next, next + 1);
    story_end(&s);
}

/* --- after the handshake, under its keys -------------------------------------------- */

/* A client that is connected and has not heard the last ACK still has the keys of epoch 2.
 */
static void lose_the_last_ack(struct world *world, struct world_datagram *d)
{
    (void)world;
    if (d->from == SERVER_END && d->number > 0)
        d->copies = 0;
}

static struct skiff_dtls *come_to_the_end(struct story *s)
{
    story_prepare(s);
    s->network.meddler = lose_the_last_ack;
    story_begin(s);
    CU_ASSERT_TRUE_FATAL(story_connects(s));
    struct skiff_dtls *client = s->world.ends[CLIENT_END].dtls;
    CU_ASSERT_PTR_NOT_NULL_FATAL(client->slot);
    return client;
}

static void an_extra_finished_does_not_stand_in_the_way_of_later_messages(void)
{
    struct story s;
    struct record_body l = { .len = 0 };
    struct skiff_dtls *client = come_to_the_end(&s);
    struct skiff_dtls *server = s.world.ends[SERVER_END].dtls;

    plaintext_put(&l, HANDSHAKE_FINISHED, client->next_send_seq++, body);
    (void)plaintext_send(&s.world, CLIENT_END, 2, &l);
    s.world.config.meddler = NULL;
    world_pass(&s.world, SKIFF_MSEC(1000));
    CU_ASSERT_PTR_NULL(client->slot);
    CU_ASSERT_EQUAL(skiff_dtls_update_keys(client, s.world.now, false), SKIFF_OK);
    world_poll(&s.world, CLIENT_END);
    world_pass(&s.world, SKIFF_MSEC(100));
    CU_ASSERT_EQUAL(server->read_epoch, 4);
    CU_ASSERT_EQUAL(client->write_epoch, 4);
    CU_ASSERT_TRUE(story_talks(&s));
    story_end(&s);
}

static void any_other_new_message_under_the_keys_of_the_handshake_is_refused(void)
{
    struct story s;
    struct record_body ahead = { .len = 0 }, l = { .len = 0 };
    struct skiff_dtls *client = come_to_the_end(&s);

    plaintext_put(&ahead, HANDSHAKE_CERTIFICATE, (uint16_t)(client->next_send_seq + 1),
                  body);
    (void)plaintext_send(&s.world, CLIENT_END, 2, &ahead);
    CU_ASSERT_FALSE(s.world.ends[SERVER_END].failed);
    plaintext_put(&l, HANDSHAKE_KEY_UPDATE, client->next_send_seq, body);
    (void)plaintext_send(&s.world, CLIENT_END, 2, &l);
    CU_ASSERT_TRUE(is_refused(&s, SERVER_END, HANDSHAKE_KEY_UPDATE));
    story_end(&s);
}

/* RFC 9147 section 8: not before the one before it was acknowledged. */
static void a_key_update_behind_another_is_refused(void)
{
    struct story s = story_live();
    uint16_t seq = s.world.ends[SERVER_END].dtls->next_send_seq;
    struct record_body one = { .len = 0 }, two = { .len = 0 };

    plaintext_put(&one, HANDSHAKE_KEY_UPDATE, seq, (skiff_bytes){ bytes, 1 });
    (void)plaintext_send(&s.world, SERVER_END, 3, &one);
    CU_ASSERT_FALSE(s.world.ends[CLIENT_END].failed);
    plaintext_put(&two, HANDSHAKE_KEY_UPDATE, (uint16_t)(seq + 1),
                  (skiff_bytes){ bytes, 1 });
    (void)plaintext_send(&s.world, SERVER_END, 3, &two);
    CU_ASSERT_TRUE(is_refused(&s, CLIENT_END, HANDSHAKE_KEY_UPDATE));
    story_end(&s);
}

/* --- after a handshake of 1.2 --------------------------------------------------------- */

/* Which end gets a message in a connected association of 1.2, with which number behind the
 * next one, and how many bytes of the body. */
struct late {
    int end;
    uint8_t type;
    int ahead;
    uint32_t part;
};

static bool ends_it(const struct late *late)
{
    struct record_body l = { .len = 0 };
    struct story s = story_live();
    int seq = s.world.ends[late->end].dtls->next_receive_seq + late->ahead;

    plaintext_put_part(&l, late->type, (uint16_t)seq, body, late->part);
    (void)plaintext_send(&s.world, 1 - late->end, 1, &l);
    bool ends = s.world.ends[late->end].failed;
    CU_ASSERT_EQUAL(ends, ends && is_refused(&s, late->end, late->type));
    CU_ASSERT_TRUE(ends || story_talks(&s));
    story_end(&s);
    return ends;
}

/* A Finished is repeated, and a peer may want to renegotiate (RFC 5246 section 7.4.1.1). */
static void after_a_handshake_of_1_2_only_these_are_passed_over(void)
{
    for (int end = 0; end < 2; end++)
        for (uint8_t type = 0; type < 30; type++) {
            bool passed_over = type == HANDSHAKE_HELLO_REQUEST
                            || type == HANDSHAKE_CLIENT_HELLO || type == HANDSHAKE_FINISHED;
            struct late late = { end, type, 0, sizeof bytes };
            CU_ASSERT_EQUAL(ends_it(&late), !passed_over);
        }
}

static void what_is_repeated_ahead_or_not_whole_is_dropped(void)
{
    for (int end = 0; end < 2; end++) {
        CU_ASSERT_FALSE(
            ends_it(&(struct late){ end, HANDSHAKE_CERTIFICATE, -1, sizeof bytes }));
        CU_ASSERT_FALSE(
            ends_it(&(struct late){ end, HANDSHAKE_CERTIFICATE, 1, sizeof bytes }));
        CU_ASSERT_FALSE(
            ends_it(&(struct late){ end, HANDSHAKE_CERTIFICATE, 0, sizeof bytes - 1 }));
    }
}

CU_TestInfo misplaced_tests[] = {
    TEST(in_a_handshake_of_1_2_it_is_refused_once_it_is_sealed),
    TEST(a_hello_request_in_a_handshake_of_1_2_is_passed_over),
    TEST(after_a_handshake_of_1_2_only_these_are_passed_over),
    TEST(what_is_repeated_ahead_or_not_whole_is_dropped),
    CU_TEST_INFO_NULL,
};

CU_TestInfo misplaced13_tests[] = {
    TEST(in_a_handshake_of_1_3_it_is_refused_at_once),
    TEST(the_other_end_gets_an_alert),
    TEST(it_is_judged_when_it_is_whole_and_next),
    TEST(in_plaintext_it_changes_nothing),
    TEST(an_extra_finished_does_not_stand_in_the_way_of_later_messages),
    TEST(any_other_new_message_under_the_keys_of_the_handshake_is_refused),
    TEST(a_key_update_behind_another_is_refused),
    CU_TEST_INFO_NULL,
};
