/* new_id_test.c - connection ids that are given and asked for after the handshake (RFC 9147
 * section 9). */
#include "../suite.h"

#include <stdio.h>

#include "association/optional_state.h"
#include "association/post_handshake.h"
#include "plaintext.h"

enum { ID = 8 };

static struct story live(uint8_t client, uint8_t server)
{
    struct story s;

    story_prepare(&s);
    for (int end = 0; end < 2; end++)
        s.settings[end].connection_ids = true;
    s.settings[CLIENT_END].connection_id_len = client;
    s.settings[SERVER_END].connection_id_len = server;
    story_begin(&s);
    CU_ASSERT_TRUE_FATAL(story_connects(&s));
    world_pass(&s.world, SKIFF_MSEC(100));
    return s;
}

static struct skiff_dtls *end_of(const struct story *s, int end)
{
    return s->world.ends[end].dtls;
}

/* The id by which an end names the other. */
static struct peer_cid current_cid(const struct story *s, int end)
{
    return cids_of(end_of(s, end))->theirs;
}

static bool is_the_same(const struct peer_cid *a, const struct peer_cid *b)
{
    return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

static void send_new_id(struct story *s, int end)
{
    CU_ASSERT_EQUAL(skiff_dtls_new_connection_id(end_of(s, end), s->world.now), SKIFF_OK);
    world_poll(&s->world, end);
}

static void ask(struct story *s, int end)
{
    CU_ASSERT_EQUAL(skiff_dtls_request_connection_ids(end_of(s, end), s->world.now),
                    SKIFF_OK);
    world_poll(&s->world, end);
}

static unsigned dropped(const struct story *s)
{
    return story_counters(s, 0).drop_connection_id
         + story_counters(s, 1).drop_connection_id;
}

/* --- given ---------------------------------------------------------------------------- */

static void a_new_id_is_used_at_once(void)
{
    for (int end = 0; end < 2; end++) {
        struct story s = live(ID, ID);
        struct peer_cid before = current_cid(&s, 1 - end), other = current_cid(&s, end);
        send_new_id(&s, end);
        world_pass(&s.world, SKIFF_MSEC(100));
        struct peer_cid after = current_cid(&s, 1 - end), kept = current_cid(&s, end);
        CU_ASSERT_TRUE(after.len == ID && !is_the_same(&before, &after));
        CU_ASSERT_TRUE(is_the_same(&other, &kept));
        CU_ASSERT_TRUE(story_talks(&s));
        CU_ASSERT_EQUAL(dropped(&s), 0);
        CU_ASSERT_TRUE(story_is_quiet(&s, end));
        story_end(&s);
    }
}

static void what_arrives_under_the_old_id_is_still_accepted(void)
{
    struct story s = live(ID, ID);
    struct cids *cids = cids_of(end_of(&s, CLIENT_END));
    struct peer_cid before = cids->theirs, after;

    send_new_id(&s, SERVER_END);
    world_pass(&s.world, SKIFF_MSEC(100));
    CU_ASSERT_TRUE(story_talks(&s));
    after = cids->theirs;
    cids->theirs = before;
    CU_ASSERT_TRUE(story_talks(&s));
    cids->theirs = after;
    CU_ASSERT_TRUE(story_talks(&s));
    CU_ASSERT_EQUAL(dropped(&s), 0);
    story_end(&s);
}

static void a_lost_new_id_is_sent_again(void)
{
    struct story_recording recording = { .muted = true };
    struct story s = live(ID, ID);
    struct peer_cid before = current_cid(&s, CLIENT_END), after;

    s.world.config.meddler = story_keep;
    s.world.config.user = &recording;
    send_new_id(&s, SERVER_END);
    s.world.config.meddler = NULL;
    CU_ASSERT_EQUAL(recording.num, 1);
    CU_ASSERT_TRUE(story_talks(&s)); /* under the old one meanwhile */
    world_pass(&s.world, SKIFF_MSEC(1000));
    after = current_cid(&s, CLIENT_END);
    CU_ASSERT_FALSE(is_the_same(&before, &after));
    CU_ASSERT_TRUE(story_talks(&s));
    story_end(&s);
}

static void what_arrives_twice_is_accepted_once(void)
{
    struct story s = live(ID, ID);

    s.world.config.duplicate = 1000;
    send_new_id(&s, SERVER_END);
    world_pass(&s.world, SKIFF_MSEC(1000));
    struct peer_cid after = current_cid(&s, CLIENT_END);
    ask(&s, CLIENT_END);
    world_pass(&s.world, SKIFF_MSEC(1000));
    CU_ASSERT_EQUAL(cids_of(end_of(&s, CLIENT_END))->num_spares, THEIR_SPARES);
    struct peer_cid kept = current_cid(&s, CLIENT_END);
    CU_ASSERT_TRUE(is_the_same(&after, &kept));
    story_end(&s);
}

static void ids_may_be_given_as_often_as_the_peer_has_used_the_last(void)
{
    struct story s = live(ID, 1 + ID);

    for (int i = 0; i < 100; i++) {
        send_new_id(&s, i % 2);
        world_pass(&s.world, SKIFF_MSEC(100));
        CU_ASSERT_TRUE(story_talks(&s));
    }
    CU_ASSERT_EQUAL(dropped(&s), 0);
    story_end(&s);
}

static void ids_that_nobody_uses_are_not_given_without_end(void)
{
    struct story s = live(ID, ID);
    skiff_status status = SKIFF_OK;
    int material = 0;

    while (status == SKIFF_OK && material < 100) {
        status = skiff_dtls_new_connection_id(end_of(&s, SERVER_END), s.world.now);
        skf_post_handshake_send(end_of(&s, SERVER_END));
        skf_flight_clear(&end_of(&s, SERVER_END)->flight); /* as if acknowledged */
        material++;
    }
    CU_ASSERT_EQUAL(status, SKIFF_ERR_SPACE);
    CU_ASSERT_EQUAL(material, MOST_UNUSED + 1);
    CU_ASSERT_TRUE(story_talks(&s));
    story_end(&s);
}

static void where_there_are_none_none_can_be_had(void)
{
    struct story s = live(ID, 0);
    struct skiff_dtls *client = end_of(&s, CLIENT_END), *server = end_of(&s, SERVER_END);

    CU_ASSERT_EQUAL(skiff_dtls_new_connection_id(server, s.world.now), SKIFF_ERR_STATE);
    CU_ASSERT_EQUAL(skiff_dtls_request_connection_ids(client, s.world.now),
                    SKIFF_ERR_STATE);
    CU_ASSERT_EQUAL(skiff_dtls_use_spare_connection_id(client), SKIFF_ERR_STATE);
    CU_ASSERT_EQUAL(skiff_dtls_use_spare_connection_id(server), SKIFF_ERR_STATE);
    skiff_dtls_close(client, s.world.now);
    CU_ASSERT_EQUAL(skiff_dtls_new_connection_id(client, s.world.now), SKIFF_ERR_CLOSED);
    story_end(&s);
}

static void before_connected_none_can_be_had(void)
{
    struct story s;

    story_prepare(&s);
    s.settings[CLIENT_END].connection_ids = true;
    s.settings[CLIENT_END].connection_id_len = ID;
    story_begin(&s);
    CU_ASSERT_EQUAL(skiff_dtls_new_connection_id(end_of(&s, CLIENT_END), s.world.now),
                    SKIFF_ERR_STATE);
    CU_ASSERT_EQUAL(skiff_dtls_request_connection_ids(end_of(&s, CLIENT_END), s.world.now),
                    SKIFF_ERR_STATE);
    story_end(&s);
}

/* --- asked for ------------------------------------------------------------------------ */

static void spares_that_were_asked_for_are_used_in_their_order(void)
{
    for (int end = 0; end < 2; end++) {
        struct story s = live(ID, ID);
        struct skiff_dtls *dtls = end_of(&s, end);
        CU_ASSERT_EQUAL(skiff_dtls_use_spare_connection_id(dtls), SKIFF_ERR_STATE);
        ask(&s, end);
        CU_ASSERT_EQUAL(skiff_dtls_request_connection_ids(dtls, s.world.now),
                        SKIFF_ERR_STATE);
        world_pass(&s.world, SKIFF_MSEC(100));
        CU_ASSERT_EQUAL(skiff_dtls_request_connection_ids(dtls, s.world.now),
                        SKIFF_ERR_SPACE);
        for (int i = 0; i < THEIR_SPARES; i++) {
            struct peer_cid next = cids_of(dtls)->spares[0];
            CU_ASSERT_EQUAL(skiff_dtls_use_spare_connection_id(dtls), SKIFF_OK);
            struct peer_cid now = current_cid(&s, end);
            CU_ASSERT_TRUE(is_the_same(&next, &now));
            CU_ASSERT_TRUE(story_talks(&s));
        }
        CU_ASSERT_EQUAL(skiff_dtls_use_spare_connection_id(dtls), SKIFF_ERR_STATE);
        CU_ASSERT_EQUAL(dropped(&s), 0);
        story_end(&s);
    }
}

/* Whatever is given, asked for and used, on whatever network: they go on. */
static void in_any_order_and_with_loss_no_id_is_lost(void)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct story s = live(ID, 1);
        s.world.chance = seed;
        s.world.config.loss = 200;
        s.world.config.duplicate = 100;
        for (int i = 0; i < 60; i++) {
            struct skiff_dtls *dtls = end_of(&s, i % 2);
            uint64_t what = world_chance(&s.world, 4);
            if (what == 0)
                (void)!skiff_dtls_new_connection_id(dtls, s.world.now);
            else if (what == 1)
                (void)!skiff_dtls_request_connection_ids(dtls, s.world.now);
            else if (what == 2)
                (void)!skiff_dtls_use_spare_connection_id(dtls);
            else
                (void)!skiff_dtls_update_keys(dtls, s.world.now, i % 3 == 0);
            world_poll(&s.world, i % 2);
            world_pass(&s.world, world_chance(&s.world, SKIFF_MSEC(300)));
            (void)!world_send(&s.world, i % 2, "data", 4);
        }
        s.world.config.loss = s.world.config.duplicate = 0;
        world_pass(&s.world, SKIFF_MSEC(60000));
        CU_ASSERT_TRUE(story_talks(&s));
        if (dropped(&s) != 0)
            printf("seed %u\n", (unsigned)seed);
        CU_ASSERT_EQUAL(dropped(&s), 0);
        story_end(&s);
    }
}

