/* ack_message_test.c - which records are acknowledged (RFC 9147 section 7): those of which
 * each fragment was taken, or repeats what was processed. */
#include "../suite.h"

#include "../dtls/plaintext.h"
#include "wire/control.h"

enum { NO_SEQ_NEAR = 200, TICKET = HANDSHAKE_NEW_SESSION_TICKET };

static const uint8_t ticket[] = { 0, 0, 0, 1, 0, 0, 0, 0, 1, 'x', 0, 1, 'x', 0, 0 };
static const uint8_t zeros[1500];
static const uint8_t not_requested[] = { 0 };

static void put_half(struct record_body *l, uint8_t type, uint16_t seq, uint32_t length)
{
    plaintext_put_part(l, type, seq, (skiff_bytes){ zeros, length }, length / 2);
}

static bool acknowledges(const struct opened_record *record, uint32_t epoch,
                         uint64_t number)
{
    struct record_number n;
    struct ack m;

    if (record->type != CONTENT_ACK
        || !ack_read(&m, (skiff_bytes){ record->body, record->len }))
        return false;
    for (size_t at = 0; at < m.record_numbers.len; at += RECORD_NUMBER)
        if (record_number_read(&n,
                               (skiff_bytes){ m.record_numbers.ptr + at, RECORD_NUMBER })
            && n.epoch == epoch && n.sequence_number == number)
            return true;
    return false;
}

/* The record whose ACK is looked for, and what was found. */
struct ack_reader {
    int from;
    uint32_t epoch;
    uint64_t number;
    unsigned acks, acknowledging;
};

static void read_acks(struct world *world, struct world_datagram *d)
{
    struct ack_reader *ear = world->config.user;
    struct opened_record record;
    size_t at = 0;

    while (d->from == ear->from && plaintext_next(world, d, &at, &record)) {
        ear->acks += record.type == CONTENT_ACK;
        ear->acknowledging += acknowledges(&record, ear->epoch, ear->number);
    }
}

/* --- during the handshake ----------------------------------------------------------- */

/* Of the server's first datagram only the ServerHello arrives, and nothing behind it. */
static void let_a_server_hello_through(struct world *world, struct world_datagram *d)
{
    struct story_record first = { .end = 0 };

    (void)world;
    if (d->from != SERVER_END)
        return;
    if (d->number > 0 || !story_next_record(d->bytes, d->len, &first))
        d->copies = 0;
    else
        d->len = first.end;
}

/* RFC 9147 section 7.2: a part of the reply acknowledges all that it replies to. */
static void a_client_with_a_server_hello_does_not_repeat_its_hello(void)
{
    struct story_recording recording = { .num = 0 };
    struct story s;

    story_prepare(&s);
    s.network.meddler = let_a_server_hello_through;
    story_begin(&s);
    world_pass(&s.world, SKIFF_MSEC(25));
    CU_ASSERT_EQUAL_FATAL(s.world.ends[CLIENT_END].dtls->read_epoch, 2);
    recording.muted = true;
    s.world.config.meddler = story_keep;
    s.world.config.user = &recording;
    world_pass(&s.world, SKIFF_MSEC(3000));
    for (unsigned i = 0; i < recording.num; i++)
        CU_ASSERT_FALSE(recording.captured[i].from == CLIENT_END
                        && recording.captured[i].bytes[0] == CONTENT_HANDSHAKE);
    s.world.config.meddler = NULL;
    CU_ASSERT_TRUE(story_connects(&s));
    story_end(&s);
}

static void lose_what_a_server_sends(struct world *world, struct world_datagram *d)
{
    unsigned *lost = world->config.user;

    if (d->from == SERVER_END) {
        d->copies = 0;
        *lost += 1;
    }
}

/* RFC 9147 section 7.1: the client has received something, and not the ServerHello. Anybody
 * can send such an ACK: the flight is sent again once in half of its timeout. */
