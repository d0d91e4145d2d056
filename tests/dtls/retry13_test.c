/* retry13_test.c - HelloRetryRequest: a group that the server lacks a share of, in every
 * way that a network may treat it, and requests that no server may make (RFC 8446
 * section 4.1.4). */
#include "../suite.h"

#include <stdio.h>

#include "association/context.h"
#include "plaintext.h"

static const uint16_t p256[] = { GROUP_SECP256R1 };
static const uint16_t p384_p256[] = { GROUP_SECP384R1, GROUP_SECP256R1 };

/* The client shares x25519 and offers P-256, which is all that the server has. */
static void prepare(struct story *s)
{
    story_prepare(s);
    s->settings[CLIENT_END].groups = p384_p256;
    s->settings[CLIENT_END].num_groups = 2;
    s->settings[SERVER_END].groups = p256;
    s->settings[SERVER_END].num_groups = 1;
}

static void a_group_without_a_share_is_asked_for(void)
{
    struct story s;

    prepare(&s);
    story_begin(&s);
    CU_ASSERT_TRUE(story_connects(&s));
    for (int i = 0; i < 2; i++) {
        CU_ASSERT_EQUAL(story_info(&s, i).group, GROUP_SECP256R1);
        CU_ASSERT_EQUAL(story_info(&s, i).version, SKIFF_DTLS_1_3);
        CU_ASSERT_EQUAL(story_info(&s, i).flights_resent, 0);
    }
    CU_ASSERT_EQUAL(s.world.ends[CLIENT_END].connected_at - s.world.began, SKIFF_MSEC(40));
    story_end(&s);
}

/* --- on a network with mishaps ------------------------------------------------------ */

/* What becomes of the first four datagrams of each end: two bits for each. */
enum { FIRST = 4, FATES = 3 };

static void meddle(struct world *world, struct world_datagram *d)
{
    static const struct {
        unsigned copies;
        skiff_time late;
    } fates[FATES] = {
        { 1, 0 },
        { 0, 0 },
        { 2, SKIFF_MSEC(65) },
    };
    const uint8_t *fate = world->config.user;

    if (d->number >= FIRST)
        return;
    d->copies = fates[fate[2 * d->number + (unsigned)d->from]].copies;
    d->delay += fates[fate[2 * d->number + (unsigned)d->from]].late;
}

static void a_retry_survives_every_pattern_of_losses_and_late_repetitions(void)
{
    uint8_t fate[2 * FIRST];
    unsigned all = 1, bad = 0;
    struct story s;

    for (int i = 0; i < 2 * FIRST; i++)
        all *= FATES;
    prepare(&s);
    s.network.meddler = meddle;
    s.network.user = fate;
    story_begin(&s);
    all = suite_rounds(all);
    for (unsigned n = 0; n < all && bad < 3; n++) {
        for (unsigned i = 0, left = n; i < 2 * FIRST; i++, left /= FATES)
            fate[i] = (uint8_t)(left % FATES);
        story_again(&s);
        bool good =
            story_connects(&s) && story_info(&s, CLIENT_END).group == GROUP_SECP256R1;
        bad += !good;
        if (!good)
            fprintf(stderr, "pattern %u\n", n);
    }
    CU_ASSERT_EQUAL(bad, 0);
    story_end(&s);
}

static void it_survives_a_bad_network(void)
{
    struct story s;

    prepare(&s);
    s.network.loss = s.network.duplicate = s.network.reorder = 250;
    for (int i = 0; i < 2; i++) {
        s.settings[i].handshake_timeout = SKIFF_MSEC(300000);
        s.settings[i].mtu = 228;
    }
    story_begin(&s);
    unsigned bad = 0;
    for (s.network.seed = 1; s.network.seed <= suite_rounds(1000) && bad < 3;
         s.network.seed++) {
        story_again(&s);
        bad += !story_connects(&s);
    }
    CU_ASSERT_EQUAL(bad, 0);
    story_end(&s);
}

