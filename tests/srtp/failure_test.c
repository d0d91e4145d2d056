/* failure_test.c - libcrypto fails once: nothing is sealed or opened with a wrong key.
 * What is next to schedule a key fails, with EVP and, where that is built in, without. */
#include "suite.h"

#include "call.h"
#include "faults.h"
#include "srtp/cipher_kernel.h"

enum { SSRC = 5, PAYLOAD = 40, ROUNDS = 50 };

static bool is_opened(struct call *call, struct test_packet *message)
{
    return skiff_srtp_open(call->bob, &message->packet) == SKIFF_OK;
}

/* A call whose keys of RTCP have their schedules, and those of RTP have none. */
static void begin_with_rtcp(struct call *call, int profile)
{
    struct test_packet rtcp;

    call_begin(call, call_profiles[profile], NULL);
    test_packet_rtcp(&rtcp, SSRC, PAYLOAD);
    CU_ASSERT_EQUAL(skiff_srtp_protect(call->alice, &rtcp.packet), SKIFF_OK);
    CU_ASSERT_TRUE(is_opened(call, &rtcp));
}

static void schedule_again(const struct cipher_kernel *kernel)
{
    skf_cipher_kernel_use(kernel);
    for (int profile = 0; profile < CALL_PROFILES; profile++) {
        struct test_packet rtp;
        struct call call;
        begin_with_rtcp(&call, profile);
        faults_next_key();
        test_packet_rtp(&rtp, SSRC, 2, PAYLOAD);
        CU_ASSERT_EQUAL(skiff_srtp_protect(call.alice, &rtp.packet), SKIFF_ERR_CRYPTO);
        CU_ASSERT_FALSE(faults_key_waits());
        for (uint16_t seq = 3; seq < ROUNDS; seq++)
            CU_ASSERT_TRUE(call_carries(&call, SSRC, seq));
        call_end(&call);
    }
    skf_cipher_kernel_use(NULL);
}

static void a_key_that_libcrypto_refuses_once_is_scheduled_again(void)
{
    schedule_again(&skf_libcrypto);
    if (skf_provider_kernel() != NULL)
        schedule_again(skf_provider_kernel());
}

/* The same on the side that opens. */
static void fail_to_open(const struct cipher_kernel *kernel)
{
    skf_cipher_kernel_use(kernel);
    for (int profile = 0; profile < CALL_PROFILES; profile++) {
        struct test_packet rtp;
        struct call call;
        begin_with_rtcp(&call, profile);
        test_packet_rtp(&rtp, SSRC, 2, PAYLOAD);
        CU_ASSERT_EQUAL(skiff_srtp_protect(call.alice, &rtp.packet), SKIFF_OK);
        faults_next_key();
        CU_ASSERT_EQUAL(skiff_srtp_open(call.bob, &rtp.packet), SKIFF_ERR_CRYPTO);
        CU_ASSERT_FALSE(faults_key_waits());
        for (uint16_t seq = 3; seq < ROUNDS; seq++)
            CU_ASSERT_TRUE(call_carries(&call, SSRC, seq));
        call_end(&call);
    }
    skf_cipher_kernel_use(NULL);
}

static void a_packet_that_libcrypto_fails_to_open_leaves_the_next_ones_alone(void)
{
    fail_to_open(&skf_libcrypto);
    if (skf_provider_kernel() != NULL)
        fail_to_open(skf_provider_kernel());
}

CU_TestInfo failure_tests[] = {
    TEST(a_key_that_libcrypto_refuses_once_is_scheduled_again),
    TEST(a_packet_that_libcrypto_fails_to_open_leaves_the_next_ones_alone),
    CU_TEST_INFO_NULL,
};
