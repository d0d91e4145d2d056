/* settings_test.c - what a config may say, and what it may not. */
#include "../suite.h"

#include "crypto/crypto.h"
#include "handshake/settings.h"
#include "../dtls/vector.h"
#include "world/world.h"

static const uint16_t unknown[] = { 0x1304 };
static const uint16_t suite_twice[] = { 0xc02b, 0xc02f, 0xc02b };
static const uint16_t group_twice[] = { 29, 29 };
static const skiff_srtp_profile profile_twice[] = { SKIFF_SRTP_AEAD_AES_128_GCM,
                                                    SKIFF_SRTP_AEAD_AES_128_GCM };
static const skiff_srtp_profile profile_unknown[] = { (skiff_srtp_profile)0x0005 };

static skiff_context_config good(void)
{
    skiff_context_config config = skiff_context_defaults();

    config.identity = world_identity(0);
    config.max_handshakes = 1;
    return config;
}

/* A refused config makes no context and leaves the caller's pointer as it was. */
static bool is_refused(const skiff_context_config *config)
{
    skiff_context *const before = (skiff_context *)(uintptr_t)0x77;
    skiff_context *context = before;
    skiff_status status = skiff_context_new(config, &context);

    return status == SKIFF_ERR_ARGUMENT && context == before;
}

#define REFUSED_WITH(field, value)                                                         \
  do {                                                                                     \
    skiff_context_config config = good();                                                  \
    config.field = value;                                                                  \
    CU_ASSERT_TRUE(is_refused(&config));                                                   \
  } while (0)

static void single_values_out_of_their_bounds_are_refused(void)
{
    REFUSED_WITH(size, 0);
    REFUSED_WITH(size, sizeof(skiff_context_config) - 1);
    REFUSED_WITH(identity, NULL);
    REFUSED_WITH(min_version, 0xfeff);
    REFUSED_WITH(max_version, 0xfeff);
    REFUSED_WITH(max_version, 0x0303);
    REFUSED_WITH(mtu, SMALLEST_MTU - 1);
    REFUSED_WITH(mtu, LARGEST_MTU + 1);
    REFUSED_WITH(mtu, 1);
    REFUSED_WITH(max_message, 1);
    REFUSED_WITH(max_handshakes, UINT32_MAX);
    REFUSED_WITH(initial_timeout, SKIFF_MSEC(10001));
    REFUSED_WITH(max_record, 63);
    REFUSED_WITH(max_record, 0x4002);
    REFUSED_WITH(server_name, "192.0.2.1");
}

static void versions_are_used_between_the_minimum_and_the_maximum(void)
{
    static const uint16_t old_suite[] = { 0xc02b }, new_suite[] = { 0x1301 };
    skiff_context_config config = good();
    struct settings s;

    CU_ASSERT_EQUAL(skf_settings_from(&config, &s), SKIFF_OK);
    CU_ASSERT_TRUE(s.has_dtls12 && s.has_dtls13);
    config.min_version = SKIFF_DTLS_1_3;
    CU_ASSERT_EQUAL(skf_settings_from(&config, &s), SKIFF_OK);
    CU_ASSERT_TRUE(!s.has_dtls12 && s.has_dtls13);
    config.max_version = SKIFF_DTLS_1_2;
    CU_ASSERT_TRUE(is_refused(&config));
    config.min_version = 0;
    CU_ASSERT_EQUAL(skf_settings_from(&config, &s), SKIFF_OK);
    CU_ASSERT_TRUE(s.has_dtls12 && !s.has_dtls13);
    config.suites = new_suite;
    config.num_suites = 1;
    CU_ASSERT_TRUE(is_refused(&config));
    config.max_version = 0;
    config.suites = old_suite;
    CU_ASSERT_EQUAL(skf_settings_from(&config, &s), SKIFF_OK);
    CU_ASSERT_TRUE(s.has_dtls12 && !s.has_dtls13);
}

#define REFUSED_LIST(field, list, num)                                                     \
  do {                                                                                     \
    skiff_context_config config = good();                                                  \
    config.field = list;                                                                   \
    config.num_##field = num;                                                              \
    CU_ASSERT_TRUE(is_refused(&config));                                                   \
  } while (0)

static void lists_with_unknown_or_repeated_entries_are_refused(void)
{
    REFUSED_LIST(suites, unknown, 1);
    REFUSED_LIST(suites, suite_twice, 3);
    REFUSED_LIST(groups, unknown, 1);
    REFUSED_LIST(groups, group_twice, 2);
    REFUSED_LIST(profiles, profile_unknown, 1);
    REFUSED_LIST(profiles, profile_twice, 2);
}

/* RFC 9147 section 4.5.3 keeps TLS_AES_128_CCM_8_SHA256 out; 1.3 has neither of the two. */
static void ccm_is_for_12_and_for_an_end_that_configures_it(void)
{
    static const uint16_t ccm[] = { 0xc0ac, 0xc0ae }, ccm_13[] = { 0x1304, 0x1305 };
    skiff_context_config config = good();
    struct settings s;

    CU_ASSERT_EQUAL(skf_settings_from(&config, &s), SKIFF_OK);
    for (size_t i = 0; i < s.num_suites; i++)
        CU_ASSERT_TRUE(s.suites[i] != ccm[0] && s.suites[i] != ccm[1]);
    config.suites = ccm;
    config.num_suites = 2;
    CU_ASSERT_EQUAL(skf_settings_from(&config, &s), SKIFF_OK);
    CU_ASSERT_TRUE(s.has_dtls12 && !s.has_dtls13);
    config.min_version = SKIFF_DTLS_1_3;
    CU_ASSERT_TRUE(is_refused(&config));
    config.min_version = 0;
    config.num_suites = 1;
    for (size_t i = 0; i < 2; i++) {
        config.suites = &ccm_13[i];
        CU_ASSERT_TRUE(is_refused(&config));
    }
}

