/* browser_test.c - hellos as browsers and libraries say them, in one datagram or two, and
 * the version and group that they are answered with. */
#include "../suite.h"

#include "crypto/crypto.h"
#include "story.h"
#include "vector.h"
#include "wire/extension.h"
#include "wire/handshake.h"
#include "wire/hello.h"
#include "wire/numbers.h"

/* A server of ours with nobody at the other end, who hears captured datagrams. */
struct server {
    uint16_t max_version;
    const uint16_t *groups;
    size_t num_groups;
};
static const struct server of_12 = { .max_version = SKIFF_DTLS_1_2 };
static const struct server of_13 = { .max_version = SKIFF_DTLS_1_3 };

static void server_begins(struct story *s, const struct server *server)
{
    story_prepare(s);
    s->settings[SERVER_END].mtu = 1500;
    s->settings[SERVER_END].max_version = server->max_version;
    s->settings[SERVER_END].groups = server->groups;
    s->settings[SERVER_END].num_groups = server->num_groups;
    s->network.role[CLIENT_END] = SKIFF_ROLE_PASSIVE;
    story_begin(s);
}

static void receives(struct story *s, skiff_bytes datagram)
{
    (void)!world_deliver(&s->world, SERVER_END, datagram.ptr, datagram.len);
}

/* The first thing that a server said, when that is a ServerHello; otherwise zeros. */
struct reply {
    uint16_t version, group;
    bool is_retry, warns; /* of a downgrade: RFC 8446 section 4.1.3 */
};

static void read_extension(struct reply *r, const struct extension *e)
{
    struct selected_version chosen;
    struct key_share_entry share;

    if (e->extension_type == EXT_SUPPORTED_VERSIONS
        && selected_version_read(&chosen, e->extension_data))
        r->version = chosen.selected;
    if (e->extension_type == EXT_KEY_SHARE && r->is_retry
        && selected_version_read(&chosen, e->extension_data))
        r->group = chosen.selected;
    if (e->extension_type == EXT_KEY_SHARE && !r->is_retry
        && key_share_entry_read(&share, e->extension_data))
        r->group = share.group;
}

static struct reply read_hello(skiff_bytes body)
{
    struct server_hello m;
    struct extension e = { 0 };

    if (!server_hello_read(&m, body))
        return (struct reply){ 0 };
    struct reply r = { .version = m.server_version,
                       .is_retry = memcmp(m.random, retry_random, RANDOM) == 0,
                       .warns = memcmp(m.random + RANDOM - 8, "DOWNGRD\1", 8) == 0 };
    struct walk w = walk_reader(m.extensions);
    while (!w.failed && w.at < w.end) {
        extension(&w, &e);
        read_extension(&r, &e);
    }
    return r;
}

static struct reply read_reply(struct story *s, const struct story_recording *recording)
{
    struct story_record record = { .end = 0 };
    const struct world_datagram *d = &recording->captured[0];

    if (s->world.ends[SERVER_END].failed || recording->num == 0
        || !story_next_record(d->bytes, d->len, &record)
        || record.header.type != CONTENT_HANDSHAKE)
        return (struct reply){ 0 };
    const uint8_t *message = d->bytes + RECORD_HEADER;
    size_t len = (size_t)message[2] << 8 | message[3];
    if (message[0] != HANDSHAKE_SERVER_HELLO)
        return (struct reply){ 0 };
    return read_hello((skiff_bytes){ message + HANDSHAKE_HEADER, len });
}

static struct reply reply_to(const struct server *server, const char *name,
                             const size_t *order, size_t num)
{
    struct vector v;
    struct story s;
    struct story_recording recording = { .muted = true };

    vector_read(name, &v);
    server_begins(&s, server);
    s.world.config.meddler = story_keep;
    s.world.config.user = &recording;
    for (size_t i = 0; i < num; i++)
        receives(&s, v.lines[order[i]]);
    struct reply reply = read_reply(&s, &recording);
    story_end(&s);
    return reply;
}

static bool gets_response(const char *name, const size_t *order, size_t num)
{
    return reply_to(&of_12, name, order, num).version == DTLS_1_2;
}

static const size_t forth[] = { 0, 1 }, back[] = { 1, 0 }, twice[] = { 0, 0, 1, 1 };

