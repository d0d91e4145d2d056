/* server_name_test.c - whom a client means (RFC 6066 section 3), and wrong ways to say it.
 */
#include "../suite.h"

#include "../dtls/plaintext.h"

#define C CLIENT_END
#define S SERVER_END

static const char name[] = "media.Example.org";

static uint8_t reply_type(void)
{
    return world_version() == SKIFF_DTLS_1_2 ? HANDSHAKE_SERVER_HELLO
                                             : HANDSHAKE_ENCRYPTED_EXTENSIONS;
}

/* --- what a server is shown --------------------------------------------------------- */

/* The name in the hello that has just made the server begin. */
static const char *shown(struct story *s)
{
    while (s->world.ends[S].dtls->slot == NULL && !s->world.ends[S].failed)
        world_pass(&s->world, SKIFF_MSEC(1));
    return story_info(s, S).server_name;
}

static bool is_shown(struct story *s, const char *wanted)
{
    const char *seen = shown(s);

    return wanted == NULL ? seen == NULL : seen != NULL && strcmp(seen, wanted) == 0;
}

static void the_server_is_shown_the_name_until_the_handshake_is_over(void)
{
    struct story s;

    story_prepare(&s);
    s.settings[C].server_name = name;
    story_begin(&s);
    CU_ASSERT_PTR_NULL(story_info(&s, S).server_name);
    CU_ASSERT_TRUE(is_shown(&s, name));
    CU_ASSERT_TRUE(story_connects(&s));
    world_pass(&s.world, SKIFF_MSEC(100));
    CU_ASSERT_PTR_NULL(story_info(&s, S).server_name);
    CU_ASSERT_PTR_NULL(story_info(&s, C).server_name);
    story_end(&s);
}

/* The client's second flight, caught on its way to the server. */
static const struct world_datagram *catch_certificate(struct story *s,
                                                      struct story_recording *recording)
{
    s->world.config.meddler = story_keep;
    s->world.config.user = recording;
    world_pass(&s->world, SKIFF_MSEC(15)); /* the server's is on its way */
    recording->muted = true;
    recording->num = 0;
    world_pass(&s->world, SKIFF_MSEC(10));
    CU_ASSERT_TRUE_FATAL(recording->num > 0 && recording->captured[0].from == C);
    return &recording->captured[0];
}

static void the_name_is_there_when_the_certificate_is_shown(void)
{
    static struct story_recording recording;
    uint8_t bytes[SKIFF_HEAD + WORLD_DATAGRAM + SKIFF_TAIL];
    struct story s;
    skiff_bytes chain;

    recording = (struct story_recording){ .num = 0 };
    story_prepare(&s);
    s.settings[C].server_name = name;
    story_begin(&s);
    const struct world_datagram *d = catch_certificate(&s, &recording);
    skiff_packet packet = { .data = bytes + SKIFF_HEAD,
                            .head = SKIFF_HEAD,
                            .limit = WORLD_DATAGRAM,
                            .len = (uint32_t)d->len };
    memcpy(packet.data, d->bytes, d->len);
    skiff_dtls *server = s.world.ends[S].dtls;
    CU_ASSERT_EQUAL(skiff_dtls_receive(server, s.world.now, &packet), SKIFF_OK);
    CU_ASSERT_EQUAL(skiff_dtls_poll(server, s.world.now, &packet, &chain),
                    SKIFF_DTLS_PEER_CERTIFICATE);
    CU_ASSERT_TRUE(is_shown(&s, name));
    story_end(&s);
}

static void an_end_that_sends_no_server_name_shows_nothing(void)
{
    struct story s;

    story_prepare(&s);
    s.settings[S].server_name = name; /* a server's own is not said */
    story_begin(&s);
    CU_ASSERT_TRUE(is_shown(&s, NULL));
    CU_ASSERT_TRUE(story_connects(&s));
    story_end(&s);
}

/* --- lists that are said instead ---------------------------------------------------- */

static struct message_edit edit_extension(int from, uint8_t type, const char *bytes,
                                          size_t len)
{
    return (struct message_edit){ .from = from,
                                  .type = type,
                                  .change = SET_EXTENSION,
                                  .at = EXT_SERVER_NAME,
                                  .bytes = bytes,
                                  .len = len,
                                  .most = 1 };
}

static void story_with(struct story *s, struct message_edit *edit)
{
    story_prepare(s);
    s->settings[C].server_name = name;
    s->network.meddler = plaintext_send_edited;
    s->network.user = edit;
    story_begin(s);
}

static bool a_list_shows(const char *bytes, size_t len, const char *wanted)
{
    struct message_edit edit = edit_extension(C, HANDSHAKE_CLIENT_HELLO, bytes, len);
    struct story s;

    story_with(&s, &edit);
    bool good = is_shown(&s, wanted) && edit.edits == 1;
    story_end(&s);
    return good;
}

static void names_of_another_type_are_passed_over(void)
{
    CU_ASSERT_TRUE(a_list_shows(BYTES("\0\4\1\0\1a"), NULL));
    CU_ASSERT_TRUE(a_list_shows(BYTES("\0\3\1\0\0"), NULL));
    CU_ASSERT_TRUE(a_list_shows(BYTES("\0\xa\1\0\1a\0\0\3b.c"), "b.c"));
    CU_ASSERT_TRUE(a_list_shows(BYTES("\0\xa\0\0\3b.c\1\0\1a"), "b.c"));
}

