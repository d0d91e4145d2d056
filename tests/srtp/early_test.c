/* early_test.c - media that comes before the keys that open it. */
#include "suite.h"

#include "network.h"
#include "world/world.h"

enum { SSRC = 5, HELD_MOST = 16, PACKETS = 40 };

static struct network network;

static struct network_end *alice(void)
{
    return &network.ends[0][0];
}

static struct network_end *bob(void)
{
    return &network.ends[1][0];
}

/* Lets the handshake run until bob may send media, and alice may not open it yet. */
static void begin_until_bob_is_ahead(struct network_config config)
{
    CU_ASSERT_EQUAL_FATAL(network_begin(&network, &config), SKIFF_OK);
    while (!bob()->connected && network_step(&network, SKIFF_NEVER - 1))
        continue;
    CU_ASSERT_TRUE_FATAL(bob()->connected);
    CU_ASSERT_FALSE_FATAL(alice()->connected);
}

/* Each fourth one is RTCP. */
static void nth(struct test_packet *message, uint16_t n)
{
    if (n % 4 == 3)
        test_packet_rtcp(message, SSRC, 4u * n);
    else
        test_packet_rtp(message, SSRC, n, 20u + n);
}

/* Bob's packets number `from` to `to`; how many alice took. */
static unsigned sends_early(uint16_t from, uint16_t to)
{
    unsigned accepted = 0;

    for (uint16_t n = from; n <= to; n++) {
        struct test_packet message;
        skiff_kind kind;

        nth(&message, n);
        CU_ASSERT_EQUAL(skiff_transport_protect(bob()->transport, &message.packet),
                        SKIFF_OK);
        message.packet.arrived = 1000u + n;
        accepted += network_deliver(alice(), &message, &kind) == SKIFF_OK;
        CU_ASSERT_EQUAL(kind, SKIFF_CONSUMED);
    }
    return accepted;
}

static bool receives_held(uint16_t n)
{
    struct test_packet expected;
    skiff_packet *packet = NULL;
    skiff_kind kind;

    nth(&expected, n);
    if (!skiff_transport_take_held(alice()->transport, &packet, &kind))
        return false;
    bool same = packet->len == expected.packet.len
             && memcmp(packet->data, expected.bytes, packet->len) == 0
             && kind == (n % 4 == 3 ? SKIFF_RTCP : SKIFF_RTP)
             && packet->arrived == 1000u + n;
    skiff_packet_release(&packet);
    return same;
}

static bool has_more(void)
{
    skiff_packet *packet = NULL;
    skiff_kind kind;
    bool more = skiff_transport_take_held(alice()->transport, &packet, &kind);

    skiff_packet_release(&packet);
    return more;
}

static void sixteen_packets_are_held_and_come_out_in_order(void)
{
    begin_until_bob_is_ahead((struct network_config){ .packets = PACKETS });
    CU_ASSERT_EQUAL(sends_early(1, 20), HELD_MOST);
    CU_ASSERT_EQUAL(network_left(&network, 0), PACKETS - HELD_MOST);
    CU_ASSERT_FALSE(has_more());
    CU_ASSERT_TRUE(network_connect(&network));
    for (uint16_t n = 1; n <= HELD_MOST; n++)
        CU_ASSERT_TRUE(receives_held(n));
    CU_ASSERT_FALSE(has_more());

    skiff_counters counters = network_counters(alice());
    CU_ASSERT_EQUAL(counters.held_early, HELD_MOST);
    CU_ASSERT_EQUAL(counters.drop_early, 4);
    CU_ASSERT_EQUAL(counters.rtp_opened + counters.rtcp_opened, HELD_MOST);
    CU_ASSERT_EQUAL(network_left(&network, 0), PACKETS);
    network_end(&network);
}

static void what_nobody_removes_goes_back_after_ten_seconds(void)
{
    begin_until_bob_is_ahead((struct network_config){ .packets = PACKETS });
    CU_ASSERT_EQUAL(sends_early(1, 4), 4);
    CU_ASSERT_TRUE(network_connect(&network));

    skiff_bytes bytes;
    skiff_time now = network.now;
    skiff_transport *transport = alice()->transport;
    skiff_packet *out = skiff_pool_take(network.pool[0]);
    CU_ASSERT_EQUAL(skiff_transport_poll(transport, now + SKIFF_MSEC(9500), out, &bytes),
                    SKIFF_DTLS_NOTHING);
    CU_ASSERT_EQUAL(network_left(&network, 0), PACKETS - 5);
    CU_ASSERT_EQUAL(skiff_transport_poll(transport, now + SKIFF_MSEC(10500), out, &bytes),
                    SKIFF_DTLS_NOTHING);
    CU_ASSERT_EQUAL(network_left(&network, 0), PACKETS - 1);
    CU_ASSERT_FALSE(has_more());
    CU_ASSERT_EQUAL(network_counters(alice()).drop_early, 4);
    skiff_packet_release(&out);
    network_end(&network);
}

static void part_of_the_pool_remains_for_others(void)
{
    begin_until_bob_is_ahead((struct network_config){ .packets = 7 });
    CU_ASSERT_EQUAL(sends_early(1, 10), 3);
    CU_ASSERT_EQUAL(network_counters(alice()).drop_early, 7);
    CU_ASSERT_EQUAL(network_left(&network, 0), 4);
    CU_ASSERT_TRUE(network_connect(&network));
    for (uint16_t n = 1; n <= 3; n++)
        CU_ASSERT_TRUE(receives_held(n));
    CU_ASSERT_FALSE(has_more());
    network_end(&network);
}

