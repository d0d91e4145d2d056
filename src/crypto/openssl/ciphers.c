/* openssl/ciphers.c - ciphers and keys as providers have them or not, and the tags of
 * AEADs.
 */
#include <openssl/core_names.h>

#include "crypto/openssl/library.h"

bool skf_blames_input(void)
{
    unsigned long first = ERR_peek_error();

    return first != 0 && !ERR_COMMON_ERROR(first);
}

bool skf_cipher_is_available(const char *name)
{
    ERR_clear_error();
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, name, NULL);
    bool is_available = !is_unsupported(cipher);
    EVP_CIPHER_free(cipher);
    ERR_clear_error();
    return is_available;
}

bool skf_keys_are_available(const char *type)
{
    ERR_clear_error();
    EVP_KEYMGMT *keys = EVP_KEYMGMT_fetch(NULL, type, NULL);
    bool is_available = !is_unsupported(keys);
    EVP_KEYMGMT_free(keys);
    ERR_clear_error();
    return is_available;
}

bool skf_cipher_context(const char *name, EVP_CIPHER_CTX **made)
{
    ERR_clear_error();
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, name, NULL);
    if (is_unsupported(cipher))
        return !clear_errors(false);

    *made = EVP_CIPHER_CTX_new();
    bool ok = cipher != NULL && *made != NULL
           && EVP_EncryptInit_ex(*made, cipher, NULL, NULL, NULL) == 1;
    EVP_CIPHER_free(cipher);
    return ok;
}

/* EVP_CIPHER_CTX_ctrl has the same effect, and first searches for the parameter. */
bool skf_cipher_get_tag(EVP_CIPHER_CTX *ctx, uint8_t *tag, size_t len)
{
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, tag, len),
        OSSL_PARAM_construct_end(),
    };

    return EVP_CIPHER_CTX_get_params(ctx, params) == 1;
}

bool skf_cipher_set_tag(EVP_CIPHER_CTX *ctx, uint8_t *tag, size_t len)
{
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, tag, len),
        OSSL_PARAM_construct_end(),
    };

    return EVP_CIPHER_CTX_set_params(ctx, params) == 1;
}
