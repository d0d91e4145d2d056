/* failure_test.c - libcrypto fails once: nothing is sealed or opened with a wrong key.
 *
 * The linker puts a tap before EVP_CipherInit_ex: the next call with a key fails. */
#include "suite.h"

#include "call.h"

enum { SSRC = 5, PAYLOAD = 40, ROUNDS = 50 };

static bool fails_next;

/* Its objects are only passed on. */
int __real_EVP_CipherInit_ex(void *ctx, const void *type, void *engine, const uint8_t *key,
                             const uint8_t *iv, int encrypts);
int __wrap_EVP_CipherInit_ex(void *ctx, const void *type, void *engine, const uint8_t *key,
                             const uint8_t *iv, int encrypts);

int __wrap_EVP_CipherInit_ex(void *ctx, const void *type, void *engine, const uint8_t *key,
                             const uint8_t *iv, int encrypts)
{
    if (fails_next && key != NULL) {
        fails_next = false;
        return 0;
    }
    return __real_EVP_CipherInit_ex(ctx, type, engine, key, iv, encrypts);
}

static bool is_opened(struct call *call, struct letter *letter)
{
    return skiff_srtp_open(call->bob, &letter->packet) == SKIFF_OK;
}

/* RTP and RTCP share a context, in which RTCP's key is left when RTP's finds no way in. */
static void a_key_that_libcrypto_refuses_once_is_scheduled_again(void)
{
    for (int profile = 2; profile < CALL_PROFILES; profile++) {
        struct letter rtp, rtcp;
        struct call call;
        call_begin(&call, call_profiles[profile], NULL);
        CU_ASSERT_TRUE(call_carries(&call, SSRC, 1));
        letter_rtcp(&rtcp, SSRC, PAYLOAD);
        CU_ASSERT_EQUAL(skiff_srtp_protect(call.alice, &rtcp.packet), SKIFF_OK);
        CU_ASSERT_TRUE(is_opened(&call, &rtcp));
        fails_next = true;
        letter_rtp(&rtp, SSRC, 2, PAYLOAD);
        CU_ASSERT_NOT_EQUAL(skiff_srtp_protect(call.alice, &rtp.packet), SKIFF_OK);
        CU_ASSERT_FALSE(fails_next);
        for (uint16_t seq = 3; seq < ROUNDS; seq++)
            CU_ASSERT_TRUE(call_carries(&call, SSRC, seq));
        call_end(&call);
    }
}

/* The same on the side that opens. */
static void a_packet_that_libcrypto_fails_to_open_leaves_the_next_ones_alone(void)
{
    for (int profile = 2; profile < CALL_PROFILES; profile++) {
        struct letter rtp, rtcp;
        struct call call;
        call_begin(&call, call_profiles[profile], NULL);
        CU_ASSERT_TRUE(call_carries(&call, SSRC, 1));
        letter_rtcp(&rtcp, SSRC, PAYLOAD);
        CU_ASSERT_EQUAL(skiff_srtp_protect(call.alice, &rtcp.packet), SKIFF_OK);
        CU_ASSERT_TRUE(is_opened(&call, &rtcp));
        letter_rtp(&rtp, SSRC, 2, PAYLOAD);
        CU_ASSERT_EQUAL(skiff_srtp_protect(call.alice, &rtp.packet), SKIFF_OK);
        fails_next = true;
        CU_ASSERT_FALSE(is_opened(&call, &rtp));
        CU_ASSERT_FALSE(fails_next);
        for (uint16_t seq = 3; seq < ROUNDS; seq++)
            CU_ASSERT_TRUE(call_carries(&call, SSRC, seq));
        call_end(&call);
    }
}

CU_TestInfo failure_tests[] = {
    TEST(a_key_that_libcrypto_refuses_once_is_scheduled_again),
    TEST(a_packet_that_libcrypto_fails_to_open_leaves_the_next_ones_alone),
    CU_TEST_INFO_NULL,
};
