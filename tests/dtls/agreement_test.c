/* agreement_test.c - suites, groups, keys, SRTP profiles, and having none in common. */
#include "../suite.h"

#include "handshake/suite.h"
#include "story.h"
#include "vector.h"

static const skiff_identity *identity_of(int which)
{
    static const char *const names[] = { "p384", "rsa2048" };

    return which == 0 ? world_identity(0) : vector_identity(names[which - 1]);
}
enum { IDENTITIES = 3 };

static void every_kind_of_key_meets_every_other(void)
{
    struct story s;

    for (int pair = 0; pair < IDENTITIES * IDENTITIES; pair++) {
        story_prepare(&s);
        s.settings[CLIENT_END].identity = identity_of(pair / IDENTITIES);
        s.settings[SERVER_END].identity = identity_of(pair % IDENTITIES);
        story_begin(&s);
        CU_ASSERT_TRUE(story_connects(&s));
        story_end(&s);
    }
}

static void suite_goes_with_group(const struct suite *suite, uint16_t group)
{
    struct story s;

    story_prepare(&s);
    for (int i = 0; i < 2; i++) {
        s.settings[i].suites = &suite->number;
        s.settings[i].num_suites = 1;
        s.settings[i].groups = &group;
        s.settings[i].num_groups = 1;
    }
    s.settings[CLIENT_END].max_version = s.settings[SERVER_END].max_version =
        suite->version;
    s.settings[SERVER_END].identity = identity_of(suite->ecdsa ? 0 : 2);
    story_begin(&s);
    CU_ASSERT_TRUE(story_connects(&s));
    for (int i = 0; i < 2; i++) {
        CU_ASSERT_EQUAL(story_info(&s, i).cipher_suite, suite->number);
        CU_ASSERT_EQUAL(story_info(&s, i).group, group);
        CU_ASSERT_EQUAL(story_info(&s, i).version, suite->version);
    }
    story_end(&s);
}

static void every_suite_goes_with_every_group(void)
{
    for (size_t suite = 0; suite < SUITE_COUNT; suite++)
        for (size_t group = 0; group < GROUP_COUNT; group++)
            if (skf_aead_is_available(skf_cipher_suites[suite].aead)
                && skf_group_is_available(skf_named_groups[group])
                && (skf_named_groups[group] != GROUP_X25519MLKEM768
                    || skf_cipher_suites[suite].version == SKIFF_DTLS_1_3))
                suite_goes_with_group(&skf_cipher_suites[suite], skf_named_groups[group]);
}

static void the_server_chooses_by_its_own_preference(void)
{
    static const uint16_t wish[] = { 0xcca9, 0xc02b };
    static const uint16_t group[] = { 24, 29 };
    struct story s;

    story_prepare(&s);
    s.settings[SERVER_END].suites = wish;
    s.settings[SERVER_END].num_suites = 2;
    s.settings[SERVER_END].groups = group;
    s.settings[SERVER_END].num_groups = 2;
    story_begin(&s);
    CU_ASSERT_TRUE(story_connects(&s));
    CU_ASSERT_EQUAL(story_info(&s, CLIENT_END).cipher_suite, 0xcca9);
    CU_ASSERT_EQUAL(story_info(&s, CLIENT_END).group, 24);
    story_end(&s);
}

static void where_both_use_13_ccm_is_not_chosen(void)
{
    static const uint16_t wish[] = { 0xc0ae, 0xc0ac, 0x1301 };
    struct story s;

    story_prepare(&s);
    for (int end = 0; end < 2; end++) {
        s.settings[end].suites = wish;
        s.settings[end].num_suites = 3;
        s.settings[end].max_version = SKIFF_DTLS_1_3;
    }
    story_begin(&s);
    CU_ASSERT_TRUE(story_connects(&s));
    CU_ASSERT_EQUAL(story_info(&s, SERVER_END).version, SKIFF_DTLS_1_3);
    CU_ASSERT_EQUAL(story_info(&s, SERVER_END).cipher_suite, 0x1301);
    story_end(&s);
}

/* --- nothing in common ---------------------------------------------------------------- */

/* The server refuses with `alert` at once; the client learns it within a retransmission. */
static bool both_fail_with(struct story *s, int alert)
{
    story_begin(s);
    world_pass(&s->world, SKIFF_MSEC(1200));
    skiff_failure client = story_failure(s, CLIENT_END),
                  server = story_failure(s, SERVER_END);
    bool good = s->world.ends[CLIENT_END].failed && s->world.ends[SERVER_END].failed
             && client.alert == alert && client.from_peer && server.alert == alert
             && !server.from_peer && server.what != NULL && server.spec != NULL;
    story_end(s);
    return good;
}

static void no_suite_in_common_is_handshake_failure(void)
{
    static const uint16_t rsa[] = { 0xc02f, 0xc030 };
    struct story s;

    story_prepare(&s);
    s.settings[CLIENT_END].suites = rsa;
    s.settings[CLIENT_END].num_suites = 2;
    CU_ASSERT_TRUE(both_fail_with(&s, 40));
}

static void with_ccm_at(struct story *s, int end)
{
    static const uint16_t ccm[] = { 0xc0ac, 0xc0ae };

    s->settings[end].suites = ccm;
    s->settings[end].num_suites = 2;
    s->settings[end].max_version = SKIFF_DTLS_1_2;
}

static void ccm_is_nothing_in_common_with_a_peer_that_did_not_ask_for_it(void)
{
    struct story s;

    for (int end = 0; end < 2; end++) {
        story_prepare(&s);
        s.settings[1 - end].max_version = SKIFF_DTLS_1_2;
        with_ccm_at(&s, end);
        CU_ASSERT_TRUE(both_fail_with(&s, 40));
    }
}