static void every_captured_hello_in_one_datagram_gets_a_response(void)
{
    /* clang-format off */
    static const char *const names[] = {
        "chromium156-nopqc-ch",   "firefox153-dtls12only-ch", "firefox153-nopq-ch",
        "node-datachannel0334-ch", "roamhq-wrtc0100-ch",       "werift0244-ch",
    };
    /* clang-format on */

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        CU_ASSERT_TRUE(gets_response(names[i], forth, 1));
}

static const char *const halves[] = { "chromium156-default-ch", "firefox153-default-ch",
                                      "firefox153-default-ch-retransmit3-mtu1188",
                                      "chromium156-default-ch-after-hvr" };
enum { HALVES = sizeof halves / sizeof *halves };

static void a_hello_in_two_datagrams_gets_a_response_whatever_their_order(void)
{
    for (size_t i = 0; i < HALVES; i++) {
        CU_ASSERT_TRUE(gets_response(halves[i], forth, 2));
        CU_ASSERT_TRUE(gets_response(halves[i], back, 2));
        CU_ASSERT_TRUE(gets_response(halves[i], twice, 4));
    }
}

/* The version is chosen from a whole hello: supported_versions lies in the second half. */
static void half_a_hello_gets_no_response(void)
{
    for (size_t i = 0; i < HALVES; i++) {
        CU_ASSERT_FALSE(gets_response(halves[i], forth, 0));
        CU_ASSERT_FALSE(gets_response(halves[i], forth, 1));
        CU_ASSERT_FALSE(gets_response(halves[i], back, 1));
    }
}

static void parts_that_were_cut_at_different_places_come_together(void)
{
    struct vector first, again;
    struct story s;
    struct story_recording recording = { .muted = true };

    vector_read("firefox153-default-ch", &first);
    vector_read("firefox153-default-ch-retransmit3-mtu1188", &again);
    for (int way = 0; way < 2; way++) {
        memset(&recording, 0, sizeof recording);
        recording.muted = true;
        server_begins(&s, &of_12);
        s.world.config.meddler = story_keep;
        s.world.config.user = &recording;
        receives(&s, way == 0 ? first.lines[0] : again.lines[1]);
        CU_ASSERT_EQUAL(recording.num, 0);
        receives(&s, way == 0 ? again.lines[1] : first.lines[0]);
        CU_ASSERT_EQUAL(read_reply(&s, &recording).version, DTLS_1_2);
        story_end(&s);
    }
}

static void the_hello_check_joins_them_too(void)
{
    static const skiff_bytes here = { (const uint8_t *)"192.0.2.1:5000", 14 };
    uint8_t bytes[SKIFF_HEAD + 2048];
    struct vector v;
    struct story s;

    for (size_t i = 0; i < HALVES; i++) {
        skiff_packet reply = { .data = bytes + SKIFF_HEAD,
                               .limit = 1500,
                               .head = SKIFF_HEAD };
        vector_read(halves[i], &v);
        server_begins(&s, &of_12);
        CU_ASSERT_EQUAL(
            skiff_context_check_hello(s.context[1], 1, here, v.lines[1], &reply),
            SKIFF_HELLO_IGNORE);
        CU_ASSERT_EQUAL(
            skiff_context_check_hello(s.context[1], 1, here, v.lines[0], &reply),
            SKIFF_HELLO_REPLY);
        story_end(&s);
    }
}

/* --- DTLS 1.3 ------------------------------------------------------------------------- */

static const char *const modern[] = { "chromium156-default-ch", "firefox153-default-ch",
                                      "firefox153-default-ch-retransmit3-mtu1188" };
enum { MODERN = sizeof modern / sizeof *modern };

static void expect_13(const struct reply *r, uint16_t group, bool retry)
{
    CU_ASSERT_EQUAL(r->version, DTLS_1_3);
    CU_ASSERT_EQUAL(r->group, group);
    CU_ASSERT_EQUAL(r->is_retry, retry);
}

