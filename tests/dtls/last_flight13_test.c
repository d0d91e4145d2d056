/* last_flight13_test.c - the end of a handshake of 1.3 and what comes behind it: ACKs,
 * tickets, alerts, data (RFC 9147 section 7, RFC 8446 section 4.6). */
#include "../suite.h"

#include "association/context.h"
#include "plaintext.h"

static void pass_until(struct story *s, skiff_time time)
{
    world_pass(&s->world, time - s->world.now);
}

static uint32_t slots_used(const struct story *s, int end)
{
    return s->context[end]->slots.used;
}

/* --- the last ACK --------------------------------------------------------------------- */

/* Loses what the server says behind its flight, for as long as it is told to. */
static void lose_acks(struct world *world, struct world_datagram *d)
{
    const bool *lossy = world->config.user;

    if (d->from == SERVER_END && d->number > 0 && *lossy)
        d->copies = 0;
}

static void begin_without_acks(struct story *s, bool *lossy)
{
    *lossy = true;
    story_prepare(s);
    s->network.meddler = lose_acks;
    s->network.user = lossy;
}

static void the_last_flight_is_acknowledged_at_once(void)
{
    struct story s;

    story_prepare(&s);
    story_begin(&s);
    world_pass(&s.world, SKIFF_MSEC(30));
    CU_ASSERT_EQUAL(s.world.ends[SERVER_END].sent, 2);
    CU_ASSERT_EQUAL(slots_used(&s, SERVER_END), 0);
    CU_ASSERT_EQUAL(slots_used(&s, CLIENT_END), 1);
    world_pass(&s.world, SKIFF_MSEC(10));
    CU_ASSERT_EQUAL(slots_used(&s, CLIENT_END), 0);
    CU_ASSERT_EQUAL(skiff_dtls_deadline(s.world.ends[CLIENT_END].dtls), SKIFF_NEVER);
    story_end(&s);
}

static void a_flight_that_arrives_again_is_acknowledged_again(void)
{
    struct story s;
    bool lossy;

    begin_without_acks(&s, &lossy);
    story_begin(&s);
    CU_ASSERT_TRUE(story_connects(&s));
    world_pass(&s.world, SKIFF_MSEC(5000));
    CU_ASSERT_EQUAL(s.world.ends[SERVER_END].sent, s.world.ends[CLIENT_END].sent);
    CU_ASSERT_TRUE(story_info(&s, CLIENT_END).flights_resent > 3);
    CU_ASSERT_EQUAL(slots_used(&s, CLIENT_END), 1);
    lossy = false;
    world_pass(&s.world, SKIFF_MSEC(10000));
    CU_ASSERT_EQUAL(slots_used(&s, CLIENT_END), 0);
    CU_ASSERT_TRUE(story_talks(&s));
    story_end(&s);
}

/* Nothing fails for want of an ACK alone. */
static void a_client_without_any_ack_stops_and_stays_connected(void)
{
    struct story s;
    bool lossy;

    begin_without_acks(&s, &lossy);
    story_begin(&s);
    CU_ASSERT_TRUE(story_connects(&s));
    pass_until(&s, s.world.ends[CLIENT_END].connected_at + SKIFF_MSEC(29999));
    CU_ASSERT_EQUAL(slots_used(&s, CLIENT_END), 1);
    world_pass(&s.world, SKIFF_MSEC(1));
    CU_ASSERT_EQUAL(slots_used(&s, CLIENT_END), 0);
    CU_ASSERT_EQUAL(skiff_dtls_deadline(s.world.ends[CLIENT_END].dtls), SKIFF_NEVER);
    lossy = false;
    CU_ASSERT_TRUE(story_talks(&s));
    story_end(&s);
}

static void a_slot_is_released_in_time_on_a_closed_path_too(void)
{
    struct story s;
    bool lossy;

    begin_without_acks(&s, &lossy);
    story_begin(&s);
    CU_ASSERT_TRUE(story_connects(&s));
    skiff_dtls_set_path(s.world.ends[CLIENT_END].dtls, s.world.now, false);
    world_pass(&s.world, SKIFF_MSEC(30000));
    CU_ASSERT_EQUAL(slots_used(&s, CLIENT_END), 0);
    CU_ASSERT_FALSE(s.world.ends[CLIENT_END].failed);
    story_end(&s);
}

