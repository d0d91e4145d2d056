/* version13_test.c - which version two ends agree on, and who tries to talk them into an
 * older one (RFC 8446 sections 4.1.3 and 4.2.1); keying material of 1.3. */
#include "../suite.h"

#include "association/context.h"
#include "plaintext.h"

/* --- which version ------------------------------------------------------------------ */

static uint16_t version_of(uint16_t client_oldest, uint16_t client_newest,
                           uint16_t server_oldest, uint16_t server_newest)
{
    struct story s;

    story_prepare(&s);
    s.settings[CLIENT_END].min_version = client_oldest;
    s.settings[CLIENT_END].max_version = client_newest;
    s.settings[SERVER_END].min_version = server_oldest;
    s.settings[SERVER_END].max_version = server_newest;
    story_begin(&s);
    world_pass(&s.world, SKIFF_MSEC(1200));
    uint16_t version =
        world_both_connected(&s.world) ? story_info(&s, CLIENT_END).version : 0;
    CU_ASSERT_TRUE(version != 0 || s.world.ends[CLIENT_END].failed);
    story_end(&s);
    return version;
}

static void both_choose_the_newest_that_they_have_in_common(void)
{
    enum { OLD = SKIFF_DTLS_1_2, NEW = SKIFF_DTLS_1_3 };

    CU_ASSERT_EQUAL(version_of(OLD, NEW, OLD, NEW), NEW);
    CU_ASSERT_EQUAL(version_of(OLD, NEW, NEW, NEW), NEW);
    CU_ASSERT_EQUAL(version_of(NEW, NEW, OLD, NEW), NEW);
    CU_ASSERT_EQUAL(version_of(NEW, NEW, NEW, NEW), NEW);
    CU_ASSERT_EQUAL(version_of(OLD, OLD, OLD, NEW), OLD);
    CU_ASSERT_EQUAL(version_of(OLD, NEW, OLD, OLD), OLD);
    CU_ASSERT_EQUAL(version_of(OLD, OLD, NEW, NEW), 0);
    CU_ASSERT_EQUAL(version_of(NEW, NEW, OLD, OLD), 0);
}

/* RFC 9147 section 5.3: it is of 1.2, and anybody can say it. */
static void a_client_of_1_3_alone_ignores_a_hello_verify_request(void)
{
    static const uint8_t request[] = { HANDSHAKE_HELLO_VERIFY_REQUEST,
                                       0,
                                       0,
                                       7,
                                       0,
                                       0,
                                       0,
                                       0,
                                       0,
                                       0,
                                       0,
                                       7,
                                       0xfe,
                                       0xff,
                                       4,
                                       'a',
                                       'b',
                                       'c',
                                       'd' };
    struct record_header header = { .type = CONTENT_HANDSHAKE,
                                    .version = DTLS_1_0,
                                    .length = sizeof request };
    uint8_t bytes[64];
    struct story s;

    story_prepare(&s);
    s.settings[CLIENT_END].min_version = SKIFF_DTLS_1_3;
    story_begin(&s);
    world_pass(&s.world, SKIFF_MSEC(5));
    (void)!world_deliver(&s.world, CLIENT_END, bytes, story_forge(bytes, header, request));
    CU_ASSERT_EQUAL(s.world.ends[CLIENT_END].sent, 1);
    CU_ASSERT_EQUAL(story_counters(&s, CLIENT_END).drop_unexpected, 1);
    CU_ASSERT_TRUE(story_connects(&s));
    CU_ASSERT_EQUAL(story_info(&s, CLIENT_END).version, SKIFF_DTLS_1_3);
    CU_ASSERT_EQUAL(s.world.ends[CLIENT_END].connected_at - s.world.began, SKIFF_MSEC(20));
    story_end(&s);
}

/* Changes the client's hello before it is said, so that both ends hash the same. */
static bool connects_with(const struct message_edit *change, bool backwards)
{
    static uint8_t body[WORLD_DATAGRAM];
    struct story s;
    skiff_bytes bytes;

    story_prepare(&s);
    story_begin(&s);
    struct skiff_dtls *client = s.world.ends[CLIENT_END].dtls;
    skiff_packet none = { .data = body }; /* no space to say it yet */
    CU_ASSERT_EQUAL(skiff_dtls_poll(client, s.world.now, &none, &bytes),
                    SKIFF_DTLS_NOTHING);
    struct handshake *hs = &client->slot->hs;
    size_t len = plaintext_change(change, hs->our_hello, body);
    if (backwards)
        plaintext_turn_extensions(HANDSHAKE_CLIENT_HELLO, body, len);
    hs->our_hello = (skiff_bytes){ body, len };
    client->flight.messages[0].body = body;
    client->flight.messages[0].len = (uint32_t)len;
    world_poll(&s.world, CLIENT_END);
    bool good = story_connects(&s) && story_info(&s, SERVER_END).version == SKIFF_DTLS_1_3;
    story_end(&s);
    return good;
}

