/* forged_test.c - what anybody can say at any moment, and what it changes. */
#include "../suite.h"

#include "association/association_state.h"
#include "story.h"
#include "wire/handshake.h"
#include "wire/numbers.h"

/* A forged datagram that each end is given before each true one. */
struct forgery {
    size_t len;
    uint8_t bytes[256], lent[256]; /* a datagram is lent until poll has said NOTHING */
};

static void forge_before_each(struct world *world, struct world_datagram *d)
{
    struct forgery *f = world->config.user;
    struct skiff_dtls *to = world->ends[1 - d->from].dtls;
    skiff_packet packet = { .data = f->lent,
                            .len = (uint32_t)f->len,
                            .limit = sizeof f->lent };

    memcpy(f->lent, f->bytes, f->len);
    (void)!skiff_dtls_receive(to, world->now, &packet);
}

static struct forgery forge(uint8_t type, uint16_t epoch, const void *body, uint16_t len)
{
    struct record_header header = { .type = type,
                                    .version = DTLS_1_2,
                                    .epoch = epoch,
                                    .sequence_number = 77,
                                    .length = len };
    struct forgery f = { .len = 0 };

    f.len = story_forge(f.bytes, header, body);
    return f;
}

static struct forgery forge_message(uint8_t type, uint16_t seq, const void *body,
                                    uint32_t len)
{
    struct handshake_header header = {
        .msg_type = type, .length = len, .message_seq = seq, .fragment_length = len
    };
    uint8_t bytes[200];
    size_t size;

    CU_ASSERT_TRUE(handshake_header_write(&header, bytes, sizeof bytes, &size));
    memcpy(bytes + size, body, len);
    return forge(CONTENT_HANDSHAKE, 0, bytes, (uint16_t)(size + len));
}

static bool survives(struct forgery *f)
{
    struct story s;

    story_prepare(&s);
    s.network.meddler = forge_before_each;
    s.network.user = f;
    story_begin(&s);
    bool good = story_connects(&s);
    story_end(&s);
    return good;
}

static void alerts_in_plaintext_end_nothing_when_something_better_arrives(void)
{
    const unsigned all = suite_rounds(256);

    for (unsigned description = 0; description < all; description++) {
        uint8_t alert[] = { ALERT_FATAL, (uint8_t)description };
        struct forgery f = forge(CONTENT_ALERT, 0, alert, 2);
        CU_ASSERT_TRUE(survives(&f));
    }
}

/* CVE-2014-0224: before there are keys it has no meaning; in the middle of a flight of
 * several datagrams neither. */
static void change_cipher_spec_that_was_forged_ends_nothing(void)
{
    struct forgery f = forge(CONTENT_CHANGE_CIPHER_SPEC, 0, "\1", 1);

    CU_ASSERT_TRUE(survives(&f));
    f = forge(CONTENT_CHANGE_CIPHER_SPEC, 0, "\2", 1);
    CU_ASSERT_TRUE(survives(&f));
    f = forge(CONTENT_CHANGE_CIPHER_SPEC, 0, "\1\1", 2);
    CU_ASSERT_TRUE(survives(&f));
}

/* OpenSSL issue 30487: ChangeCipherSpec before its time with something behind it. */
static void change_cipher_spec_with_a_record_behind_it_ends_nothing(void)
{
    struct forgery f = forge(CONTENT_CHANGE_CIPHER_SPEC, 0, "\1", 1);
    struct forgery behind =
        forge(CONTENT_HANDSHAKE, 1, "0123456789012345678901234567890", 31);

    memcpy(f.bytes + f.len, behind.bytes, behind.len);
    f.len += behind.len;
    CU_ASSERT_TRUE(survives(&f));
}

static void messages_out_of_place_end_nothing(void)
{
    static const uint8_t zeros[64];
    const unsigned all = suite_rounds(256);

    for (unsigned type = 0; type < all; type++)
        for (uint16_t seq = 5; seq < 9; seq += 3) {
            struct forgery f = forge_message((uint8_t)type, seq, zeros, sizeof zeros);
            CU_ASSERT_TRUE(survives(&f));
        }
}