static void an_empty_ack_of_a_client_asks_for_the_flight_of_a_server(void)
{
    unsigned lost = 0;
    struct story s;

    story_prepare(&s);
    s.network.meddler = lose_what_a_server_sends;
    s.network.user = &lost;
    story_begin(&s);
    world_pass(&s.world, SKIFF_MSEC(25));
    skiff_time wait = s.world.ends[SERVER_END].dtls->flight.wait;
    unsigned flight = lost;
    CU_ASSERT_TRUE(flight > 0);
    for (int i = 0; i < 2; i++)
        (void)plaintext_send_record(&s.world, CLIENT_END, CONTENT_ACK, "\0\0", 2);
    CU_ASSERT_EQUAL(lost, flight); /* too early */
    world_pass(&s.world, wait / 2);
    for (int i = 0; i < 5; i++)
        (void)plaintext_send_record(&s.world, CLIENT_END, CONTENT_ACK, "\0\0", 2);
    world_pass(&s.world, SKIFF_MSEC(1));
    CU_ASSERT_EQUAL(lost, 2 * flight);
    s.world.config.meddler = NULL;
    CU_ASSERT_TRUE(story_connects(&s));
    story_end(&s);
}

/* A client that has heard a ServerHello is told `l`: whether its ACK names the record. */
static bool is_acknowledged_in_a_handshake(const struct record_body *l)
{
    struct ack_reader ear = { .from = CLIENT_END, .epoch = 2 };
    struct story s;

    story_prepare(&s);
    s.settings[CLIENT_END].max_message = 2048;
    s.network.meddler = let_a_server_hello_through;
    story_begin(&s);
    world_pass(&s.world, SKIFF_MSEC(25));
    CU_ASSERT_EQUAL_FATAL(s.world.ends[CLIENT_END].dtls->read_epoch, 2);
    s.world.config.meddler = read_acks;
    s.world.config.user = &ear;
    ear.number = plaintext_send(&s.world, SERVER_END, 2, l);
    world_pass(&s.world, SKIFF_MSEC(20));
    CU_ASSERT_FALSE(s.world.ends[CLIENT_END].failed);
    story_end(&s);
    return ear.acknowledging > 0;
}

static void a_record_of_which_a_fragment_was_dropped_is_not_acknowledged(void)
{
    struct record_body good = { .len = 0 }, first = { .len = 0 }, last = { .len = 0 };

    put_half(&good, HANDSHAKE_CERTIFICATE, 3, 200);
    CU_ASSERT_TRUE(is_acknowledged_in_a_handshake(&good));
    put_half(&first, HANDSHAKE_CERTIFICATE, NO_SEQ_NEAR, 200);
    put_half(&first, HANDSHAKE_CERTIFICATE, 3, 200);
    CU_ASSERT_FALSE(is_acknowledged_in_a_handshake(&first));
    put_half(&last, HANDSHAKE_CERTIFICATE, 3, 200);
    put_half(&last, HANDSHAKE_CERTIFICATE, NO_SEQ_NEAR, 200);
    CU_ASSERT_FALSE(is_acknowledged_in_a_handshake(&last));
}

/* It is taken, and has to make way when a long one is next. */
static void what_may_have_to_give_way_is_not_acknowledged(void)
{
    struct record_body l = { .len = 0 };

    put_half(&l, HANDSHAKE_CERTIFICATE, 3, 1400);
    CU_ASSERT_FALSE(is_acknowledged_in_a_handshake(&l));
}

/* The server has asked for another hello, which does not come. */
static void lose_the_second_hello(struct world *world, struct world_datagram *d)
{
    read_acks(world, d);
    if (d->from == CLIENT_END && d->number > 0)
        d->copies = 0;
}

/* How many ACKs follow two pieces of a message in plaintext, of which `last` is the second.
 */