/* --- requests that no server may make ----------------------------------------------- */

struct request {
    enum message_change how;
    int at;
    const char *bytes;
    size_t len;
    int alert;
};

/* The first ServerHello of the server is the request. */
static int alert_of(const struct request *r)
{
    struct message_edit edit = {
        SERVER_END, HANDSHAKE_SERVER_HELLO, r->how, r->at, r->bytes, r->len, 1, 0
    };
    struct story s;

    prepare(&s);
    s.network.meddler = plaintext_send_edited;
    s.network.user = &edit;
    story_begin(&s);
    world_pass(&s.world, SKIFF_MSEC(30));
    skiff_failure failure = story_failure(&s, CLIENT_END);
    CU_ASSERT_TRUE(edit.edits == 1 && s.world.ends[CLIENT_END].failed);
    CU_ASSERT_PTR_NOT_NULL(failure.spec);
    story_end(&s);
    return failure.alert;
}

static void an_illegal_request_ends_the_attempt(void)
{
    static const struct request requests[] = {
        { SET_EXTENSION, EXT_KEY_SHARE, BYTES("\0\x1d"), ALERT_ILLEGAL_PARAMETER },
        { SET_EXTENSION, EXT_KEY_SHARE, BYTES("\0\x18"), ALERT_ILLEGAL_PARAMETER },
        { SET_EXTENSION, EXT_KEY_SHARE, BYTES("\x6a\x6a"), ALERT_ILLEGAL_PARAMETER },
        { DROP_EXTENSION, EXT_KEY_SHARE, NULL, 0, ALERT_ILLEGAL_PARAMETER },
        { ADD_EXTENSION, EXT_KEY_SHARE, BYTES("\0\x17"), ALERT_ILLEGAL_PARAMETER },
        { ADD_EXTENSION, EXT_USE_SRTP, BYTES("\0\2\0\7\0"), ALERT_ILLEGAL_PARAMETER },
        { ADD_EXTENSION, 0x1234, BYTES(""), ALERT_UNSUPPORTED_EXTENSION },
        { DROP_EXTENSION, EXT_SUPPORTED_VERSIONS, NULL, 0, ALERT_ILLEGAL_PARAMETER },
        { SET_EXTENSION, EXT_SUPPORTED_VERSIONS, BYTES("\xfe\xfd"),
          ALERT_ILLEGAL_PARAMETER },
        { PATCH_BODY, 0, BYTES("\xfe\xfc"), ALERT_PROTOCOL_VERSION },
        { PATCH_BODY, 35, BYTES("\x13\x04"), ALERT_ILLEGAL_PARAMETER },
        { PATCH_BODY, 37, BYTES("\1"), ALERT_ILLEGAL_PARAMETER },
    };

    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        int alert = alert_of(&requests[i]);
        if (alert != requests[i].alert)
            fprintf(stderr, "request %zu: alert %d\n", i, alert);
        CU_ASSERT_EQUAL(alert, requests[i].alert);
    }
}

/* RFC 8446 section 4.1.4: the ServerHello has the suite of the request. */
static void another_suite_than_the_request_had_is_refused(void)
{
    struct message_edit edit = { SERVER_END, HANDSHAKE_SERVER_HELLO, PATCH_BODY,
                                 35,         BYTES("\x13\x03"),      1,
                                 0 };
    struct story s;

    prepare(&s);
    s.network.meddler = plaintext_send_edited;
    s.network.user = &edit;
    story_begin(&s);
    world_pass(&s.world, SKIFF_MSEC(60));
    CU_ASSERT_TRUE(s.world.ends[CLIENT_END].failed);
    CU_ASSERT_EQUAL(story_failure(&s, CLIENT_END).alert, ALERT_ILLEGAL_PARAMETER);
    story_end(&s);
}

