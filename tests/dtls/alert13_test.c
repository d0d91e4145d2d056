/* alert13_test.c - under which keys an end of 1.3 says why it gives up. */
#include "../suite.h"

#include "story.h"

/* One end expects somebody else, so it refuses the certificate that it hears. */
static void run_with_a_stranger(struct story *s, struct story_recording *recording, int end)
{
    story_prepare(s);
    s->strangers = true;
    s->network.meddler = story_keep;
    s->network.user = recording;
    story_begin(s);
    for (int i = 0; i < 2; i++) {
        skiff_fingerprint print = story_fingerprint(s, i == end ? i : 1 - i);
        CU_ASSERT_EQUAL(skiff_dtls_expect(s->world.ends[i].dtls, &print, 1), SKIFF_OK);
    }
    world_pass(&s->world, SKIFF_MSEC(45));
}

/* The first byte of the last datagram of an end: 001 0 1 1 and two bits of the epoch. */
static int last_byte(const struct story_recording *recording, int end)
{
    int byte = -1;

    for (size_t i = 0; i < recording->num; i++)
        if (recording->captured[i].from == end)
            byte = recording->captured[i].bytes[0];
    return byte;
}

static void ends_with(int end, int byte)
{
    struct story s;
    struct story_recording recording = { .num = 0 };

    run_with_a_stranger(&s, &recording, end);
    CU_ASSERT_EQUAL(last_byte(&recording, end), byte);
    CU_ASSERT_EQUAL(story_failure(&s, end).alert, 42);
    CU_ASSERT_FALSE(story_failure(&s, end).from_peer);
    /* It is believed as it comes: it was authenticated. */
    CU_ASSERT_EQUAL(story_failure(&s, 1 - end).alert, 42);
    CU_ASSERT_TRUE(story_failure(&s, 1 - end).from_peer);
    story_end(&s);
}

static void a_client_refuses_a_certificate_under_the_keys_of_the_handshake(void)
{
    ends_with(CLIENT_END, 0x2e);
}

static void a_server_refuses_one_under_those_that_follow_its_finished(void)
{
    ends_with(SERVER_END, 0x2f);
}

CU_TestInfo alert13_tests[] = {
    TEST(a_client_refuses_a_certificate_under_the_keys_of_the_handshake),
    TEST(a_server_refuses_one_under_those_that_follow_its_finished),
    CU_TEST_INFO_NULL,
};