static unsigned acks_of_pieces(uint32_t from, uint32_t last)
{
    static const uint16_t p256[] = { GROUP_SECP256R1 };
    static const uint16_t p384_p256[] = { GROUP_SECP384R1, GROUP_SECP256R1 };
    struct ack_reader ear = { .from = SERVER_END };
    struct story s;

    story_prepare(&s);
    s.settings[CLIENT_END].groups = p384_p256;
    s.settings[CLIENT_END].num_groups = 2;
    s.settings[SERVER_END].groups = p256;
    s.settings[SERVER_END].num_groups = 1;
    s.network.meddler = lose_the_second_hello;
    s.network.user = &ear;
    story_begin(&s);
    world_pass(&s.world, SKIFF_MSEC(15));
    struct skiff_dtls *server = s.world.ends[SERVER_END].dtls;
    CU_ASSERT_TRUE_FATAL(server->slot != NULL && server->slot->hs.facts.retry_seen);
    for (uint32_t at = from; at <= last; at += 50) {
        struct record_header header = { .type = CONTENT_HANDSHAKE,
                                        .version = DTLS_1_2,
                                        .sequence_number = 5 + at,
                                        .length = HANDSHAKE_HEADER + 50 };
        struct handshake_header h = { .msg_type = HANDSHAKE_CERTIFICATE,
                                      .length = 100,
                                      .message_seq = server->slot->message_queue.next,
                                      .fragment_offset = at,
                                      .fragment_length = 50 };
        uint8_t piece[HANDSHAKE_HEADER + 50] = { 0 }, datagram[128];
        size_t size;
        CU_ASSERT_TRUE(handshake_header_write(&h, piece, HANDSHAKE_HEADER, &size));
        (void)!world_deliver(&s.world, SERVER_END, datagram,
                             story_forge(datagram, header, piece));
    }
    world_pass(&s.world, SKIFF_MSEC(200));
    s.world.config.meddler = NULL;
    CU_ASSERT_TRUE(story_connects(&s));
    story_end(&s);
    return ear.acks;
}

/* "Which they discard because they are not the next expected message." */
static void what_is_dropped_once_it_is_whole_is_not_acknowledged(void)
{
    CU_ASSERT_EQUAL(acks_of_pieces(0, 0), 1);
    CU_ASSERT_EQUAL(acks_of_pieces(50, 50), 1);
    CU_ASSERT_EQUAL(acks_of_pieces(0, 50), 0);
}

/* The second datagram of the client's flight is lost. `user` gets the epoch of each ACK of
 * the server, until the rest is sent. */
struct ack_epochs {
    unsigned num;
    uint32_t lowest;
};

static void lose_a_part_of_the_last_flight(struct world *world, struct world_datagram *d)
{
    struct ack_epochs *epochs = world->config.user;
    struct opened_record record;
    size_t at = 0;

    if (d->from == CLIENT_END && d->number == 2)
        d->copies = 0;
    while (d->from == SERVER_END && plaintext_next(world, d, &at, &record))
        if (record.type == CONTENT_ACK) {
            epochs->num++;
            if (record.epoch < epochs->lowest)
                epochs->lowest = record.epoch;
        }
}

/* RFC 9147 section 7: "the highest current sending epoch". A client that has sent its
 * Finished may have no other keys any more. */
static void a_server_acknowledges_a_part_of_the_last_flight_in_epoch_3(void)
{
    struct ack_epochs epochs = { .lowest = UINT32_MAX };
    struct story s;

    story_prepare(&s);
    s.settings[CLIENT_END].mtu = 228;
    s.network.meddler = lose_a_part_of_the_last_flight;
    s.network.user = &epochs;
    story_begin(&s);
    world_pass(&s.world, SKIFF_MSEC(45));
    CU_ASSERT_FALSE(world_both_connected(&s.world));
    CU_ASSERT_TRUE(epochs.num > 0);
    CU_ASSERT_EQUAL(epochs.lowest, 3);
    CU_ASSERT_TRUE(story_connects(&s));
    /* The rest follows that ACK, before the client's timer would send it. */
    CU_ASSERT_TRUE(s.world.ends[SERVER_END].connected_at - s.world.began < SKIFF_MSEC(70));
    story_end(&s);
}

/* --- after it ----------------------------------------------------------------------- */

