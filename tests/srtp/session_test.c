/* session_test.c - making sessions, protecting and opening, replays. */
#include "suite.h"

#include "call.h"

/* RFC 3711 4.2, RFC 5764 4.1.2 (the short tag is for RTP alone), RFC 7714 12. */
static const uint32_t rtp_grows[CALL_PROFILES] = { 10, 4, 16, 16 };
static const uint32_t rtcp_grows[CALL_PROFILES] = { 14, 14, 20, 20 };

static void rtp_of_every_length_goes_around(void)
{
    for (int p = 0; p < CALL_PROFILES; p++) {
        struct call call;
        struct test_packet plain, sent;

        CU_ASSERT_TRUE_FATAL(call_begin(&call, call_profiles[p], NULL));
        for (uint16_t len = 0; len <= CALL_LIMIT - 12; len += (uint16_t)(1 + len / 16)) {
            test_packet_rtp(&plain, 0xcafebabe, len, len);
            test_packet_copy(&sent, &plain);
            CU_ASSERT_EQUAL(skiff_srtp_protect(call.alice, &sent.packet), SKIFF_OK);
            CU_ASSERT_EQUAL(sent.packet.len, plain.packet.len + rtp_grows[p]);
            CU_ASSERT_EQUAL(memcmp(sent.bytes, plain.bytes, 12), 0);
            CU_ASSERT_EQUAL(skiff_srtp_open(call.bob, &sent.packet), SKIFF_OK);
            CU_ASSERT_TRUE(test_packet_same(&sent, &plain));
        }
        call_end(&call);
    }
}

static void rtcp_of_every_length_goes_around(void)
{
    for (int p = 0; p < CALL_PROFILES; p++) {
        struct call call;
        struct test_packet plain, sent;

        CU_ASSERT_TRUE_FATAL(call_begin(&call, call_profiles[p], NULL));
        for (uint32_t len = 0; len <= 400; len += 4) {
            test_packet_rtcp(&plain, 0xcafebabe, len);
            test_packet_copy(&sent, &plain);
            CU_ASSERT_EQUAL(skiff_srtp_protect(call.alice, &sent.packet), SKIFF_OK);
            CU_ASSERT_EQUAL(sent.packet.len, plain.packet.len + rtcp_grows[p]);
            CU_ASSERT_EQUAL(memcmp(sent.bytes, plain.bytes, 8), 0);
            CU_ASSERT_EQUAL(skiff_srtp_open(call.bob, &sent.packet), SKIFF_OK);
            CU_ASSERT_TRUE(test_packet_same(&sent, &plain));
        }
        call_end(&call);
    }
}

/* They may have a context of libcrypto together, but each has a key of its own: what goes
 * out is the same whether the other kind is in between or not. */
static void rtp_and_rtcp_do_not_disturb_one_another(void)
{
    for (int p = 0; p < CALL_PROFILES; p++) {
        struct call mixed, rtp_alone, rtcp_alone;
        struct test_packet plain, sent, alone;

        CU_ASSERT_TRUE_FATAL(call_begin(&mixed, call_profiles[p], NULL));
        CU_ASSERT_TRUE_FATAL(call_begin(&rtp_alone, call_profiles[p], NULL));
        CU_ASSERT_TRUE_FATAL(call_begin(&rtcp_alone, call_profiles[p], NULL));
        for (uint16_t i = 0; i < 64; i++) {
            bool rtcp = (0x9a65u >> i % 16 & 1) != 0;
            if (rtcp)
                test_packet_rtcp(&plain, 5, 40);
            else
                test_packet_rtp(&plain, 5, i, 100);
            test_packet_copy(&sent, &plain);
            test_packet_copy(&alone, &plain);
            CU_ASSERT_EQUAL(skiff_srtp_protect(mixed.alice, &sent.packet), SKIFF_OK);
            CU_ASSERT_EQUAL(skiff_srtp_protect(rtcp ? rtcp_alone.alice : rtp_alone.alice,
                                               &alone.packet),
                            SKIFF_OK);
            CU_ASSERT_TRUE(test_packet_same(&sent, &alone));
            CU_ASSERT_EQUAL(skiff_srtp_open(mixed.bob, &sent.packet), SKIFF_OK);
            CU_ASSERT_TRUE(test_packet_same(&sent, &plain));
        }
        call_end(&mixed);
        call_end(&rtp_alone);
        call_end(&rtcp_alone);
    }
}

