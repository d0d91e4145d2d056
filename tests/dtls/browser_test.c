/* browser_test.c - hellos as browsers and libraries say them, in one datagram or two. */
#include "../suite.h"

#include "story.h"
#include "vector.h"
#include "wire/handshake.h"
#include "wire/hello.h"
#include "wire/numbers.h"

/* A server of ours with nobody at the other end, who hears captured datagrams. */
static void server_begins(struct story *s)
{
    story_prepare(s);
    s->settings[SERVER_END].mtu = 1500;
    s->network.role[CLIENT_END] = SKIFF_ROLE_PASSIVE;
    story_begin(s);
}

static void hears(struct story *s, skiff_bytes datagram)
{
    (void)!world_deliver(&s->world, SERVER_END, datagram.ptr, datagram.len);
}

/* The first thing it said is a ServerHello of 1.2. */
static bool answered(struct story *s, const struct story_tape *tape)
{
    struct story_record r = { .end = 0 };
    struct server_hello m;
    const struct world_datagram *d = &tape->kept[0];

    if (s->world.ends[SERVER_END].failed || tape->num == 0
        || !story_next_record(d->bytes, d->len, &r) || r.header.type != CONTENT_HANDSHAKE)
        return false;
    const uint8_t *message = d->bytes + RECORD_HEADER;
    size_t len = (size_t)message[2] << 8 | message[3];
    return message[0] == HANDSHAKE_SERVER_HELLO
        && server_hello_read(&m, (skiff_bytes){ message + HANDSHAKE_HEADER, len })
        && m.server_version == DTLS_1_2;
}

static bool answers(const char *name, const size_t *order, size_t num)
{
    struct vector v;
    struct story s;
    struct story_tape tape = { .muted = true };

    vector_read(name, &v);
    server_begins(&s);
    s.world.config.meddler = story_keep;
    s.world.config.user = &tape;
    for (size_t i = 0; i < num; i++)
        hears(&s, v.lines[order[i]]);
    bool good = answered(&s, &tape);
    story_end(&s);
    return good;
}

static const size_t forth[] = { 0, 1 }, back[] = { 1, 0 }, twice[] = { 0, 0, 1, 1 };

static void every_captured_hello_in_one_datagram_is_answered(void)
{
    static const char *const names[] = {
        "chromium156-nopqc-ch",   "firefox153-dtls12only-ch", "firefox153-nopq-ch",
        "node-datachannel0334-ch", "roamhq-wrtc0100-ch",       "werift0244-ch",
    };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        CU_ASSERT_TRUE(answers(names[i], forth, 1));
}

static const char *const halves[] = { "chromium156-default-ch", "firefox153-default-ch",
                                      "firefox153-default-ch-retransmit3-mtu1188",
                                      "chromium156-default-ch-after-hvr" };
enum { HALVES = sizeof halves / sizeof *halves };

static void a_hello_in_two_datagrams_is_answered_whatever_their_order(void)
{
    for (size_t i = 0; i < HALVES; i++) {
        CU_ASSERT_TRUE(answers(halves[i], forth, 2));
        CU_ASSERT_TRUE(answers(halves[i], back, 2));
        CU_ASSERT_TRUE(answers(halves[i], twice, 4));
    }
}

/* The version is chosen from a whole hello: supported_versions lies in the second half. */
static void half_a_hello_is_answered_by_nothing(void)
{
    for (size_t i = 0; i < HALVES; i++) {
        CU_ASSERT_FALSE(answers(halves[i], forth, 0));
        CU_ASSERT_FALSE(answers(halves[i], forth, 1));
        CU_ASSERT_FALSE(answers(halves[i], back, 1));
    }
}

static void halves_that_were_cut_at_different_places_come_together(void)
{
    struct vector first, again;
    struct story s;
    struct story_tape tape = { .muted = true };

    vector_read("firefox153-default-ch", &first);
    vector_read("firefox153-default-ch-retransmit3-mtu1188", &again);
    for (int way = 0; way < 2; way++) {
        memset(&tape, 0, sizeof tape);
        tape.muted = true;
        server_begins(&s);
        s.world.config.meddler = story_keep;
        s.world.config.user = &tape;
        hears(&s, way == 0 ? first.lines[0] : again.lines[1]);
        CU_ASSERT_EQUAL(tape.num, 0);
        hears(&s, way == 0 ? again.lines[1] : first.lines[0]);
        CU_ASSERT_TRUE(answered(&s, &tape));
        story_end(&s);
    }
}

static void the_door_joins_them_too(void)
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
        server_begins(&s);
        CU_ASSERT_EQUAL(skiff_context_answer(s.context[1], 1, here, v.lines[1], &reply),
                        SKIFF_ANSWER_IGNORE);
        CU_ASSERT_EQUAL(skiff_context_answer(s.context[1], 1, here, v.lines[0], &reply),
                        SKIFF_ANSWER_REPLY);
        story_end(&s);
    }
}

CU_TestInfo browser_tests[] = {
    TEST(every_captured_hello_in_one_datagram_is_answered),
    TEST(a_hello_in_two_datagrams_is_answered_whatever_their_order),
    TEST(half_a_hello_is_answered_by_nothing),
    TEST(halves_that_were_cut_at_different_places_come_together),
    TEST(the_door_joins_them_too),
    CU_TEST_INFO_NULL,
};
