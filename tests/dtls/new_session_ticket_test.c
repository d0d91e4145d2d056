/* new_session_ticket_test.c - NewSessionTicket on its way: lost, repeated, cut, ill said
 * (RFC 8446 section 4.6.1, RFC 9147 section 5.8.4). */
#include "../suite.h"

#include <stdio.h>

#include "association/optional_state.h"
#include "handshake/schedule13.h"
#include "plaintext.h"
#include "tickets.h"
#include "wire/ticket.h"

/* --- losses ------------------------------------------------------------------------- */

/* Loses the server's datagrams `from` and up, or the client's, as many as there are left.
 */
struct losses {
    int of;
    unsigned from, remaining;
};

static void lose(struct world *world, struct world_datagram *d)
{
    struct losses *losses = world->config.user;

    if (d->from == losses->of && d->number >= losses->from && losses->remaining > 0) {
        losses->remaining--;
        d->copies = 0;
    }
}

static void begin_with(struct story *s, struct losses *losses)
{
    tickets_prepare(s);
    s->network.meddler = lose;
    s->network.user = losses;
    story_begin(s);
    CU_ASSERT_TRUE_FATAL(story_connects(s));
}

static bool slots_are_free(const struct story *s)
{
    return s->context[0]->slots.used == 0 && s->context[1]->slots.used == 0;
}

/* The server says its flight, then ticket and ACK; the client its hello and its flight. */
static void what_is_lost_of_a_ticket_or_its_ack_arrives_again(void)
{
    for (int of = 0; of < 2; of++)
        for (unsigned from = 1; from < 4; from++)
            for (unsigned num = 1; num < 4; num++) {
                struct losses losses = { of, from, num };
                struct story s;
                begin_with(&s, &losses);
                world_pass(&s.world, SKIFF_MSEC(10000));
                CU_ASSERT_TRUE(s.world.ends[CLIENT_END].tickets == 1 && slots_are_free(&s));
                struct ticket t = tickets_last_reported(&s);
                tickets_again(&s, &t);
                CU_ASSERT_TRUE(story_connects(&s) && tickets_resumed(&s));
                story_end(&s);
            }
}

static void a_ticket_does_not_delay_the_connection(void)
{
    struct losses all = { SERVER_END, 1, UINT32_MAX };
    struct story s;

    begin_with(&s, &all);
    CU_ASSERT_EQUAL(s.world.ends[SERVER_END].connected_at - s.world.began, SKIFF_MSEC(30));
    CU_ASSERT_EQUAL(world_send(&s.world, SERVER_END, "early", 5), SKIFF_OK);
    story_end(&s);
}

/* Its slot is lent for as long as a handshake may last. */
static void a_server_stops_sending_a_ticket_that_nobody_acknowledges(void)
{
    struct losses all = { CLIENT_END, 2, UINT32_MAX };
    struct story s;

    begin_with(&s, &all);
    world_pass(&s.world, SKIFF_MSEC(29000));
    CU_ASSERT_EQUAL(s.context[SERVER_END]->slots.used, 1);
    world_pass(&s.world, SKIFF_MSEC(2000));
    CU_ASSERT_TRUE(slots_are_free(&s));
    CU_ASSERT_FALSE(s.world.ends[SERVER_END].failed);
    CU_ASSERT_TRUE(story_is_quiet(&s, SERVER_END));
    CU_ASSERT_EQUAL(s.world.ends[CLIENT_END].tickets, 1);
    CU_ASSERT_EQUAL(world_send(&s.world, SERVER_END, "still", 5), SKIFF_OK);
    world_pass(&s.world, SKIFF_MSEC(20));
    CU_ASSERT_EQUAL(s.world.ends[CLIENT_END].data_count, 1);
    story_end(&s);
}

