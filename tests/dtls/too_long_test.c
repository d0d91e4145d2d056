/* too_long_test.c - messages longer than max_message, by what they say of themselves: who
 * waits for one fails at once, and noise that says so ends nothing. Told in both versions.
 */
#include "../suite.h"

#include <stdio.h>
#include <string.h>

#include "association/association_state.h"
#include "story.h"
#include "vector.h"
#include "wire/handshake.h"
#include "wire/numbers.h"

enum { MOST = 2048 };

/* `end` takes less than the other's Certificate has. */
static void prepare(struct story *s, int end)
{
    story_prepare(s);
    s->settings[end].max_message = MOST;
    s->settings[1 - end].identity = vector_identity("chain");
}

static void an_end_that_waits_for_one_fails_at_once_with_its_own_reason(void)
{
    for (int end = 0; end < 2; end++) {
        struct story s;
        prepare(&s, end);
        story_begin(&s);
        world_run(&s.world, SKIFF_MSEC(60000));
        skiff_failure failure = story_failure(&s, end);
        CU_ASSERT_TRUE(s.world.ends[end].failed);
        CU_ASSERT_TRUE(s.world.now - s.world.began < SKIFF_MSEC(100));
        CU_ASSERT_TRUE(failure.alert == ALERT_ILLEGAL_PARAMETER && !failure.from_peer);
        CU_ASSERT_TRUE(failure.what != NULL && strstr(failure.what, "max_message") != NULL);
        world_pass(&s.world, SKIFF_MSEC(1200));
        failure = story_failure(&s, 1 - end);
        CU_ASSERT_TRUE(s.world.ends[1 - end].failed);
        CU_ASSERT_TRUE(failure.alert == ALERT_ILLEGAL_PARAMETER && failure.from_peer);
        story_end(&s);
    }
}

/* A first piece of a message, as anybody can say it. */
static void forge_piece(struct story *s, int to, uint8_t type, uint16_t seq)
{
    uint8_t body[HANDSHAKE_HEADER + 8] = { 0 }, bytes[64];
    struct record_header header = { .type = CONTENT_HANDSHAKE,
                                    .version = SKIFF_DTLS_1_2,
                                    .sequence_number = 77,
                                    .length = sizeof body };
    struct handshake_header h = {
        .msg_type = type, .length = MOST + 1, .message_seq = seq, .fragment_length = 8
    };
    size_t size;

    CU_ASSERT_TRUE(handshake_header_write(&h, body, sizeof body, &size));
    (void)!world_deliver(&s->world, to, bytes, story_forge(bytes, header, body));
}

static void noise_that_claims_it_ends_nothing(void)
{
    for (unsigned type = 0; type < 26; type++) {
        struct story s;
        story_prepare(&s);
        s.settings[CLIENT_END].max_message = s.settings[SERVER_END].max_message = MOST;
        story_begin(&s);
        for (int ms = 0; ms < 60; ms++) {
            for (int to = 0; to < 2; to++)
                for (uint16_t ahead = 0; ahead < 3; ahead++)
                    if (s.world.ends[to].dtls->phase == HANDSHAKING)
                        forge_piece(
                            &s, to, (uint8_t)type,
                            (uint16_t)(s.world.ends[to].dtls->slot->message_queue.next
                                       + ahead));
            world_pass(&s.world, SKIFF_MSEC(1));
        }
        CU_ASSERT_TRUE(story_connects(&s));
        CU_ASSERT_TRUE(story_counters(&s, CLIENT_END).drop_fragment > 0);
        story_end(&s);
    }
}

/* What is due, but later: it is in nobody's way, and is not kept. */
static void one_that_is_not_next_ends_nothing(void)
{
    struct story s;

    story_prepare(&s);
    s.settings[CLIENT_END].max_message = MOST;
    story_begin(&s);
    world_pass(&s.world, SKIFF_MSEC(5));
    forge_piece(&s, CLIENT_END, HANDSHAKE_CERTIFICATE, 1);
    forge_piece(&s, CLIENT_END, HANDSHAKE_CERTIFICATE, 2);
    CU_ASSERT_EQUAL(s.world.ends[CLIENT_END].dtls->slot->message_queue.used, 0);
    CU_ASSERT_TRUE(story_connects(&s));
    story_end(&s);
}

CU_TestInfo too_long_tests[] = {
    TEST(an_end_that_waits_for_one_fails_at_once_with_its_own_reason),
    TEST(noise_that_claims_it_ends_nothing),
    TEST(one_that_is_not_next_ends_nothing),
    CU_TEST_INFO_NULL,
};