static void ids_stay_when_keys_are_updated(void)
{
    struct story s = live(ID, ID);
    struct peer_cid before = current_cid(&s, CLIENT_END);

    CU_ASSERT_EQUAL(skiff_dtls_update_keys(end_of(&s, CLIENT_END), s.world.now, true),
                    SKIFF_OK);
    world_poll(&s.world, CLIENT_END);
    world_pass(&s.world, SKIFF_MSEC(500));
    CU_ASSERT_TRUE(story_talks(&s));
    struct peer_cid after = current_cid(&s, CLIENT_END);
    CU_ASSERT_TRUE(is_the_same(&before, &after));
    CU_ASSERT_TRUE(end_of(&s, CLIENT_END)->write_epoch > 3);
    CU_ASSERT_EQUAL(dropped(&s), 0);
    story_end(&s);
}

/* --- hellos ------------------------------------------------------------------------- */

/* A handshake in which the connection_id extension of a hello is edited. */
static struct story given_in_hello(struct message_edit *edit)
{
    struct story s;

    story_prepare(&s);
    for (int end = 0; end < 2; end++) {
        s.settings[end].connection_ids = true;
        s.settings[end].connection_id_len = ID;
    }
    s.network.meddler = plaintext_send_edited;
    s.network.user = edit;
    story_begin(&s);
    world_pass(&s.world, SKIFF_MSEC(200));
    CU_ASSERT_TRUE(edit->edits > 0);
    return s;
}

