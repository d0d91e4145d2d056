/* rrc_test.c - the extension and the messages of return routability checks (RFC 9853
 * sections 3 and 4), told in both versions. */
#include "../suite.h"

#include "association/epoch.h"
#include "association/optional_state.h"
#include "roaming.h"
#include "plaintext.h"
#include "wire/extension.h"
#include "wire/hello.h"

/* --- what is agreed (section 3) ------------------------------------------------------- */

static void begin_with(struct story *s, skiff_rrc client, skiff_rrc server)
{
    story_prepare(s);
    s->settings[CLIENT_END].rrc = client;
    s->settings[SERVER_END].rrc = server;
    for (int i = 0; i < 2; i++) {
        s->settings[i].connection_ids = true;
        s->settings[i].connection_id_len = 4;
    }
}

static void checks_are_agreed_on_where_both_ends_have_them(void)
{
    static const skiff_rrc kinds[] = { SKIFF_RRC_OFF, SKIFF_RRC_BASIC, SKIFF_RRC_ENHANCED };

    for (int i = 0; i < 9; i++) {
        struct story s;
        bool both = i / 3 != 0 && i % 3 != 0;
        begin_with(&s, kinds[i / 3], kinds[i % 3]);
        story_begin(&s);
        CU_ASSERT_TRUE(story_connects(&s));
        CU_ASSERT_EQUAL(story_info(&s, CLIENT_END).rrc, both);
        CU_ASSERT_EQUAL(story_info(&s, SERVER_END).rrc, both);
        CU_ASSERT_TRUE(story_info(&s, SERVER_END).connection_ids);
        CU_ASSERT_TRUE(story_talks(&s));
        story_end(&s);
    }
}

static void a_config_with_checks_and_no_ids_is_refused(void)
{
    static const struct {
        bool connection_ids;
        int rrc;
    } wrong[] = { { false, SKIFF_RRC_BASIC }, { false, SKIFF_RRC_ENHANCED }, { true, 3 } };

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        skiff_context_config config = skiff_context_defaults();
        skiff_context *context = NULL;
        config.identity = world_identity(0);
        config.connection_ids = wrong[i].connection_ids;
        config.rrc = (skiff_rrc)wrong[i].rrc;
        CU_ASSERT_EQUAL(skiff_context_new(&config, &context), SKIFF_ERR_ARGUMENT);
        CU_ASSERT_PTR_NULL(context);
    }
}

/* Keeps the server's first datagram, after an edit. */
struct intercepted {
    struct message_edit edit;
    struct world_datagram server;
};

static void keep_hello(struct world *world, struct world_datagram *d)
{
    struct intercepted *intercepted = world->config.user;

    world->config.user = &intercepted->edit;
    plaintext_send_edited(world, d);
    world->config.user = intercepted;
    if (d->from == SERVER_END && intercepted->server.len == 0)
        intercepted->server = *d;
}

static bool has_extension(const struct world_datagram *d, uint16_t type)
{
    struct handshake_header header;
    struct server_hello hello;
    struct extension e = { 0 };
    const uint8_t *at = d->bytes + RECORD_HEADER;

    CU_ASSERT_TRUE_FATAL(
        handshake_header_read(&header, (skiff_bytes){ at, HANDSHAKE_HEADER }));
    CU_ASSERT_EQUAL_FATAL(header.msg_type, HANDSHAKE_SERVER_HELLO);
    CU_ASSERT_TRUE_FATAL(
        server_hello_read(&hello, (skiff_bytes){ at + HANDSHAKE_HEADER, header.length }));
    struct walk w = walk_reader(hello.extensions);
    while (w.at < w.end && !w.failed && e.extension_type != type)
        extension(&w, &e);
    return !w.failed && e.extension_type == type;
}

/* The server's answer to an edited hello. */
static struct intercepted reply_to_challenge(struct message_edit edit)
{
    struct intercepted intercepted = { .edit = edit };
    struct story s;

