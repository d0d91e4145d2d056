/* alpn_test.c - protocols that are offered and chosen (RFC 7301), and wrong ways to do it.
 */
#include "../suite.h"

#include "../dtls/plaintext.h"
#include "../dtls/vector.h"

#define C CLIENT_END
#define S SERVER_END

static const char *const two[] = { "webrtc", "c-webrtc" };
static const char *const turned[] = { "stun", "c-webrtc", "webrtc" };
static const char *const other[] = { "http/1.1" };

static void offers(struct story *s, int end, const char *const *alpn, size_t num)
{
    s->settings[end].alpn = alpn;
    s->settings[end].num_alpn = num;
}

/* Where a server answers extensions: ServerHello, or EncryptedExtensions. */
static uint8_t reply_type(void)
{
    return world_version() == SKIFF_DTLS_1_2 ? HANDSHAKE_SERVER_HELLO
                                             : HANDSHAKE_ENCRYPTED_EXTENSIONS;
}

static bool both_have(const struct story *s, const char *protocol)
{
    for (int i = 0; i < 2; i++) {
        const char *alpn = story_info(s, i).alpn;
        if (protocol == NULL ? alpn != NULL : alpn == NULL || strcmp(alpn, protocol) != 0)
            return false;
    }
    return true;
}

/* --- what is chosen ------------------------------------------------------------------- */

static void the_server_chooses_by_its_own_preference(void)
{
    struct story s;

    story_prepare(&s);
    offers(&s, C, two, 2);
    offers(&s, S, turned, 3);
    story_begin(&s);
    CU_ASSERT_TRUE(story_connects(&s));
    CU_ASSERT_TRUE(both_have(&s, "c-webrtc"));
    story_end(&s);
}

static void an_end_that_has_no_protocols_offers_none_and_ignores_an_offer(void)
{
    struct story s;

    for (int with = -1; with < 2; with++) { /* neither, the client, the server */
        story_prepare(&s);
        if (with >= 0)
            offers(&s, with, two, 2);
        story_begin(&s);
        CU_ASSERT_TRUE(story_connects(&s));
        CU_ASSERT_TRUE(both_have(&s, NULL));
        story_end(&s);
    }
}

static void the_choice_outlives_a_retry_for_another_group(void)
{
    static const uint16_t p384[] = { 24 };
    struct story s;

    story_prepare(&s);
    offers(&s, C, two, 2);
    offers(&s, S, two, 2);
    s.settings[S].groups = p384;
    s.settings[S].num_groups = 1;
    story_begin(&s);
    CU_ASSERT_TRUE(story_connects(&s));
    CU_ASSERT_TRUE(both_have(&s, "webrtc"));
    story_end(&s);
}

static void the_callers_texts_may_go_once_the_context_is_made(void)
{
    char text[] = "webrtc";
    const char *list[] = { text };
    struct story s;

    story_prepare(&s);
    offers(&s, C, list, 1);
    offers(&s, S, list, 1);
    story_begin(&s);
    memset(text, 'x', sizeof text);
    list[0] = NULL;
    CU_ASSERT_TRUE(story_connects(&s));
    CU_ASSERT_TRUE(both_have(&s, "webrtc"));
    story_end(&s);
}

