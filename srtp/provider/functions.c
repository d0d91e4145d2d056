/* functions.c - finds the functions by the provider's table of algorithms. */
#include "functions.h"

#include <openssl/evp.h>
#include <openssl/provider.h>
#include <string.h>
#include <strings.h>

/* The names of an algorithm have a colon between them. */
static bool is_called(const OSSL_ALGORITHM *algorithm, const char *wanted)
{
    const char *names = algorithm->algorithm_names;
    size_t len = strlen(wanted);

    while (strncasecmp(names, wanted, len) != 0
           || (names[len] != ':' && names[len] != '\0')) {
        names = strchr(names, ':');
        if (names == NULL)
            return false;
        names++;
    }
    return true;
}

/* NULL if the provider has none of that name, or more than one: EVP may have chosen either
 * of them. */
static const OSSL_DISPATCH *implementation_of(const OSSL_ALGORITHM *algorithm,
                                              const char *wanted)
{
    const OSSL_DISPATCH *only = NULL;

    for (; algorithm != NULL && algorithm->algorithm_names != NULL; algorithm++)
        if (is_called(algorithm, wanted)) {
            if (only != NULL)
                return NULL;
            only = algorithm->implementation;
        }
    return only;
}

static void note(const OSSL_DISPATCH *function, struct provider_functions *functions)
{
    switch (function->function_id) {
#define NOTE(id, name)                                                                     \
  case OSSL_FUNC_CIPHER_##id:                                                              \
    functions->name = OSSL_FUNC_cipher_##name(function);                                   \
    break
        NOTE(NEWCTX, newctx);
        NOTE(FREECTX, freectx);
        NOTE(ENCRYPT_INIT, encrypt_init);
        NOTE(DECRYPT_INIT, decrypt_init);
        NOTE(UPDATE, update);
        NOTE(FINAL, final);
        NOTE(GET_CTX_PARAMS, get_ctx_params);
        NOTE(SET_CTX_PARAMS, set_ctx_params);
#undef NOTE
    default:
        break;
    }
}

static bool is_complete(const struct provider_functions *functions)
{
    return functions->newctx != NULL && functions->freectx != NULL
        && functions->encrypt_init != NULL && functions->decrypt_init != NULL
        && functions->update != NULL && functions->final != NULL
        && functions->get_ctx_params != NULL && functions->set_ctx_params != NULL;
}

/* Nobody frees what was fetched: so the provider stays, and its functions with it. A
 * provider that forbids to keep its table may have other functions in the next one. */
bool skf_provider_functions(const char *cipher, struct provider_functions *functions)
{
    const EVP_CIPHER *fetched = EVP_CIPHER_fetch(NULL, cipher, NULL);
    const OSSL_PROVIDER *provider;
    int no_cache = 0;

    if (fetched == NULL)
        return false;
    provider = EVP_CIPHER_get0_provider(fetched);
    *functions = (struct provider_functions){
        .provider = OSSL_PROVIDER_get0_provider_ctx(provider),
    };

    const OSSL_ALGORITHM *algorithms =
        OSSL_PROVIDER_query_operation(provider, OSSL_OP_CIPHER, &no_cache);
    const OSSL_DISPATCH *function = implementation_of(algorithms, cipher);
    for (; function != NULL && function->function_id != 0; function++)
        note(function, functions);
    OSSL_PROVIDER_unquery_operation(provider, OSSL_OP_CIPHER, algorithms);
    return no_cache == 0 && is_complete(functions);
}