    begin_with(&s, SKIFF_RRC_BASIC, SKIFF_RRC_BASIC);
    s.network.meddler = keep_hello;
    s.network.user = &intercepted;
    story_begin(&s);
    world_pass(&s.world, SKIFF_MSEC(25));
    story_end(&s);
    return intercepted;
}

static void a_server_responds_to_no_rrc_without_connection_id(void)
{
    struct intercepted intercepted =
        reply_to_challenge((struct message_edit){ .from = -1 });

    CU_ASSERT_TRUE(has_extension(&intercepted.server, EXT_CONNECTION_ID));
    CU_ASSERT_TRUE(has_extension(&intercepted.server, EXT_RRC));
    intercepted = reply_to_challenge((struct message_edit){ .from = CLIENT_END,
                                                            .change = DROP_EXTENSION,
                                                            .type = HANDSHAKE_CLIENT_HELLO,
                                                            .at = EXT_CONNECTION_ID });
    CU_ASSERT_TRUE(intercepted.edit.edits > 0);
    CU_ASSERT_FALSE(has_extension(&intercepted.server, EXT_CONNECTION_ID));
    CU_ASSERT_FALSE(has_extension(&intercepted.server, EXT_RRC));
    intercepted = reply_to_challenge((struct message_edit){ .from = CLIENT_END,
                                                            .change = DROP_EXTENSION,
                                                            .type = HANDSHAKE_CLIENT_HELLO,
                                                            .at = EXT_RRC });
    CU_ASSERT_TRUE(intercepted.edit.edits > 0);
    CU_ASSERT_FALSE(has_extension(&intercepted.server, EXT_RRC));
}

static void a_client_refuses_what_it_did_not_offer(void)
{
    struct message_edit edit = {
        SERVER_END, HANDSHAKE_SERVER_HELLO, ADD_EXTENSION, EXT_RRC, "", 0, 0, 0
    };
    struct story s;

    begin_with(&s, SKIFF_RRC_OFF, SKIFF_RRC_BASIC);
    s.network.meddler = plaintext_send_edited;
    s.network.user = &edit;
    story_begin(&s);
    world_pass(&s.world, SKIFF_MSEC(200));
    CU_ASSERT_TRUE(edit.edits > 0);
    CU_ASSERT_TRUE(s.world.ends[CLIENT_END].failed);
    CU_ASSERT_EQUAL(story_failure(&s, CLIENT_END).alert, ALERT_UNSUPPORTED_EXTENSION);
    story_end(&s);
}

static void an_extension_that_is_not_empty_does_not_parse(void)
{
    for (int from = CLIENT_END; from <= SERVER_END; from++) {
        struct message_edit edit = { from,
                                     from == CLIENT_END ? HANDSHAKE_CLIENT_HELLO
                                                        : HANDSHAKE_SERVER_HELLO,
                                     SET_EXTENSION,
                                     EXT_RRC,
                                     "x",
                                     1,
                                     0,
                                     0 };
        struct story s;
        begin_with(&s, SKIFF_RRC_BASIC, SKIFF_RRC_BASIC);
        s.network.meddler = plaintext_send_edited;
        s.network.user = &edit;
        story_begin(&s);
        world_pass(&s.world, SKIFF_MSEC(200));
        CU_ASSERT_TRUE(edit.edits > 0);
        CU_ASSERT_TRUE(story_counters(&s, 1 - from).drop_malformed > 0);
        CU_ASSERT_FALSE(s.world.ends[1 - from].failed);
        story_end(&s);
    }
}

/* --- messages (section 4) ------------------------------------------------------------- */

static skiff_status send_rrc(struct story *s, int from, const void *body, size_t len)
{
    return plaintext_send_record(&s->world, from, CONTENT_RETURN_ROUTABILITY_CHECK, body,
                                 len);
}