static void both_directions_have_keys_of_their_own(void)
{
    struct call call, back;
    struct test_packet plain, here, there;

    CU_ASSERT_TRUE_FATAL(call_begin(&call, SKIFF_SRTP_AEAD_AES_128_GCM, NULL));
    back = (struct call){ call.bob, call.alice };
    test_packet_rtp(&plain, 5, 1, 100);
    test_packet_copy(&here, &plain);
    test_packet_copy(&there, &plain);
    CU_ASSERT_EQUAL(skiff_srtp_protect(call.alice, &here.packet), SKIFF_OK);
    CU_ASSERT_EQUAL(skiff_srtp_protect(call.bob, &there.packet), SKIFF_OK);
    CU_ASSERT_FALSE(test_packet_same(&here, &there));
    CU_ASSERT_EQUAL(skiff_srtp_open(call.alice, &here.packet), SKIFF_ERR_DROPPED);
    CU_ASSERT_TRUE(call_carries(&back, 5, 2));
    call_end(&call);
}

static void csrcs_and_extensions_stay_readable(void)
{
    struct call call;
    struct test_packet plain, sent;

    CU_ASSERT_TRUE_FATAL(call_begin(&call, SKIFF_SRTP_AES128_CM_SHA1_80, NULL));
    test_packet_rtp(&plain, 5, 1, 100);
    plain.bytes[0] = 0x92; /* two CSRCs, then an extension */
    memcpy(plain.bytes + 20, "\xbe\xde\x00\x02", 4);
    test_packet_copy(&sent, &plain);
    CU_ASSERT_EQUAL(skiff_srtp_protect(call.alice, &sent.packet), SKIFF_OK);
    CU_ASSERT_EQUAL(memcmp(sent.bytes, plain.bytes, 32), 0);
    CU_ASSERT_NOT_EQUAL(memcmp(sent.bytes + 32, plain.bytes + 32, 32), 0);
    CU_ASSERT_EQUAL(skiff_srtp_open(call.bob, &sent.packet), SKIFF_OK);
    CU_ASSERT_TRUE(test_packet_same(&sent, &plain));
    call_end(&call);
}

static void protect_to_leaves_the_plain_packet_as_it_was(void)
{
    struct call call;
    struct test_packet plain, kept, out;

    CU_ASSERT_TRUE_FATAL(call_begin(&call, SKIFF_SRTP_AES128_CM_SHA1_80, NULL));
    test_packet_rtp(&plain, 5, 1, 1200);
    test_packet_copy(&kept, &plain);
    test_packet_rtp(&out, 9, 9, 0);
    CU_ASSERT_EQUAL(skiff_srtp_protect_to(call.alice, &plain.packet, &out.packet),
                    SKIFF_OK);
    CU_ASSERT_TRUE(test_packet_same(&plain, &kept));
    CU_ASSERT_EQUAL(out.packet.len, plain.packet.len + 10);
    CU_ASSERT_EQUAL(skiff_srtp_open(call.bob, &out.packet), SKIFF_OK);
    CU_ASSERT_TRUE(test_packet_same(&out, &plain));
    call_end(&call);
}

static void a_packet_that_is_too_long_is_refused(void)
{
    struct call call;
    struct test_packet plain, out;

    CU_ASSERT_TRUE_FATAL(call_begin(&call, SKIFF_SRTP_AES128_CM_SHA1_80, NULL));
    test_packet_rtp(&plain, 5, 1, CALL_LIMIT - 12);
    test_packet_rtp(&out, 5, 1, 0);
    out.packet.limit = CALL_LIMIT - 1;
    CU_ASSERT_EQUAL(skiff_srtp_protect_to(call.alice, &plain.packet, &out.packet),
                    SKIFF_ERR_SPACE);
    CU_ASSERT_EQUAL(out.packet.len, 12);
    CU_ASSERT_EQUAL(skiff_srtp_protect(call.alice, &plain.packet), SKIFF_OK);
    CU_ASSERT_EQUAL(skiff_srtp_protect(call.alice, &plain.packet), SKIFF_ERR_SPACE);
    call_end(&call);
}

static void what_is_not_rtp_or_rtcp_is_not_protected(void)
{
    struct call call;
    struct test_packet message;

    CU_ASSERT_TRUE_FATAL(call_begin(&call, SKIFF_SRTP_AEAD_AES_128_GCM, NULL));
    test_packet_rtp(&message, 5, 1, 20);
    message.bytes[0] = 0x40; /* version 1 */
    CU_ASSERT_EQUAL(skiff_srtp_protect(call.alice, &message.packet), SKIFF_ERR_ARGUMENT);
    message.bytes[0] = 0x8f; /* more CSRCs than bytes */
    CU_ASSERT_EQUAL(skiff_srtp_protect(call.alice, &message.packet), SKIFF_ERR_ARGUMENT);
    test_packet_rtp(&message, 5, 1, 0);
    message.packet.len = 11;
    CU_ASSERT_EQUAL(skiff_srtp_protect(call.alice, &message.packet), SKIFF_ERR_ARGUMENT);
    test_packet_rtcp(&message, 5, 0);
    message.packet.len = 7;
    CU_ASSERT_EQUAL(skiff_srtp_protect(call.alice, &message.packet), SKIFF_ERR_ARGUMENT);
    message.packet.len = 0;
    CU_ASSERT_EQUAL(skiff_srtp_protect(call.alice, &message.packet), SKIFF_ERR_ARGUMENT);
    call_end(&call);
}

