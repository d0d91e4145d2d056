/* fingerprint.c - the text of a certificate's digest in SDP (RFC 8122 section 5). */
#include "crypto/crypto.h"

static const struct hash_name {
    enum skf_hash_alg hash;
    const char *text;
} hash_names[] = {
    { HASH_SHA256, "sha-256" },
    { HASH_SHA384, "sha-384" },
    { HASH_SHA512, "sha-512" },
};

enum { NUM_HASH_NAMES = sizeof hash_names / sizeof *hash_names, HASH_NAME_LEN = 7 };

void skiff_fingerprint_format(const skiff_fingerprint *fingerprint,
                              char text[SKIFF_FINGERPRINT_TEXT])
{
    static const char digits[] = "0123456789ABCDEF";
    const struct hash_name *hash_name = hash_names;
    char *at = text + HASH_NAME_LEN;

    while (hash_name < hash_names + NUM_HASH_NAMES && hash_name->hash != fingerprint->hash)
        hash_name++;
    *text = '\0';
    if (hash_name == hash_names + NUM_HASH_NAMES)
        return;
    memcpy(text, hash_name->text, HASH_NAME_LEN);
    *at++ = ' ';
    for (size_t i = 0; i < skf_hash_len(hash_name->hash); i++) {
        *at++ = digits[fingerprint->bytes[i] >> 4];
        *at++ = digits[fingerprint->bytes[i] & 15];
        *at++ = ':';
    }
    at[-1] = '\0';
}

/* Compares without regard to case, as ASCII in any locale. */
static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* The text behind the word, which is given in lower case; NULL: the word is not there. */
static const char *behind(const char *text, const char *word)
{
    while (*word != '\0' && lower(*text) == *word) {
        text++;
        word++;
    }
    return *word == '\0' ? text : NULL;
}

/* The value of the line, which may still have the name of its attribute. */
static const char *skip_attribute(const char *text)
{
    const char *name = behind(text, "a=");
    const char *value = behind(name != NULL ? name : text, "fingerprint:");

    return value != NULL ? value : text;
}

static const char *skip_blanks(const char *text)
{
    while (*text == ' ' || *text == '\t')
        text++;
    return text;
}

static bool ends(const char *text)
{
    text = skip_blanks(text);
    while (*text == '\r' || *text == '\n')
        text++;
    return *skip_blanks(text) == '\0';
}

/* The letters of a token that hash functions have in their names (RFC 8122 section 5). */
static size_t token_len(const char *text)
{
    size_t len = 0;

    for (char c = lower(*text); (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'
                                || c == '_' || c == '.' || c == '/';
         c = lower(text[len]))
        len++;
    return len;
}

/* 0: none of ours. */
static uint16_t hash_named(const char *text, size_t len)
{
    for (size_t i = 0; i < NUM_HASH_NAMES; i++)
        if (len == HASH_NAME_LEN && behind(text, hash_names[i].text) != NULL)
            return (uint16_t)hash_names[i].hash;
    return 0;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "AB:CD:..." and then the end. Returns how many bytes that is, and writes as many as
 * fit. 0: it is no such text. */
static size_t read_bytes(const char *text, uint8_t *bytes, size_t space)
{
    for (size_t len = 0;; text++) {
        int high = hex_digit(text[0]);
        int low = high < 0 ? -1 : hex_digit(text[1]);

        if (low < 0)
            return 0;
        if (len < space)
            bytes[len] = (uint8_t)(high << 4 | low);
        len++;
        text += 2;
        if (*text != ':')
            return ends(text) ? len : 0;
    }
}

skiff_status skiff_fingerprint_parse(const char *text, skiff_fingerprint *fingerprint)
{
    skiff_fingerprint read = { .hash = 0 };

    if (text == NULL || fingerprint == NULL)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT, "text, fingerprint: must not be NULL");

    const char *name = skip_blanks(skip_attribute(skip_blanks(text)));
    size_t name_len = token_len(name);
    const char *value = skip_blanks(name + name_len);
    bool is_separate = name_len > 0 && value > name + name_len;
    size_t len = is_separate ? read_bytes(value, read.bytes, sizeof read.bytes) : 0;

    if (len == 0)
        return skiff_fault_set_text(SKIFF_ERR_ARGUMENT, "text: \"", text,
                                    "\" is no fingerprint (RFC 8122 5)");
    read.hash = hash_named(name, name_len);
    read.len = read.hash / 8;
    if (read.hash == 0)
        return skiff_fault_set_text(SKIFF_ERR_UNSUPPORTED, "text: the hash function of \"",
                                    name, "\" is not sha-256, sha-384 or sha-512");
    if (len != read.len)
        return skiff_fault_set_number(SKIFF_ERR_ARGUMENT, "text: ", len,
                                      " bytes are not what its hash function gives");
    *fingerprint = read;
    return SKIFF_OK;
}
