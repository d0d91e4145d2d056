/* prepared_test.c - what a context keeps, and the memory it takes. */
#include <stdlib.h>

#include "../suite.h"
#include "given.h"
#include "keys.h"

/* Gives `left` blocks and then none. */
struct scarce {
    size_t left, blocks, bytes;
};

static void *scarce_acquire(void *context, size_t size)
{
    struct scarce *scarce = context;

    if (scarce->left == 0)
        return NULL;
    scarce->left--;
    scarce->blocks++;
    scarce->bytes += size;
    return malloc(size);
}

static void scarce_release(void *context, void *block, size_t size)
{
    struct scarce *scarce = context;

    scarce->blocks--;
    scarce->bytes -= size;
    free(block);
}

static void check_scarcity(const skiff_identity *identity)
{
    size_t enough = 0;

    for (bool made = false; !made; enough++) {
        struct scarce scarce = { .left = enough };
        skiff_allocator memory = { scarce_acquire, scarce_release, &scarce };
        struct skf_crypto *crypto = NULL;

        skiff_status status = skf_crypto_new(&memory, identity, &crypto);
        made = status == SKIFF_OK;
        CU_ASSERT_TRUE(made || status == SKIFF_ERR_MEMORY);
        CU_ASSERT_EQUAL(made, crypto != NULL);
        CU_ASSERT_TRUE_FATAL(enough < 100);
        skf_crypto_free(crypto);
        CU_ASSERT_EQUAL(scarce.blocks, 0);
        CU_ASSERT_EQUAL(scarce.bytes, 0);
    }
    CU_ASSERT_TRUE(enough > 1);
    CU_ASSERT_TRUE(given_no_errors());
}

static void whichever_block_is_missing_nothing_leaks(void)
{
    skiff_identity *ecdsa = given_identity(p256_pem), *rsa = given_identity(rsa2048_pem);

    check_scarcity(NULL);
    check_scarcity(ecdsa);
    check_scarcity(rsa);
    skiff_identity_free(ecdsa);
    skiff_identity_free(rsa);
}

/* Once a context is made, the allocator is not asked again. */
static void nothing_is_taken_after_new(void)
{
    skiff_identity *identity = given_identity(p256_pem);
    struct scarce scarce = { .left = 100 };
    skiff_allocator memory = { scarce_acquire, scarce_release, &scarce };
    struct skf_crypto *crypto = NULL;
    struct skf_share share = { 0 };
    uint8_t bytes[SKF_SIGNATURE_MAX] = { 0 }, secret[SKF_SECRET_MAX];
    size_t len, blocks;

    CU_ASSERT_EQUAL_FATAL(skf_crypto_new(&memory, identity, &crypto), SKIFF_OK);
    blocks = scarce.blocks;
    scarce.left = 0;
    CU_ASSERT_TRUE(skf_share_make(crypto, GROUP_SECP256R1, &share, bytes, &len));
    CU_ASSERT_TRUE(
        skf_share_agree(crypto, &share, (skiff_bytes){ bytes, len }, secret, &len));
    CU_ASSERT_TRUE(skf_sign(crypto, SCHEME_ECDSA_SECP256R1_SHA256, secret, bytes, &len));
    CU_ASSERT_EQUAL(scarce.blocks, blocks);
    skf_share_wipe(&share);
    skf_crypto_free(crypto);
    skiff_identity_free(identity);
}

CU_TestInfo prepared_tests[] = {
    TEST(whichever_block_is_missing_nothing_leaks),
    TEST(nothing_is_taken_after_new),
    CU_TEST_INFO_NULL,
};