static void a_browser_that_offers_1_3_gets_it_with_a_share_that_it_sent(void)
{
    for (size_t i = 0; i < MODERN; i++) {
        struct reply r = reply_to(&of_13, modern[i], forth, 2);
        expect_13(&r, GROUP_X25519, false);
        r = reply_to(&of_13, modern[i], back, 2);
        expect_13(&r, GROUP_X25519, false);
        r = reply_to(&of_13, modern[i], twice, 4);
        expect_13(&r, GROUP_X25519, false);
    }
    struct reply r = reply_to(&of_13, "chromium156-nopqc-ch", forth, 1);
    expect_13(&r, GROUP_X25519, false);
    r = reply_to(&of_13, "firefox153-nopq-ch", forth, 1);
    expect_13(&r, GROUP_X25519, false);
}

static void the_hybrid_share_of_a_browser_gets_a_response_where_libcrypto_can(void)
{
    static const uint16_t hybrid[] = { GROUP_X25519MLKEM768, GROUP_X25519 };
    const struct server server = { SKIFF_DTLS_1_3, hybrid, 2 };

    for (size_t i = 0; i < MODERN && skf_group_is_available(GROUP_X25519MLKEM768); i++) {
        struct reply r = reply_to(&server, modern[i], forth, 2);
        expect_13(&r, GROUP_X25519MLKEM768, false);
    }
}

/* RFC 8446 section 4.1.4: browsers list secp256r1 but send no share for it. */
static void a_server_of_another_group_asks_browsers_for_its_share(void)
{
    static const uint16_t p256[] = { GROUP_SECP256R1 };
    const struct server server = { SKIFF_DTLS_1_3, p256, 1 };

    for (size_t i = 0; i < MODERN; i++) {
        struct reply r = reply_to(&server, modern[i], forth, 2);
        expect_13(&r, GROUP_SECP256R1, true);
    }
}

/* RFC 8446 section 4.1.3: a server that could do better says so, whoever asks. */
static void an_end_that_offers_1_2_alone_is_served_it_with_a_warning(void)
{
    static const char *const old[] = { "firefox153-dtls12only-ch",
                                       "node-datachannel0334-ch", "roamhq-wrtc0100-ch",
                                       "werift0244-ch" };

    for (size_t i = 0; i < sizeof old / sizeof *old; i++) {
        struct reply r = reply_to(&of_13, old[i], forth, 1);
        CU_ASSERT_TRUE(r.version == DTLS_1_2 && r.warns);
        r = reply_to(&of_12, old[i], forth, 1);
        CU_ASSERT_TRUE(r.version == DTLS_1_2 && !r.warns);
    }
}

/* Its first hello was answered with a HelloVerifyRequest, as a server of 1.2 alone may. */
static void the_cookie_of_1_2_is_no_error_to_a_server_of_1_2(void)
{
    struct reply r = reply_to(&of_12, "chromium156-default-ch-after-hvr", forth, 2);

    CU_ASSERT_EQUAL(r.version, DTLS_1_2);
}

/* RFC 9147 section 5.3: 1.3 would be chosen, and has no such cookie. */
static void the_cookie_of_1_2_is_refused_where_1_3_is_chosen(void)
{
    struct vector v;
    struct story s;

    vector_read("chromium156-default-ch-after-hvr", &v);
    server_begins(&s, &of_13);
    for (size_t i = 0; i < 2; i++)
        receives(&s, v.lines[i]);
    CU_ASSERT_TRUE(s.world.ends[SERVER_END].failed);
    CU_ASSERT_EQUAL(story_failure(&s, SERVER_END).alert, ALERT_ILLEGAL_PARAMETER);
    story_end(&s);
}

CU_TestInfo browser_tests[] = {
    TEST(every_captured_hello_in_one_datagram_gets_a_response),
    TEST(a_hello_in_two_datagrams_gets_a_response_whatever_their_order),
    TEST(half_a_hello_gets_no_response),
    TEST(parts_that_were_cut_at_different_places_come_together),
    TEST(the_hello_check_joins_them_too),
    TEST(a_browser_that_offers_1_3_gets_it_with_a_share_that_it_sent),
    TEST(the_hybrid_share_of_a_browser_gets_a_response_where_libcrypto_can),
    TEST(a_server_of_another_group_asks_browsers_for_its_share),
    TEST(an_end_that_offers_1_2_alone_is_served_it_with_a_warning),
    TEST(the_cookie_of_1_2_is_no_error_to_a_server_of_1_2),
    TEST(the_cookie_of_1_2_is_refused_where_1_3_is_chosen),
    CU_TEST_INFO_NULL,
};