static bool is_acknowledged_after(struct story *s, int to, const struct record_body *l)
{
    struct ack_reader ear = { .from = to, .epoch = 3 };

    s->world.config.meddler = read_acks;
    s->world.config.user = &ear;
    ear.number = s->world.ends[1 - to].dtls->ours.next;
    (void)plaintext_send(&s->world, 1 - to, 3, l);
    world_pass(&s->world, SKIFF_MSEC(1000));
    s->world.config.meddler = NULL;
    return ear.acknowledging > 0;
}

static void after_the_handshake_neither_is_one_whose_other_message_was_dropped(void)
{
    struct story s = story_live();
    uint16_t seq = s.world.ends[SERVER_END].dtls->next_send_seq;
    struct record_body ahead = { .len = 0 }, good = { .len = 0 }, again = { .len = 0 };

    plaintext_put(&ahead, TICKET, seq, (skiff_bytes){ ticket, sizeof ticket });
    plaintext_put(&ahead, TICKET, (uint16_t)(seq + 2),
                  (skiff_bytes){ ticket, sizeof ticket });
    CU_ASSERT_FALSE(is_acknowledged_after(&s, CLIENT_END, &ahead));
    plaintext_put(&good, TICKET, (uint16_t)(seq + 1),
                  (skiff_bytes){ ticket, sizeof ticket });
    plaintext_put(&good, TICKET, (uint16_t)(seq + 2),
                  (skiff_bytes){ ticket, sizeof ticket });
    CU_ASSERT_TRUE(is_acknowledged_after(&s, CLIENT_END, &good));
    plaintext_put(&again, TICKET, seq, (skiff_bytes){ ticket, sizeof ticket });
    plaintext_put(&again, TICKET, (uint16_t)(seq + 3),
                  (skiff_bytes){ ticket, sizeof ticket });
    CU_ASSERT_TRUE(is_acknowledged_after(&s, CLIENT_END, &again));
    CU_ASSERT_TRUE(story_talks(&s));
    story_end(&s);
}

/* RFC 9147 section 8 lets a peer say more before its KeyUpdate was acknowledged (decision
 * 0026). */
static void what_is_sent_behind_a_key_update_is_accepted_and_acknowledged(void)
{
    struct story s = story_live();
    struct skiff_dtls *client = s.world.ends[CLIENT_END].dtls;
    uint16_t seq = s.world.ends[SERVER_END].dtls->next_send_seq;
    struct record_body update = { .len = 0 }, behind = { .len = 0 };

    plaintext_put(&update, HANDSHAKE_KEY_UPDATE, seq, (skiff_bytes){ not_requested, 1 });
    CU_ASSERT_TRUE(is_acknowledged_after(&s, CLIENT_END, &update));
    CU_ASSERT_EQUAL(client->read_epoch, 4);
    plaintext_put(&behind, TICKET, (uint16_t)(seq + 1),
                  (skiff_bytes){ ticket, sizeof ticket });
    CU_ASSERT_TRUE(is_acknowledged_after(&s, CLIENT_END, &behind));
    CU_ASSERT_EQUAL(client->next_receive_seq, seq + 2);
    CU_ASSERT_TRUE(story_talks(&s));
    story_end(&s);
}

CU_TestInfo ack_message_tests[] = {
    TEST(a_client_with_a_server_hello_does_not_repeat_its_hello),
    TEST(an_empty_ack_of_a_client_asks_for_the_flight_of_a_server),
    TEST(a_record_of_which_a_fragment_was_dropped_is_not_acknowledged),
    TEST(what_may_have_to_give_way_is_not_acknowledged),
    TEST(what_is_dropped_once_it_is_whole_is_not_acknowledged),
    TEST(a_server_acknowledges_a_part_of_the_last_flight_in_epoch_3),
    TEST(after_the_handshake_neither_is_one_whose_other_message_was_dropped),
    TEST(what_is_sent_behind_a_key_update_is_accepted_and_acknowledged),
    CU_TEST_INFO_NULL,
};
