/* hostile_test.c - what anyone can send: forged, cut, twisted. None of it may do harm. */
#include "suite.h"

#include "call.h"
#include "srtp/profile.h"
#include "srtp/session.h"

enum { RTP, RTCP, KINDS };

/* One genuine packet, and the session it is for. */
struct scene {
    struct call call;
    struct test_packet sent;
};

static bool scene_begin(struct scene *scene, skiff_srtp_profile profile, int kind,
                        uint32_t payload)
{
    if (!call_begin(&scene->call, profile, NULL))
        return false;
    if (kind == RTP)
        test_packet_rtp(&scene->sent, 5, 300, payload);
    else
        test_packet_rtcp(&scene->sent, 5, payload);
    return skiff_srtp_protect(scene->call.alice, &scene->sent.packet) == SKIFF_OK;
}

/* Whether the genuine packet is still taken, after all that was tried before. */
static bool scene_ends_well(struct scene *scene)
{
    bool well = skiff_srtp_open(scene->call.bob, &scene->sent.packet) == SKIFF_OK;

    call_end(&scene->call);
    return well;
}

static void a_changed_bit_anywhere_is_dropped(void)
{
    for (int i = 0; i < CALL_PROFILES * KINDS; i++) {
        struct scene scene;
        struct test_packet forged;

        CU_ASSERT_TRUE_FATAL(scene_begin(&scene, call_profiles[i / KINDS], i % KINDS, 28));
        for (uint32_t bit = 0; bit < 8 * scene.sent.packet.len; bit++) {
            test_packet_copy(&forged, &scene.sent);
            forged.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
            CU_ASSERT_EQUAL(skiff_srtp_open(scene.call.bob, &forged.packet),
                            SKIFF_ERR_DROPPED);
        }
        CU_ASSERT_TRUE(scene_ends_well(&scene));
    }
}

static void a_forged_tag_on_an_empty_payload_is_dropped(void)
{
    for (int i = 0; i < CALL_PROFILES * KINDS; i++) {
        struct scene scene;
        struct test_packet forged;

        CU_ASSERT_TRUE_FATAL(scene_begin(&scene, call_profiles[i / KINDS], i % KINDS, 0));
        for (uint32_t at = i % KINDS == RTP ? 12 : 8; at < scene.sent.packet.len; at++) {
            test_packet_copy(&forged, &scene.sent);
            forged.bytes[at] ^= 0x55;
            CU_ASSERT_EQUAL(skiff_srtp_open(scene.call.bob, &forged.packet),
                            SKIFF_ERR_DROPPED);
        }
        CU_ASSERT_TRUE(scene_ends_well(&scene));
    }
}

static void a_packet_cut_anywhere_is_dropped(void)
{
    for (int i = 0; i < CALL_PROFILES * KINDS; i++) {
        struct scene scene;
        struct test_packet cut;

        CU_ASSERT_TRUE_FATAL(scene_begin(&scene, call_profiles[i / KINDS], i % KINDS, 60));
        for (uint32_t len = 0; len < scene.sent.packet.len; len++) {
            test_packet_copy(&cut, &scene.sent);
            cut.packet.len = len;
            CU_ASSERT_EQUAL(skiff_srtp_open(scene.call.bob, &cut.packet),
                            SKIFF_ERR_DROPPED);
        }
        CU_ASSERT_TRUE(scene_ends_well(&scene));
    }
}

/* First octets say version, padding, extension and CSRC count; the extension's length lies
   behind the CSRCs. Each packet ends where its memory does, for the sanitizers to see. */
static void headers_that_point_past_the_end_are_dropped(void)
{
    struct scene scene;
    struct test_packet twisted;

    CU_ASSERT_TRUE_FATAL(scene_begin(&scene, SKIFF_SRTP_AES128_CM_SHA1_32, RTP, 80));
    for (unsigned i = 0; i < 256 * 5; i++) {
        uint32_t len = 12 + i / 256 * 20;

        test_packet_copy(&twisted, &scene.sent);
        memset(twisted.bytes + 12, 0xff, sizeof twisted.bytes - 12);
        twisted.bytes[0] = (uint8_t)i;
        twisted.packet.data = twisted.bytes + sizeof twisted.bytes - len;
        memmove(twisted.packet.data, twisted.bytes, len);
        twisted.packet.len = len;
        CU_ASSERT_EQUAL(skiff_srtp_open(scene.call.bob, &twisted.packet),
                        SKIFF_ERR_DROPPED);
    }
    CU_ASSERT_TRUE(scene_ends_well(&scene));
}