static const char of_32[33] = { 32 }, of_33[34] = { 33 };

/* RFC 9146 section 3: a server need not answer. */
static void a_client_with_an_id_longer_than_is_kept_is_as_one_without(void)
{
    struct message_edit edits[] = {
        { CLIENT_END, HANDSHAKE_CLIENT_HELLO, SET_EXTENSION, EXT_CONNECTION_ID, of_32, 33,
          0, 0 },
        { CLIENT_END, HANDSHAKE_CLIENT_HELLO, SET_EXTENSION, EXT_CONNECTION_ID, of_33, 34,
          0, 0 },
    };

    for (int i = 0; i < 2; i++) {
        struct story s = given_in_hello(&edits[i]);
        const struct cids *cids = cids_of(end_of(&s, SERVER_END));
        CU_ASSERT_EQUAL(cids->negotiated, i == 0);
        CU_ASSERT_EQUAL(skf_peer_cid(cids).len, i == 0 ? 32 : 0);
        story_end(&s);
    }
}

static void a_server_with_an_id_longer_than_is_kept_is_refused(void)
{
    struct message_edit edit = { SERVER_END,
                                 HANDSHAKE_SERVER_HELLO,
                                 SET_EXTENSION,
                                 EXT_CONNECTION_ID,
                                 of_33,
                                 sizeof of_33,
                                 0,
                                 0 };
    struct story s = given_in_hello(&edit);

    CU_ASSERT_EQUAL(story_failure(&s, CLIENT_END).alert, ALERT_HANDSHAKE_FAILURE);
    story_end(&s);
}

