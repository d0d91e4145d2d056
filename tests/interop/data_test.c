/* data_test.c - application data, and the end of it. */
#include "../suite.h"

#include <string.h>

#include "story.h"
#include "talk.h"

static const uint16_t skf_cipher_suites[] = { 0xc02b, 0xc02c, 0xcca9 };
enum { SUITES = sizeof skf_cipher_suites / sizeof *skf_cipher_suites, LONG = 1000 };

static bool is_all(const uint8_t *bytes, size_t len, uint8_t value)
{
    for (size_t i = 0; i < len; i++)
        if (bytes[i] != value)
            return false;
    return true;
}

static const uint16_t ccm[] = { 0xc0ac, 0xc0ae };

static void check_data(const struct setup *setup)
{
    struct talk talk;
    uint8_t sent[LONG];

    CU_ASSERT_TRUE_FATAL(talk_open(&talk, setup));
    talk_handshake(&talk);
    CU_ASSERT_TRUE_FATAL(talk_both_ready(&talk));
    for (size_t len = 1; len <= LONG; len += 333) {
        memset(sent, (int)len & 0xff, len);
        CU_ASSERT_TRUE(talk_send(&talk, (uint8_t)len, len));
        CU_ASSERT_TRUE(peer.write(talk.end, sent, len));
        talk_run(&talk);
        CU_ASSERT_EQUAL(talk.theirs_len, len);
        CU_ASSERT_TRUE(is_all(talk.theirs, len, (uint8_t)len));
        CU_ASSERT_EQUAL(talk.ours_len, len);
        CU_ASSERT_TRUE(is_all(talk.ours, len, (uint8_t)len));
    }
    talk_close(&talk);
}

static void data_of_every_suite_goes_both_ways(void)
{
    for (size_t i = 0; i < SUITES; i++) {
        check_data(&(struct setup){ .suite = skf_cipher_suites[i] });
        check_data(&(struct setup){ .suite = skf_cipher_suites[i], .skiff_calls = true });
    }
}

static void data_of_ccm_goes_both_ways(void)
{
    for (size_t i = 0; i < sizeof ccm / sizeof *ccm; i++) {
        check_data(&(struct setup){ .suite = ccm[i], .one_suite = true });
        check_data(
            &(struct setup){ .suite = ccm[i], .one_suite = true, .skiff_calls = true });
    }
}

/* RFC 8449 section 4: what either end says it takes is what it gets. */
static void check_limits(bool skiff_calls)
{
    struct setup setup = { .skiff_calls = skiff_calls,
                           .our_record = 700,
                           .their_record = 600 };
    uint8_t sent[LONG] = { 0 };
    struct talk talk;

    CU_ASSERT_TRUE_FATAL(talk_open(&talk, &setup));
    talk_handshake(&talk);
    CU_ASSERT_TRUE_FATAL(talk_both_ready(&talk));
    CU_ASSERT_FALSE(talk_send(&talk, 'x', 601));
    CU_ASSERT_TRUE(talk_send(&talk, 'x', 600));
    CU_ASSERT_FALSE(peer.write(talk.end, sent, 701));
    CU_ASSERT_TRUE(peer.write(talk.end, sent, 700));
    talk_run(&talk);
    CU_ASSERT_EQUAL(talk.theirs_len, 600);
    CU_ASSERT_EQUAL(talk.ours_len, 700);
    talk_close(&talk);
}

static void no_end_is_sent_more_than_it_accepts(void)
{
    check_limits(false);
    check_limits(true);
}

static void when_the_peer_sends_close_notify_skiff_is_closed(void)
{
    struct talk talk;

    for (int skiff_calls = 0; skiff_calls < 2; skiff_calls++) {
        struct setup setup = { .skiff_calls = skiff_calls != 0 };
        CU_ASSERT_TRUE_FATAL(talk_open(&talk, &setup));
        talk_handshake(&talk);
        CU_ASSERT_TRUE_FATAL(talk_both_ready(&talk));
        peer.shut(talk.end);
        talk_run(&talk);
        CU_ASSERT_TRUE(talk.closed);
        CU_ASSERT_FALSE(talk.failed);
        CU_ASSERT_FALSE(talk_send(&talk, 'x', 1));
        talk_close(&talk);
    }
}

static void when_skiff_sends_close_notify_the_peer_is_closed(void)
{
    struct talk talk;

    for (int skiff_calls = 0; skiff_calls < 2; skiff_calls++) {
        struct setup setup = { .skiff_calls = skiff_calls != 0 };
        CU_ASSERT_TRUE_FATAL(talk_open(&talk, &setup));
        talk_handshake(&talk);
        CU_ASSERT_TRUE_FATAL(talk_both_ready(&talk));
        skiff_dtls_close(talk.skiff, talk.now);
        talk_run(&talk);
        CU_ASSERT_TRUE(talk.end_closed);
        talk_close(&talk);
    }
}

const struct story data_stories[] = {
    STORY(data_of_every_suite_goes_both_ways, 0),
    STORY(data_of_ccm_goes_both_ways, CAN_CCM),
    STORY(no_end_is_sent_more_than_it_accepts, CAN_LIMIT),
    STORY(when_the_peer_sends_close_notify_skiff_is_closed, 0),
    STORY(when_skiff_sends_close_notify_the_peer_is_closed, 0),
    STORIES_END,
};
