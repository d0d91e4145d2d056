/* keylog.c - lines of an SSLKEYLOGFILE (draft-ietf-tls-keylogfile). */
#include "handshake/keylog.h"

#include "base/memory.h"

enum { LABEL_MAX = 40, RANDOM_LEN = 32, SECRET_MAX = 64 };

static char *append_hex(char *at, const uint8_t *bytes, size_t len)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < len; i++) {
        *at++ = digits[bytes[i] >> 4];
        *at++ = digits[bytes[i] & 15];
    }
    return at;
}

void skf_key_log(const struct settings *settings, const char *label,
                 const uint8_t *client_random, skiff_bytes secret)
{
    char line[LABEL_MAX + 1 + 2 * RANDOM_LEN + 1 + 2 * SECRET_MAX + 1];
    size_t label_len = strlen(label);
    char *at = line;

    if (settings->key_log == NULL || label_len > LABEL_MAX || secret.len > SECRET_MAX)
        return;
    memcpy(at, label, label_len);
    at += label_len;
    *at++ = ' ';
    at = append_hex(at, client_random, RANDOM_LEN);
    *at++ = ' ';
    at = append_hex(at, secret.ptr, secret.len);
    *at = '\0';
    settings->key_log(settings->user, line);
    skf_wipe(line, sizeof line);
}
