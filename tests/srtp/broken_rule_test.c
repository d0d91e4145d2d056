/* broken_rule_test.c - what is said of each rule of sessions and transports that is broken.
 */
#include "../rule.h"
#include "suite.h"

#include "network.h"
#include "srtp/incoming.h"

enum { SSRC = 5, FIRST = 0x1000 };

static const skiff_srtp_profile gcm = SKIFF_SRTP_AEAD_AES_128_GCM;

static void rules_of_making_a_session(void)
{
    skiff_srtp_config config = skiff_srtp_defaults();
    skiff_srtp_keys keys = call_keys(gcm);
    skiff_srtp *srtp;

    BREAKS(skiff_srtp_new(&config, NULL, &srtp), SKIFF_ERR_ARGUMENT,
           "config, keys, srtp: must not be NULL");
    config.size = 1;
    BREAKS(skiff_srtp_new(&config, &keys, &srtp), SKIFF_ERR_ARGUMENT,
           "size: not what skiff_srtp_defaults sets");
    config = skiff_srtp_defaults();
    config.window = 63;
    BREAKS(skiff_srtp_new(&config, &keys, &srtp), SKIFF_ERR_ARGUMENT,
           "window: 63 is outside 64..32,767");
    config.window = 0;
    keys.len--;
    BREAKS(skiff_srtp_new(&config, &keys, &srtp), SKIFF_ERR_ARGUMENT,
           "keys: no known profile, or a length that is not its");
}

static void rules_of_roll_over_counters(void)
{
    struct call call;
    uint32_t roc;

    CU_ASSERT_TRUE_FATAL(call_begin(&call, gcm, NULL));
    BREAKS(skiff_srtp_get_stream_roc(call.bob, SKIFF_INCOMING, SSRC, &roc),
           SKIFF_ERR_ARGUMENT, "ssrc: no incoming one is alive under this number");
    BREAKS(skiff_srtp_get_stream_roc(call.bob, SKIFF_OUTGOING, SSRC, &roc),
           SKIFF_ERR_ARGUMENT, "ssrc: no outgoing one is known under this number");
    BREAKS(skiff_srtp_set_roc(call.alice, SSRC, UINT32_MAX), SKIFF_ERR_ARGUMENT,
           "roc: the last one is not used");
    CU_ASSERT_EQUAL(skiff_srtp_add_ssrc(call.alice, SSRC), SKIFF_OK);
    CU_ASSERT_EQUAL(skiff_srtp_set_roc(call.alice, SSRC, 2), SKIFF_OK);
    CU_ASSERT_EQUAL(skiff_srtp_set_roc(call.bob, SSRC, 2), SKIFF_OK);
    CU_ASSERT_TRUE(call_carries(&call, SSRC, 7));
    BREAKS(skiff_srtp_set_stream_roc(call.alice, SKIFF_OUTGOING, SSRC, 1), SKIFF_ERR_STATE,
           "roc: less than that of a packet that was sent");
    BREAKS(skiff_srtp_set_stream_roc(call.bob, SKIFF_INCOMING, SSRC, 1), SKIFF_ERR_STATE,
           "roc: less than that of a packet that was received");
    call_end(&call);
}

/* More SSRCs than a session keeps, alive or gone. */
static void a_rule_of_ssrcs_that_went_long_before(void)
{
    enum { ALL = INCOMING_MAX + INCOMING_REMOVED_MAX + 3000 };
    struct call call;

    CU_ASSERT_TRUE_FATAL(call_begin(&call, gcm, NULL));
    for (uint32_t ssrc = FIRST; ssrc < FIRST + ALL; ssrc++) {
        (void)call_carries(&call, ssrc, 1);
        skiff_srtp_remove_ssrc(call.alice, ssrc);
    }
    BREAKS(skiff_srtp_add_stream(call.bob, SKIFF_INCOMING, FIRST), SKIFF_ERR_STATE,
           "ssrc: refused, as it may be one that was removed");
    call_end(&call);
}