/* Firefox lists 0303 between its versions; GREASE is anywhere (RFC 8701). */
static void odd_code_points_and_shuffled_extensions_do_not_hurt(void)
{
    static const struct message_edit changes[] = {
        { .change = SET_EXTENSION,
          .at = 43,
          .bytes = "\x06\xfe\xfc\x03\x03\xfe\xfd",
          .len = 7 },
        { .change = SET_EXTENSION,
          .at = 43,
          .bytes = "\x06\x6a\x6a\xfe\xfd\xfe\xfc",
          .len = 7 },
        { .change = SET_EXTENSION, .at = 43, .bytes = "\x02\xfe\xfc", .len = 3 },
        { .change = ADD_EXTENSION, .at = 0x6a6a, .bytes = "x", .len = 1 },
        { .change = ADD_EXTENSION, .at = 0x3a3a, .bytes = "", .len = 0 },
        { .change = SET_EXTENSION, .at = 10, .bytes = "\0\4\x6a\x6a\0\x1d", .len = 6 },
    };

    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
        for (int backwards = 0; backwards < 2; backwards++) {
            struct message_edit change = changes[i];
            change.type = HANDSHAKE_CLIENT_HELLO;
            CU_ASSERT_TRUE(connects_with(&change, backwards == 1));
        }
}

/* --- downgrades --------------------------------------------------------------------- */

static bool server_hello_has_sentinel(const struct world_datagram *d)
{
    static const uint8_t sentinel[] = { 0x44, 0x4f, 0x57, 0x4e, 0x47, 0x52, 0x44, 0x01 };

    return memcmp(d->bytes + RECORD_HEADER + HANDSHAKE_HEADER + 2 + RANDOM
                      - sizeof sentinel,
                  sentinel, sizeof sentinel)
        == 0;
}

/* RFC 8446 section 4.1.3: the last 8 bytes of the random. */
static void a_server_of_both_marks_what_it_sends_in_1_2(void)
{
    for (int both = 0; both < 2; both++) {
        struct story_recording recording = { .num = 0 };
        struct story s;
        story_prepare(&s);
        s.settings[CLIENT_END].max_version = SKIFF_DTLS_1_2;
        s.settings[SERVER_END].max_version = both ? SKIFF_DTLS_1_3 : SKIFF_DTLS_1_2;
        s.network.meddler = story_keep;
        s.network.user = &recording;
        story_begin(&s);
        CU_ASSERT_TRUE(story_connects(&s));
        CU_ASSERT_EQUAL(server_hello_has_sentinel(&recording.captured[1]), both == 1);
        story_end(&s);
    }
}

/* Takes 1.3 out of the hello, as one between the ends would. */
static void a_client_of_both_refuses_a_marked_1_2(void)
{
    struct message_edit edit = { .from = CLIENT_END,
                                 .type = HANDSHAKE_CLIENT_HELLO,
                                 .change = SET_EXTENSION,
                                 .at = EXT_SUPPORTED_VERSIONS,
                                 .bytes = "\2\xfe\xfd",
                                 .len = 3 };
    struct story s;

    story_prepare(&s);
    s.network.meddler = plaintext_send_edited;
    s.network.user = &edit;
    story_begin(&s);
    world_pass(&s.world, SKIFF_MSEC(25));
    CU_ASSERT_TRUE(s.world.ends[CLIENT_END].failed);
    CU_ASSERT_EQUAL(story_failure(&s, CLIENT_END).alert, ALERT_ILLEGAL_PARAMETER);
    CU_ASSERT_STRING_EQUAL(story_failure(&s, CLIENT_END).spec, "RFC 8446 4.1.3");
    story_end(&s);
}

/* --- keying material (RFC 8446 section 7.5) ----------------------------------------- */