/* --- indexes -------------------------------------------------------------------------- */

static void an_index_is_protected_once(void)
{
    for (int p = 0; p < CALL_PROFILES; p++) {
        struct call call;
        struct test_packet message, before;

        CU_ASSERT_TRUE_FATAL(call_begin(&call, call_profiles[p], NULL));
        CU_ASSERT_TRUE(call_loses(&call, 5, 100));
        test_packet_rtp(&message, 5, 100, 40);
        test_packet_copy(&before, &message);
        CU_ASSERT_EQUAL(skiff_srtp_protect(call.alice, &message.packet), SKIFF_ERR_STATE);
        CU_ASSERT_TRUE(test_packet_same(&message, &before));
        CU_ASSERT_TRUE(call_carries(&call, 5, 101));
        call_end(&call);
    }
}

static void repeats_may_be_allowed_with_cm_and_never_with_gcm(void)
{
    skiff_srtp_config config = skiff_srtp_defaults();

    config.allow_repeat = true;
    for (int p = 0; p < CALL_PROFILES; p++) {
        struct call call;
        bool cm = call_profiles[p] <= SKIFF_SRTP_AES128_CM_SHA1_32;

        CU_ASSERT_TRUE_FATAL(call_begin(&call, call_profiles[p], &config));
        CU_ASSERT_TRUE(call_loses(&call, 5, 100));
        CU_ASSERT_EQUAL(call_carries(&call, 5, 100), cm);
        call_end(&call);
    }
}

static void a_packet_is_opened_once(void)
{
    for (int p = 0; p < CALL_PROFILES; p++) {
        struct call call;
        struct test_packet sent[2], again;

        CU_ASSERT_TRUE_FATAL(call_begin(&call, call_profiles[p], NULL));
        test_packet_rtp(&sent[0], 5, 7, 50);
        test_packet_rtcp(&sent[1], 5, 48);
        for (int i = 0; i < 2; i++) {
            CU_ASSERT_EQUAL(skiff_srtp_protect(call.alice, &sent[i].packet), SKIFF_OK);
            test_packet_copy(&again, &sent[i]);
            CU_ASSERT_EQUAL(skiff_srtp_open(call.bob, &sent[i].packet), SKIFF_OK);
            CU_ASSERT_EQUAL(skiff_srtp_open(call.bob, &again.packet), SKIFF_ERR_DROPPED);
        }
        call_end(&call);
    }
}

/* Sends `num` packets, opens the last, and says whether the first is still taken then. */
static bool first_is_accepted_after(uint32_t window, uint16_t num)
{
    skiff_srtp_config config = skiff_srtp_defaults();
    struct call call;
    struct test_packet first, last;

    config.window = window;
    if (!call_begin(&call, SKIFF_SRTP_AEAD_AES_128_GCM, &config))
        return false;
    test_packet_rtp(&first, 5, 1000, 50);
    bool sent = skiff_srtp_protect(call.alice, &first.packet) == SKIFF_OK;
    for (uint16_t i = 1; i < num; i++) {
        test_packet_rtp(&last, 5, (uint16_t)(1000 + i), 50);
        sent = sent && skiff_srtp_protect(call.alice, &last.packet) == SKIFF_OK;
    }
    bool accepted = sent && skiff_srtp_open(call.bob, &last.packet) == SKIFF_OK
                 && skiff_srtp_open(call.bob, &first.packet) == SKIFF_OK;
    call_end(&call);
    return accepted;
}

static void the_window_is_as_wide_as_the_config_states(void)
{
    CU_ASSERT_TRUE(first_is_accepted_after(0, 128));
    CU_ASSERT_FALSE(first_is_accepted_after(0, 129));
    CU_ASSERT_TRUE(first_is_accepted_after(64, 64));
    CU_ASSERT_FALSE(first_is_accepted_after(64, 65));
    CU_ASSERT_TRUE(first_is_accepted_after(1024, 1024));
    CU_ASSERT_FALSE(first_is_accepted_after(1024, 1025));
}