/* RFC 9147 section 5.8.4: the KeyUpdate waits until the ticket was acknowledged. */
static void keys_are_updated_once_the_ticket_has_come(void)
{
    struct losses losses = { SERVER_END, 1, 2 };
    struct story s;

    begin_with(&s, &losses);
    for (int i = 0; i < 2; i++)
        CU_ASSERT_EQUAL(skiff_dtls_update_keys(s.world.ends[i].dtls, s.world.now, true),
                        SKIFF_OK);
    world_pass(&s.world, SKIFF_MSEC(2000));
    CU_ASSERT_TRUE(s.world.ends[CLIENT_END].tickets == 1 && slots_are_free(&s));
    for (int i = 0; i < 2; i++) {
        CU_ASSERT_TRUE(s.world.ends[i].dtls->write_epoch > 3);
        CU_ASSERT_EQUAL(world_send(&s.world, i, "alive", 5), SKIFF_OK);
    }
    world_pass(&s.world, SKIFF_MSEC(20));
    CU_ASSERT_TRUE(s.world.ends[0].data_count == 1 && s.world.ends[1].data_count == 1);
    story_end(&s);
}

/* Chance decides what becomes of each datagram, in both handshakes. */
static void a_bad_network_costs_time_and_nothing_else(void)
{
    unsigned bad = 0;
    struct story s;

    tickets_prepare(&s);
    s.network.loss = s.network.duplicate = s.network.reorder = 200;
    for (int i = 0; i < 2; i++)
        s.settings[i].handshake_timeout = SKIFF_MSEC(300000);
    struct ticket t = tickets_get(&s);
    for (s.network.seed = 1; s.network.seed <= suite_rounds(500) && bad < 3;
         s.network.seed++) {
        tickets_again(&s, &t);
        bool good = story_connects(&s) && tickets_resumed(&s);
        world_pass(&s.world, SKIFF_MSEC(300000));
        good = good && s.world.ends[CLIENT_END].tickets == 1 && slots_are_free(&s);
        if (good)
            t = tickets_last_reported(&s);
        else
            fprintf(stderr, "seed %u\n", (unsigned)s.network.seed);
        bad += !good;
    }
    CU_ASSERT_EQUAL(bad, 0);
    story_end(&s);
}

/* --- tickets of others -------------------------------------------------------------- */

enum { MESSAGE_MAX = 1600 };

/* A connection in which no ticket was given yet; the server's next message is number 6. */
static struct story live(void)
{
    struct story s;

    tickets_prepare(&s);
    s.settings[SERVER_END].tickets = false;
    story_begin(&s);
    CU_ASSERT_TRUE_FATAL(story_connects(&s));
    world_pass(&s.world, SKIFF_MSEC(100));
    return s;
}

static size_t write_message(skiff_bytes body, uint16_t seq, uint8_t *out)
{
    struct handshake_header h = { .msg_type = HANDSHAKE_NEW_SESSION_TICKET,
                                  .length = (uint32_t)body.len,
                                  .message_seq = seq,
                                  .fragment_length = (uint32_t)body.len };
    size_t size;

    CU_ASSERT_TRUE_FATAL(handshake_header_write(&h, out, HANDSHAKE_HEADER, &size));
    memcpy(out + size, body.ptr, body.len);
    return size + body.len;
}

static void send_body(struct story *s, skiff_bytes body)
{
    uint8_t message[MESSAGE_MAX];
    skiff_dtls *client = s->world.ends[CLIENT_END].dtls;
    size_t len = write_message(body, client->next_receive_seq, message);

    (void)!plaintext_send_record(&s->world, SERVER_END, CONTENT_HANDSHAKE, message, len);
    world_pass(&s->world, SKIFF_MSEC(20));
}

static void send_ticket(struct story *s, const struct new_session_ticket *m)
{
    uint8_t body[MESSAGE_MAX];
    size_t len;

    CU_ASSERT_TRUE_FATAL(new_session_ticket_write(m, body, sizeof body, &len));
    send_body(s, (skiff_bytes){ body, len });
}

static const uint8_t filling[1500] = { 1, 2, 3 };

static struct new_session_ticket any(size_t len)
{
    return (struct new_session_ticket){ .ticket_lifetime = 600,
                                        .ticket_age_add = 77,
                                        .ticket_nonce = { filling, 4 },
                                        .ticket = { filling, len } };
}

