/* functions.c - finds the functions by the provider's table of algorithms. */
#include "functions.h"

#include <openssl/err.h>
#include <openssl/provider.h>
#include <string.h>
#include <strings.h>

/* The names of an algorithm have a colon between them. */
static bool is_called(const OSSL_ALGORITHM *algorithm, const char *wanted, size_t len)
{
    const char *names = algorithm->algorithm_names;

    while (strncasecmp(names, wanted, len) != 0
           || (names[len] != ':' && names[len] != '\0')) {
        names = strchr(names, ':');
        if (names == NULL)
            return false;
        names++;
    }
    return true;
}

/* Then EVP takes both for the same algorithm. */
static bool have_a_name_in_common(const OSSL_ALGORITHM *one, const OSSL_ALGORITHM *other)
{
    const char *names = one->algorithm_names;
    size_t len;

    for (;; names += len + 1) {
        len = strcspn(names, ":");
        if (is_called(other, names, len))
            return true;
        if (names[len] == '\0')
            return false;
    }
}

/* NULL if the provider has none of that name, or more than one: then EVP chooses between
 * them by their properties. */
static const OSSL_DISPATCH *implementation_of(const OSSL_ALGORITHM *algorithms,
                                              const char *wanted)
{
    const OSSL_ALGORITHM *only = algorithms, *other;

    while (only != NULL && only->algorithm_names != NULL
           && !is_called(only, wanted, strlen(wanted)))
        only++;
    if (only == NULL || only->algorithm_names == NULL)
        return NULL;
    for (other = algorithms; other->algorithm_names != NULL; other++)
        if (other != only && have_a_name_in_common(only, other))
            return NULL;
    return only->implementation;
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

/* Notes what the provider's table of ciphers has for this one. */
static void read_table(const OSSL_PROVIDER *provider, const char *cipher, int *no_cache,
                       struct provider_functions *functions)
{
    const OSSL_ALGORITHM *algorithms =
        OSSL_PROVIDER_query_operation(provider, OSSL_OP_CIPHER, no_cache);
    const OSSL_DISPATCH *function = implementation_of(algorithms, cipher);

    for (; function != NULL && function->function_id != 0; function++)
        note(function, functions);
    OSSL_PROVIDER_unquery_operation(provider, OSSL_OP_CIPHER, algorithms);
}

/* A provider that sets no_cache may have other functions in its next table. */
bool skf_provider_functions(const char *cipher, struct provider_functions *functions)
{
    const OSSL_PROVIDER *provider;
    int no_cache = 0;

    *functions = (struct provider_functions){ .fetched = NULL };
    ERR_set_mark();
    functions->fetched = EVP_CIPHER_fetch(NULL, cipher, NULL);
    ERR_pop_to_mark();
    if (functions->fetched == NULL)
        return false;
    provider = EVP_CIPHER_get0_provider(functions->fetched);
    functions->provider_context = OSSL_PROVIDER_get0_provider_ctx(provider);
    read_table(provider, cipher, &no_cache, functions);
    if (no_cache == 0 && is_complete(functions))
        return true;
    EVP_CIPHER_free(functions->fetched);
    functions->fetched = NULL;
    return false;
}
