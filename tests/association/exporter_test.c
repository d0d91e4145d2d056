/* exporter_test.c - keying material (RFC 5705, RFC 5764 section 4.2), the key log. */
#include "../suite.h"

#include "association/association_state.h"
#include "../dtls/story.h"

/* What one end logs. */
struct logged {
    unsigned lines;
    char last[300];
};

static void read_line(void *user, const char *line)
{
    struct logged *l = user;

    l->lines++;
    strncpy(l->last, line, sizeof l->last - 1);
}

static struct story connected(void)
{
    struct story s;

    story_prepare(&s);
    story_begin(&s);
    CU_ASSERT_TRUE_FATAL(story_connects(&s));
    return s;
}

static skiff_bytes text(const char *s)
{
    return (skiff_bytes){ (const uint8_t *)s, strlen(s) };
}

static bool exports(const struct story *s, int end, const char *label, skiff_bytes context,
                    uint8_t out[40])
{
    return skiff_dtls_export(s->world.ends[end].dtls, label, context, out, 40) == SKIFF_OK;
}

static void both_ends_export_the_same_for_the_same_label_and_context(void)
{
    static const char *const labels[] = { "EXPERIMENTAL a", "EXPERIMENTAL b" };
    struct story s = connected();
    uint8_t out[2][2][40];

    for (int i = 0; i < 2; i++)
        for (int end = 0; end < 2; end++)
            CU_ASSERT_TRUE(exports(&s, end, labels[i], text("context"), out[i][end]));
    CU_ASSERT_EQUAL(memcmp(out[0][0], out[0][1], 40), 0);
    CU_ASSERT_EQUAL(memcmp(out[1][0], out[1][1], 40), 0);
    CU_ASSERT_NOT_EQUAL(memcmp(out[0][0], out[1][0], 40), 0);
    story_end(&s);
}

/* RFC 5705 section 4, last paragraph. */
static void an_empty_context_is_not_the_same_as_none(void)
{
    struct story s = connected();
    uint8_t none[40], empty[40], some[40];

    CU_ASSERT_TRUE(exports(&s, 0, "label", (skiff_bytes){ NULL, 0 }, none));
    CU_ASSERT_TRUE(exports(&s, 0, "label", text(""), empty));
    CU_ASSERT_TRUE(exports(&s, 0, "label", text("x"), some));
    CU_ASSERT_NOT_EQUAL(memcmp(none, empty, 40), 0);
    CU_ASSERT_NOT_EQUAL(memcmp(empty, some, 40), 0);
    story_end(&s);
}

/* The definition, written down a second time (RFC 5705 section 4). */
static void it_is_the_prf_over_randoms_and_context(void)
{
    struct story s = connected();
    const struct secrets *e = &s.world.ends[0].dtls->stage.agreed.secrets;
    static const uint8_t tail[] = { 0, 3, 'a', 'b', 'c' };
    uint8_t seed[2 * RANDOM + sizeof tail], expected[40], out[40];
    struct skf_prf12 prf = { .alg = (enum skf_hash_alg)e->hash,
                             .secret = { e->exporter, MASTER_SECRET },
                             .label = "label",
                             .seed = { { seed, sizeof seed } } };

    memcpy(seed, e->randoms, 2 * RANDOM);
    memcpy(seed + 2 * RANDOM, tail, sizeof tail);
    CU_ASSERT_TRUE(skf_prf12(&prf, expected, sizeof expected));
    CU_ASSERT_TRUE(exports(&s, 0, "label", text("abc"), out));
    CU_ASSERT_EQUAL(memcmp(expected, out, 40), 0);
    story_end(&s);
}

