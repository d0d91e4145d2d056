/* coexistence_test.c - a process in which others use libsrtp too. */
#include "suite.h"

#include "call.h"
#include "count.h"

#include <pthread.h>
#include <srtp2/srtp.h>

/* Somebody who takes libsrtp as it comes, ours or not. */
static srtp_t foreigner(skiff_srtp_profile profile, srtp_ssrc_type_t which, uint8_t *key)
{
    srtp_policy_t policy = { .ssrc = { .type = which }, .key = key };
    srtp_t session = NULL;

    srtp_crypto_policy_set_from_profile_for_rtp(&policy.rtp, (srtp_profile_t)profile);
    srtp_crypto_policy_set_from_profile_for_rtcp(&policy.rtcp, (srtp_profile_t)profile);
    return srtp_create(&session, &policy) == srtp_err_status_ok ? session : NULL;
}

/* As in a new process: libsrtp with its own types, initialized by somebody else. */
static void somebody_starts_over(void)
{
    CU_ASSERT_EQUAL(srtp_shutdown(), srtp_err_status_ok);
    CU_ASSERT_EQUAL(srtp_init(), srtp_err_status_ok);
}

static bool foreigner_sends(srtp_t foreign, const struct call *call, uint16_t seq)
{
    struct test_packet plain, sent;
    int len;

    test_packet_rtp(&plain, 77, seq, 100);
    test_packet_copy(&sent, &plain);
    len = (int)sent.packet.len;
    if (srtp_protect(foreign, sent.bytes, &len) != srtp_err_status_ok)
        return false;
    sent.packet.len = (uint32_t)len;
    return skiff_srtp_open(call->bob, &sent.packet) == SKIFF_OK
        && test_packet_same(&sent, &plain);
}

static bool foreigner_receives(srtp_t foreign, const struct call *call, int kind)
{
    struct test_packet plain, sent;
    int len;

    if (kind == 0)
        test_packet_rtp(&plain, 78, 1, 100);
    else
        test_packet_rtcp(&plain, 78, 100);
    test_packet_copy(&sent, &plain);
    if (skiff_srtp_protect(call->alice, &sent.packet) != SKIFF_OK)
        return false;
    len = (int)sent.packet.len;
    srtp_err_status_t status = kind == 0 ? srtp_unprotect(foreign, sent.bytes, &len)
                                         : srtp_unprotect_rtcp(foreign, sent.bytes, &len);
    sent.packet.len = (uint32_t)len;
    return status == srtp_err_status_ok && test_packet_same(&sent, &plain);
}

static void sessions_from_before_us_live_on_and_understand_us(void)
{
    srtp_t senders[CALL_PROFILES], receivers[CALL_PROFILES];
    struct call call;

    CU_ASSERT_TRUE_FATAL(call_begin(&call, SKIFF_SRTP_AEAD_AES_128_GCM, NULL));
    call_end(&call);
    somebody_starts_over();
    for (int p = 0; p < CALL_PROFILES; p++) {
        skiff_srtp_keys keys = call_keys(call_profiles[p]);

        senders[p] = foreigner(call_profiles[p], ssrc_any_outbound, keys.ours);
        receivers[p] = foreigner(call_profiles[p], ssrc_any_inbound, keys.ours);
        CU_ASSERT_PTR_NOT_NULL_FATAL(senders[p]);
        CU_ASSERT_PTR_NOT_NULL_FATAL(receivers[p]);
    }
    for (int p = 0; p < CALL_PROFILES; p++) {
        CU_ASSERT_TRUE_FATAL(call_begin(&call, call_profiles[p], NULL));
        CU_ASSERT_TRUE(foreigner_sends(senders[p], &call, 1));
        CU_ASSERT_TRUE(foreigner_receives(receivers[p], &call, 0));
        CU_ASSERT_TRUE(foreigner_receives(receivers[p], &call, 1));
        srtp_dealloc(senders[p]);
        srtp_dealloc(receivers[p]);
        call_end(&call);
    }
}

static void sessions_that_come_after_us_work(void)
{
    for (int p = 0; p < CALL_PROFILES; p++) {
        skiff_srtp_keys keys = call_keys(call_profiles[p]);
        struct call call;

        CU_ASSERT_TRUE_FATAL(call_begin(&call, call_profiles[p], NULL));
        srtp_t sender = foreigner(call_profiles[p], ssrc_any_outbound, keys.ours);
        CU_ASSERT_PTR_NOT_NULL_FATAL(sender);
        CU_ASSERT_TRUE(foreigner_sends(sender, &call, 1));
        call_end(&call);
        CU_ASSERT_TRUE_FATAL(call_begin(&call, call_profiles[p], NULL));
        CU_ASSERT_TRUE(foreigner_sends(sender, &call, 2));
        srtp_dealloc(sender);
        call_end(&call);
    }
}