static bool same_of_both(const struct story *s, const char *label, skiff_bytes context,
                         size_t len, uint8_t out[200])
{
    uint8_t other[200];

    return skiff_dtls_export(s->world.ends[0].dtls, label, context, out, len) == SKIFF_OK
        && skiff_dtls_export(s->world.ends[1].dtls, label, context, other, len) == SKIFF_OK
        && memcmp(out, other, len) == 0;
}

static void both_export_the_same_for_every_label_context_and_length(void)
{
    static const uint8_t context[1000];
    uint8_t out[200], before[200] = { 0 };
    char label[251] = "";
    struct story s;

    story_prepare(&s);
    story_begin(&s);
    CU_ASSERT_TRUE_FATAL(story_connects(&s));
    for (size_t n = 1; n < 250; n++) {
        skiff_bytes c = { context, n * 4 };
        label[n - 1] = 'l';
        CU_ASSERT_TRUE(same_of_both(&s, label, c, 16 + n % 180, out));
        CU_ASSERT_NOT_EQUAL(memcmp(out, before, 16), 0);
        memcpy(before, out, sizeof before);
    }
    label[249] = 'l';
    CU_ASSERT_EQUAL(
        skiff_dtls_export(s.world.ends[0].dtls, label, (skiff_bytes){ NULL, 0 }, out, 16),
        SKIFF_ERR_ARGUMENT);
    story_end(&s);
}

static void no_context_is_the_same_as_an_empty_one(void)
{
    const skiff_bytes none = { NULL, 0 }, empty = { (const uint8_t *)"", 0 };
    uint8_t out[2][200];
    struct story s;

    story_prepare(&s);
    story_begin(&s);
    CU_ASSERT_TRUE_FATAL(story_connects(&s));
    CU_ASSERT_TRUE(same_of_both(&s, "label", none, 40, out[0])
                   && same_of_both(&s, "label", empty, 40, out[1]));
    CU_ASSERT_EQUAL(memcmp(out[0], out[1], 40), 0);
    story_end(&s);
}

enum { SECRETS = 5 };

struct logged {
    unsigned lines;
    char line[SECRETS][300];
};

static void read_line(void *user, const char *line)
{
    struct logged *l = user;

    if (l->lines < SECRETS)
        strncpy(l->line[l->lines], line, sizeof l->line[0] - 1);
    l->lines++;
}

static void both_log_the_same_five_secrets_in_the_same_order(void)
{
    static const char *const names[SECRETS] = {
        "CLIENT_HANDSHAKE_TRAFFIC_SECRET ",
        "SERVER_HANDSHAKE_TRAFFIC_SECRET ",
        "CLIENT_TRAFFIC_SECRET_0 ",
        "SERVER_TRAFFIC_SECRET_0 ",
        "EXPORTER_SECRET ",
    };
    static struct logged logs[2];
    struct story s;

    memset(logs, 0, sizeof logs);
    story_prepare(&s);
    for (int i = 0; i < 2; i++) {
        s.settings[i].key_log = read_line;
        s.settings[i].user = &logs[i];
    }
    story_begin(&s);
    CU_ASSERT_TRUE(story_connects(&s));
    CU_ASSERT_TRUE(logs[0].lines == SECRETS && logs[1].lines == SECRETS);
    for (int i = 0; i < SECRETS; i++) {
        size_t name = strlen(names[i]);
        CU_ASSERT_STRING_EQUAL(logs[0].line[i], logs[1].line[i]);
        CU_ASSERT_EQUAL(strncmp(logs[0].line[i], names[i], name), 0);
        CU_ASSERT_EQUAL(strspn(logs[0].line[i] + name, "0123456789abcdef"), 64);
        CU_ASSERT_EQUAL(strlen(logs[0].line[i]), name + 64 + 1 + 64);
    }
    story_end(&s);
}

CU_TestInfo version13_tests[] = {
    TEST(both_choose_the_newest_that_they_have_in_common),
    TEST(a_client_of_1_3_alone_ignores_a_hello_verify_request),
    TEST(odd_code_points_and_shuffled_extensions_do_not_hurt),
    TEST(a_server_of_both_marks_what_it_sends_in_1_2),
    TEST(a_client_of_both_refuses_a_marked_1_2),
    TEST(both_export_the_same_for_every_label_context_and_length),
    TEST(no_context_is_the_same_as_an_empty_one),
    TEST(both_log_the_same_five_secrets_in_the_same_order),
    CU_TEST_INFO_NULL,
};