/* Lengths that the true messages contradict (CVE-2026-33846). */
static void fragments_that_contradict_the_true_ones_end_nothing(void)
{
    static const uint32_t lengths[] = { 60, 300, 5000, 16384, 0xffffff };
    static const uint8_t zeros[32];

    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
        for (uint16_t seq = 0; seq < 4; seq++) {
            struct forgery f = forge_message(11, seq, zeros, sizeof zeros);
            f.bytes[13 + 1] = (uint8_t)(lengths[i] >> 16);
            f.bytes[13 + 2] = (uint8_t)(lengths[i] >> 8);
            f.bytes[13 + 3] = (uint8_t)lengths[i];
            CU_ASSERT_TRUE(survives(&f));
        }
}

/* Also application data in epoch 0: CVE-2020-24585, CVE-2019-20786. */
static void records_of_every_type_and_epoch_end_nothing(void)
{
    static const uint16_t epochs[] = { 0, 1, 2, 3, 0x7fff, 0xffff };
    static const uint8_t zeros[48];
    const unsigned all = suite_rounds(70);

    for (size_t e = 0; e < sizeof epochs / sizeof *epochs; e++)
        for (unsigned type = 0; type < all; type++) {
            struct forgery f = forge((uint8_t)type, epochs[e], zeros, sizeof zeros);
            CU_ASSERT_TRUE(survives(&f));
        }
}

static void records_of_other_versions_end_nothing(void)
{
    static const uint16_t versions[] = { 0, 0x0301, 0x0303, 0xfeff, 0xfefc, 0xffff };
    static const uint8_t alert[] = { ALERT_FATAL, ALERT_HANDSHAKE_FAILURE };

    for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
        struct forgery f = forge(CONTENT_ALERT, 0, alert, 2);
        f.bytes[1] = (uint8_t)(versions[i] >> 8);
        f.bytes[2] = (uint8_t)versions[i];
        CU_ASSERT_TRUE(survives(&f));
    }
}

/* CVE-2026-33845: every length of a record and of the header within it. */
static void datagrams_of_every_small_length_end_nothing(void)
{
    for (size_t len = 0; len < 13 + 12 + 5; len++) {
        struct forgery f = forge_message(1, 0, "hello", 5);
        f.len = len;
        CU_ASSERT_TRUE(survives(&f));
        f.bytes[12] = (uint8_t)(len > 13 ? len - 13 : 0);
        CU_ASSERT_TRUE(survives(&f));
    }
}

/* CVE-2020-12457, CVE-2020-25648: many of them cost little and change nothing. */
static void a_flood_of_change_cipher_spec_ends_nothing(void)
{
    struct forgery f = { .len = 0 }, one = forge(CONTENT_CHANGE_CIPHER_SPEC, 0, "\1", 1);

    while (f.len + one.len <= sizeof f.bytes) {
        memcpy(f.bytes + f.len, one.bytes, one.len);
        f.len += one.len;
    }
    CU_ASSERT_TRUE(survives(&f));
}

/* --- an alert that is all there is ---------------------------------------------------- */

static void lose_the_server(struct world *world, struct world_datagram *d)
{
    (void)world;
    if (d->from == SERVER_END)
        d->copies = 0;
}

static void a_fatal_alert_is_believed_when_nothing_better_arrives(void)
{
    static const uint8_t alert[] = { ALERT_FATAL, ALERT_HANDSHAKE_FAILURE };
    struct forgery f = forge(CONTENT_ALERT, 0, alert, 2);
    struct story s;

    story_prepare(&s);
    s.network.meddler = lose_the_server;
    story_begin(&s);
    world_pass(&s.world, SKIFF_MSEC(20));
    (void)!world_deliver(&s.world, CLIENT_END, f.bytes, f.len);
    CU_ASSERT_FALSE(s.world.ends[CLIENT_END].failed);
    world_pass(&s.world, SKIFF_MSEC(1029)); /* it repeats itself at 50 ms */
    CU_ASSERT_FALSE(s.world.ends[CLIENT_END].failed);
    world_pass(&s.world, SKIFF_MSEC(1));
    CU_ASSERT_TRUE(s.world.ends[CLIENT_END].failed);
    CU_ASSERT_EQUAL(story_failure(&s, CLIENT_END).alert, ALERT_HANDSHAKE_FAILURE);
    CU_ASSERT_TRUE(story_failure(&s, CLIENT_END).from_peer);
    story_end(&s);
}