static void what_a_server_sends_of_its_ticket_is_kept(void)
{
    struct story s = live();
    struct new_session_ticket m = any(RECEIVED_TICKET_MAX);
    uint8_t psk[SKF_HASH_MAX];

    send_ticket(&s, &m);
    CU_ASSERT_EQUAL(s.world.ends[CLIENT_END].tickets, 1);
    struct ticket t = tickets_last_reported(&s);
    struct stored_ticket stored = tickets_read(&t);
    CU_ASSERT_TRUE(t.len <= 1300);
    CU_ASSERT_TRUE(stored.lifetime == 600 && stored.age_add == 77);
    CU_ASSERT_EQUAL(stored.ticket.len, RECEIVED_TICKET_MAX);
    CU_ASSERT_EQUAL(memcmp(stored.ticket.ptr, filling, stored.ticket.len), 0);
    CU_ASSERT_TRUE(skf_resumption_psk(
        HASH_SHA256, ticket_store_of(s.world.ends[CLIENT_END].dtls)->resumption_secret,
        m.ticket_nonce, psk));
    CU_ASSERT_EQUAL(memcmp(stored.session.psk.ptr, psk, stored.session.psk.len), 0);
    story_end(&s);
}

/* RFC 8446 section 4.6.1: "MUST NOT cache tickets for longer than 7 days", and 0 is to be
 * discarded at once. */
static void no_ticket_lives_for_longer_than_a_week(void)
{
    static const uint32_t lives[][2] = { { 604799, 604799 },
                                         { 604801, 604800 },
                                         { UINT32_MAX, 604800 } };
    struct story s = live();
    struct new_session_ticket m = any(32);

    m.ticket_lifetime = 0;
    send_ticket(&s, &m);
    CU_ASSERT_EQUAL(s.world.ends[CLIENT_END].tickets, 0);
    for (size_t i = 0; i < 3; i++) {
        m.ticket_lifetime = lives[i][0];
        send_ticket(&s, &m);
        struct ticket t = tickets_last_reported(&s);
        CU_ASSERT_EQUAL(tickets_read(&t).lifetime, lives[i][1]);
    }
    CU_ASSERT_EQUAL(s.world.ends[CLIENT_END].tickets, 3);
    story_end(&s);
}

static void a_ticket_that_is_too_long_is_acknowledged_and_let_go(void)
{
    struct story s = live();
    struct new_session_ticket m = any(RECEIVED_TICKET_MAX + 1);
    unsigned sent = s.world.ends[CLIENT_END].sent;

    send_ticket(&s, &m);
    CU_ASSERT_EQUAL(s.world.ends[CLIENT_END].tickets, 0);
    CU_ASSERT_EQUAL(s.world.ends[CLIENT_END].sent, sent + 1);
    m = any(40);
    send_ticket(&s, &m);
    CU_ASSERT_EQUAL(s.world.ends[CLIENT_END].tickets, 1);
    story_end(&s);
}

/* Nothing is kept of a message that is not whole: its parts are acknowledged as they come.
 */
static void a_ticket_in_parts_is_acknowledged_and_let_go(void)
{
    struct losses none = { SERVER_END, 0, 0 };
    struct story s;

    tickets_prepare(&s);
    s.settings[SERVER_END].mtu = 228;
    s.settings[SERVER_END].suites = (const uint16_t[]){ 0x1302 };
    s.settings[SERVER_END].num_suites = 1;
    s.network.user = &none;
    story_begin(&s);
    CU_ASSERT_TRUE(story_connects(&s));
    world_pass(&s.world, SKIFF_MSEC(1000));
    CU_ASSERT_EQUAL(s.world.ends[CLIENT_END].tickets, 0);
    CU_ASSERT_TRUE(slots_are_free(&s));
    CU_ASSERT_EQUAL(story_counters(&s, CLIENT_END).drop_fragment, 0);
    story_end(&s);
}