/* RFC 9147 section 5.8.1: for twice the segment lifetime of TCP. */
static void a_repeated_last_flight_gets_a_response_for_240_s(void)
{
    struct story s;
    bool lossy;

    begin_without_acks(&s, &lossy);
    for (int i = 0; i < 2; i++)
        s.settings[i].handshake_timeout = SKIFF_MSEC(400000);
    story_begin(&s);
    CU_ASSERT_TRUE(story_connects(&s));
    pass_until(&s, s.world.ends[SERVER_END].connected_at + SKIFF_MSEC(239990));
    unsigned sent_before = s.world.ends[SERVER_END].sent;
    CU_ASSERT_EQUAL(sent_before, s.world.ends[CLIENT_END].sent);
    world_pass(&s.world, SKIFF_MSEC(100000));
    CU_ASSERT_TRUE(s.world.ends[CLIENT_END].sent > sent_before + 5);
    CU_ASSERT_TRUE(s.world.ends[SERVER_END].sent <= sent_before + 1);
    story_end(&s);
}

/* An end that is connected lends its slot no longer than it must: two are enough for any
 * number. */
static void two_slots_serve_a_thousand_handshakes(void)
{
    unsigned bad = 0;
    struct story s;

    story_prepare(&s);
    s.settings[0].max_handshakes = s.settings[1].max_handshakes = 2;
    story_begin(&s);
    for (unsigned n = suite_rounds(1000); n > 0 && bad < 3; n--) {
        story_again(&s);
        bad += !story_connects(&s);
        world_pass(&s.world, SKIFF_MSEC(10)); /* the ACK */
        bad += slots_used(&s, 0) != 0 || slots_used(&s, 1) != 0;
    }
    CU_ASSERT_EQUAL(bad, 0);
    story_end(&s);
}

/* --- ACKs of no use ------------------------------------------------------------------- */

/* A client's flight is lost once; what is said to it in between changes nothing. */
static void send_to_client(const char *body, size_t len, bool sealed)
{
    struct record_header plain = { .type = CONTENT_ACK,
                                   .version = DTLS_1_2,
                                   .sequence_number = 70,
                                   .length = (uint16_t)len };
    uint8_t bytes[600];
    struct story s;
    bool lossy;

    begin_without_acks(&s, &lossy);
    story_begin(&s);
    CU_ASSERT_TRUE(story_connects(&s));
    if (sealed)
        (void)!plaintext_send_record(&s.world, SERVER_END, CONTENT_ACK, body, len);
    else
        (void)!world_deliver(&s.world, CLIENT_END, bytes, story_forge(bytes, plain, body));
    CU_ASSERT_EQUAL(slots_used(&s, CLIENT_END), 1);
    CU_ASSERT_FALSE(s.world.ends[CLIENT_END].failed);
    lossy = false;
    world_pass(&s.world, SKIFF_MSEC(2000));
    CU_ASSERT_EQUAL(slots_used(&s, CLIENT_END), 0);
    CU_ASSERT_TRUE(story_talks(&s));
    story_end(&s);
}

#define NUMBER(epoch, number) "\0\0\0\0\0\0\0" epoch "\0\0\0\0\0\0\0" number

static void acks_of_records_that_were_never_sent_change_nothing(void)
{
    static const struct {
        const char *body;
        size_t len;
    } acks[] = {
        { BYTES("\0\0") },
        { BYTES("\0\x10" NUMBER("\2", "\x63")) },
        { BYTES("\0\x10" NUMBER("\4", "\0")) },
        { BYTES("\0\x20" NUMBER("\0", "\0") NUMBER("\0", "\0")) },
    };

    for (size_t i = 0; i < sizeof acks / sizeof *acks; i++)
        for (int sealed = 0; sealed < 2; sealed++)
            send_to_client(acks[i].body, acks[i].len, sealed == 1);
    send_to_client(BYTES("\0\x10" NUMBER("\2", "\0")), false); /* true, but in plaintext */
}

/* In plaintext; sealed they end it: see alert13_test.c. */
static void malformed_acks_in_plaintext_change_nothing(void)
{
    send_to_client(BYTES(""), false);
    send_to_client(BYTES("\0"), false);
    send_to_client(BYTES("\0\x11" NUMBER("\2", "\0") "x"), false);
    send_to_client(BYTES("\0\x20" NUMBER("\2", "\0")), false);
    send_to_client(BYTES("\xff\xff" NUMBER("\2", "\0")), false);
}

