/* context_test.c - what a context keeps, and the memory it takes. */
#include <stdlib.h>

#include "../suite.h"
#include "material.h"
#include "keys.h"

/* Gives `left` blocks and then none. */
struct scarce_heap {
    size_t remaining, blocks, bytes;
};

static void *scarce_heap_acquire(void *user, size_t size)
{
    struct scarce_heap *scarce = user;

    if (scarce->remaining == 0)
        return NULL;
    scarce->remaining--;
    scarce->blocks++;
    scarce->bytes += size;
    return malloc(size);
}

static void scarce_heap_release(void *user, void *block, size_t size)
{
    struct scarce_heap *scarce = user;

    scarce->blocks--;
    scarce->bytes -= size;
    free(block);
}

static void check_scarcity(const skiff_identity *identity)
{
    size_t enough = 0;

    for (bool made = false; !made; enough++) {
        struct scarce_heap scarce = { .remaining = enough };
        skiff_allocator memory = { scarce_heap_acquire, scarce_heap_release, &scarce };
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
    CU_ASSERT_TRUE(material_no_errors());
}

static void whichever_block_is_missing_nothing_leaks(void)
{
    skiff_identity *ecdsa = material_identity(p256_pem),
                   *rsa = material_identity(rsa2048_pem);

    check_scarcity(NULL);
    check_scarcity(ecdsa);
    check_scarcity(rsa);
    skiff_identity_free(ecdsa);
    skiff_identity_free(rsa);
}

/* Once a context is made, the allocator is not asked again. */
static void nothing_is_accepted_after_new(void)
{
    skiff_identity *identity = material_identity(p256_pem);
    struct scarce_heap scarce = { .remaining = 100 };
    skiff_allocator memory = { scarce_heap_acquire, scarce_heap_release, &scarce };
    struct skf_crypto *crypto = NULL;
    struct skf_share share = { 0 };
    uint8_t bytes[SKF_SIGNATURE_MAX] = { 0 }, secret[SKF_SECRET_MAX];
    size_t len, blocks;

    CU_ASSERT_EQUAL_FATAL(skf_crypto_new(&memory, identity, &crypto), SKIFF_OK);
    blocks = scarce.blocks;
    scarce.remaining = 0;
    CU_ASSERT_TRUE(skf_share_make(crypto, GROUP_SECP256R1, &share, bytes, &len));
    CU_ASSERT_TRUE(
        skf_share_agree(crypto, &share, (skiff_bytes){ bytes, len }, secret, &len));
    CU_ASSERT_TRUE(skf_sign(crypto, SCHEME_ECDSA_SECP256R1_SHA256, secret, bytes, &len));
    CU_ASSERT_EQUAL(scarce.blocks, blocks);
    skf_share_wipe(&share);
    skf_crypto_free(crypto);
    skiff_identity_free(identity);
}

CU_TestInfo context_tests[] = {
    TEST(whichever_block_is_missing_nothing_leaks),
    TEST(nothing_is_accepted_after_new),
    CU_TEST_INFO_NULL,
};
