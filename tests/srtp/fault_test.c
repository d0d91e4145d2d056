/* fault_test.c - each call into libcrypto fails once: no packet is sealed or opened under a
 * wrong key, and none that is genuine is told to be a forgery. */
#include "suite.h"

#include "call.h"
#include "faults.h"
#include "srtp/cipher_kernel.h"

#include <stdio.h>

enum { SSRC = 5, ROUNDS = 4, PAYLOAD = 40 };

/* What became of packets on their way. */
struct outcome {
    unsigned carried, failed, wrong;
};

/* A packet that one side could seal the other one opens to the same bytes, or says that
 * libcrypto has failed it. */
static void carry(skiff_srtp *from, skiff_srtp *to, const struct test_packet *plain,
                  struct outcome *tale)
{
    struct test_packet sent;

    test_packet_copy(&sent, plain);
    skiff_status status = skiff_srtp_protect(from, &sent.packet);
    if (status == SKIFF_OK)
        status = skiff_srtp_open(to, &sent.packet);
    if (status == SKIFF_OK && test_packet_same(&sent, plain))
        tale->carried++;
    else if (status == SKIFF_ERR_CRYPTO)
        tale->failed++;
    else
        tale->wrong++;
}

/* RTP and RTCP in turn, both ways, so that keys change places in what they share. */
static struct outcome exchange_data(struct call *call, uint16_t from)
{
    struct outcome tale = { 0 };
    struct test_packet rtp, rtcp;

    for (uint16_t seq = from; seq < from + ROUNDS; seq++) {
        test_packet_rtp(&rtp, SSRC, seq, PAYLOAD);
        test_packet_rtcp(&rtcp, SSRC, PAYLOAD);
        carry(call->alice, call->bob, &rtp, &tale);
        carry(call->bob, call->alice, &rtp, &tale);
        carry(call->alice, call->bob, &rtcp, &tale);
        carry(call->bob, call->alice, &rtcp, &tale);
    }
    return tale;
}

static bool is_as_it_should(struct outcome tale, bool struck)
{
    return tale.wrong == 0 && tale.failed == (struck ? 1 : 0)
        && tale.carried == 4 * ROUNDS - tale.failed;
}

static void fail_each_call_of_live_media(const struct cipher_kernel *kernel)
{
    skf_cipher_kernel_use(kernel);
    for (int p = 0; p < CALL_PROFILES; p++) {
        uint64_t calls = 1;

        for (uint64_t n = 0; n <= calls; n += faults_step(n, calls)) {
            struct call call;

            CU_ASSERT_TRUE_FATAL(call_begin(&call, call_profiles[p], NULL));
            faults_at(n);
            struct outcome tale = exchange_data(&call, 1);
            calls = n == 0 ? faults_calls() : calls;
            bool good = is_as_it_should(tale, faults_struck() != NULL);
            if (!good)
                printf("\n    profile %d, call %u, %s: %u carried, %u failed, %u wrong", p,
                       (unsigned)n, faults_struck(), tale.carried, tale.failed, tale.wrong);
            CU_ASSERT_TRUE(good);
            faults_at(0);
            CU_ASSERT_TRUE(is_as_it_should(exchange_data(&call, 100), false));
            call_end(&call);
        }
        CU_ASSERT_TRUE(calls > 4 * ROUNDS);
    }
    skf_cipher_kernel_use(NULL);
}

static void each_call_of_live_media_may_fail(void)
{
    fail_each_call_of_live_media(&skf_libcrypto);
    if (skf_provider_kernel() != NULL)
        fail_each_call_of_live_media(skf_provider_kernel());
}

/* A session is made whole or not at all. */
static void fail_each_call_of_making_a_session(const struct cipher_kernel *kernel)
{
    const skiff_srtp_config config = skiff_srtp_defaults();

    skf_cipher_kernel_use(kernel);
    for (int p = 0; p < CALL_PROFILES; p++) {
        skiff_srtp_keys keys = call_keys(call_profiles[p]), back = call_mirrored(keys);
        uint64_t calls = 1;

        for (uint64_t n = 0; n <= calls; n += faults_step(n, calls)) {
            struct call call = { NULL, NULL };

            CU_ASSERT_EQUAL_FATAL(skiff_srtp_new(&config, &back, &call.bob), SKIFF_OK);
            faults_at(n);
            skiff_status status = skiff_srtp_new(&config, &keys, &call.alice);
            calls = n == 0 ? faults_calls() : calls;
            faults_at(0);
            CU_ASSERT_TRUE(status == SKIFF_OK || status == SKIFF_ERR_CRYPTO
                           || status == SKIFF_ERR_MEMORY);
            if (status == SKIFF_OK)
                CU_ASSERT_TRUE(is_as_it_should(exchange_data(&call, 1), false));
            call_end(&call);
        }
        CU_ASSERT_TRUE(calls > 4);
    }
    skf_cipher_kernel_use(NULL);
}

static void each_call_of_making_a_session_may_fail(void)
{
    fail_each_call_of_making_a_session(&skf_libcrypto);
    if (skf_provider_kernel() != NULL)
        fail_each_call_of_making_a_session(skf_provider_kernel());
}

CU_TestInfo fault_tests[] = {
    TEST(each_call_of_live_media_may_fail),
    TEST(each_call_of_making_a_session_may_fail),
    CU_TEST_INFO_NULL,
};
