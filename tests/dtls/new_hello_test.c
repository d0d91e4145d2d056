/* new_hello_test.c - a ClientHello that comes to an association that is connected. */
#include "../suite.h"

#include "story.h"

enum { FLOOD = 1000 };

/* As anybody could have sent it. */
static struct world_datagram a_hello(void)
{
    static struct story_recording recording;
    struct story s;

    recording = (struct story_recording){ .num = 0 };
    story_prepare(&s);
    s.network.meddler = story_keep;
    s.network.user = &recording;
    story_begin(&s);
    CU_ASSERT_TRUE_FATAL(story_connects(&s));
    story_end(&s);
    CU_ASSERT_EQUAL_FATAL(recording.captured[0].from, CLIENT_END);
    return recording.captured[0];
}

static void a_hello_after_connected_is_reported_and_changes_nothing(void)
{
    for (int i = 0; i < 2; i++) {
        struct story s = story_live();
        struct world_datagram hello = a_hello();
        struct world_end *end = &s.world.ends[i];
        unsigned sent = end->sent;
        uint32_t dropped = story_counters(&s, i).drop_plaintext;

        CU_ASSERT_EQUAL(world_deliver(&s.world, i, hello.bytes, hello.len),
                        SKIFF_ERR_DROPPED);
        CU_ASSERT_EQUAL(end->hellos, 1);
        CU_ASSERT_EQUAL(end->sent, sent);
        CU_ASSERT_EQUAL(story_counters(&s, i).drop_plaintext, dropped + 1);
        CU_ASSERT_TRUE(story_is_quiet(&s, i));
        CU_ASSERT_TRUE(world_keys_agree(&s.world));
        CU_ASSERT_TRUE(story_talks(&s));
        story_end(&s);
    }
}

static void a_thousand_hellos_in_ten_seconds_are_reported_once_a_second(void)
{
    for (int i = 0; i < 2; i++) {
        struct story s = story_live();
        struct world_datagram hello = a_hello();

        for (int n = 0; n < FLOOD; n++) {
            (void)!world_deliver(&s.world, i, hello.bytes, hello.len);
            world_pass(&s.world, SKIFF_MSEC(10));
        }
        CU_ASSERT_TRUE(s.world.ends[i].hellos >= 9);
        CU_ASSERT_TRUE(s.world.ends[i].hellos <= 11);
        CU_ASSERT_TRUE(story_talks(&s));
        story_end(&s);
    }
}

static void a_record_behind_a_hello_is_still_accepted(void)
{
    struct story s = story_live();
    struct world_datagram hello = a_hello();
    skiff_packet *packet = skiff_pool_take(s.world.pool);
    uint8_t both[WORLD_DATAGRAM];

    CU_ASSERT_PTR_NOT_NULL_FATAL(packet);
    memcpy(packet->data, "alive", 5);
    packet->len = 5;
    CU_ASSERT_EQUAL(skiff_dtls_send(s.world.ends[CLIENT_END].dtls, s.world.now, packet),
                    SKIFF_OK);
    memcpy(both, hello.bytes, hello.len);
    memcpy(both + hello.len, packet->data, packet->len);
    CU_ASSERT_EQUAL(world_deliver(&s.world, SERVER_END, both, hello.len + packet->len),
                    SKIFF_OK);
    CU_ASSERT_EQUAL(s.world.ends[SERVER_END].data_count, 1);
    CU_ASSERT_EQUAL(s.world.ends[SERVER_END].hellos, 1);
    skiff_packet_release(&packet);
    story_end(&s);
}

static void expect_unreported(struct world_datagram changed)
{
    struct story s = story_live();

    (void)!world_deliver(&s.world, SERVER_END, changed.bytes, changed.len);
    CU_ASSERT_EQUAL(s.world.ends[SERVER_END].hellos, 0);
    story_end(&s);
}

static void nothing_else_in_plaintext_is_reported(void)
{
    struct world_datagram hello = a_hello(), other = hello;

    other.bytes[RECORD_HEADER] = HANDSHAKE_SERVER_HELLO;
    expect_unreported(other);
    other = hello;
    other.bytes[RECORD_HEADER + 8] = 1; /* fragment_offset */
    expect_unreported(other);
    other = hello;
    other.bytes[0] = CONTENT_ALERT;
    expect_unreported(other);
    other = hello;
    other.len = RECORD_HEADER + 5;
    expect_unreported(other);
}

static void a_hello_that_is_repeated_in_the_handshake_is_not_reported(void)
{
    struct story s;
    struct world_datagram hello = a_hello();

    story_prepare(&s);
    story_begin(&s);
    (void)!world_deliver(&s.world, SERVER_END, hello.bytes, hello.len);
    (void)!world_deliver(&s.world, SERVER_END, hello.bytes, hello.len);
    CU_ASSERT_EQUAL(s.world.ends[SERVER_END].hellos, 0);
    story_end(&s);
}

/* The server of 1.3 acknowledges the client's last flight. */
static void a_client_of_13_is_confirmed_by_an_ack(void)
{
    struct story s;

    story_prepare(&s);
    story_begin(&s);
    while (!s.world.ends[CLIENT_END].connected)
        world_pass(&s.world, SKIFF_MSEC(1));
    CU_ASSERT_EQUAL(story_info(&s, CLIENT_END).confirmed,
                    world_version() == SKIFF_DTLS_1_2);
    CU_ASSERT_EQUAL(story_info(&s, CLIENT_END).mtu, 1200);
    world_pass(&s.world, SKIFF_MSEC(100));
    CU_ASSERT_TRUE(story_info(&s, CLIENT_END).confirmed);
    CU_ASSERT_TRUE(story_info(&s, SERVER_END).confirmed);
    story_end(&s);
}

/* Nothing ends for want of an ACK, but it is no confirmation either. */
static void a_client_of_13_without_an_ack_is_never_confirmed(void)
{
    struct story s;

    if (world_version() == SKIFF_DTLS_1_2)
        return;
    story_prepare(&s);
    story_begin(&s);
    while (!s.world.ends[CLIENT_END].connected)
        world_pass(&s.world, SKIFF_MSEC(1));
    CU_ASSERT_FALSE(story_info(&s, CLIENT_END).never_confirmed);
    s.world.config.loss = 1000;
    world_pass(&s.world, SKIFF_MSEC(40000));
    CU_ASSERT_FALSE(story_info(&s, CLIENT_END).confirmed);
    CU_ASSERT_TRUE(story_info(&s, CLIENT_END).never_confirmed);
    story_end(&s);
}

CU_TestInfo new_hello_tests[] = {
    TEST(a_hello_after_connected_is_reported_and_changes_nothing),
    TEST(a_thousand_hellos_in_ten_seconds_are_reported_once_a_second),
    TEST(a_record_behind_a_hello_is_still_accepted),
    TEST(nothing_else_in_plaintext_is_reported),
    TEST(a_hello_that_is_repeated_in_the_handshake_is_not_reported),
    TEST(a_client_of_13_is_confirmed_by_an_ack),
    TEST(a_client_of_13_without_an_ack_is_never_confirmed),
    CU_TEST_INFO_NULL
};
