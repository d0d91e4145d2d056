/* transcript_test.c - the running hash of what was said. */
#include "../suite.h"

#include "dtls/transcript.h"

static skiff_bytes text(const char *s)
{
    return (skiff_bytes){ (const uint8_t *)s, strlen(s) };
}

static bool is_hash_of(const struct transcript *t, enum skf_hash_alg alg, const char *said)
{
    uint8_t expected[SKF_HASH_MAX], digest[SKF_HASH_MAX];
    skiff_bytes all = text(said);

    return skf_digest(alg, &all, 1, expected) && transcript_digest(t, alg, digest)
        && memcmp(expected, digest, skf_hash_len(alg)) == 0;
}

static void begin(struct transcript *t)
{
    memset(t, 0, sizeof *t);
    CU_ASSERT_TRUE_FATAL(transcript_new(t) && transcript_start(t));
}

static void both_hashes_run_over_everything_said(void)
{
    struct transcript t;

    begin(&t);
    CU_ASSERT_TRUE(transcript_add(&t, text("hello ")) && transcript_add(&t, text("world")));
    CU_ASSERT_TRUE(is_hash_of(&t, HASH_SHA256, "hello world"));
    CU_ASSERT_TRUE(is_hash_of(&t, HASH_SHA384, "hello world"));
    transcript_free(&t);
}

static void asking_does_not_end_it(void)
{
    struct transcript t;

    begin(&t);
    CU_ASSERT_TRUE(transcript_add(&t, text("a")));
    CU_ASSERT_TRUE(is_hash_of(&t, HASH_SHA256, "a"));
    CU_ASSERT_TRUE(transcript_add(&t, text("b")));
    CU_ASSERT_TRUE(is_hash_of(&t, HASH_SHA256, "ab"));
    transcript_free(&t);
}

static void a_new_start_forgets_what_was_said(void)
{
    struct transcript t;

    begin(&t);
    CU_ASSERT_TRUE(transcript_add(&t, text("first hello")));
    transcript_keep(&t, true, false);
    CU_ASSERT_TRUE(transcript_start(&t) && transcript_add(&t, text("second hello")));
    CU_ASSERT_TRUE(is_hash_of(&t, HASH_SHA256, "second hello"));
    CU_ASSERT_TRUE(is_hash_of(&t, HASH_SHA384, "second hello"));
    transcript_free(&t);
}

static void what_is_not_kept_cannot_be_had(void)
{
    uint8_t digest[SKF_HASH_MAX];
    struct transcript t;

    begin(&t);
    transcript_keep(&t, false, true);
    CU_ASSERT_TRUE(transcript_add(&t, text("x")));
    CU_ASSERT_FALSE(transcript_digest(&t, HASH_SHA256, digest));
    CU_ASSERT_FALSE(transcript_digest(&t, HASH_SHA512, digest));
    CU_ASSERT_TRUE(is_hash_of(&t, HASH_SHA384, "x"));
    transcript_free(&t);
}

CU_TestInfo transcript_tests[] = {
    TEST(both_hashes_run_over_everything_said),
    TEST(asking_does_not_end_it),
    TEST(a_new_start_forgets_what_was_said),
    TEST(what_is_not_kept_cannot_be_had),
    CU_TEST_INFO_NULL,
};