/* Nobody says one that early: it may be anybody's (decision 0026). */
static void an_ack_before_the_version_is_chosen_is_ignored(void)
{
    struct record_header header = { .type = CONTENT_ACK,
                                    .version = DTLS_1_2,
                                    .length = 2 + 16 };
    uint8_t bytes[64];
    struct story_recording recording = { .muted = true };
    struct story s;

    story_prepare(&s);
    s.network.meddler = story_keep;
    s.network.user = &recording;
    story_begin(&s);
    world_pass(&s.world, SKIFF_MSEC(10));
    CU_ASSERT_EQUAL(s.world.ends[CLIENT_END].sent, 1);
    size_t len = story_forge(bytes, header, "\0\x10" NUMBER("\0", "\0"));
    (void)!world_deliver(&s.world, CLIENT_END, bytes, len);
    world_pass(&s.world, SKIFF_MSEC(50)); /* 50 ms: all of it */
    CU_ASSERT_EQUAL(s.world.ends[CLIENT_END].sent, 2);
    CU_ASSERT_EQUAL(recording.captured[1].len, recording.captured[0].len);
    recording.muted = false;
    CU_ASSERT_TRUE(story_connects(&s));
    story_end(&s);
}

/* The client has heard a HelloRetryRequest, and nothing behind it. */
static void keep_behind_a_retry(struct world *world, struct world_datagram *d)
{
    story_keep(world, d);
    if (d->number > 0)
        d->copies = 0;
}

/* RFC 9147 section 7: then one in plaintext counts, and anybody can say it. */
static void an_ack_in_plaintext_spares_a_second_hello_one_round(void)
{
    static const uint16_t p256[] = { GROUP_SECP256R1 };
    static const uint16_t p384_p256[] = { GROUP_SECP384R1, GROUP_SECP256R1 };
    struct record_header header = { .type = CONTENT_ACK,
                                    .version = DTLS_1_2,
                                    .length = 2 + 16 };
    uint8_t bytes[64];
    struct story_recording recording = { .num = 0 };
    struct story s;

    story_prepare(&s);
    s.settings[CLIENT_END].groups = p384_p256;
    s.settings[CLIENT_END].num_groups = 2;
    s.settings[SERVER_END].groups = p256;
    s.settings[SERVER_END].num_groups = 1;
    s.network.meddler = keep_behind_a_retry;
    s.network.user = &recording;
    story_begin(&s);
    world_pass(&s.world, SKIFF_MSEC(25)); /* said again at 20 ms */
    CU_ASSERT_EQUAL(s.world.ends[CLIENT_END].sent, 2);
    skiff_time wait = s.world.ends[CLIENT_END].dtls->flight.wait;
    size_t len = story_forge(bytes, header, "\0\x10" NUMBER("\0", "\1"));
    (void)!world_deliver(&s.world, CLIENT_END, bytes, len);
    world_pass(&s.world, wait + SKIFF_MSEC(20)); /* one round: nothing */
    CU_ASSERT_EQUAL(s.world.ends[CLIENT_END].sent, 2);
    world_pass(&s.world, 2 * wait); /* the next: all of it */
    CU_ASSERT_EQUAL(s.world.ends[CLIENT_END].sent, 3);
    len = story_forge(bytes, header, "\0\x10" NUMBER("\0", "\2"));
    (void)!world_deliver(&s.world, CLIENT_END, bytes, len);
    world_pass(&s.world, 4 * wait); /* once was enough */
    CU_ASSERT_EQUAL(s.world.ends[CLIENT_END].sent, 4);
    s.world.config.meddler = NULL;
    CU_ASSERT_TRUE(story_connects(&s));
    story_end(&s);
}

/* 1.2 has no ACK, whoever says it. */
static void an_ack_means_nothing_in_1_2(void)
{
    struct record_header header = { .type = CONTENT_ACK,
                                    .version = DTLS_1_2,
                                    .length = 2 + 16 };
    uint8_t bytes[64];
    struct story s;

    story_prepare(&s);
    s.settings[SERVER_END].max_version = SKIFF_DTLS_1_2;
    story_begin(&s);
    world_pass(&s.world, SKIFF_MSEC(25));
    struct skiff_dtls *client = s.world.ends[CLIENT_END].dtls;
    CU_ASSERT_PTR_NOT_NULL_FATAL(client->slot);
    for (char n = 0; n < 6; n++) {
        char body[] = "\0\x10" NUMBER("\0", "\0");
        body[17] = n;
        (void)!world_deliver(&s.world, CLIENT_END, bytes, story_forge(bytes, header, body));
    }
    CU_ASSERT_EQUAL(client->slot->sent_records.num_acknowledged, 0);
    CU_ASSERT_TRUE(story_connects(&s));
    story_end(&s);
}

