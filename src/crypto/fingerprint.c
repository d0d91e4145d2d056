/* fingerprint.c - the text of a certificate's digest in SDP (RFC 8122 section 5). */
#include "crypto/crypto.h"

static const struct name {
    enum skf_hash_alg hash;
    const char       *text;
} names[] = {
    { HASH_SHA256, "sha-256 " },
    { HASH_SHA384, "sha-384 " },
    { HASH_SHA512, "sha-512 " },
};

enum { NUM_NAMES = sizeof names / sizeof *names, NAME_LEN = 8 };

void skiff_fingerprint_format(const skiff_fingerprint *fingerprint,
                              char text[SKIFF_FINGERPRINT_TEXT])
{
    static const char digits[] = "0123456789ABCDEF";
    const struct name *name = names;
    char *at = text + NAME_LEN;

    while (name < names + NUM_NAMES && name->hash != fingerprint->hash)
        name++;
    *text = '\0';
    if (name == names + NUM_NAMES)
        return;
    memcpy(text, name->text, NAME_LEN);
    for (size_t i = 0; i < skf_hash_len(name->hash); i++) {
        *at++ = digits[fingerprint->bytes[i] >> 4];
        *at++ = digits[fingerprint->bytes[i] & 15];
        *at++ = ':';
    }
    at[-1] = '\0';
}

/* Letters of any locale's case, compared as ASCII. */
static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool begins_with(const char *text, const char *name)
{
    while (*name != '\0' && lower(*text) == *name) {
        text++;
        name++;
    }
    return *name == '\0';
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "AB:CD:...", exactly `len` bytes and then the end. */
static bool read_bytes(const char *text, uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++, text += 3) {
        int high = hex_digit(text[0]);
        int low = high < 0 ? -1 : hex_digit(text[1]);
        if (low < 0 || text[2] != (i + 1 < len ? ':' : '\0'))
            return false;
        bytes[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

skiff_status skiff_fingerprint_parse(const char *text, skiff_fingerprint *fingerprint)
{
    skiff_fingerprint read = { .hash = 0 };

    if (text == NULL || fingerprint == NULL)
        return SKIFF_ERR_ARGUMENT;
    for (size_t i = 0; i < NUM_NAMES; i++)
        if (begins_with(text, names[i].text))
            read.hash = (uint16_t)names[i].hash;
    read.len = read.hash / 8;
    if (read.hash == 0 || !read_bytes(text + NAME_LEN, read.bytes, read.len))
        return SKIFF_ERR_ARGUMENT;
    *fingerprint = read;
    return SKIFF_OK;
}
