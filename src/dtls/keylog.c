/* keylog.c - lines of an SSLKEYLOGFILE (draft-ietf-tls-keylogfile). */
#include "dtls/keylog.h"

#include "base/memory.h"

enum { RANDOM_LEN = 32, MASTER_LEN = 48 };

static char *append_hex(char *at, const uint8_t *bytes, size_t len)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < len; i++) {
        *at++ = digits[bytes[i] >> 4];
        *at++ = digits[bytes[i] & 15];
    }
    return at;
}

void key_log_12(const struct settings *settings, const uint8_t *client_random,
                const uint8_t *master_secret)
{
    static const char label[] = "CLIENT_RANDOM ";
    char line[sizeof label + 2 * RANDOM_LEN + 1 + 2 * MASTER_LEN + 1];
    char *at = line;

    if (settings->key_log == NULL)
        return;
    memcpy(at, label, sizeof label - 1);
    at = append_hex(at + sizeof label - 1, client_random, RANDOM_LEN);
    *at++ = ' ';
    at = append_hex(at, master_secret, MASTER_LEN);
    *at = '\0';
    settings->key_log(settings->user, line);
    skf_wipe(line, sizeof line);
}