/* The same section: "MUST be retained in the ServerHello". */
static void a_server_hello_of_another_version_than_the_request_is_refused(void)
{
    static const struct message_edit edits[] = {
        { .change = DROP_EXTENSION, .at = EXT_SUPPORTED_VERSIONS },
        { .change = SET_EXTENSION,
          .at = EXT_SUPPORTED_VERSIONS,
          .bytes = "\xfe\xfd",
          .len = 2 },
        { .change = SET_EXTENSION,
          .at = EXT_SUPPORTED_VERSIONS,
          .bytes = "\xfe\xfb",
          .len = 2 },
        { .change = SET_EXTENSION,
          .at = EXT_SUPPORTED_VERSIONS,
          .bytes = "\3\4",
          .len = 2 },
    };

    for (size_t i = 0; i < sizeof edits / sizeof *edits; i++) {
        struct message_edit edit = edits[i];
        struct story s;
        prepare(&s);
        edit.from = SERVER_END;
        edit.type = HANDSHAKE_SERVER_HELLO;
        story_begin(&s);
        world_pass(&s.world, SKIFF_MSEC(25)); /* the request has arrived */
        s.world.config.meddler = plaintext_send_edited;
        s.world.config.user = &edit;
        world_pass(&s.world, SKIFF_MSEC(30));
        CU_ASSERT_TRUE(edit.edits == 1 && s.world.ends[CLIENT_END].failed);
        skiff_failure failure = story_failure(&s, CLIENT_END);
        CU_ASSERT_EQUAL(failure.alert, ALERT_ILLEGAL_PARAMETER);
        CU_ASSERT_TRUE(failure.spec != NULL && strcmp(failure.spec, "RFC 8446 4.1.4") == 0);
        story_end(&s);
    }
}

/* A client that has had one request gets it again, with another message_seq. */
static struct story with_a_second_request(int seq)
{
    static struct story_recording recording;
    struct story s;

    recording = (struct story_recording){ .num = 0 };
    prepare(&s);
    s.network.meddler = story_keep;
    s.network.user = &recording;
    story_begin(&s);
    world_pass(&s.world, SKIFF_MSEC(25));
    CU_ASSERT_EQUAL_FATAL(recording.num, 3);
    struct world_datagram again = recording.captured[1];
    again.bytes[RECORD_HEADER + 5] = (uint8_t)(again.bytes[RECORD_HEADER + 5] + seq);
    (void)!world_deliver(&s.world, CLIENT_END, again.bytes, again.len);
    return s;
}

/* RFC 8446 section 4.1.4: there is one at most. */
static void a_second_request_ends_the_attempt(void)
{
    struct story s = with_a_second_request(1);
    skiff_failure failure = story_failure(&s, CLIENT_END);

    CU_ASSERT_TRUE(s.world.ends[CLIENT_END].failed);
    CU_ASSERT_EQUAL(failure.alert, ALERT_UNEXPECTED_MESSAGE);
    CU_ASSERT_TRUE(failure.spec != NULL && strcmp(failure.spec, "RFC 8446 4.1.4") == 0);
    story_end(&s);
}

static void a_request_that_comes_again_or_too_early_changes_nothing(void)
{
    for (int seq = 0; seq < 3; seq += 2) {
        struct story s = with_a_second_request(seq);
        CU_ASSERT_FALSE(s.world.ends[CLIENT_END].failed);
        CU_ASSERT_TRUE(story_connects(&s));
        story_end(&s);
    }
}

/* A request that a client gets before the genuine one. */
static size_t forge_request(uint8_t *datagram, const char *extensions, size_t len)
{
    struct server_hello m = { .server_version = DTLS_1_2,
                              .cipher_suite = AES_128_GCM_SHA256,
                              .has_extensions = true,
                              .extensions = { (const uint8_t *)extensions, len } };
    struct record_header header = { .type = CONTENT_HANDSHAKE, .version = DTLS_1_2 };
    struct record_body l = { .len = 0 };
    uint8_t body[256];
    size_t size;

    memcpy(m.random, retry_random, RANDOM);
    CU_ASSERT_TRUE_FATAL(server_hello_write(&m, body, sizeof body, &size));
    plaintext_put(&l, HANDSHAKE_SERVER_HELLO, 0, (skiff_bytes){ body, size });
    header.length = (uint16_t)l.len;
    return story_forge(datagram, header, l.bytes);
}