static void messages_of_an_unknown_type_or_length_are_ignored(void)
{
    static const struct {
        const char *bytes;
        size_t len;
    } odd[] = { { BYTES("\3"
                        "12345678") },
                { BYTES("\xfe"
                        "12345678") },
                { BYTES("\xff") },
                { BYTES("\x80"
                        "a body of another kind") },
                { BYTES("") },
                { BYTES("\0"
                        "1234567") },
                { BYTES("\0"
                        "123456789") },
                { BYTES("\1") } };

    for (int mover = CLIENT_END; mover <= SERVER_END; mover++) {
        struct roaming roaming;
        struct story s;
        roaming_begin(&s, &roaming, mover, SKIFF_RRC_BASIC);
        uint32_t before = roaming_counters(&s).drop_rrc_message;
        for (uint32_t i = 0; i < sizeof odd / sizeof *odd; i++) {
            CU_ASSERT_EQUAL(send_rrc(&s, mover, odd[i].bytes, odd[i].len), SKIFF_OK);
            CU_ASSERT_EQUAL(roaming_counters(&s).drop_rrc_message, before + i + 1);
        }
        CU_ASSERT_EQUAL(roaming.num, 0);
        CU_ASSERT_TRUE(story_talks(&s));
        story_end(&s);
    }
}

static void where_nothing_was_agreed_a_message_is_dropped(void)
{
    for (int off = CLIENT_END; off <= SERVER_END; off++) {
        struct story s;
        begin_with(&s, SKIFF_RRC_BASIC, SKIFF_RRC_BASIC);
        s.settings[off].rrc = SKIFF_RRC_OFF;
        story_begin(&s);
        CU_ASSERT_TRUE(story_connects(&s));
        world_pass(&s.world, SKIFF_MSEC(500));
        for (int from = CLIENT_END; from <= SERVER_END; from++) {
            unsigned sent = s.world.ends[1 - from].sent;
            CU_ASSERT_EQUAL(send_rrc(&s, from,
                                     BYTES("\0"
                                           "12345678")),
                            SKIFF_OK);
            CU_ASSERT_EQUAL(story_counters(&s, 1 - from).drop_malformed, 1);
            CU_ASSERT_EQUAL(s.world.ends[1 - from].sent, sent);
        }
        CU_ASSERT_TRUE(story_talks(&s));
        story_end(&s);
    }
}

static void a_message_in_plaintext_is_never_read(void)
{
    struct roaming roaming;
    struct story s;
    uint8_t forged[64];
    size_t len =
        story_forge(forged,
                    (struct record_header){ .version = DTLS_1_2,
                                            .length = 9,
                                            .type = CONTENT_RETURN_ROUTABILITY_CHECK,
                                            .sequence_number = 9 },
                    "\0"
                    "12345678");

    begin_with(&s, SKIFF_RRC_BASIC, SKIFF_RRC_BASIC);
    story_begin(&s);
    world_poll(&s.world, CLIENT_END);
    CU_ASSERT_EQUAL(world_deliver(&s.world, CLIENT_END, forged, len), SKIFF_ERR_DROPPED);
    CU_ASSERT_TRUE(story_connects(&s));
    story_end(&s);
    roaming_begin(&s, &roaming, CLIENT_END, SKIFF_RRC_BASIC);
    CU_ASSERT_EQUAL(world_deliver(&s.world, SERVER_END, forged, len), SKIFF_ERR_DROPPED);
    CU_ASSERT_EQUAL(roaming.num, 0);
    story_end(&s);
}