/* Says a part of a message that is longer than anything that is taken. */
static void send_part(struct story *s, uint8_t type, uint32_t length, uint32_t from)
{
    uint8_t part[1000 + HANDSHAKE_HEADER] = { 0 };
    struct handshake_header h = { .msg_type = type,
                                  .length = length,
                                  .message_seq =
                                      s->world.ends[CLIENT_END].dtls->next_receive_seq,
                                  .fragment_offset = from,
                                  .fragment_length =
                                      length - from < 1000 ? length - from : 1000 };
    size_t size;

    CU_ASSERT_TRUE_FATAL(handshake_header_write(&h, part, HANDSHAKE_HEADER, &size));
    (void)!plaintext_send_record(&s->world, SERVER_END, CONTENT_HANDSHAKE, part,
                                 size + h.fragment_length);
}

static void a_ticket_over_max_message_blocks_nothing(void)
{
    static const uint32_t lengths[] = { 16385, 65535, 65536, 131080 };
    struct new_session_ticket m = any(40);
    struct story s = live();

    for (unsigned i = 0; i < 4; i++) {
        unsigned sent = s.world.ends[CLIENT_END].sent;
        for (uint32_t from = 0; from < lengths[i]; from += 1000)
            send_part(&s, HANDSHAKE_NEW_SESSION_TICKET, lengths[i], from);
        CU_ASSERT_EQUAL(s.world.ends[CLIENT_END].tickets, i);
        CU_ASSERT_EQUAL(s.world.ends[CLIENT_END].sent - sent, (lengths[i] + 999) / 1000);
        send_ticket(&s, &m);
        CU_ASSERT_EQUAL(s.world.ends[CLIENT_END].tickets, i + 1);
    }
    CU_ASSERT_EQUAL(story_counters(&s, CLIENT_END).drop_fragment, 0);
    story_end(&s);
}

/* It would be said again and again. */
static void any_other_message_over_max_message_ends_the_association(void)
{
    struct story s = live();

    send_part(&s, HANDSHAKE_KEY_UPDATE, 16384, 0);
    CU_ASSERT_FALSE(s.world.ends[CLIENT_END].failed);
    send_part(&s, HANDSHAKE_KEY_UPDATE, 16385, 0);
    CU_ASSERT_TRUE(s.world.ends[CLIENT_END].failed);
    CU_ASSERT_EQUAL(story_failure(&s, CLIENT_END).alert, ALERT_ILLEGAL_PARAMETER);
    story_end(&s);
}

/* RFC 8446 section 6.2: the server is held to what it says under its keys. */
static void a_ticket_that_does_not_parse_ends_the_association(void)
{
    uint8_t body[MESSAGE_MAX] = { 0 };
    struct new_session_ticket m = any(32);
    size_t len;

    CU_ASSERT_TRUE_FATAL(new_session_ticket_write(&m, body, sizeof body, &len));
    for (size_t i = 1; i < len + 2; i++) {
        struct story s = live();
        send_body(&s, (skiff_bytes){ body, i });
        CU_ASSERT_EQUAL(s.world.ends[CLIENT_END].failed, i != len);
        if (i != len)
            CU_ASSERT_EQUAL(story_failure(&s, CLIENT_END).alert, ALERT_DECODE_ERROR);
        story_end(&s);
    }
}

CU_TestInfo new_session_ticket_tests[] = {
    TEST(a_ticket_over_max_message_blocks_nothing),
    TEST(any_other_message_over_max_message_ends_the_association),
    TEST(what_is_lost_of_a_ticket_or_its_ack_arrives_again),
    TEST(a_ticket_does_not_delay_the_connection),
    TEST(a_server_stops_sending_a_ticket_that_nobody_acknowledges),
    TEST(keys_are_updated_once_the_ticket_has_come),
    TEST(a_bad_network_costs_time_and_nothing_else),
    TEST(what_a_server_sends_of_its_ticket_is_kept),
    TEST(no_ticket_lives_for_longer_than_a_week),
    TEST(a_ticket_that_is_too_long_is_acknowledged_and_let_go),
    TEST(a_ticket_in_parts_is_acknowledged_and_let_go),
    TEST(a_ticket_that_does_not_parse_ends_the_association),
    CU_TEST_INFO_NULL,
};