static void a_warning_is_never_believed(void)
{
    static const uint8_t alert[] = { ALERT_WARNING, ALERT_CLOSE_NOTIFY };
    struct forgery f = forge(CONTENT_ALERT, 0, alert, 2);
    struct story s;

    story_prepare(&s);
    s.network.meddler = lose_the_server;
    story_begin(&s);
    world_pass(&s.world, SKIFF_MSEC(20));
    (void)!world_deliver(&s.world, CLIENT_END, f.bytes, f.len);
    world_pass(&s.world, SKIFF_MSEC(20000));
    CU_ASSERT_FALSE(s.world.ends[CLIENT_END].failed || s.world.ends[CLIENT_END].closed);
    story_end(&s);
}

/* --- a live association --------------------------------------------------------------- */

static struct story live(void)
{
    struct story s;

    story_prepare(&s);
    story_begin(&s);
    CU_ASSERT_TRUE_FATAL(story_connects(&s));
    return s;
}

/* Whatever came: both still talk, and nobody said anything because of it. */
static void still_lives(struct story *s, const unsigned sent[2])
{
    CU_ASSERT_EQUAL(s->world.ends[0].sent, sent[0]);
    CU_ASSERT_EQUAL(s->world.ends[1].sent, sent[1]);
    for (int i = 0; i < 2; i++) {
        unsigned count = s->world.ends[i].data_count;
        CU_ASSERT_FALSE(s->world.ends[i].failed || s->world.ends[i].closed);
        CU_ASSERT_EQUAL(world_send(&s->world, 1 - i, "alive", 5), SKIFF_OK);
        world_pass(&s->world, SKIFF_MSEC(20));
        CU_ASSERT_EQUAL(s->world.ends[i].data_count, count + 1);
    }
}

static void live_accepts(struct story *s, const void *bytes, size_t len)
{
    for (int i = 0; i < 2; i++)
        CU_ASSERT_EQUAL(world_deliver(&s->world, i, bytes, len), SKIFF_ERR_DROPPED);
}

/* CVE-2026-75806: undersized records on a live association. */
static void live_records_of_every_length_and_type_are_dropped_in_silence(void)
{
    struct story s = live();
    const unsigned sent[] = { s.world.ends[0].sent, s.world.ends[1].sent };
    static const uint8_t zeros[64];

    for (uint16_t len = 0; len <= 64; len++)
        for (int type = 19; type < 27; type++)
            for (uint16_t epoch = 0; epoch < 3; epoch++) {
                struct forgery f = forge((uint8_t)type, epoch, zeros, len);
                live_accepts(&s, f.bytes, f.len);
            }
    still_lives(&s, sent);
    story_end(&s);
}

static void live_alerts_and_change_cipher_spec_in_plaintext_are_dropped_in_silence(void)
{
    struct story s = live();
    const unsigned sent[] = { s.world.ends[0].sent, s.world.ends[1].sent };

    for (int i = 0; i < 512; i++) {
        uint8_t alert[] = { (uint8_t)(1 + i / 256), (uint8_t)i };
        struct forgery f = forge(CONTENT_ALERT, 0, alert, 2);
        live_accepts(&s, f.bytes, f.len);
    }
    struct forgery f = forge(CONTENT_CHANGE_CIPHER_SPEC, 0, "\1", 1);
    live_accepts(&s, f.bytes, f.len);
    CU_ASSERT_EQUAL(story_counters(&s, 0).drop_plaintext, 513);
    still_lives(&s, sent);
    story_end(&s);
}

/* CVE-2016-2181, CVE-2021-42142: the window moves for records that verified alone. */
static void forged_numbers_do_not_move_the_window(void)
{
    struct story s = live();
    const unsigned sent[] = { s.world.ends[0].sent, s.world.ends[1].sent };
    static const uint8_t zeros[40];
    static const uint64_t last = (UINT64_C(1) << 48) - 1;

    for (uint16_t epoch = 0; epoch < 4; epoch++) {
        struct record_header header = { .type = 23,
                                        .version = DTLS_1_2,
                                        .epoch = epoch,
                                        .sequence_number = last,
                                        .length = 40 };
        uint8_t bytes[64];
        live_accepts(&s, bytes, story_forge(bytes, header, zeros));
    }
    still_lives(&s, sent);
    story_end(&s);
}