/* Keys that libsrtp has no DTLS profile for come to us as well. */
static void a_foreigner_with_192_bits_is_served(void)
{
    uint8_t key[38] = { 1, 2, 3 };
    srtp_policy_t policy = { .ssrc = { .type = ssrc_any_outbound }, .key = key };
    struct test_packet plain, sent;
    struct call call;
    srtp_t sender, receiver;
    int len;

    CU_ASSERT_TRUE_FATAL(call_begin(&call, SKIFF_SRTP_AES128_CM_SHA1_80, NULL));
    srtp_crypto_policy_set_aes_cm_192_hmac_sha1_80(&policy.rtp);
    srtp_crypto_policy_set_aes_cm_192_hmac_sha1_80(&policy.rtcp);
    CU_ASSERT_EQUAL_FATAL(srtp_create(&sender, &policy), srtp_err_status_ok);
    policy.ssrc.type = ssrc_any_inbound;
    CU_ASSERT_EQUAL_FATAL(srtp_create(&receiver, &policy), srtp_err_status_ok);
    test_packet_rtp(&plain, 79, 1, 100);
    test_packet_copy(&sent, &plain);
    len = (int)sent.packet.len;
    CU_ASSERT_EQUAL(srtp_protect(sender, sent.bytes, &len), srtp_err_status_ok);
    CU_ASSERT_EQUAL(srtp_unprotect(receiver, sent.bytes, &len), srtp_err_status_ok);
    CU_ASSERT_TRUE(test_packet_same(&sent, &plain));
    srtp_dealloc(sender);
    srtp_dealloc(receiver);
    call_end(&call);
}

static void our_sessions_outlive_a_foreign_shutdown(void)
{
    struct call call, next;

    CU_ASSERT_TRUE_FATAL(call_begin(&call, SKIFF_SRTP_AES128_CM_SHA1_80, NULL));
    CU_ASSERT_TRUE(call_carries(&call, 5, 1));
    CU_ASSERT_EQUAL(srtp_shutdown(), srtp_err_status_ok);
    CU_ASSERT_TRUE(call_carries(&call, 5, 2));
    CU_ASSERT_TRUE(call_carries(&call, 6, 1));
    CU_ASSERT_TRUE_FATAL(call_begin(&next, SKIFF_SRTP_AES128_CM_SHA1_80, NULL));
    CU_ASSERT_TRUE(call_carries(&next, 5, 1));
    call_end(&call);
    call_end(&next);
}

/* libsrtp's own types allocate for each packet: that is how they are told from ours. */
static uint64_t allocations_of_one_packet(struct call *call)
{
    uint64_t before;

    CU_ASSERT_TRUE(call_carries(call, 5, 1));
    before = count_now().allocs;
    CU_ASSERT_TRUE(call_carries(call, 5, 2));
    return count_now().allocs - before;
}

static void our_ciphers_come_back_after_a_foreign_start(void)
{
    for (int p = 0; p < CALL_PROFILES; p += 3) { /* no cipher in common */
        struct call call;

        CU_ASSERT_TRUE_FATAL(call_begin(&call, call_profiles[p], NULL));
        call_end(&call);
        somebody_starts_over();
        CU_ASSERT_TRUE_FATAL(call_begin(&call, call_profiles[p], NULL));
        uint64_t allocations = allocations_of_one_packet(&call);
        if (count_works() && !HMAC_ALLOCATES)
            CU_ASSERT_EQUAL(allocations, 0);
        call_end(&call);
    }
}

/* --- threads -------------------------------------------------------------------------- */

enum { THREADS = 4, SESSIONS = 5, PACKETS = 50 };

static void *a_thread_of_its_own(void *argument)
{
    skiff_srtp_profile profile = *(const skiff_srtp_profile *)argument;
    uintptr_t carried = 0;

    for (int s = 0; s < SESSIONS; s++) {
        struct call call;

        if (!call_begin(&call, profile, NULL))
            break;
        for (uint16_t seq = 1; seq <= PACKETS; seq++)
            carried += call_carries(&call, 5, seq) ? 1 : 0;
        call_end(&call);
    }
    return (void *)carried;
}

static void threads_with_sessions_of_their_own_do_not_meet(void)
{
    pthread_t threads[THREADS];
    skiff_srtp_profile profiles[THREADS];
    void *carried;

    for (int i = 0; i < THREADS; i++) {
        profiles[i] = call_profiles[i % CALL_PROFILES];
        CU_ASSERT_EQUAL_FATAL(
            pthread_create(&threads[i], NULL, a_thread_of_its_own, &profiles[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        CU_ASSERT_EQUAL(pthread_join(threads[i], &carried), 0);
        CU_ASSERT_EQUAL((uintptr_t)carried, SESSIONS * PACKETS);
    }
}

CU_TestInfo coexistence_tests[] = {
    TEST(sessions_from_before_us_live_on_and_understand_us),
    TEST(sessions_that_come_after_us_work),
    TEST(a_foreigner_with_192_bits_is_served),
    TEST(our_sessions_outlive_a_foreign_shutdown),
    TEST(our_ciphers_come_back_after_a_foreign_start),
    TEST(threads_with_sessions_of_their_own_do_not_meet),
    CU_TEST_INFO_NULL,
};