/* Its key_share is a byte too short, behind a cookie. */
static void of_a_request_that_does_not_parse_nothing_is_sent_back(void)
{
    uint8_t datagram[WORLD_DATAGRAM];
    struct story s;

    prepare(&s);
    story_begin(&s);
    world_pass(&s.world, SKIFF_MSEC(5));
    size_t len =
        forge_request(datagram, BYTES("\0\x2b\0\2\xfe\xfc\0\x2c\0\3\0\1x\0\x33\0\1\0"));
    (void)!world_deliver(&s.world, CLIENT_END, datagram, len);
    CU_ASSERT_EQUAL(story_counters(&s, CLIENT_END).drop_malformed, 1);
    CU_ASSERT_TRUE(story_connects(&s));
    CU_ASSERT_EQUAL(s.world.ends[CLIENT_END].connected_at - s.world.began, SKIFF_MSEC(40));
    story_end(&s);
}

/* --- clients that do not do as they were asked -------------------------------------- */

static int alert_of_second_hello(const struct request *r)
{
    struct message_edit edit = {
        CLIENT_END, HANDSHAKE_CLIENT_HELLO, r->how, r->at, r->bytes, r->len, 0, 0
    };
    struct story s;

    prepare(&s);
    story_begin(&s);
    world_pass(&s.world, SKIFF_MSEC(15)); /* the request is on its way */
    s.world.config.meddler = plaintext_send_edited;
    s.world.config.user = &edit;
    world_pass(&s.world, SKIFF_MSEC(20));
    CU_ASSERT_TRUE(edit.edits == 1 && s.world.ends[SERVER_END].failed);
    int alert = story_failure(&s, SERVER_END).alert;
    story_end(&s);
    return alert;
}

static void a_second_hello_that_does_not_do_as_asked_is_refused(void)
{
    static const struct request hellos[] = {
        { SET_EXTENSION, EXT_KEY_SHARE, BYTES("\0\5\0\x1d\0\1x"), ALERT_ILLEGAL_PARAMETER },
        { SET_EXTENSION, EXT_KEY_SHARE, BYTES("\0\0"), ALERT_ILLEGAL_PARAMETER },
        { SET_EXTENSION, EXT_KEY_SHARE, BYTES("\0\5\0\x17\0\1x"), ALERT_ILLEGAL_PARAMETER },
        { DROP_EXTENSION, EXT_KEY_SHARE, NULL, 0, ALERT_MISSING_EXTENSION },
        { SET_EXTENSION, EXT_SUPPORTED_VERSIONS, BYTES("\2\xfe\xfd"),
          ALERT_PROTOCOL_VERSION },
    };

    for (size_t i = 0; i < sizeof hellos / sizeof *hellos; i++)
        CU_ASSERT_EQUAL(alert_of_second_hello(&hellos[i]), hellos[i].alert);
}

CU_TestInfo retry13_tests[] = {
    TEST(a_group_without_a_share_is_asked_for),
    TEST(a_retry_survives_every_pattern_of_losses_and_late_repetitions),
    TEST(it_survives_a_bad_network),
    TEST(an_illegal_request_ends_the_attempt),
    TEST(another_suite_than_the_request_had_is_refused),
    TEST(a_server_hello_of_another_version_than_the_request_is_refused),
    TEST(a_second_request_ends_the_attempt),
    TEST(a_request_that_comes_again_or_too_early_changes_nothing),
    TEST(of_a_request_that_does_not_parse_nothing_is_sent_back),
    TEST(a_second_hello_that_does_not_do_as_asked_is_refused),
    CU_TEST_INFO_NULL,
};