static void what_is_no_id_in_a_hello_makes_it_malformed(void)
{
    struct message_edit edit = {
        CLIENT_END, HANDSHAKE_CLIENT_HELLO, SET_EXTENSION, EXT_CONNECTION_ID, "\2i", 2, 0, 0
    };
    struct story s = given_in_hello(&edit);

    CU_ASSERT_TRUE(story_counters(&s, SERVER_END).drop_malformed > 0);
    CU_ASSERT_FALSE(s.world.ends[SERVER_END].failed);
    story_end(&s);
}

static void a_server_may_not_respond_to_what_was_not_offered(void)
{
    struct message_edit edit = {
        SERVER_END, HANDSHAKE_SERVER_HELLO, ADD_EXTENSION, EXT_CONNECTION_ID, "\0", 1, 0, 0
    };
    struct story s;

    story_prepare(&s);
    s.network.meddler = plaintext_send_edited;
    s.network.user = &edit;
    story_begin(&s);
    world_pass(&s.world, SKIFF_MSEC(200));
    CU_ASSERT_EQUAL(story_failure(&s, CLIENT_END).alert, ALERT_UNSUPPORTED_EXTENSION);
    story_end(&s);
}

/* --- what a peer may not say ---------------------------------------------------------- */

/* Says a message after the handshake as the client would; what follows from it is why the
 * server has failed, or 0. */
static int client_sends(struct story *s, uint8_t type, const void *body, size_t len)
{
    struct handshake_header h = { .msg_type = type,
                                  .length = (uint32_t)len,
                                  .message_seq = end_of(s, CLIENT_END)->next_send_seq++,
                                  .fragment_length = (uint32_t)len };
    uint8_t bytes[WORLD_DATAGRAM];
    size_t size;

    CU_ASSERT_TRUE(handshake_header_write(&h, bytes, sizeof bytes, &size));
    if (len > 0)
        memcpy(bytes + size, body, len);
    (void)!plaintext_send_record(&s->world, CLIENT_END, CONTENT_HANDSHAKE, bytes,
                                 size + len);
    return s->world.ends[SERVER_END].failed ? story_failure(s, SERVER_END).alert : 0;
}

