/* token.c - bearer tokens, compared in constant time. */
#include "token.h"

#include <openssl/crypto.h>

#include <string.h>
#include <strings.h>

bool token_matches(const char *authorization, const char *token)
{
    static const char scheme[] = "Bearer ";
    size_t len = strlen(token);

    if (strncasecmp(authorization, scheme, sizeof scheme - 1) != 0)
        return false;
    authorization += sizeof scheme - 1;
    return strlen(authorization) == len && CRYPTO_memcmp(authorization, token, len) == 0;
}