static void a_protocol_may_be_as_long_as_can_be_sent(void)
{
    char text[256];
    const char *list[] = { text };
    struct story s;

    memset(text, 'p', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    story_prepare(&s);
    offers(&s, C, list, 1);
    offers(&s, S, list, 1);
    story_begin(&s);
    CU_ASSERT_TRUE(story_connects(&s));
    CU_ASSERT_TRUE(both_have(&s, text));
    story_end(&s);
}

/* RFC 8833: what Firefox offers in every hello. */
static void a_captured_firefox_is_given_what_it_offers(void)
{
    struct vector v;
    struct story s;

    vector_read("firefox153-dtls12only-ch", &v);
    story_prepare(&s);
    offers(&s, S, turned, 3);
    s.settings[S].max_version = SKIFF_DTLS_1_2;
    story_begin(&s);
    CU_ASSERT_EQUAL(world_deliver(&s.world, S, v.lines[0].ptr, v.lines[0].len), SKIFF_OK);
    CU_ASSERT_PTR_NOT_NULL_FATAL(s.world.ends[S].dtls->slot);
    CU_ASSERT_EQUAL(s.world.ends[S].dtls->slot->hs.alpn, 2); /* c-webrtc */
    story_end(&s);
}

/* --- what is refused ------------------------------------------------------------------ */

static void ends_with(struct story *s, int who, int alert)
{
    story_begin(s);
    world_pass(&s->world, SKIFF_MSEC(1200));
    skiff_failure failure = story_failure(s, who), received = story_failure(s, 1 - who);
    CU_ASSERT_TRUE(s->world.ends[0].failed && s->world.ends[1].failed);
    CU_ASSERT_EQUAL(failure.alert, alert);
    CU_ASSERT_TRUE(!failure.from_peer && received.from_peer);
    CU_ASSERT_EQUAL(received.alert, alert);
    story_end(s);
}

/* RFC 7301 section 3.2. */
static void nothing_in_common_is_no_application_protocol(void)
{
    struct story s;

    story_prepare(&s);
    offers(&s, C, two, 2);
    offers(&s, S, other, 1);
    ends_with(&s, S, ALERT_NO_APPLICATION_PROTOCOL);
}

static void a_reply_is(const char *bytes, size_t len, int alert)
{
    struct message_edit edit = { .from = S,
                                 .type = reply_type(),
                                 .change = SET_EXTENSION,
                                 .at = EXT_ALPN,
                                 .bytes = bytes,
                                 .len = len };
    struct story s;

    story_prepare(&s);
    offers(&s, C, two, 2);
    offers(&s, S, two, 2);
    s.network.meddler = plaintext_send_edited;
    s.network.user = &edit;
    ends_with(&s, C, alert);
}

/* RFC 7301 section 3.1: exactly one name, of those that were offered. */
static void a_choice_that_was_not_offered_or_of_several_is_refused(void)
{
    a_reply_is(BYTES("\0\3\2h2"), ALERT_ILLEGAL_PARAMETER);
    a_reply_is(BYTES("\0\6\5webrt"), ALERT_ILLEGAL_PARAMETER);
    a_reply_is(BYTES("\0\x10\6webrtc\x8"
                     "c-webrtc"),
               ALERT_ILLEGAL_PARAMETER);
    a_reply_is(BYTES("\0\xe\6webrtc\6webrtc"), ALERT_ILLEGAL_PARAMETER);
}

/* RFC 8446 section 4.2. */
static void a_response_without_an_offer_is_unsupported_extension(void)
{
    struct message_edit edit = { .from = S,
                                 .type = reply_type(),
                                 .change = ADD_EXTENSION,
                                 .at = EXT_ALPN,
                                 .bytes = "\0\7\6webrtc",
                                 .len = 9 };
    struct story s;

    story_prepare(&s);
    s.network.meddler = plaintext_send_edited;
    s.network.user = &edit;
    ends_with(&s, C, ALERT_UNSUPPORTED_EXTENSION);
}

/* No list, an empty one, one that is cut short, an empty name, a name that is cut short. */
static const struct {
    const char *bytes;
    size_t len;
} malformed[] = {
    { BYTES("") },         { BYTES("\0\0") },      { BYTES("\0\2\1") },
    { BYTES("\0\1a") },    { BYTES("\0\3\1a\0") }, { BYTES("\0\3\3ab") },
    { BYTES("\0\3\1ab") }, { BYTES("\0\2\1ab") },
};
enum { MALFORMED = sizeof malformed / sizeof *malformed };

/* In plaintext a malformed message is noise: the next one, unharmed, is taken. */
static void a_malformed_list_in_plaintext_leaves_no_trace(void)
{
    for (size_t i = 0; i < MALFORMED; i++) {
        struct message_edit edit = { .from = C,
                                     .type = HANDSHAKE_CLIENT_HELLO,
                                     .change = SET_EXTENSION,
                                     .at = EXT_ALPN,
                                     .most = 1,
                                     .bytes = malformed[i].bytes,
                                     .len = malformed[i].len };
        struct story s;
        story_prepare(&s);
        offers(&s, C, two, 2);
        offers(&s, S, two, 2);
        s.network.meddler = plaintext_send_edited;
        s.network.user = &edit;
        story_begin(&s);
        CU_ASSERT_TRUE(story_connects(&s));
        CU_ASSERT_EQUAL(edit.edits, 1);
        CU_ASSERT_TRUE(both_have(&s, "webrtc"));
        story_end(&s);
    }
}

/* RFC 8446 section 6.2. */
static void a_malformed_choice_under_keys_is_decode_error(void)
{
    for (size_t i = 0; i < MALFORMED && world_version() == SKIFF_DTLS_1_3; i++)
        a_reply_is(malformed[i].bytes, malformed[i].len, ALERT_DECODE_ERROR);
}

CU_TestInfo alpn_tests[] = {
    TEST(the_server_chooses_by_its_own_preference),
    TEST(an_end_that_has_no_protocols_offers_none_and_ignores_an_offer),
    TEST(the_choice_outlives_a_retry_for_another_group),
    TEST(the_callers_texts_may_go_once_the_context_is_made),
    TEST(a_protocol_may_be_as_long_as_can_be_sent),
    TEST(a_captured_firefox_is_given_what_it_offers),
    TEST(nothing_in_common_is_no_application_protocol),
    TEST(a_choice_that_was_not_offered_or_of_several_is_refused),
    TEST(a_response_without_an_offer_is_unsupported_extension),
    TEST(a_malformed_list_in_plaintext_leaves_no_trace),
    TEST(a_malformed_choice_under_keys_is_decode_error),
    CU_TEST_INFO_NULL,
};