static void what_is_no_dns_name_is_not_recognized(void)
{
    CU_ASSERT_TRUE(a_list_shows(BYTES("\0\xa\0\0\7"
                                      "1.2.3.4"),
                                NULL));
    CU_ASSERT_TRUE(a_list_shows(BYTES("\0\6\0\0\3::1"), NULL));
    CU_ASSERT_TRUE(a_list_shows(BYTES("\0\6\0\0\3a\0b"), NULL));
    CU_ASSERT_TRUE(a_list_shows(BYTES("\0\5\0\0\2a."), NULL));
    CU_ASSERT_TRUE(a_list_shows(BYTES("\0\4\0\0\1a"), "a"));
}

/* RFC 6066 section 3. */
static void two_names_of_one_type_are_illegal_parameter(void)
{
    struct message_edit edit =
        edit_extension(C, HANDSHAKE_CLIENT_HELLO, BYTES("\0\x8\0\0\1a\0\0\1b"));
    struct story s;

    story_with(&s, &edit);
    world_pass(&s.world, SKIFF_MSEC(1200));
    CU_ASSERT_TRUE(s.world.ends[S].failed && s.world.ends[C].failed);
    CU_ASSERT_EQUAL(story_failure(&s, S).alert, ALERT_ILLEGAL_PARAMETER);
    CU_ASSERT_FALSE(story_failure(&s, S).from_peer);
    CU_ASSERT_EQUAL(story_failure(&s, C).alert, ALERT_ILLEGAL_PARAMETER);
    story_end(&s);
}

/* No list, an empty one, one that is cut short, an empty name, a name that is cut short. */
static void a_malformed_list_leaves_no_trace(void)
{
    static const struct {
        const char *bytes;
        size_t len;
    } malformed[] = {
        { BYTES("") },           { BYTES("\0\0") },        { BYTES("\0\5\0\0\1a") },
        { BYTES("\0\3\0\0\0") }, { BYTES("\0\4\0\0\2a") }, { BYTES("\0\4\0\0\1ab") },
        { BYTES("\0\1\0") },
    };

    for (size_t i = 0; i < sizeof malformed / sizeof *malformed; i++) {
        struct message_edit edit =
            edit_extension(C, HANDSHAKE_CLIENT_HELLO, malformed[i].bytes, malformed[i].len);
        struct story s;
        story_with(&s, &edit);
        CU_ASSERT_TRUE(is_shown(&s, name));
        CU_ASSERT_TRUE(story_connects(&s));
        CU_ASSERT_EQUAL(edit.edits, 1);
        CU_ASSERT_EQUAL(story_counters(&s, S).drop_malformed, 1);
        story_end(&s);
    }
}

/* --- the answer --------------------------------------------------------------------- */

/* It is empty. In plaintext another is noise, under keys it is decode_error. */
static void a_response_with_data_does_not_parse(void)
{
    struct message_edit edit = edit_extension(S, reply_type(), BYTES("\0\4\0\0\1a"));
    struct story s;

    bool sealed = world_version() == SKIFF_DTLS_1_3;
    story_with(&s, &edit);
    world_pass(&s.world, SKIFF_MSEC(500));
    CU_ASSERT_EQUAL(edit.edits, 1);
    CU_ASSERT_EQUAL(story_counters(&s, C).drop_malformed, sealed ? 0 : 1);
    CU_ASSERT_EQUAL(world_both_connected(&s.world), !sealed);
    CU_ASSERT_EQUAL(story_failure(&s, C).alert, sealed ? ALERT_DECODE_ERROR : ALERT_NONE);
    story_end(&s);
}

static void a_name_that_was_not_kept_is_not_acknowledged(void)
{
    struct message_edit edit = edit_extension(S, reply_type(), BYTES("\0\4\0\0\1a"));
    struct story s;

    story_prepare(&s);
    s.network.meddler = plaintext_send_edited;
    s.network.user = &edit;
    story_begin(&s);
    CU_ASSERT_TRUE(story_connects(&s)); /* nothing was there to be changed */
    CU_ASSERT_EQUAL(edit.edits, 1);
    CU_ASSERT_EQUAL(story_counters(&s, C).drop_malformed, 0);
    story_end(&s);
}

/* RFC 8446 section 4.2. */
static void a_response_to_an_end_that_sent_no_server_name_is_unsupported_extension(void)
{
    struct message_edit edit = edit_extension(S, reply_type(), NULL, 0);
    struct story s;

    edit.change = ADD_EXTENSION;
    story_prepare(&s);
    s.network.meddler = plaintext_send_edited;
    s.network.user = &edit;
    story_begin(&s);
    world_pass(&s.world, SKIFF_MSEC(200));
    CU_ASSERT_TRUE(s.world.ends[C].failed);
    CU_ASSERT_EQUAL(story_failure(&s, C).alert, ALERT_UNSUPPORTED_EXTENSION);
    story_end(&s);
}

CU_TestInfo server_name_tests[] = {
    TEST(the_server_is_shown_the_name_until_the_handshake_is_over),
    TEST(the_name_is_there_when_the_certificate_is_shown),
    TEST(an_end_that_sends_no_server_name_shows_nothing),
    TEST(names_of_another_type_are_passed_over),
    TEST(what_is_no_dns_name_is_not_recognized),
    TEST(two_names_of_one_type_are_illegal_parameter),
    TEST(a_malformed_list_leaves_no_trace),
    TEST(a_response_with_data_does_not_parse),
    TEST(a_name_that_was_not_kept_is_not_acknowledged),
    TEST(a_response_to_an_end_that_sent_no_server_name_is_unsupported_extension),
    CU_TEST_INFO_NULL,
};
