/* token.h - bearer tokens (RFC 6750 section 2.1), compared in constant time. */
#ifndef SAMPLES_SFU_TOKEN_H
#define SAMPLES_SFU_TOKEN_H

#include <stdbool.h>

/* The value of an Authorization header holds this token. How long the token is may show. */
bool token_matches(const char *authorization, const char *token);

#endif
