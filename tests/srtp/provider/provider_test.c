/* provider_test.c - a provider is called without EVP only if it has all functions, and if
 * EVP would call the same ones. */
#include "suite.h"

#include "faults.h"
#include "srtp/cipher_kernel.h"
#include "srtp/provider/functions.h"
#include "taps_provider.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/provider.h>
#include <stdlib.h>

static const char *const names[] = { "AES-128-CTR", "AES-192-CTR", "AES-256-CTR",
                                     "AES-128-GCM", "AES-256-GCM" };

enum { NAMES = sizeof names / sizeof names[0] };

/* Whether a cipher can be called, with its functions. */
static bool finds(const char *cipher, struct provider_functions *functions)
{
    bool found = skf_provider_functions(cipher, functions);

    CU_ASSERT_EQUAL(functions->fetched != NULL, found);
    EVP_CIPHER_free(functions->fetched);
    return found;
}

/* How many ciphers can be called in such a table. */
static size_t found_in(struct provider_table table)
{
    struct provider_functions functions;
    size_t found = 0;

    taps_provider_table(table);
    for (size_t i = 0; i < NAMES; i++)
        found += finds(names[i], &functions);
    taps_provider_table((struct provider_table){ 0 });
    return found;
}

static void all_ciphers_of_this_provider_are_called_without_evp(void)
{
    CU_ASSERT_EQUAL(found_in((struct provider_table){ 0 }), NAMES);
    CU_ASSERT_PTR_NOT_NULL(skf_provider_kernel());
}

static void a_provider_without_one_of_the_functions_is_called_by_evp(void)
{
    static const int needed[] = {
        OSSL_FUNC_CIPHER_NEWCTX,         OSSL_FUNC_CIPHER_FREECTX,
        OSSL_FUNC_CIPHER_ENCRYPT_INIT,   OSSL_FUNC_CIPHER_DECRYPT_INIT,
        OSSL_FUNC_CIPHER_UPDATE,         OSSL_FUNC_CIPHER_FINAL,
        OSSL_FUNC_CIPHER_GET_CTX_PARAMS, OSSL_FUNC_CIPHER_SET_CTX_PARAMS,
    };

    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++)
        CU_ASSERT_EQUAL(found_in((struct provider_table){ .without = needed[i] }), 0);
}

static void a_provider_with_two_ciphers_of_a_name_is_called_by_evp(void)
{
    CU_ASSERT_EQUAL(found_in((struct provider_table){ .twice = "AES-128-CTR" }), NAMES - 1);
    CU_ASSERT_EQUAL(found_in((struct provider_table){ .twice = "id-aes128-GCM" }),
                    NAMES - 1);
    CU_ASSERT_EQUAL(found_in((struct provider_table){ .twice = "AES-128-CBC" }), NAMES);
}

static void a_provider_whose_table_may_change_is_called_by_evp(void)
{
    CU_ASSERT_EQUAL(found_in((struct provider_table){ .no_cache = true }), 0);
}

static void a_cipher_that_nobody_has_is_not_found(void)
{
    static const char *const hidden[] = { "AES-192-CTR", NULL };
    struct provider_functions functions;

    ERR_clear_error();
    faults_hide(hidden);
    CU_ASSERT_FALSE(finds("AES-192-CTR", &functions));
    CU_ASSERT_EQUAL(ERR_peek_error(), 0);
    CU_ASSERT_TRUE(finds("AES-128-CTR", &functions));
    faults_hide(NULL);
}

static void each_alias_of_a_cipher_finds_the_same_functions(void)
{
    struct provider_functions functions, same;

    CU_ASSERT_TRUE(finds("AES-128-GCM", &functions));
    CU_ASSERT_TRUE(finds("id-aes128-GCM", &same));
    CU_ASSERT_PTR_EQUAL(functions.newctx, same.newctx);
    CU_ASSERT_TRUE(finds("2.16.840.1.101.3.4.1.6", &same));
    CU_ASSERT_PTR_EQUAL(functions.newctx, same.newctx);
    CU_ASSERT_TRUE(finds("aes-128-gcm", &same));
    CU_ASSERT_PTR_EQUAL(functions.newctx, same.newctx);
}

/* As libcrypto's configuration chooses it, where the environment says which one it is. */
static void the_functions_are_those_of_the_configured_provider(void)
{
    const char *wanted = getenv("SKIFF_PROVIDER");
    EVP_CIPHER *fetched = EVP_CIPHER_fetch(NULL, "AES-128-GCM", NULL);
    struct provider_functions functions;

    CU_ASSERT_PTR_NOT_NULL_FATAL(fetched);
    const OSSL_PROVIDER *provider = EVP_CIPHER_get0_provider(fetched);
    CU_ASSERT_STRING_EQUAL(OSSL_PROVIDER_get0_name(provider),
                           wanted != NULL ? wanted : "default");
    CU_ASSERT_TRUE(finds("AES-128-GCM", &functions));
    CU_ASSERT_PTR_EQUAL(functions.provider_context,
                        OSSL_PROVIDER_get0_provider_ctx(provider));
    EVP_CIPHER_free(fetched);
}

CU_TestInfo provider_tests[] = {
    TEST(the_functions_are_those_of_the_configured_provider),
    TEST(all_ciphers_of_this_provider_are_called_without_evp),
    TEST(a_provider_without_one_of_the_functions_is_called_by_evp),
    TEST(a_provider_with_two_ciphers_of_a_name_is_called_by_evp),
    TEST(a_provider_whose_table_may_change_is_called_by_evp),
    TEST(a_cipher_that_nobody_has_is_not_found),
    TEST(each_alias_of_a_cipher_finds_the_same_functions),
    CU_TEST_INFO_NULL,
};
