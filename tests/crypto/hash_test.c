/* hash_test.c - SHA-2 in one call and running. */
#include "../suite.h"
#include "material.h"

static const enum skf_hash_alg algs[] = { HASH_SHA256, HASH_SHA384, HASH_SHA512 };

/* FIPS 180-4, the examples for "abc" and for the 896 bits of the two-block message */
static const struct {
    enum skf_hash_alg alg;
    const char *text, *digest;
} examples[] = {
    { HASH_SHA256, "abc",
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
    { HASH_SHA384, "abc",
      "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
      "8086072ba1e7cc2358baeca134c825a7" },
    { HASH_SHA512, "abc",
      "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
      "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f" },
    { HASH_SHA384,
      "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
      "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
      "09330c33f71147e83d192fc782cd1b4753111b173b3b05d22fa08086e3b0f712"
      "fcc7c71a557e2db966c3e9fa91746039" },
    { HASH_SHA512,
      "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
      "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
      "8e959b75dae313da8cf4f72814fc143f8f7779c6eb9f7fa17299aeadb6889018"
      "501d289e4900f7e4331b99dec4b5433ac7d329eeb6dd26545e96e55b874be909" },
};

static void the_examples_of_fips_180_come_out(void)
{
    for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
        struct material digest = material_hex(examples[i].digest);
        skiff_bytes text = material_text(examples[i].text);
        uint8_t got[SKF_HASH_MAX];

        CU_ASSERT_EQUAL(skf_hash_len(examples[i].alg), digest.len);
        CU_ASSERT_TRUE(skf_digest(examples[i].alg, &text, 1, got));
        CU_ASSERT_EQUAL(memcmp(got, digest.bytes, digest.len), 0);
    }
}

/* Every prefix of 300 bytes, added in two pieces, against the digest in one call. */
static void check_all_cuts(struct skf_hash *hash, enum skf_hash_alg alg)
{
    uint8_t bytes[300], running[SKF_HASH_MAX], at_once[SKF_HASH_MAX];

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 7);
    for (size_t cut = 0; cut <= sizeof bytes; cut++) {
        const skiff_bytes parts[] = { { bytes, cut }, { bytes + cut, sizeof bytes - cut } };

        CU_ASSERT_TRUE(skf_hash_start(hash, alg));
        CU_ASSERT_TRUE(skf_hash_add(hash, parts[0]));
        CU_ASSERT_TRUE(skf_hash_so_far(hash, running));
        CU_ASSERT_TRUE(skf_digest(alg, parts, 1, at_once));
        CU_ASSERT_EQUAL(memcmp(running, at_once, skf_hash_len(alg)), 0);

        CU_ASSERT_TRUE(skf_digest(alg, parts, 2, at_once));
        CU_ASSERT_TRUE(skf_hash_with(hash, &parts[1], 1, running)); /* not kept */
        CU_ASSERT_EQUAL(memcmp(running, at_once, skf_hash_len(alg)), 0);

        CU_ASSERT_TRUE(skf_hash_add(hash, parts[1]));
        CU_ASSERT_TRUE(skf_hash_so_far(hash, running));
        CU_ASSERT_EQUAL(memcmp(running, at_once, skf_hash_len(alg)), 0);
    }
}

static void a_running_hash_gives_what_one_call_gives_and_goes_on(void)
{
    struct skf_hash hash;

    CU_ASSERT_TRUE_FATAL(skf_hash_new(&hash));
    for (size_t i = 0; i < 3; i++)
        check_all_cuts(&hash, algs[i]);
    skf_hash_free(&hash);
}

static void asking_twice_gives_the_same_digest(void)
{
    struct skf_hash hash;
    uint8_t a[SKF_HASH_MAX], b[SKF_HASH_MAX];

    CU_ASSERT_TRUE_FATAL(skf_hash_new(&hash));
    CU_ASSERT_TRUE(skf_hash_start(&hash, HASH_SHA256));
    CU_ASSERT_TRUE(skf_hash_add(&hash, material_text("abc")));
    CU_ASSERT_TRUE(skf_hash_so_far(&hash, a));
    CU_ASSERT_TRUE(skf_hash_so_far(&hash, b));
    CU_ASSERT_EQUAL(memcmp(a, b, 32), 0);
    skf_hash_free(&hash);
}

static void a_hash_that_was_never_made_can_be_freed(void)
{
    struct skf_hash hash = { 0 };

    skf_hash_free(&hash);
    skf_hash_free(&hash);
    CU_ASSERT_TRUE(material_no_errors());
}

CU_TestInfo hash_tests[] = {
    TEST(the_examples_of_fips_180_come_out),
    TEST(a_running_hash_gives_what_one_call_gives_and_goes_on),
    TEST(asking_twice_gives_the_same_digest),
    TEST(a_hash_that_was_never_made_can_be_freed),
    CU_TEST_INFO_NULL,
};
