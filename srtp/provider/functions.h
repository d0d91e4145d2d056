/*
 * functions.h - the functions that a provider of libcrypto has for a cipher, as
 * provider-cipher(7) describes them. Knows no key and no packet.
 *
 * They take a packet in parts. OSSL_FUNC_cipher_cipher takes it whole, and is not among
 * them: EVP_Cipher() calls it, which accepted forgeries of an empty payload
 * (CVE-2026-75803).
 */
#ifndef SKF_SRTP_PROVIDER_FUNCTIONS_H
#define SKF_SRTP_PROVIDER_FUNCTIONS_H

#include <openssl/core_dispatch.h>
#include <openssl/evp.h>
#include <skiff/base.h>
#include <stdbool.h>

struct provider_functions {
    EVP_CIPHER *fetched;    /* the cipher, which keeps the provider and so the functions */
    void *provider_context; /* for `newctx` */
    OSSL_FUNC_cipher_newctx_fn *newctx;
    OSSL_FUNC_cipher_freectx_fn *freectx;
    OSSL_FUNC_cipher_encrypt_init_fn *encrypt_init;
    OSSL_FUNC_cipher_decrypt_init_fn *decrypt_init;
    OSSL_FUNC_cipher_update_fn *update;
    OSSL_FUNC_cipher_final_fn *final;
    OSSL_FUNC_cipher_get_ctx_params_fn *get_ctx_params;
    OSSL_FUNC_cipher_set_ctx_params_fn *set_ctx_params;
};

/* Those of the provider that EVP chooses for a name, until the caller frees `fetched`.
 * False if nobody has the cipher, or if it cannot be used without EVP: then `fetched` is
 * NULL. */
SKIFF_MUST_USE bool skf_provider_functions(const char *cipher,
                                           struct provider_functions *functions);

#endif