static void no_group_in_common_is_handshake_failure(void)
{
    static const uint16_t one[] = { 29 }, other[] = { 23 };
    struct story s;

    story_prepare(&s);
    s.settings[CLIENT_END].groups = one;
    s.settings[CLIENT_END].num_groups = 1;
    s.settings[SERVER_END].groups = other;
    s.settings[SERVER_END].num_groups = 1;
    CU_ASSERT_TRUE(both_fail_with(&s, 40));
}

/* --- SRTP profiles (RFC 5764 section 4.1) --------------------------------------------- */

static const skiff_srtp_profile every[] = {
    SKIFF_SRTP_AES128_CM_SHA1_80,
    SKIFF_SRTP_AES128_CM_SHA1_32,
    SKIFF_SRTP_AEAD_AES_128_GCM,
    SKIFF_SRTP_AEAD_AES_256_GCM,
};

static void each_profile_brings_keys_of_its_length(void)
{
    static const uint8_t lengths[] = { 30, 30, 28, 44 };
    skiff_srtp_keys keys;
    struct story s;

    for (size_t i = 0; i < 4; i++) {
        story_prepare(&s);
        s.settings[CLIENT_END].profiles = &every[i];
        s.settings[CLIENT_END].num_profiles = 1;
        s.settings[SERVER_END].profiles = every;
        s.settings[SERVER_END].num_profiles = 4;
        story_begin(&s);
        CU_ASSERT_TRUE(story_connects(&s));
        CU_ASSERT_EQUAL(story_info(&s, SERVER_END).srtp_profile, every[i]);
        CU_ASSERT_EQUAL(skiff_dtls_srtp_keys(s.world.ends[0].dtls, &keys), SKIFF_OK);
        CU_ASSERT_EQUAL(keys.len, lengths[i]);
        CU_ASSERT_EQUAL(keys.profile, every[i]);
        story_end(&s);
    }
}

static void the_order_of_profiles_is_the_servers(void)
{
    static const skiff_srtp_profile wish[] = { SKIFF_SRTP_AEAD_AES_256_GCM,
                                               SKIFF_SRTP_AEAD_AES_128_GCM };
    struct story s;

    story_prepare(&s);
    s.settings[SERVER_END].profiles = wish;
    s.settings[SERVER_END].num_profiles = 2;
    story_begin(&s);
    CU_ASSERT_TRUE(story_connects(&s));
    CU_ASSERT_EQUAL(story_info(&s, CLIENT_END).srtp_profile, SKIFF_SRTP_AEAD_AES_256_GCM);
    story_end(&s);
}

static void without_a_profile_in_common(struct story *s)
{
    story_prepare(s);
    s->settings[CLIENT_END].profiles = &every[0];
    s->settings[CLIENT_END].num_profiles = 1;
    s->settings[SERVER_END].profiles = &every[3];
    s->settings[SERVER_END].num_profiles = 1;
}

static void no_profile_in_common_is_handshake_failure(void)
{
    struct story s;

    without_a_profile_in_common(&s);
    CU_ASSERT_TRUE(both_fail_with(&s, 40));
}

static void where_media_is_optional_it_goes_on_without_srtp_keys(void)
{
    skiff_srtp_keys keys = { .len = 77 };
    uint8_t out[2][32];
    struct story s;

    without_a_profile_in_common(&s);
    s.settings[CLIENT_END].media_optional = s.settings[SERVER_END].media_optional = true;
    story_begin(&s);
    world_run(&s.world, SKIFF_MSEC(1000));
    CU_ASSERT_TRUE(world_both_connected(&s.world));
    for (int i = 0; i < 2; i++) {
        skiff_dtls *end = s.world.ends[i].dtls;
        CU_ASSERT_EQUAL(skiff_dtls_srtp_keys(end, &keys), SKIFF_ERR_STATE);
        CU_ASSERT_EQUAL(skiff_dtls_export(end, "any", (skiff_bytes){ NULL, 0 }, out[i], 32),
                        SKIFF_OK);
    }
    CU_ASSERT_EQUAL(keys.len, 77);
    CU_ASSERT_EQUAL(memcmp(out[0], out[1], 32), 0);
    story_end(&s);
}

static void a_client_that_insists_on_media_refuses_a_server_without(void)
{
    struct story s;

    without_a_profile_in_common(&s);
    s.settings[SERVER_END].media_optional = true;
    story_begin(&s);
    world_pass(&s.world, SKIFF_MSEC(1200));
    CU_ASSERT_TRUE(s.world.ends[CLIENT_END].failed && s.world.ends[SERVER_END].failed);
    CU_ASSERT_EQUAL(story_failure(&s, CLIENT_END).alert, 40);
    CU_ASSERT_FALSE(story_failure(&s, CLIENT_END).from_peer);
    CU_ASSERT_TRUE(story_failure(&s, SERVER_END).from_peer);
    story_end(&s);
}

CU_TestInfo agreement_tests[] = {
    TEST(every_kind_of_key_meets_every_other),
    TEST(every_suite_goes_with_every_group),
    TEST(the_server_chooses_by_its_own_preference),
    TEST(where_both_use_13_ccm_is_not_chosen),
    TEST(no_suite_in_common_is_handshake_failure),
    TEST(ccm_is_nothing_in_common_with_a_peer_that_did_not_ask_for_it),
    TEST(no_group_in_common_is_handshake_failure),
    TEST(each_profile_brings_keys_of_its_length),
    TEST(the_order_of_profiles_is_the_servers),
    TEST(no_profile_in_common_is_handshake_failure),
    TEST(where_media_is_optional_it_goes_on_without_srtp_keys),
    TEST(a_client_that_insists_on_media_refuses_a_server_without),
    CU_TEST_INFO_NULL,
};