static int alert_to(uint8_t client, uint8_t server, uint8_t type, const char *body,
                    size_t len)
{
    struct story s = live(client, server);
    int alert = client_sends(&s, type, body, len);

    if (alert == 0)
        CU_ASSERT_TRUE(story_talks(&s));
    story_end(&s);
    return alert;
}

static void an_end_that_wants_no_ids_may_not_give_any_nor_an_end_that_sends_none_ask(void)
{
    CU_ASSERT_EQUAL(alert_to(0, ID, HANDSHAKE_NEW_CONNECTION_ID, "\0\0\1", 3),
                    ALERT_UNEXPECTED_MESSAGE);
    CU_ASSERT_EQUAL(alert_to(ID, 0, HANDSHAKE_REQUEST_CONNECTION_ID, "\1", 1),
                    ALERT_UNEXPECTED_MESSAGE);
    CU_ASSERT_EQUAL(alert_to(ID, ID, HANDSHAKE_NEW_CONNECTION_ID, "\0\0\1", 3), 0);
    CU_ASSERT_EQUAL(alert_to(ID, ID, HANDSHAKE_REQUEST_CONNECTION_ID, "\1", 1), 0);
}

static void without_the_extension_neither_may_be_sent(void)
{
    const uint8_t types[] = { HANDSHAKE_NEW_CONNECTION_ID,
                              HANDSHAKE_REQUEST_CONNECTION_ID };

    for (int i = 0; i < 2; i++) {
        struct story s;
        story_prepare(&s);
        story_begin(&s);
        CU_ASSERT_TRUE_FATAL(story_connects(&s));
        world_pass(&s.world, SKIFF_MSEC(100));
        CU_ASSERT_EQUAL(client_sends(&s, types[i], "\0\0\1", i == 0 ? 3 : 1),
                        ALERT_UNEXPECTED_MESSAGE);
        story_end(&s);
    }
}

static void messages_that_do_not_parse_end_it(void)
{
    const struct {
        uint8_t type;
        const char *body;
        size_t len;
        int alert;
    } bad[] = {
        { HANDSHAKE_NEW_CONNECTION_ID, "", 0, ALERT_DECODE_ERROR },
        { HANDSHAKE_NEW_CONNECTION_ID, "\0\0", 2, ALERT_DECODE_ERROR },
        { HANDSHAKE_NEW_CONNECTION_ID, "\0\0\1\0", 4, ALERT_DECODE_ERROR },
        { HANDSHAKE_NEW_CONNECTION_ID, "\0\2\2i\1", 5, ALERT_DECODE_ERROR },
        { HANDSHAKE_NEW_CONNECTION_ID, "\0\3\2id\2", 6, ALERT_ILLEGAL_PARAMETER },
        { HANDSHAKE_NEW_CONNECTION_ID, "\0\0\0", 3, ALERT_HANDSHAKE_FAILURE },
        { HANDSHAKE_NEW_CONNECTION_ID, "\0\1\0\0", 4, ALERT_HANDSHAKE_FAILURE },
        { HANDSHAKE_REQUEST_CONNECTION_ID, "", 0, ALERT_DECODE_ERROR },
        { HANDSHAKE_REQUEST_CONNECTION_ID, "\1\1", 2, ALERT_DECODE_ERROR },
    };

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        CU_ASSERT_EQUAL(alert_to(ID, ID, bad[i].type, bad[i].body, bad[i].len),
                        bad[i].alert);
}