/* --- messages behind the handshake -------------------------------------------------- */

static uint16_t next_seq(const struct story *s, int from)
{
    return s->world.ends[from].dtls->next_send_seq;
}

static skiff_status send_message(struct story *s, int from, uint16_t seq, uint8_t type,
                                 const char *body, size_t len)
{
    struct handshake_header h = { .msg_type = type,
                                  .length = (uint32_t)len,
                                  .message_seq = seq,
                                  .fragment_length = (uint32_t)len };
    uint8_t bytes[200];
    size_t size;

    CU_ASSERT_TRUE(handshake_header_write(&h, bytes, sizeof bytes, &size));
    memcpy(bytes + size, body, len);
    return plaintext_send_record(&s->world, from, CONTENT_HANDSHAKE, bytes, size + len);
}

/* What an end said last, opened. */
static bool sent_an_ack(struct world *world, const struct story_recording *recording,
                        int from)
{
    struct opened_record record;
    size_t at = 0;

    return recording->num > 0 && recording->captured[recording->num - 1].from == from
        && plaintext_next(world, &recording->captured[recording->num - 1], &at, &record)
        && record.type == CONTENT_ACK;
}

static void a_ticket_is_acknowledged_and_not_used(void)
{
    struct story_recording recording = { .num = 0 };
    struct story s = story_live();

    s.world.config.meddler = story_keep;
    s.world.config.user = &recording;
    CU_ASSERT_EQUAL(send_message(&s, SERVER_END, next_seq(&s, SERVER_END),
                                 HANDSHAKE_NEW_SESSION_TICKET,
                                 BYTES("\0\0\0\1\0\0\0\0\1x\0\1x\0\0")),
                    SKIFF_OK);
    CU_ASSERT_EQUAL(recording.num, 1);
    CU_ASSERT_TRUE(sent_an_ack(&s.world, &recording, CLIENT_END));
    world_pass(&s.world, SKIFF_MSEC(1000));
    CU_ASSERT_EQUAL(recording.num, 1);
    CU_ASSERT_TRUE(story_talks(&s));
    story_end(&s);
}

/* RFC 8446 sections 4.1.2, 4.6.2: such as a CertificateRequest, which we never asked for.
 */
static void a_message_out_of_order_ends_it(void)
{
    static const uint8_t types[] = { HANDSHAKE_CLIENT_HELLO, HANDSHAKE_CERTIFICATE_REQUEST,
                                     HANDSHAKE_CERTIFICATE, HANDSHAKE_FINISHED, 99 };

    for (size_t i = 0; i < sizeof types; i++)
        for (int from = 0; from < 2; from++) {
            struct story s = story_live();
            (void)!send_message(&s, from, next_seq(&s, from), types[i], BYTES("\0\0\0\0"));
            CU_ASSERT_TRUE(s.world.ends[1 - from].failed);
            CU_ASSERT_EQUAL(story_failure(&s, 1 - from).alert, ALERT_UNEXPECTED_MESSAGE);
            story_end(&s);
        }
}

static void a_ticket_from_a_client_ends_it(void)
{
    struct story s = story_live();

    (void)!send_message(&s, CLIENT_END, next_seq(&s, CLIENT_END),
                        HANDSHAKE_NEW_SESSION_TICKET, BYTES("\0"));
    CU_ASSERT_EQUAL(story_failure(&s, SERVER_END).alert, ALERT_UNEXPECTED_MESSAGE);
    story_end(&s);
}

static void messages_and_types_out_of_turn_change_nothing(void)
{
    struct story s = story_live();
    const unsigned sent[] = { s.world.ends[0].sent, s.world.ends[1].sent };

    for (int from = 0; from < 2; from++) {
        for (int type = 0; type < 256; type++)
            (void)!send_message(&s, from, (uint16_t)(next_seq(&s, from) + 1 + type / 64),
                                (uint8_t)type, BYTES("\0\0\0\0"));
        for (int type = 27; type < 60; type++)
            (void)!plaintext_send_record(&s.world, from, (uint8_t)type, "x", 1);
        (void)!plaintext_send_record(&s.world, from, CONTENT_ALERT, "\1\x5a", 2);
    }
    CU_ASSERT_EQUAL(s.world.ends[0].sent, sent[0]);
    CU_ASSERT_EQUAL(s.world.ends[1].sent, sent[1]);
    CU_ASSERT_TRUE(story_talks(&s));
    story_end(&s);
}

