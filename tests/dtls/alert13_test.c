/* alert13_test.c - under which keys an end of 1.3 says why it gives up, and
 * which records of the peer make it do so. */
#include "../suite.h"

#include "plaintext.h"
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

/* --- records that no peer may send -----------------------------------------------------
 */

/* One end that is connected gets it from the other. */
static void expect_end(uint8_t type, const char *body, size_t len, int alert)
{
    for (int from = 0; from < 2; from++) {
        struct story s = story_live();
        (void)!plaintext_send_record(&s.world, from, type, body, len);
        CU_ASSERT_TRUE(s.world.ends[1 - from].failed);
        CU_ASSERT_EQUAL(story_failure(&s, 1 - from).alert, alert);
        story_end(&s);
    }
}

/* RFC 8446 sections 5 and 6. */
static void a_sealed_record_that_no_peer_may_send_ends_it(void)
{
    expect_end(CONTENT_CHANGE_CIPHER_SPEC, BYTES("\1"), ALERT_UNEXPECTED_MESSAGE);
    expect_end(CONTENT_CHANGE_CIPHER_SPEC, BYTES("\2\2"), ALERT_UNEXPECTED_MESSAGE);
    expect_end(CONTENT_ALERT, BYTES("\1"), ALERT_DECODE_ERROR);
    expect_end(CONTENT_ALERT, BYTES("\1\0\0"), ALERT_DECODE_ERROR);
    expect_end(CONTENT_HANDSHAKE, BYTES("\x18\0\0\1\0\0\0\0\0\0\0"), ALERT_DECODE_ERROR);
    expect_end(CONTENT_HANDSHAKE, BYTES("\x18\0\0\1\0\0\0\0\0\0\0\2x"), ALERT_DECODE_ERROR);
    expect_end(CONTENT_ACK, BYTES(""), ALERT_DECODE_ERROR);
    expect_end(CONTENT_ACK, BYTES("\0"), ALERT_DECODE_ERROR);
    expect_end(CONTENT_ACK, BYTES("\0\x0f\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0"),
               ALERT_DECODE_ERROR);
    expect_end(CONTENT_ACK, BYTES("\0\x20\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0\0"),
               ALERT_DECODE_ERROR);
    expect_end(CONTENT_ACK, BYTES("\0\x11\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0\0x"),
               ALERT_DECODE_ERROR);
}

CU_TestInfo alert13_tests[] = {
    TEST(a_client_refuses_a_certificate_under_the_keys_of_the_handshake),
    TEST(a_server_refuses_one_under_those_that_follow_its_finished),
    TEST(a_sealed_record_that_no_peer_may_send_ends_it),
    CU_TEST_INFO_NULL,
};
