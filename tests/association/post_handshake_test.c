/* post_handshake_test.c - what the peer itself says out of place, once it is proven: in
 * sealed records. */
#include "../suite.h"

#include "association/association_state.h"
#include "association/context.h"
#include "../dtls/story.h"
#include "wire/handshake.h"

static struct story live(void)
{
    struct story s;

    story_prepare(&s);
    story_begin(&s);
    CU_ASSERT_TRUE_FATAL(story_connects(&s));
    return s;
}

/* Seals as the end `from` does, and lets the other hear it. */
static void send_sealed(struct story *s, int from, uint8_t type, const void *body,
                        size_t len)
{
    struct skiff_dtls *dtls = s->world.ends[from].dtls;
    struct outgoing record = {
        .type = type, .epoch = 1, .number = dtls->ours.next++, .keys = &dtls->ours.keys
    };
    uint8_t bytes[256];
    size_t before = skf_record_header_size(record.keys, 0),
           behind = skf_record_trailer_size(record.keys, 0);

    memcpy(bytes + before, body, len);
    CU_ASSERT_TRUE(skf_record_seal(dtls->context->crypto, &record, bytes, len));
    (void)!world_deliver(&s->world, 1 - from, bytes, before + len + behind);
}

static void send_message(struct story *s, int from, uint8_t type, uint16_t seq)
{
    struct handshake_header header = { .msg_type = type, .message_seq = seq };
    uint8_t bytes[HANDSHAKE_HEADER];
    size_t size;

    CU_ASSERT_TRUE(handshake_header_write(&header, bytes, sizeof bytes, &size));
    send_sealed(s, from, CONTENT_HANDSHAKE, bytes, size);
}

/* CVE-2021-3449, RFC 8827 section 6.5: there is no second handshake. */
static void renegotiation_is_refused_with_a_warning_and_nothing_else(void)
{
    static const uint8_t asks[2] = { HANDSHAKE_CLIENT_HELLO, HANDSHAKE_HELLO_REQUEST };
    struct story s = live();

    for (int from = 0; from < 2; from++) {
        unsigned sent = s.world.ends[1 - from].sent;
        send_message(&s, from, asks[from], 9);
        CU_ASSERT_EQUAL(s.world.ends[1 - from].sent, sent + 1);
        world_pass(&s.world, SKIFF_MSEC(100));
        CU_ASSERT_EQUAL(story_counters(&s, from).drop_alert, 1);
        CU_ASSERT_EQUAL(story_counters(&s, 1 - from).drop_unexpected, 1);
        CU_ASSERT_PTR_NULL(s.world.ends[1 - from].dtls->slot);
    }
    CU_ASSERT_TRUE(story_talks(&s));
    story_end(&s);
}

static void messages_and_types_out_of_order_change_nothing(void)
{
    struct story s = live();
    const unsigned sent[] = { s.world.ends[0].sent, s.world.ends[1].sent };

    for (int from = 0; from < 2; from++) {
        for (int type = 2; type < 256; type++)
            if (type != HANDSHAKE_FINISHED)
                send_message(&s, from, (uint8_t)type, 3);
        for (int type = 24; type < 60; type++)
            send_sealed(&s, from, (uint8_t)type, "x", 1);
        send_sealed(&s, from, CONTENT_CHANGE_CIPHER_SPEC, "\1", 1);
        send_sealed(&s, from, CONTENT_HANDSHAKE, "", 0);
        send_sealed(&s, from, CONTENT_ALERT, "\2", 1);
        send_sealed(&s, from, CONTENT_ALERT, "\2\0\0", 3);
        send_sealed(&s, from, CONTENT_ALERT, "\1\x5a", 2);
    }
    CU_ASSERT_EQUAL(s.world.ends[0].sent, sent[0]);
    CU_ASSERT_EQUAL(s.world.ends[1].sent, sent[1]);
    CU_ASSERT_TRUE(story_talks(&s));
    story_end(&s);
}

static void a_fatal_alert_of_the_peer_ends_it_with_its_number(void)
{
    for (int from = 0; from < 2; from++) {
        struct story s = live();
        unsigned sent = s.world.ends[1 - from].sent;
        send_sealed(&s, from, CONTENT_ALERT, "\2\x50", 2);
        CU_ASSERT_TRUE(s.world.ends[1 - from].failed);
        CU_ASSERT_EQUAL(story_failure(&s, 1 - from).alert, ALERT_INTERNAL_ERROR);
        CU_ASSERT_TRUE(story_failure(&s, 1 - from).from_peer);
        CU_ASSERT_EQUAL(s.world.ends[1 - from].sent, sent);
        CU_ASSERT_EQUAL(world_send(&s.world, 1 - from, "x", 1), SKIFF_ERR_FAILED);
        story_end(&s);
    }
}

/* A client said all it had to say before the server: it has no last flight to repeat. */
static void
a_finished_that_arrives_again_gets_a_response_from_the_sender_of_the_last_flight(void)
{
    struct story s = live();

    world_pass(&s.world, SKIFF_MSEC(10000));
    const unsigned sent[] = { s.world.ends[0].sent, s.world.ends[1].sent };
    send_message(&s, SERVER_END, HANDSHAKE_FINISHED, 5);
    send_message(&s, CLIENT_END, HANDSHAKE_FINISHED, 5);
    CU_ASSERT_EQUAL(s.world.ends[CLIENT_END].sent, sent[CLIENT_END]);
    CU_ASSERT_EQUAL(s.world.ends[SERVER_END].sent, sent[SERVER_END] + 1);
    send_message(&s, CLIENT_END, HANDSHAKE_FINISHED, 5); /* at once: once is enough */
    CU_ASSERT_EQUAL(s.world.ends[SERVER_END].sent, sent[SERVER_END] + 1);
    CU_ASSERT_TRUE(story_talks(&s));
    story_end(&s);
}

CU_TestInfo post_handshake_tests[] = {
    TEST(renegotiation_is_refused_with_a_warning_and_nothing_else),
    TEST(messages_and_types_out_of_order_change_nothing),
    TEST(a_fatal_alert_of_the_peer_ends_it_with_its_number),
    TEST(a_finished_that_arrives_again_gets_a_response_from_the_sender_of_the_last_flight),
    CU_TEST_INFO_NULL,
};