/* RFC 8446 section 6: the level says nothing. */
static void alerts_count_whatever_their_level(void)
{
    for (int from = 0; from < 2; from++)
        for (char level = 0; level < 4; level++) {
            const char close[] = { level, ALERT_CLOSE_NOTIFY }, fatal[] = { level, 80 };
            struct story s = story_live();
            (void)!plaintext_send_record(&s.world, from, CONTENT_ALERT, close, 2);
            CU_ASSERT_TRUE(s.world.ends[1 - from].closed);
            story_end(&s);
            s = story_live();
            (void)!plaintext_send_record(&s.world, from, CONTENT_ALERT, fatal, 2);
            CU_ASSERT_TRUE(s.world.ends[1 - from].failed);
            CU_ASSERT_EQUAL(story_failure(&s, 1 - from).alert, 80);
            story_end(&s);
        }
}

/* RFC 9147 section 4.5.2, decision 0026. */
static void records_of_padding_alone_are_dropped_in_silence(void)
{
    struct story s = story_live();

    for (int from = 0; from < 2; from++) {
        unsigned sent = s.world.ends[1 - from].sent;
        uint32_t opened = story_counters(&s, 1 - from).records_opened;
        (void)!plaintext_send_record(&s.world, from, 0, NULL, 0);
        (void)!plaintext_send_record(&s.world, from, 0, "\0\0\0\0", 4);
        CU_ASSERT_FALSE(s.world.ends[1 - from].failed);
        CU_ASSERT_EQUAL(s.world.ends[1 - from].sent, sent);
        CU_ASSERT_EQUAL(story_counters(&s, 1 - from).drop_malformed, 2);
        CU_ASSERT_EQUAL(story_counters(&s, 1 - from).records_opened, opened);
    }
    CU_ASSERT_TRUE(story_talks(&s));
    story_end(&s);
}

/* RFC 9147 section 4.5.2: as long as nobody else gives them a meaning. */
static void records_of_a_type_that_does_not_exist_are_dropped_in_silence(void)
{
    static const uint8_t types[] = { 1, 5, 19, 24, 28, 63, 64, 128, 255 };
    struct story s = story_live();

    for (int from = 0; from < 2; from++) {
        unsigned sent = s.world.ends[1 - from].sent;
        for (size_t i = 0; i < sizeof types; i++) {
            (void)!plaintext_send_record(&s.world, from, types[i], "x", 1);
            (void)!plaintext_send_record(&s.world, from, types[i], NULL, 0);
        }
        CU_ASSERT_FALSE(s.world.ends[1 - from].failed);
        CU_ASSERT_EQUAL(s.world.ends[1 - from].sent, sent);
        CU_ASSERT_EQUAL(story_counters(&s, 1 - from).drop_malformed, 2 * sizeof types);
    }
    CU_ASSERT_TRUE(story_talks(&s));
    story_end(&s);
}

/* RFC 8446 section 5.4: "a zero-length TLSInnerPlaintext.content". */
static void an_empty_handshake_record_or_alert_ends_it(void)
{
    static const uint8_t types[] = { CONTENT_HANDSHAKE, CONTENT_ALERT };

    for (size_t i = 0; i < sizeof types; i++) {
        struct story s = story_live();
        (void)!plaintext_send_record(&s.world, CLIENT_END, types[i], NULL, 0);
        CU_ASSERT_EQUAL(story_failure(&s, SERVER_END).alert, ALERT_UNEXPECTED_MESSAGE);
        story_end(&s);
    }
}

/* --- data ----------------------------------------------------------------------------- */

/* Lays data behind the client's last flight, in the same datagram. */
static void add_data(struct world *world, struct world_datagram *d)
{
    struct skiff_dtls *client = world->ends[CLIENT_END].dtls;

    if (d->from == CLIENT_END && d->number == 1)
        d->len +=
            plaintext_seal(client, 3, CONTENT_APPLICATION_DATA,
                           (skiff_bytes){ (const uint8_t *)"early", 5 }, d->bytes + d->len);
}