/* CVE-2026-54874: a future epoch costs no memory and no time. */
static void a_million_records_of_the_next_epoch_are_dropped(void)
{
    struct story s = live();
    const unsigned sent[] = { s.world.ends[0].sent, s.world.ends[1].sent };
    struct forgery f = forge(CONTENT_HANDSHAKE, 2, "0123456789012345678901234567890", 31);
    uint8_t bytes[64];
    skiff_packet packet = { .data = bytes, .limit = sizeof bytes };
    unsigned rounds = suite_rounds(1000000);

    for (unsigned i = 0; i < rounds; i++) {
        packet.len = (uint32_t)f.len;
        memcpy(bytes, f.bytes, f.len);
        (void)!skiff_dtls_receive(s.world.ends[0].dtls, s.world.now, &packet);
    }
    CU_ASSERT_EQUAL(story_counters(&s, 0).drop_epoch, rounds);
    still_lives(&s, sent);
    story_end(&s);
}

static void a_client_hello_never_replaces_a_live_association(void)
{
    struct story_recording recording = { .num = 0 };
    struct story s;

    story_prepare(&s);
    s.network.meddler = story_keep;
    s.network.user = &recording;
    story_begin(&s);
    CU_ASSERT_TRUE_FATAL(story_connects(&s));
    const unsigned sent[] = { s.world.ends[0].sent, s.world.ends[1].sent };
    for (size_t i = 0; i < recording.num; i++)
        for (int to = 0; to < 2; to++)
            CU_ASSERT_EQUAL(world_deliver(&s.world, to, recording.captured[i].bytes,
                                          recording.captured[i].len),
                            SKIFF_ERR_DROPPED);
    still_lives(&s, sent);
    story_end(&s);
}

static void data_that_is_replayed_is_delivered_once(void)
{
    struct story_recording recording = { .num = 0 };
    struct story s = live();

    s.world.config.meddler = story_keep;
    s.world.config.user = &recording;
    for (int i = 0; i < 10; i++)
        CU_ASSERT_EQUAL(world_send(&s.world, 0, "once", 4), SKIFF_OK);
    world_pass(&s.world, SKIFF_MSEC(100));
    CU_ASSERT_EQUAL(s.world.ends[1].data_count, 10);
    for (size_t i = 0; i < recording.num; i++)
        (void)!world_deliver(&s.world, 1, recording.captured[i].bytes,
                             recording.captured[i].len);
    CU_ASSERT_EQUAL(s.world.ends[1].data_count, 10);
    CU_ASSERT_EQUAL(story_counters(&s, 1).drop_replayed_record, 10);
    story_end(&s);
}

CU_TestInfo forged_tests[] = {
    TEST(alerts_in_plaintext_end_nothing_when_something_better_arrives),
    TEST(change_cipher_spec_that_was_forged_ends_nothing),
    TEST(change_cipher_spec_with_a_record_behind_it_ends_nothing),
    TEST(messages_out_of_place_end_nothing),
    TEST(fragments_that_contradict_the_true_ones_end_nothing),
    TEST(records_of_every_type_and_epoch_end_nothing),
    TEST(records_of_other_versions_end_nothing),
    TEST(datagrams_of_every_small_length_end_nothing),
    TEST(a_flood_of_change_cipher_spec_ends_nothing),
    TEST(a_fatal_alert_is_believed_when_nothing_better_arrives),
    TEST(a_warning_is_never_believed),
    TEST(live_records_of_every_length_and_type_are_dropped_in_silence),
    TEST(live_alerts_and_change_cipher_spec_in_plaintext_are_dropped_in_silence),
    TEST(forged_numbers_do_not_move_the_window),
    TEST(a_million_records_of_the_next_epoch_are_dropped),
    TEST(a_client_hello_never_replaces_a_live_association),
    TEST(data_that_is_replayed_is_delivered_once),
    CU_TEST_INFO_NULL,
};