static void lists_that_are_not_there_are_refused(void)
{
    REFUSED_LIST(suites, NULL, 1);
    REFUSED_LIST(groups, NULL, 1);
    REFUSED_LIST(profiles, NULL, 1);
    REFUSED_LIST(alpn, NULL, 1);
}

static void nothing_is_made_of_nothing(void)
{
    skiff_context_config config = good();
    skiff_context *context = NULL;

    CU_ASSERT_EQUAL(skiff_context_new(NULL, &context), SKIFF_ERR_ARGUMENT);
    CU_ASSERT_EQUAL(skiff_context_new(&config, NULL), SKIFF_ERR_ARGUMENT);
    CU_ASSERT_PTR_NULL(context);
    skiff_context_free(NULL);
}

static void a_chain_longer_than_the_largest_message_is_refused(void)
{
    skiff_context_config config = good();

    config.identity = vector_identity("chain");
    config.max_message = 3000;
    CU_ASSERT_TRUE(is_refused(&config));
}

static void zero_means_the_default_that_the_header_states(void)
{
    skiff_context_config config = good();
    struct settings s;

    config.max_handshakes = 0;
    CU_ASSERT_EQUAL(skf_settings_from(&config, &s), SKIFF_OK);
    CU_ASSERT_EQUAL(s.mtu, 1200);
    CU_ASSERT_EQUAL(s.max_message, 16 * 1024);
    CU_ASSERT_EQUAL(s.max_timeout, SKIFF_MSEC(10000));
    CU_ASSERT_EQUAL(s.handshake_timeout, SKIFF_MSEC(30000));
    CU_ASSERT_EQUAL(s.max_handshakes, 64);
    CU_ASSERT_EQUAL(s.num_suites, DEFAULT_SUITES);
    size_t kem = skf_group_is_available(GROUP_X25519MLKEM768) ? 1 : 0;
    CU_ASSERT_EQUAL(s.num_groups, GROUP_COUNT - 1 + kem);
    CU_ASSERT_EQUAL(s.groups[0], kem ? GROUP_X25519MLKEM768 : GROUP_X25519);
    CU_ASSERT_EQUAL(s.groups[kem], GROUP_X25519);
    for (size_t i = 0; i < s.num_groups; i++)
        CU_ASSERT_EQUAL(s.server_groups[i], skf_groups_by_price[i + 1 - kem]);
    CU_ASSERT_EQUAL(s.num_profiles, 3);
    CU_ASSERT_EQUAL(s.profiles[0], SKIFF_SRTP_AEAD_AES_128_GCM);
    CU_ASSERT_EQUAL(s.profiles[1], SKIFF_SRTP_AES128_CM_SHA1_80);
    CU_ASSERT_EQUAL(s.profiles[2], SKIFF_SRTP_AEAD_AES_256_GCM);
}

static void the_order_of_a_list_is_kept(void)
{
    static const uint16_t wish[] = { GROUP_SECP384R1, GROUP_X25519 };
    skiff_context_config config = good();
    struct settings s;

    config.groups = wish;
    config.num_groups = 2;
    CU_ASSERT_EQUAL(skf_settings_from(&config, &s), SKIFF_OK);
    CU_ASSERT_EQUAL(s.num_groups, 2);
    CU_ASSERT_EQUAL(s.groups[0], GROUP_SECP384R1);
    CU_ASSERT_EQUAL(s.groups[1], GROUP_X25519);
    CU_ASSERT_EQUAL(memcmp(s.server_groups, s.groups, 2 * sizeof s.groups[0]), 0);
}

static void the_bounds_themselves_are_accepted(void)
{
    skiff_context_config config = good();
    struct settings s;

    config.mtu = SMALLEST_MTU;
    CU_ASSERT_EQUAL(skf_settings_from(&config, &s), SKIFF_OK);
    config.mtu = LARGEST_MTU;
    CU_ASSERT_EQUAL(skf_settings_from(&config, &s), SKIFF_OK);
    config.min_version = config.max_version = SKIFF_DTLS_1_2;
    CU_ASSERT_EQUAL(skf_settings_from(&config, &s), SKIFF_OK);
}

CU_TestInfo settings_tests[] = {
    TEST(single_values_out_of_their_bounds_are_refused),
    TEST(versions_are_used_between_the_minimum_and_the_maximum),
    TEST(lists_with_unknown_or_repeated_entries_are_refused),
    TEST(ccm_is_for_12_and_for_an_end_that_configures_it),
    TEST(lists_that_are_not_there_are_refused),
    TEST(nothing_is_made_of_nothing),
    TEST(a_chain_longer_than_the_largest_message_is_refused),
    TEST(zero_means_the_default_that_the_header_states),
    TEST(the_order_of_a_list_is_kept),
    TEST(the_bounds_themselves_are_accepted),
    CU_TEST_INFO_NULL,
};