static void data_in_the_datagram_of_the_last_flight_is_delivered(void)
{
    struct story s;

    story_prepare(&s);
    s.network.meddler = add_data;
    story_begin(&s);
    CU_ASSERT_TRUE(story_connects(&s));
    CU_ASSERT_EQUAL(s.world.ends[SERVER_END].data_count, 1);
    CU_ASSERT_EQUAL(memcmp(s.world.ends[SERVER_END].data, "early", 5), 0);
    story_end(&s);
}

/* Holds the client's last flight back, so that data overtakes it. */
static void delay_last_flight(struct world *world, struct world_datagram *d)
{
    (void)world;
    if (d->from == CLIENT_END && d->number == 1)
        d->delay = SKIFF_MSEC(15);
}

static void data_that_overtakes_the_last_flight_is_delivered(void)
{
    struct story s;

    story_prepare(&s);
    s.network.meddler = delay_last_flight;
    story_begin(&s);
    while (!s.world.ends[CLIENT_END].connected
           && s.world.now - s.world.began < SKIFF_MSEC(500))
        world_pass(&s.world, SKIFF_MSEC(1));
    for (int i = 0; i < 3; i++)
        CU_ASSERT_EQUAL(world_send(&s.world, CLIENT_END, "early", 5), SKIFF_OK);
    CU_ASSERT_TRUE(story_connects(&s));
    world_pass(&s.world, SKIFF_MSEC(1));
    CU_ASSERT_EQUAL(s.world.ends[SERVER_END].data_count, 3);
    CU_ASSERT_EQUAL(slots_used(&s, SERVER_END), 0);
    story_end(&s);
}

/* RFC 9147 section 4.2.1: epochs whose keys are not there are held within bounds. */
static void a_flood_of_records_of_later_epochs_is_held_within_bounds(void)
{
    const uint8_t flags = UNIFIED | UNIFIED_LONG_NUMBER | UNIFIED_HAS_LENGTH;
    uint8_t bytes[60] = { 0, 0, 0, 0, 55 };
    struct story s;

    story_prepare(&s);
    story_begin(&s);
    world_pass(&s.world, SKIFF_MSEC(1));
    for (unsigned i = 0; i < suite_rounds(100000); i++) {
        bytes[0] = (uint8_t)(flags | (i & UNIFIED_EPOCH));
        (void)!world_deliver(&s.world, CLIENT_END, bytes, sizeof bytes);
    }
    CU_ASSERT_TRUE(s.world.ends[CLIENT_END].dtls->slot->held_len <= HELD_BYTES);
    CU_ASSERT_TRUE(story_connects(&s));
    story_end(&s);
}

CU_TestInfo last_flight13_tests[] = {
    TEST(the_last_flight_is_acknowledged_at_once),
    TEST(a_flight_that_arrives_again_is_acknowledged_again),
    TEST(a_client_without_any_ack_stops_and_stays_connected),
    TEST(a_slot_is_released_in_time_on_a_closed_path_too),
    TEST(a_repeated_last_flight_gets_a_response_for_240_s),
    TEST(two_slots_serve_a_thousand_handshakes),
    TEST(acks_of_records_that_were_never_sent_change_nothing),
    TEST(malformed_acks_in_plaintext_change_nothing),
    TEST(an_ack_before_the_version_is_chosen_is_ignored),
    TEST(an_ack_in_plaintext_spares_a_second_hello_one_round),
    TEST(an_ack_means_nothing_in_1_2),
    TEST(a_ticket_is_acknowledged_and_not_used),
    TEST(a_message_out_of_order_ends_it),
    TEST(a_ticket_from_a_client_ends_it),
    TEST(messages_and_types_out_of_turn_change_nothing),
    TEST(alerts_count_whatever_their_level),
    TEST(records_of_padding_alone_are_dropped_in_silence),
    TEST(records_of_a_type_that_does_not_exist_are_dropped_in_silence),
    TEST(an_empty_handshake_record_or_alert_ends_it),
    TEST(data_in_the_datagram_of_the_last_flight_is_delivered),
    TEST(data_that_overtakes_the_last_flight_is_delivered),
    TEST(a_flood_of_records_of_later_epochs_is_held_within_bounds),
    CU_TEST_INFO_NULL,
};