/* A linear congruence: the same noise every time. */
static uint32_t noise(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

static void noise_is_dropped(void)
{
    uint32_t state = 20260923;
    struct scene scene;
    struct test_packet message;

    CU_ASSERT_TRUE_FATAL(scene_begin(&scene, SKIFF_SRTP_AEAD_AES_128_GCM, RTP, 80));
    for (int i = 0; i < 1000; i++) {
        test_packet_rtp(&message, 5, 301, noise(&state) % 200);
        for (uint32_t at = 0; at < message.packet.len; at++)
            message.bytes[at] = (uint8_t)noise(&state);
        message.bytes[0] = (uint8_t)(0x80 | (message.bytes[0] & 0x3f));
        CU_ASSERT_EQUAL(skiff_srtp_open(scene.call.bob, &message.packet),
                        SKIFF_ERR_DROPPED);
    }
    CU_ASSERT_TRUE(scene_ends_well(&scene));
}

/* --- the reason, for the transport's counters ----------------------------------------- */

static void the_reason_for_a_drop_is_reported(void)
{
    struct scene scene;
    struct test_packet copy;

    CU_ASSERT_TRUE_FATAL(scene_begin(&scene, SKIFF_SRTP_AES128_CM_SHA1_80, RTP, 20));
    test_packet_copy(&copy, &scene.sent);
    copy.bytes[20] ^= 1;
    CU_ASSERT_EQUAL(skf_srtp_open(scene.call.bob, &copy.packet), SRTP_FORGED);
    test_packet_copy(&copy, &scene.sent);
    copy.packet.len = 20;
    CU_ASSERT_EQUAL(skf_srtp_open(scene.call.bob, &copy.packet), SRTP_MALFORMED);
    test_packet_copy(&copy, &scene.sent);
    CU_ASSERT_EQUAL(skf_srtp_open(scene.call.bob, &copy.packet), SRTP_OPENED);
    test_packet_copy(&copy, &scene.sent);
    CU_ASSERT_EQUAL(skf_srtp_open(scene.call.bob, &copy.packet), SRTP_REPLAYED);
    CU_ASSERT_FALSE(scene_ends_well(&scene));
}

/* The same with a tag that verifies: as libsrtp makes it, told to encrypt no RTCP. */
static void seal_in_the_clear(skiff_srtp_profile profile, struct test_packet *message)
{
    skiff_srtp_keys keys = call_keys(profile);
    srtp_policy_t policy = { .ssrc = { .type = ssrc_any_outbound },
                             .key = keys.ours,
                             .window_size = 128 };
    int len = (int)message->packet.len;
    srtp_t session;

    skf_profile(profile)->rtp(&policy.rtp);
    skf_profile(profile)->rtcp(&policy.rtcp);
    policy.rtcp.sec_serv = sec_serv_auth;
    CU_ASSERT_EQUAL_FATAL(srtp_create(&session, &policy), srtp_err_status_ok);
    CU_ASSERT_EQUAL(srtp_protect_rtcp(session, message->bytes, &len), srtp_err_status_ok);
    message->packet.len = (uint32_t)len;
    srtp_dealloc(session);
}

static void rtcp_in_the_clear_is_malformed_in_all_profiles(void)
{
    for (int p = 0; p < CALL_PROFILES; p++) {
        struct test_packet clear;
        struct call call;

        CU_ASSERT_TRUE_FATAL(call_begin(&call, call_profiles[p], NULL));
        test_packet_rtcp(&clear, 7, 20);
        seal_in_the_clear(call_profiles[p], &clear);
        CU_ASSERT_EQUAL(skf_srtp_open(call.bob, &clear.packet), SRTP_MALFORMED);
        CU_ASSERT_TRUE(call_carries(&call, 7, 1));
        call_end(&call);
    }
}

CU_TestInfo hostile_tests[] = {
    TEST(a_changed_bit_anywhere_is_dropped),
    TEST(a_forged_tag_on_an_empty_payload_is_dropped),
    TEST(a_packet_cut_anywhere_is_dropped),
    TEST(headers_that_point_past_the_end_are_dropped),
    TEST(noise_is_dropped),
    TEST(the_reason_for_a_drop_is_reported),
    TEST(rtcp_in_the_clear_is_malformed_in_all_profiles),
    CU_TEST_INFO_NULL,
};