/* What an end has just sealed, opened with its own keys. */
static bool is_message(const struct story *s, const struct world_datagram *d,
                       const char *body)
{
    struct skiff_dtls *sender = s->world.ends[d->from].dtls;
    struct sealing *sealing = skf_sealing_of(sender, sender->write_epoch);
    struct opening opening = { .keys = sealing->keys, .window = { .next = sealing->next } };
    struct world_datagram copy = *d;
    uint8_t *at = copy.bytes;
    size_t left = copy.len;
    struct incoming in;

    return skf_record_parse(&at, &left, skf_peer_cid(cids_of(sender)).len, &in) && left == 0
        && skf_record_open(sender->context->crypto, &opening, &in) == RECORD_OPENED
        && in.type == CONTENT_RETURN_ROUTABILITY_CHECK && in.len == PATH_MESSAGE
        && memcmp(in.body, body, PATH_MESSAGE) == 0;
}

/* Section 5.4: exactly one for each, at once, where it came from; three in a datagram, too.
 */
static void each_challenge_gets_a_response_once_on_the_path_it_arrived_by(void)
{
    static const char *const asked[] = { "\0"
                                         "11111111",
                                         "\0"
                                         "22222222",
                                         "\0"
                                         "33333333" };
    static const char *const expected[] = { "\1"
                                            "11111111",
                                            "\1"
                                            "22222222",
                                            "\1"
                                            "33333333" };

    for (int mover = CLIENT_END; mover <= SERVER_END; mover++) {
        struct roaming roaming;
        struct story s;
        uint8_t bytes[256];
        size_t len = 0;
        roaming_begin(&s, &roaming, mover, SKIFF_RRC_BASIC);
        skiff_dtls *asks = s.world.ends[1 - mover].dtls;
        for (int i = 0; i < 3; i++)
            len +=
                plaintext_seal(asks, asks->write_epoch, CONTENT_RETURN_ROUTABILITY_CHECK,
                               (skiff_bytes){ (const uint8_t *)asked[i], 9 }, bytes + len);
        CU_ASSERT_EQUAL(
            world_deliver_from(&s.world, AWAY, mover, (skiff_bytes){ bytes, len }),
            SKIFF_OK);
        CU_ASSERT_EQUAL_FATAL(roaming.num_captured, 3);
        for (int i = 0; i < 3; i++) {
            CU_ASSERT_EQUAL(roaming.captured[i].to, AWAY);
            CU_ASSERT_TRUE(is_message(&s, &roaming.captured[i], expected[i]));
        }
        CU_ASSERT_EQUAL(story_counters(&s, mover).path_responses_sent, 3);
        CU_ASSERT_EQUAL(s.world.ends[mover].moved, 0);
        world_pass(&s.world, SKIFF_MSEC(1000));
        CU_ASSERT_EQUAL(roaming.num_captured, 3);
        story_end(&s);
    }
}

/* Records behind a challenge in its datagram are heard all the same. */
static void what_comes_behind_a_challenge_is_received(void)
{
    struct roaming roaming;
    struct story s;
    uint8_t bytes[256];

    roaming_begin(&s, &roaming, CLIENT_END, SKIFF_RRC_BASIC);
    skiff_dtls *client = s.world.ends[CLIENT_END].dtls;
    size_t len =
        plaintext_seal(client, client->write_epoch, CONTENT_RETURN_ROUTABILITY_CHECK,
                       (skiff_bytes){ (const uint8_t *)"\0"
                                                       "12345678",
                                      9 },
                       bytes);
    len += plaintext_seal(client, client->write_epoch, CONTENT_APPLICATION_DATA,
                          (skiff_bytes){ (const uint8_t *)"ahoy", 4 }, bytes + len);
    CU_ASSERT_EQUAL(world_deliver(&s.world, SERVER_END, bytes, len), SKIFF_OK);
    CU_ASSERT_EQUAL(s.world.ends[SERVER_END].data_count, 1);
    CU_ASSERT_EQUAL(roaming.num, 1);
    CU_ASSERT_EQUAL(roaming.sent[0].to, HOME);
    story_end(&s);
}