static void without_a_pool_nothing_is_held(void)
{
    begin_until_bob_is_ahead((struct network_config){ .packets = 0 });
    CU_ASSERT_EQUAL(sends_early(1, 10), 0);
    CU_ASSERT_EQUAL(network_counters(alice()).drop_early, 10);
    CU_ASSERT_TRUE(network_connect(&network));
    CU_ASSERT_FALSE(has_more());
    network_end(&network);
}

static void forgeries_among_them_are_counted_and_passed_over(void)
{
    struct test_packet forged;
    skiff_kind kind;

    begin_until_bob_is_ahead((struct network_config){ .packets = PACKETS });
    CU_ASSERT_EQUAL(sends_early(1, 2), 2);
    test_packet_rtp(&forged, SSRC, 3, 100);
    CU_ASSERT_EQUAL(network_deliver(alice(), &forged, &kind), SKIFF_OK);
    CU_ASSERT_EQUAL(sends_early(4, 5), 2);
    CU_ASSERT_TRUE(network_connect(&network));
    CU_ASSERT_TRUE(receives_held(1) && receives_held(2) && receives_held(4)
                   && receives_held(5));
    CU_ASSERT_FALSE(has_more());
    CU_ASSERT_EQUAL(network_counters(alice()).drop_forged, 1);
    CU_ASSERT_EQUAL(network_left(&network, 0), PACKETS);
    network_end(&network);
}

static void they_go_back_when_the_connection_fails(void)
{
    struct network_config config = { .packets = PACKETS, .strangers = true };
    skiff_fingerprint wrong;

    CU_ASSERT_EQUAL_FATAL(network_begin(&network, &config), SKIFF_OK);
    CU_ASSERT_EQUAL(network_introduce(bob()), SKIFF_OK);
    network_pass(&network, SKIFF_MSEC(1000));
    CU_ASSERT_EQUAL(sends_early(1, 5), 5);
    CU_ASSERT_EQUAL(network_left(&network, 0), PACKETS - 5);
    skiff_identity_fingerprint(world_identity(0), &wrong);
    CU_ASSERT_EQUAL(skiff_dtls_expect(skiff_transport_dtls(alice()->transport), &wrong, 1),
                    SKIFF_OK);
    network_pass(&network, SKIFF_MSEC(10));
    CU_ASSERT_TRUE(alice()->failed);
    CU_ASSERT_EQUAL(network_left(&network, 0), PACKETS);
    CU_ASSERT_FALSE(has_more());
    network_end(&network);
}

static void they_go_back_with_the_transport(void)
{
    begin_until_bob_is_ahead((struct network_config){ .packets = PACKETS });
    CU_ASSERT_EQUAL(sends_early(1, 5), 5);
    skiff_transport_free(alice()->transport);
    alice()->transport = NULL;
    CU_ASSERT_EQUAL(network_left(&network, 0), PACKETS);
    network_end(&network);
}

static void they_go_back_where_no_profile_is_agreed_and_none_is_held_after(void)
{
    struct network_config config = {
        .packets = PACKETS,
        .media_optional = true,
        .profile = { SKIFF_SRTP_AEAD_AES_128_GCM, SKIFF_SRTP_AES128_CM_SHA1_80 },
    };
    struct test_packet media;
    skiff_kind kind;

    CU_ASSERT_EQUAL_FATAL(network_begin(&network, &config), SKIFF_OK);
    test_packet_rtp(&media, SSRC, 1, 100);
    CU_ASSERT_EQUAL(network_deliver(alice(), &media, &kind), SKIFF_OK);
    CU_ASSERT_EQUAL(network_left(&network, 0), PACKETS - 1);
    CU_ASSERT_TRUE(network_connect(&network));
    CU_ASSERT_EQUAL(network_left(&network, 0), PACKETS);
    CU_ASSERT_PTR_NULL(skiff_transport_srtp(alice()->transport));

    test_packet_rtp(&media, SSRC, 2, 100);
    CU_ASSERT_EQUAL(network_deliver(alice(), &media, &kind), SKIFF_ERR_DROPPED);
    CU_ASSERT_EQUAL(network_counters(alice()).drop_early, 1);
    CU_ASSERT_EQUAL(skiff_transport_protect(alice()->transport, &media.packet),
                    SKIFF_ERR_STATE);
    CU_ASSERT_FALSE(has_more());
    network_end(&network);
}

CU_TestInfo early_tests[] = {
    TEST(sixteen_packets_are_held_and_come_out_in_order),
    TEST(what_nobody_removes_goes_back_after_ten_seconds),
    TEST(part_of_the_pool_remains_for_others),
    TEST(without_a_pool_nothing_is_held),
    TEST(forgeries_among_them_are_counted_and_passed_over),
    TEST(they_go_back_when_the_connection_fails),
    TEST(they_go_back_with_the_transport),
    TEST(they_go_back_where_no_profile_is_agreed_and_none_is_held_after),
    CU_TEST_INFO_NULL,
};
