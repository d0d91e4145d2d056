/* taps_provider.c - the taps of a provider's functions for AES-GCM and AES-CTR. Whether a
 * tag is right is not a failure, so `final` is left alone when it opens. */
#include "taps_provider.h"

#include "taps.h"

#include <openssl/core_dispatch.h>
#include <openssl/provider.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_CIPHERS = 8, MOST_FUNCTIONS = 32, MOST_ALGORITHMS = 256 };

static struct provider_table asked;

void taps_provider_table(struct provider_table table)
{
    asked = table;
}

/* --- the functions, of GCM and of CTR ------------------------------------------------- */

static _Thread_local bool opens;

#define FUNCTIONS(mode)                                                                    \
  static OSSL_FUNC_cipher_freectx_fn *real_freectx_##mode;                                 \
  static OSSL_FUNC_cipher_encrypt_init_fn *real_encrypt_init_##mode;                       \
  static OSSL_FUNC_cipher_decrypt_init_fn *real_decrypt_init_##mode;                       \
  static OSSL_FUNC_cipher_update_fn *real_update_##mode;                                   \
  static OSSL_FUNC_cipher_final_fn *real_final_##mode;                                     \
  static OSSL_FUNC_cipher_get_ctx_params_fn *real_get_ctx_params_##mode;                   \
  static OSSL_FUNC_cipher_set_ctx_params_fn *real_set_ctx_params_##mode;                   \
                                                                                           \
  /* provider-cipher(7) does not say that it may be NULL. */                               \
  static void freectx_##mode(void *c)                                                      \
  {                                                                                        \
    if (c == NULL)                                                                         \
      abort();                                                                             \
    real_freectx_##mode(c);                                                                \
  }                                                                                        \
                                                                                           \
  static int encrypt_init_##mode(void *c, const unsigned char *k, size_t k_len,            \
                                 const unsigned char *iv, size_t iv_len,                   \
                                 const OSSL_PARAM *p)                                      \
  {                                                                                        \
    opens = false;                                                                         \
    return taps_strike_key(k != NULL) || taps_strike("encrypt_init")                       \
             ? 0                                                                           \
             : real_encrypt_init_##mode(c, k, k_len, iv, iv_len, p);                       \
  }                                                                                        \
                                                                                           \
  static int decrypt_init_##mode(void *c, const unsigned char *k, size_t k_len,            \
                                 const unsigned char *iv, size_t iv_len,                   \
                                 const OSSL_PARAM *p)                                      \
  {                                                                                        \
    opens = true;                                                                          \
    return taps_strike("decrypt_init")                                                     \
             ? 0                                                                           \
             : real_decrypt_init_##mode(c, k, k_len, iv, iv_len, p);                       \
  }                                                                                        \
                                                                                           \
  static int update_##mode(void *c, unsigned char *out, size_t *len, size_t most,          \
                           const unsigned char *in, size_t in_len)                         \
  {                                                                                        \
    return taps_strike("update") ? 0 : real_update_##mode(c, out, len, most, in, in_len);  \
  }                                                                                        \
                                                                                           \
  static int final_##mode(void *c, unsigned char *out, size_t *len, size_t most)           \
  {                                                                                        \
    return !opens && taps_strike("final") ? 0 : real_final_##mode(c, out, len, most);      \
  }                                                                                        \
                                                                                           \
  static int get_ctx_params_##mode(void *c, OSSL_PARAM p[])                                \
  {                                                                                        \
    return taps_strike("get_ctx_params") ? 0 : real_get_ctx_params_##mode(c, p);           \
  }                                                                                        \
                                                                                           \
  static int set_ctx_params_##mode(void *c, const OSSL_PARAM p[])                          \
  {                                                                                        \
    return taps_strike("set_ctx_params") ? 0 : real_set_ctx_params_##mode(c, p);           \
  }

FUNCTIONS(gcm)
FUNCTIONS(ctr)