static void what_is_asked_wrongly_is_refused(void)
{
    struct story s = connected();
    const skiff_dtls *dtls = s.world.ends[0].dtls;
    uint8_t out[8] = { 0x77 };
    static uint8_t much[0x10001];

    CU_ASSERT_EQUAL(skiff_dtls_export(dtls, NULL, text("x"), out, 8), SKIFF_ERR_ARGUMENT);
    CU_ASSERT_EQUAL(skiff_dtls_export(dtls, "", text("x"), out, 8), SKIFF_ERR_ARGUMENT);
    CU_ASSERT_EQUAL(skiff_dtls_export(dtls, "l", text("x"), NULL, 8), SKIFF_ERR_ARGUMENT);
    CU_ASSERT_EQUAL(skiff_dtls_export(dtls, "l", text("x"), out, 0), SKIFF_ERR_ARGUMENT);
    CU_ASSERT_EQUAL(
        skiff_dtls_export(dtls, "l", (skiff_bytes){ much, sizeof much }, out, 8),
        SKIFF_ERR_ARGUMENT);
    CU_ASSERT_EQUAL(skiff_dtls_export(dtls, "l", (skiff_bytes){ NULL, 1 }, out, 8),
                    SKIFF_ERR_ARGUMENT);
    CU_ASSERT_EQUAL(skiff_dtls_srtp_keys(dtls, NULL), SKIFF_ERR_ARGUMENT);
    CU_ASSERT_EQUAL(out[0], 0x77);
    story_end(&s);
}

/* RFC 5764 section 4.2: client key, server key, client salt, server salt. */
static void srtp_keys_are_cut_from_the_exported_bytes(void)
{
    struct story s = connected();
    uint8_t material[56];
    skiff_srtp_keys client, server;
    const skiff_dtls *end = s.world.ends[0].dtls;

    CU_ASSERT_EQUAL(skiff_dtls_export(end, "EXTRACTOR-dtls_srtp", (skiff_bytes){ NULL, 0 },
                                      material, sizeof material),
                    SKIFF_OK);
    CU_ASSERT_EQUAL(skiff_dtls_srtp_keys(end, &client), SKIFF_OK);
    CU_ASSERT_EQUAL(skiff_dtls_srtp_keys(s.world.ends[1].dtls, &server), SKIFF_OK);
    CU_ASSERT_EQUAL(client.profile, SKIFF_SRTP_AEAD_AES_128_GCM);
    CU_ASSERT_EQUAL(memcmp(client.ours, material, 16), 0);
    CU_ASSERT_EQUAL(memcmp(client.ours + 16, material + 32, 12), 0);
    CU_ASSERT_EQUAL(memcmp(server.ours, material + 16, 16), 0);
    CU_ASSERT_EQUAL(memcmp(server.ours + 16, material + 44, 12), 0);
    story_end(&s);
}

/* --- the key log ---------------------------------------------------------------------- */

static void both_ends_log_the_same_line_once(void)
{
    struct logged logs[2] = { { .lines = 0 } };
    struct story s;

    story_prepare(&s);
    for (int i = 0; i < 2; i++) {
        s.settings[i].key_log = read_line;
        s.settings[i].user = &logs[i];
    }
    story_begin(&s);
    CU_ASSERT_TRUE(story_connects(&s));
    for (int i = 0; i < 2; i++)
        CU_ASSERT_EQUAL(logs[i].lines, 1);
    CU_ASSERT_STRING_EQUAL(logs[0].last, logs[1].last);
    CU_ASSERT_EQUAL(strncmp(logs[0].last, "CLIENT_RANDOM ", 14), 0);
    CU_ASSERT_EQUAL(strlen(logs[0].last), 14 + 64 + 1 + 96);
    CU_ASSERT_EQUAL(strspn(logs[0].last + 14, "0123456789abcdef"), 64);
    CU_ASSERT_EQUAL(strspn(logs[0].last + 79, "0123456789abcdef"), 96);
    story_end(&s);
}

CU_TestInfo exporter_tests[] = {
    TEST(both_ends_export_the_same_for_the_same_label_and_context),
    TEST(an_empty_context_is_not_the_same_as_none),
    TEST(it_is_the_prf_over_randoms_and_context),
    TEST(what_is_asked_wrongly_is_refused),
    TEST(srtp_keys_are_cut_from_the_exported_bytes),
    TEST(both_ends_log_the_same_line_once),
    CU_TEST_INFO_NULL,
};
