/* provider_test.c - what no provider of libcrypto has is left out of the defaults, and
 * refused where it is asked for. Wrappers hide what those of FIPS 140-3 have not, unless
 * the environment says with SKIFF_PROVIDER=fips that such a provider is at hand. */
#include "../suite.h"

#include "handshake/settings.h"
#include "faults.h"
#include "story.h"

#include <stdlib.h>

enum { CHACHA_13 = 0x1303, CHACHA_12 = 0xcca9, X25519 = 0x001d };

static const char *const unapproved[] = { "ChaCha20-Poly1305", "ChaCha20", "X25519", NULL };
static const char *const unmasked[] = { "ChaCha20", NULL };

static void lack(const char *const *names)
{
    const char *provider = getenv("SKIFF_PROVIDER");

    if (provider == NULL || strcmp(provider, "fips") != 0)
        faults_hide(names);
}

static bool holds(const uint16_t *list, size_t num, uint16_t number)
{
    for (size_t i = 0; i < num; i++)
        if (list[i] == number)
            return true;
    return false;
}

static skiff_context_config wishes(const uint16_t *suite, const uint16_t *group)
{
    skiff_context_config config = skiff_context_defaults();

    config.identity = world_identity(0);
    config.suites = suite;
    config.num_suites = suite != NULL;
    config.groups = group;
    config.num_groups = group != NULL;
    return config;
}

static void the_defaults_leave_out_what_no_provider_has(void)
{
    skiff_context_config config = wishes(NULL, NULL);
    struct settings settings;

    lack(unapproved);
    CU_ASSERT_EQUAL_FATAL(skf_settings_from(&config, &settings), SKIFF_OK);
    faults_hide(NULL);
    CU_ASSERT_TRUE(settings.num_suites > 0 && settings.num_groups > 0);
    CU_ASSERT_FALSE(holds(settings.suites, settings.num_suites, CHACHA_13));
    CU_ASSERT_FALSE(holds(settings.suites, settings.num_suites, CHACHA_12));
    CU_ASSERT_FALSE(holds(settings.groups, settings.num_groups, X25519));
    CU_ASSERT_TRUE(settings.has_dtls12 && settings.has_dtls13);
}

static void refuses(const uint16_t *suite, const uint16_t *group, const char *sentence)
{
    skiff_context_config config = wishes(suite, group);
    skiff_context *context = NULL;

    CU_ASSERT_EQUAL(skiff_context_new(&config, &context), SKIFF_ERR_ARGUMENT);
    CU_ASSERT_STRING_EQUAL(skiff_fault(), sentence);
    CU_ASSERT_PTR_NULL(context);
}

static void a_choice_that_no_provider_has_is_refused_with_its_sentence(void)
{
    static const uint16_t chacha_13 = CHACHA_13, chacha_12 = CHACHA_12, x25519 = X25519;

    lack(unapproved);
    refuses(&chacha_13, NULL, "suites: this libcrypto has no TLS_CHACHA20_POLY1305_SHA256");
    refuses(&chacha_12, NULL,
            "suites: this libcrypto has no "
            "TLS_ECDHE_ECDSA_CHACHA20_POLY1305_SHA256");
    refuses(NULL, &x25519, "groups: this libcrypto has no X25519");
    faults_hide(NULL);
}

static void what_cannot_mask_numbers_is_not_there(void)
{
    static const uint16_t chacha_13 = CHACHA_13;

    lack(unmasked);
    refuses(&chacha_13, NULL, "suites: this libcrypto has no TLS_CHACHA20_POLY1305_SHA256");
    faults_hide(NULL);
}

/* The defaults must not shrink because memory was short for a moment. */
static void a_fetch_that_fails_is_no_absence(void)
{
    skiff_context_config config = wishes(NULL, NULL);
    skiff_context *context = NULL;
    struct settings settings;

    faults_starve(unapproved);
    CU_ASSERT_EQUAL(skiff_context_new(&config, &context), SKIFF_ERR_CRYPTO);
    CU_ASSERT_PTR_NULL(context);
    CU_ASSERT_EQUAL_FATAL(skf_settings_from(&config, &settings), SKIFF_OK);
    CU_ASSERT_TRUE(holds(settings.suites, settings.num_suites, CHACHA_13));
    CU_ASSERT_TRUE(holds(settings.groups, settings.num_groups, X25519));
    faults_hide(NULL);
}

/* As story_begin, with providers that have less while this end's context is made. */
static void begin(struct story *s, int end)
{
    for (int i = 0; i < 2; i++) {
        if (i == end)
            lack(unapproved);
        s->network.context[i] = s->context[i] = world_context(i, &s->settings[i]);
        faults_hide(NULL);
    }
    world_begin(&s->world, &s->network);
}

static void an_end_that_has_less_agrees_with_one_that_has_all(void)
{
    static const uint16_t versions[] = { SKIFF_DTLS_1_2, SKIFF_DTLS_1_3 };
    struct story s;

    for (int i = 0; i < 4; i++) {
        story_prepare(&s);
        s.settings[CLIENT_END].max_version = s.settings[SERVER_END].max_version =
            versions[i / 2];
        begin(&s, i % 2);
        CU_ASSERT_TRUE(story_connects(&s));
        CU_ASSERT_TRUE(story_talks(&s));
        CU_ASSERT_EQUAL(story_info(&s, i % 2).version, versions[i / 2]);
        CU_ASSERT_NOT_EQUAL(story_info(&s, i % 2).group, X25519);
        story_end(&s);
    }
}

CU_TestInfo provider_tests[] = {
    TEST(the_defaults_leave_out_what_no_provider_has),
    TEST(a_choice_that_no_provider_has_is_refused_with_its_sentence),
    TEST(what_cannot_mask_numbers_is_not_there),
    TEST(a_fetch_that_fails_is_no_absence),
    TEST(an_end_that_has_less_agrees_with_one_that_has_all),
    CU_TEST_INFO_NULL,
};