static void rules_of_packets_that_are_protected(void)
{
    struct test_packet message, again, out;
    struct call call;

    CU_ASSERT_TRUE_FATAL(call_begin(&call, gcm, NULL));
    test_packet_rtp(&message, SSRC, 1, 20);
    test_packet_copy(&again, &message);
    test_packet_copy(&out, &message);
    out.packet.limit = 10;
    BREAKS(skiff_srtp_protect_to(call.alice, &message.packet, &out.packet), SKIFF_ERR_SPACE,
           "out: its limit is under the plain length");
    BREAKS(skiff_srtp_protect(call.alice, &out.packet), SKIFF_ERR_SPACE,
           "packet: len is over limit");
    out.packet.len = 4;
    BREAKS(skiff_srtp_protect(call.alice, &out.packet), SKIFF_ERR_ARGUMENT,
           "packet: not RTP or RTCP");
    CU_ASSERT_EQUAL(skiff_srtp_protect(call.alice, &message.packet), SKIFF_OK);
    BREAKS(skiff_srtp_protect(call.alice, &again.packet), SKIFF_ERR_STATE,
           "packet: its index was used, or the key is used up");
    call_end(&call);
}

static void a_rule_of_the_last_index(void)
{
    struct test_packet message;
    struct call call;

    CU_ASSERT_TRUE_FATAL(call_begin(&call, gcm, NULL));
    CU_ASSERT_EQUAL(skiff_srtp_add_ssrc(call.alice, SSRC), SKIFF_OK);
    CU_ASSERT_EQUAL(skiff_srtp_set_roc(call.alice, SSRC, UINT32_MAX - 1), SKIFF_OK);
    CU_ASSERT_TRUE(call_loses(&call, SSRC, 65535));
    CU_ASSERT_TRUE(call_loses(&call, SSRC, 0));
    test_packet_rtp(&message, SSRC, 1, 20);
    BREAKS(skiff_srtp_protect(call.alice, &message.packet), SKIFF_ERR_STATE,
           "packet: its roll-over counter is the last (RFC 3711 9.2)");
    call_end(&call);
}

static void rules_of_transports(void)
{
    static struct network network;
    struct network_config config = { .packets = 8 };
    skiff_fingerprint f = { .hash = 256, .len = 32 };
    struct test_packet message;
    skiff_transport *none;
    skiff_kind kind;

    CU_ASSERT_EQUAL_FATAL(network_begin(&network, &config), SKIFF_OK);
    skiff_transport *made = network.ends[0][0].transport;
    test_packet_rtp(&message, SSRC, 1, 20);
    BREAKS(skiff_transport_new(NULL, SKIFF_ROLE_ACTIVE, NULL, 0, &none), SKIFF_ERR_ARGUMENT,
           "context, transport: must not be NULL");
    BREAKS(skiff_transport_receive(made, 0, &message.packet, NULL), SKIFF_ERR_ARGUMENT,
           "packet, kind: must not be NULL");
    BREAKS(skiff_transport_protect(made, &message.packet), SKIFF_ERR_STATE,
           "media: there are no keys of SRTP");
    message.packet.len = message.packet.limit + 1;
    BREAKS(skiff_transport_receive(made, 0, &message.packet, &kind), SKIFF_ERR_ARGUMENT,
           "packet: len is over limit");
    BREAKS(skiff_transport_renew(NULL, SKIFF_ROLE_ACTIVE, &f, 1, 0), SKIFF_ERR_ARGUMENT,
           "transport: must not be NULL");
    BREAKS(skiff_transport_renew(made, SKIFF_ROLE_ACTPASS, &f, 1, 0), SKIFF_ERR_ARGUMENT,
           "role: not ACTIVE or PASSIVE");
    BREAKS(skiff_transport_renew(made, SKIFF_ROLE_ACTIVE, &f, 0, 0), SKIFF_ERR_ARGUMENT,
           "any_of, num: no fingerprint");
    BREAKS(skiff_transport_renew(made, SKIFF_ROLE_ACTIVE, &f, 1, 0), SKIFF_ERR_STATE,
           "renewal: not CONNECTED yet");
    network_end(&network);
}

CU_TestInfo broken_rule_tests[] = {
    TEST(rules_of_making_a_session),
    TEST(rules_of_roll_over_counters),
    TEST(a_rule_of_ssrcs_that_went_long_before),
    TEST(rules_of_packets_that_are_protected),
    TEST(a_rule_of_the_last_index),
    TEST(rules_of_transports),
    CU_TEST_INFO_NULL,
};