/* --- arguments and memory ------------------------------------------------------------- */

static skiff_status made_with(const skiff_srtp_config *config, const skiff_srtp_keys *keys)
{
    skiff_srtp *srtp = NULL;
    skiff_status status = skiff_srtp_new(config, keys, &srtp);

    CU_ASSERT_EQUAL(srtp != NULL, status == SKIFF_OK);
    skiff_srtp_free(srtp);
    return status;
}

static void windows_from_64_to_32767_are_accepted(void)
{
    skiff_srtp_config config = skiff_srtp_defaults();
    skiff_srtp_keys keys = call_keys(SKIFF_SRTP_AEAD_AES_128_GCM);
    const uint32_t good[] = { 0, 64, 32767 }, bad[] = { 1, 63, 32768, UINT32_MAX };

    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        config.window = good[i];
        CU_ASSERT_EQUAL(made_with(&config, &keys), SKIFF_OK);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        config.window = bad[i];
        CU_ASSERT_EQUAL(made_with(&config, &keys), SKIFF_ERR_ARGUMENT);
    }
}

static void keys_that_do_not_fit_their_profile_are_refused(void)
{
    skiff_srtp_config config = skiff_srtp_defaults();
    skiff_srtp_keys keys = call_keys(SKIFF_SRTP_AEAD_AES_128_GCM);

    CU_ASSERT_EQUAL(made_with(NULL, &keys), SKIFF_ERR_ARGUMENT);
    CU_ASSERT_EQUAL(made_with(&config, NULL), SKIFF_ERR_ARGUMENT);
    keys.len = 30;
    CU_ASSERT_EQUAL(made_with(&config, &keys), SKIFF_ERR_ARGUMENT);
    keys.profile = (skiff_srtp_profile)0x0005; /* NULL_HMAC_SHA1_80 */
    CU_ASSERT_EQUAL(made_with(&config, &keys), SKIFF_ERR_ARGUMENT);
    keys.profile = SKIFF_SRTP_AES128_CM_SHA1_32;
    CU_ASSERT_EQUAL(made_with(&config, &keys), SKIFF_OK);
    config.size = 3;
    CU_ASSERT_EQUAL(made_with(&config, &keys), SKIFF_ERR_ARGUMENT);
}

static void *nothing(void *user, size_t size)
{
    (void)size;
    ++*(int *)user;
    return NULL;
}

static void nowhere(void *user, void *block, size_t size)
{
    (void)block;
    (void)size;
    *(int *)user += 100;
}

static void an_allocator_that_gives_nothing_is_an_error(void)
{
    int calls = 0;
    const skiff_allocator empty = { nothing, nowhere, &calls };
    skiff_srtp_config config = skiff_srtp_defaults();
    skiff_srtp_keys keys = call_keys(SKIFF_SRTP_AEAD_AES_128_GCM);

    config.memory = &empty;
    CU_ASSERT_EQUAL(made_with(&config, &keys), SKIFF_ERR_MEMORY);
    CU_ASSERT_EQUAL(calls, 1);
}

static void wiped_keys_are_zeros(void)
{
    skiff_srtp_keys keys = call_keys(SKIFF_SRTP_AEAD_AES_256_GCM);
    const skiff_srtp_keys zeros = { 0 };

    skiff_srtp_keys_wipe(&keys);
    CU_ASSERT_EQUAL(memcmp(&keys, &zeros, sizeof keys), 0);
    skiff_srtp_keys_wipe(NULL);
}

CU_TestInfo session_tests[] = {
    TEST(rtp_of_every_length_goes_around),
    TEST(rtcp_of_every_length_goes_around),
    TEST(rtp_and_rtcp_do_not_disturb_one_another),
    TEST(both_directions_have_keys_of_their_own),
    TEST(csrcs_and_extensions_stay_readable),
    TEST(protect_to_leaves_the_plain_packet_as_it_was),
    TEST(a_packet_that_is_too_long_is_refused),
    TEST(what_is_not_rtp_or_rtcp_is_not_protected),
    TEST(an_index_is_protected_once),
    TEST(repeats_may_be_allowed_with_cm_and_never_with_gcm),
    TEST(a_packet_is_opened_once),
    TEST(the_window_is_as_wide_as_the_config_states),
    TEST(windows_from_64_to_32767_are_accepted),
    TEST(keys_that_do_not_fit_their_profile_are_refused),
    TEST(an_allocator_that_gives_nothing_is_an_error),
    TEST(wiped_keys_are_zeros),
    CU_TEST_INFO_NULL,
};
