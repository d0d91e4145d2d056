/* trial_test.c - what counts as a trial of a key, of which RFC 9147 4.5.3 bounds the
 * number. */
#include "suite.h"

#include "association/association_state.h"
#include "story.h"

enum {
    CCM_8 = 0xc0ae,
    GCM_13 = 0x1301,
    FAR = 0x1000,
    TAG_8 = 8,
    EXPLICIT = 8,
    MOST = 1200
};

static uint16_t suite_12 = CCM_8, suite_13 = GCM_13;

/* Two ends that are connected, by 1.2 with the shortest tag there is, or by 1.3. */
static struct story connected(void)
{
    bool best = world_version() == DTLS_1_3;
    struct story s;

    story_prepare(&s);
    for (int i = 0; i < 2; i++) {
        s.settings[i].suites = best ? &suite_13 : &suite_12;
        s.settings[i].num_suites = 1;
    }
    story_begin(&s);
    CU_ASSERT_TRUE_FATAL(story_connects(&s));
    world_pass(&s.world, SKIFF_MSEC(100));
    return s;
}

/* Writes records of `body` bytes behind one another, as anybody could; how long they are.
 */
static size_t forge(uint8_t *out, unsigned num, size_t body)
{
    static const uint8_t zeros[MOST];
    bool best = world_version() == DTLS_1_3;
    size_t len = 0;

    for (unsigned i = 0; i < num; i++) {
        if (!best) {
            struct record_header header = { .type = CONTENT_APPLICATION_DATA,
                                            .version = DTLS_1_2,
                                            .epoch = 1,
                                            .sequence_number = FAR + i,
                                            .length = (uint16_t)body };
            len += story_forge(out + len, header, zeros);
            continue;
        }
        const uint8_t header[] = { 0x2f, 0x10, (uint8_t)i, (uint8_t)(body >> 8),
                                   (uint8_t)body }; /* epoch 3 */
        memcpy(out + len, header, sizeof header);
        memset(out + len + sizeof header, 0, body);
        len += sizeof header + body;
    }
    return len;
}

static uint64_t trials_of(struct story *s, uint8_t *bytes, size_t len)
{
    struct skiff_dtls *server = s->world.ends[SERVER_END].dtls;
    uint64_t before = server->theirs.failed;
    skiff_packet packet = { .data = bytes, .len = (uint32_t)len, .limit = (uint32_t)len };

    (void)!skiff_dtls_receive(server, s->world.now, &packet);
    return server->theirs.failed - before;
}

static void a_datagram_of_many_forgeries_is_one_trial(void)
{
    struct story s = connected();
    uint8_t bytes[MOST];

    CU_ASSERT_EQUAL(trials_of(&s, bytes, forge(bytes, 20, 24)), 1);
    CU_ASSERT_EQUAL(story_counters(&s, SERVER_END).drop_unverified, 1);
    CU_ASSERT_TRUE(story_talks(&s));
    story_end(&s);
}

static void a_record_too_short_for_a_tag_is_no_trial(void)
{
    struct story s = connected();
    size_t least = world_version() == DTLS_1_3 ? 1 + SKF_TAG : EXPLICIT + TAG_8;
    uint8_t bytes[MOST];

    for (size_t body = 0; body < least; body++)
        CU_ASSERT_EQUAL(trials_of(&s, bytes, forge(bytes, 20, body)), 0);
    CU_ASSERT_EQUAL(story_counters(&s, SERVER_END).drop_unverified, least);
    CU_ASSERT_EQUAL(trials_of(&s, bytes, forge(bytes, 20, least)), 1);
    CU_ASSERT_TRUE(story_talks(&s));
    story_end(&s);
}

/* 11,398 datagrams of 92 records each were enough. */
static void datagrams_of_empty_records_end_nothing(void)
{
    struct story s = connected();
    uint8_t bytes[MOST];
    uint64_t trials = 0;

    for (int i = 0; i < 12000; i++)
        trials += trials_of(&s, bytes, forge(bytes, 92, 0));
    CU_ASSERT_EQUAL(trials, 0);
    CU_ASSERT_TRUE(story_talks(&s));
    story_end(&s);
}

CU_TestInfo trial_tests[] = {
    TEST(a_datagram_of_many_forgeries_is_one_trial),
    TEST(a_record_too_short_for_a_tag_is_no_trial),
    TEST(datagrams_of_empty_records_end_nothing),
    CU_TEST_INFO_NULL,
};