/* An answer that nobody has polled for by the next datagram would come too late. */
static void a_response_that_was_not_polled_for_stands_in_the_way_of_nothing(void)
{
    struct roaming roaming;
    struct story s;
    uint8_t bytes[256];

    roaming_begin(&s, &roaming, CLIENT_END, SKIFF_RRC_BASIC);
    skiff_dtls *client = s.world.ends[CLIENT_END].dtls;
    size_t len =
        plaintext_seal(client, client->write_epoch, CONTENT_RETURN_ROUTABILITY_CHECK,
                       (skiff_bytes){ (const uint8_t *)"\0"
                                                       "12345678",
                                      9 },
                       bytes);
    skiff_packet packet = { .data = bytes, .len = (uint32_t)len, .limit = sizeof bytes };
    CU_ASSERT_EQUAL(skiff_dtls_receive(s.world.ends[SERVER_END].dtls, s.world.now, &packet),
                    SKIFF_OK);
    struct world_datagram data = roaming_catch(&s);
    CU_ASSERT_EQUAL(roaming_deliver(&s, HOME, &data), SKIFF_OK);
    CU_ASSERT_EQUAL(s.world.ends[SERVER_END].data_count, 1);
    CU_ASSERT_EQUAL(roaming.num, 0);
    story_end(&s);
}

/* What the client says behind its first hello is lost for now. */
static void lose_client(struct world *world, struct world_datagram *d)
{
    const bool *loses = world->config.user;

    if (*loses && d->from == CLIENT_END && d->number > 0)
        d->copies = 0;
}

static void before_the_handshake_is_over_a_message_is_dropped(void)
{
    bool loses = true;
    struct story s;

    begin_with(&s, SKIFF_RRC_BASIC, SKIFF_RRC_BASIC);
    s.network.meddler = lose_client;
    s.network.user = &loses;
    story_begin(&s);
    world_pass(&s.world, SKIFF_MSEC(45));
    skiff_dtls *client = s.world.ends[CLIENT_END].dtls;
    uint8_t bytes[256];
    uint32_t epoch = client->slot->previous_epoch != 0 && world_version() == SKIFF_DTLS_1_3
                       ? client->slot->previous_epoch
                       : client->write_epoch;
    size_t len = plaintext_seal(client, epoch, CONTENT_RETURN_ROUTABILITY_CHECK,
                                (skiff_bytes){ (const uint8_t *)"\0"
                                                                "12345678",
                                               9 },
                                bytes);
    uint32_t dropped = story_counters(&s, SERVER_END).drop_malformed;
    (void)!world_deliver(&s.world, SERVER_END, bytes, len);
    loses = false;
    CU_ASSERT_TRUE(story_connects(&s));
    CU_ASSERT_EQUAL(story_counters(&s, SERVER_END).drop_malformed, dropped + 1);
    CU_ASSERT_EQUAL(story_counters(&s, SERVER_END).path_responses_sent, 0);
    CU_ASSERT_TRUE(story_talks(&s));
    story_end(&s);
}

static void a_response_with_another_cookie_changes_nothing(void)
{
    struct roaming roaming;
    struct story s;

    roaming_begin_away(&s, &roaming, CLIENT_END, SKIFF_RRC_BASIC);
    world_pass(&s.world, SKIFF_MSEC(12));
    CU_ASSERT_EQUAL(roaming_count(&roaming, AWAY), 1);
    CU_ASSERT_EQUAL(send_rrc(&s, CLIENT_END,
                             BYTES("\1"
                                   "12345678")),
                    SKIFF_OK);
    CU_ASSERT_EQUAL(send_rrc(&s, CLIENT_END,
                             BYTES("\2"
                                   "12345678")),
                    SKIFF_OK);
    CU_ASSERT_EQUAL(roaming_moves(&s), 0);
    CU_ASSERT_EQUAL(roaming_counters(&s).drop_rrc_message, 2);
    world_pass(&s.world, SKIFF_MSEC(30));
    CU_ASSERT_EQUAL(roaming_moves(&s), 1);
    story_end(&s);
}