static void more_spares_than_are_kept_and_longer_ones_are_let_go(void)
{
    uint8_t body[2 + 34 + 5 * 3 + 1] = { 0, 34 + 5 * 3, 33 };
    struct story s = live(ID, ID);

    for (int i = 0; i < 5; i++)
        memcpy(body + 2 + 34 + i * 3, "\2id", 3);
    body[sizeof body - 1] = 1;
    CU_ASSERT_EQUAL(client_sends(&s, HANDSHAKE_NEW_CONNECTION_ID, body, sizeof body), 0);
    CU_ASSERT_EQUAL(cids_of(end_of(&s, SERVER_END))->num_spares, THEIR_SPARES);
    CU_ASSERT_EQUAL(cids_of(end_of(&s, SERVER_END))->spares[0].len, 2);
    story_end(&s);
}

/* It MAY answer an excessive request with fewer, and with none. */
static void however_many_are_requested_few_are_provided(void)
{
    struct story s = live(ID, ID);

    for (int i = 0; i < 50; i++) {
        CU_ASSERT_EQUAL(client_sends(&s, HANDSHAKE_REQUEST_CONNECTION_ID, "\xff", 1), 0);
        world_pass(&s.world, SKIFF_MSEC(200));
        CU_ASSERT_TRUE(skf_cids_unused(cids_of(end_of(&s, SERVER_END))) <= MOST_SPARES);
    }
    CU_ASSERT_TRUE(story_talks(&s));
    story_end(&s);
}

static void always_the_same(void *user, skiff_dtls *dtls, uint8_t *id)
{
    (void)user;
    (void)dtls;
    memset(id, 7, ID);
}

static void a_caller_that_knows_one_id_only_gives_no_other(void)
{
    struct story s;

    story_prepare(&s);
    for (int end = 0; end < 2; end++) {
        s.settings[end].connection_ids = true;
        s.settings[end].connection_id_len = ID;
        s.settings[end].connection_id = always_the_same;
    }
    story_begin(&s);
    CU_ASSERT_TRUE_FATAL(story_connects(&s));
    world_pass(&s.world, SKIFF_MSEC(100));
    ask(&s, CLIENT_END);
    send_new_id(&s, SERVER_END);
    world_pass(&s.world, SKIFF_MSEC(1000));
    CU_ASSERT_EQUAL(cids_of(end_of(&s, SERVER_END))->num, 1);
    CU_ASSERT_EQUAL(cids_of(end_of(&s, CLIENT_END))->num_spares, 0);
    CU_ASSERT_TRUE(story_talks(&s));
    story_end(&s);
}

CU_TestInfo new_id_tests[] = {
    TEST(a_new_id_is_used_at_once),
    TEST(what_arrives_under_the_old_id_is_still_accepted),
    TEST(a_lost_new_id_is_sent_again),
    TEST(what_arrives_twice_is_accepted_once),
    TEST(ids_may_be_given_as_often_as_the_peer_has_used_the_last),
    TEST(ids_that_nobody_uses_are_not_given_without_end),
    TEST(where_there_are_none_none_can_be_had),
    TEST(before_connected_none_can_be_had),
    TEST(spares_that_were_asked_for_are_used_in_their_order),
    TEST(in_any_order_and_with_loss_no_id_is_lost),
    TEST(ids_stay_when_keys_are_updated),
    TEST(a_client_with_an_id_longer_than_is_kept_is_as_one_without),
    TEST(a_server_with_an_id_longer_than_is_kept_is_refused),
    TEST(what_is_no_id_in_a_hello_makes_it_malformed),
    TEST(a_server_may_not_respond_to_what_was_not_offered),
    TEST(an_end_that_wants_no_ids_may_not_give_any_nor_an_end_that_sends_none_ask),
    TEST(without_the_extension_neither_may_be_sent),
    TEST(messages_that_do_not_parse_end_it),
    TEST(more_spares_than_are_kept_and_longer_ones_are_let_go),
    TEST(however_many_are_requested_few_are_provided),
    TEST(a_caller_that_knows_one_id_only_gives_no_other),
    CU_TEST_INFO_NULL,
};