/* All AES of one mode have these functions in common, or the taps would mix them up. */
#define TAPPED(id, name, mode)                                                             \
  case OSSL_FUNC_CIPHER_##id:                                                              \
    if (real_##name##_##mode != NULL                                                       \
        && real_##name##_##mode != OSSL_FUNC_cipher_##name(function))                      \
      abort();                                                                             \
    real_##name##_##mode = OSSL_FUNC_cipher_##name(function);                              \
    function->function = (void (*)(void))name##_##mode;                                    \
    break

#define TAP_ALL(mode)                                                                      \
  static void tap_##mode(OSSL_DISPATCH *function)                                          \
  {                                                                                        \
    switch (function->function_id) {                                                       \
      TAPPED(FREECTX, freectx, mode);                                                      \
      TAPPED(ENCRYPT_INIT, encrypt_init, mode);                                            \
      TAPPED(DECRYPT_INIT, decrypt_init, mode);                                            \
      TAPPED(UPDATE, update, mode);                                                        \
      TAPPED(FINAL, final, mode);                                                          \
      TAPPED(GET_CTX_PARAMS, get_ctx_params, mode);                                        \
      TAPPED(SET_CTX_PARAMS, set_ctx_params, mode);                                        \
    default:                                                                               \
      break;                                                                               \
    }                                                                                      \
  }

TAP_ALL(gcm)
TAP_ALL(ctr)

/* --- the table ------------------------------------------------------------------------ */

static OSSL_DISPATCH tapped[MOST_CIPHERS][MOST_FUNCTIONS];
static OSSL_ALGORITHM table[MOST_ALGORITHMS];

static const OSSL_DISPATCH *tap(const OSSL_DISPATCH *functions, OSSL_DISPATCH *copies,
                                bool gcm)
{
    OSSL_DISPATCH *copy = copies;

    for (; functions->function_id != 0; functions++) {
        if (functions->function_id == asked.without)
            continue;
        *copy = *functions;
        (gcm ? tap_gcm : tap_ctr)(copy++);
    }
    *copy = *functions;
    return copies;
}

static bool is_of_aes(const OSSL_ALGORITHM *algorithm, const char *mode)
{
    const char *names = algorithm->algorithm_names;
    size_t at = sizeof "AES-128" - 1, len = strlen(mode);

    return strncmp(names, "AES-", 4) == 0 && strlen(names) >= at + len
        && strncmp(names + at, mode, len) == 0
        && (names[at + len] == ':' || names[at + len] == '\0');
}

const OSSL_ALGORITHM *__real_OSSL_PROVIDER_query_operation(const OSSL_PROVIDER *provider,
                                                           int operation, int *no_cache);
const OSSL_ALGORITHM *__wrap_OSSL_PROVIDER_query_operation(const OSSL_PROVIDER *provider,
                                                           int operation, int *no_cache);
const OSSL_ALGORITHM *__wrap_OSSL_PROVIDER_query_operation(const OSSL_PROVIDER *provider,
                                                           int operation, int *no_cache)
{
    const OSSL_ALGORITHM *real =
        __real_OSSL_PROVIDER_query_operation(provider, operation, no_cache);
    size_t made = 0, ciphers = 0;

    for (; real != NULL && real->algorithm_names != NULL; real++) {
        bool gcm = is_of_aes(real, "-GCM");

        if (made + 2 > MOST_ALGORITHMS || ciphers == MOST_CIPHERS)
            abort();
        table[made] = *real;
        if (gcm || is_of_aes(real, "-CTR"))
            table[made].implementation = tap(real->implementation, tapped[ciphers++], gcm);
        made++;
    }
    if (asked.twice != NULL) {
        table[made] = table[0];
        table[made++].algorithm_names = asked.twice;
    }
    table[made] = (OSSL_ALGORITHM){ .algorithm_names = NULL };
    if (asked.no_cache)
        *no_cache = 1;
    return table;
}