static void a_response_that_nobody_asked_for_changes_nothing(void)
{
    struct roaming roaming;
    struct story s;
    uint8_t zeros[PATH_MESSAGE] = { PATH_RESPONSE };

    roaming_begin(&s, &roaming, CLIENT_END, SKIFF_RRC_BASIC);
    s.world.ends[CLIENT_END].path = AWAY;
    CU_ASSERT_EQUAL(send_rrc(&s, CLIENT_END, zeros, sizeof zeros), SKIFF_OK);
    zeros[0] = PATH_DROP;
    CU_ASSERT_EQUAL(send_rrc(&s, CLIENT_END, zeros, sizeof zeros), SKIFF_OK);
    world_pass(&s.world, SKIFF_MSEC(1000));
    CU_ASSERT_EQUAL(roaming_moves(&s), 0);
    CU_ASSERT_EQUAL(roaming_counters(&s).drop_rrc_message, 2);
    CU_ASSERT_EQUAL(roaming.num, 0);
    story_end(&s);
}

/* What comes first may be anybody's: who knows where the peer is says so. */
static void the_caller_may_set_the_path_before_the_handshake(void)
{
    for (int reported = 0; reported < 2; reported++) {
        struct story s;
        begin_with(&s, SKIFF_RRC_BASIC, SKIFF_RRC_BASIC);
        story_begin(&s);
        s.world.ends[CLIENT_END].path = s.world.ends[SERVER_END].path = HOME;
        skiff_dtls *client = s.world.ends[CLIENT_END].dtls;
        if (reported == 1)
            CU_ASSERT_EQUAL(skiff_dtls_prefer_path(client, s.world.now, HOME), SKIFF_OK);
        world_poll(&s.world, CLIENT_END);
        CU_ASSERT_EQUAL(world_deliver_from(&s.world, ATTACKER, CLIENT_END,
                                           (skiff_bytes){ (const uint8_t *)"noise", 5 }),
                        SKIFF_ERR_DROPPED);
        CU_ASSERT_TRUE(story_connects(&s));
        CU_ASSERT_EQUAL(story_info(&s, CLIENT_END).path, reported == 1 ? HOME : ATTACKER);
        CU_ASSERT_EQUAL(s.world.ends[CLIENT_END].moved, 0);
        world_pass(&s.world, SKIFF_MSEC(1000));
        CU_ASSERT_TRUE(story_talks(&s));
        world_pass(&s.world, SKIFF_MSEC(1000));
        CU_ASSERT_EQUAL(story_info(&s, CLIENT_END).path, HOME);
        CU_ASSERT_EQUAL(s.world.ends[CLIENT_END].moved, reported == 1 ? 0 : 1);
        story_end(&s);
    }
}

CU_TestInfo rrc_tests[] = {
    TEST(checks_are_agreed_on_where_both_ends_have_them),
    TEST(a_config_with_checks_and_no_ids_is_refused),
    TEST(a_server_responds_to_no_rrc_without_connection_id),
    TEST(a_client_refuses_what_it_did_not_offer),
    TEST(an_extension_that_is_not_empty_does_not_parse),
    TEST(messages_of_an_unknown_type_or_length_are_ignored),
    TEST(where_nothing_was_agreed_a_message_is_dropped),
    TEST(a_message_in_plaintext_is_never_read),
    TEST(each_challenge_gets_a_response_once_on_the_path_it_arrived_by),
    TEST(what_comes_behind_a_challenge_is_received),
    TEST(a_response_that_was_not_polled_for_stands_in_the_way_of_nothing),
    TEST(before_the_handshake_is_over_a_message_is_dropped),
    TEST(a_response_with_another_cookie_changes_nothing),
    TEST(a_response_that_nobody_asked_for_changes_nothing),
    TEST(the_caller_may_set_the_path_before_the_handshake),
    CU_TEST_INFO_NULL,
};
