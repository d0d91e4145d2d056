/* stun_client.c - a client of STUN, by hand: HMAC() of libcrypto, and a CRC bit by bit. */
#include "stun_client.h"

#include <openssl/hmac.h>

#include <string.h>
#include <sys/random.h>

enum { ATTRIBUTE = 4, MARK = 4, COOKIE_AT = 4, ID_AT = 8, ID = 12 };

static void put(uint8_t *p, uint64_t value, size_t width)
{
    for (size_t i = width; i-- > 0; value >>= 8)
        p[i] = (uint8_t)value;
}

static uint32_t get(const uint8_t *p, size_t width)
{
    uint32_t value = 0;

    for (size_t i = 0; i < width; i++)
        value = value << 8 | p[i];
    return value;
}

/* --- what protects a message ---------------------------------------------------------- */

/* RFC 8489 14.5: of what is before the attribute, as if the message ended with it. */
static void tag_of(uint8_t *bytes, size_t at, const char *password,
                   uint8_t tag[STUN_CLIENT_TAG])
{
    uint8_t was[2] = { bytes[2], bytes[3] };
    unsigned len = STUN_CLIENT_TAG;

    put(bytes + 2, at + ATTRIBUTE + STUN_CLIENT_TAG - STUN_CLIENT_HEADER, 2);
    if (HMAC(EVP_sha1(), password, (int)strlen(password), bytes, at, tag, &len) == NULL)
        memset(tag, 0, STUN_CLIENT_TAG); /* nobody takes that */
    memcpy(bytes + 2, was, sizeof was);
}

/* RFC 8489 14.7: CRC-32 of ISO 3309, and a constant. */
static uint32_t mark_of(const uint8_t *bytes, size_t len)
{
    uint32_t crc = UINT32_MAX;

    for (size_t i = 0; i < len * 8; i++) {
        uint32_t bit = (uint32_t)bytes[i / 8] >> (i % 8) & 1u;
        crc = crc >> 1 ^ (((crc ^ bit) & 1u) != 0 ? 0xedb88320u : 0);
    }
    return ~crc ^ 0x5354554eu;
}

/* --- writing -------------------------------------------------------------------------- */

void stun_client_begin(struct stun_client *client, uint8_t *bytes)
{
    client->bytes = bytes;
    client->len = STUN_CLIENT_HEADER;
    put(bytes, 0x00010000, 4);
    put(bytes + COOKIE_AT, 0x2112a442, 4);
    (void)!getrandom(bytes + ID_AT, ID, 0);
}

void stun_client_add(struct stun_client *client, uint16_t type, const void *value,
                     size_t len)
{
    uint8_t *at = client->bytes + client->len;
    size_t padded = (len + 3) / 4 * 4;

    put(at, type, 2);
    put(at + 2, len, 2);
    if (len > 0)
        memcpy(at + ATTRIBUTE, value, len);
    memset(at + ATTRIBUTE + len, 0, padded - len);
    client->len += ATTRIBUTE + padded;
    put(client->bytes + 2, client->len - STUN_CLIENT_HEADER, 2);
}

void stun_client_add_text(struct stun_client *client, uint16_t type, const char *text)
{
    stun_client_add(client, type, text, strlen(text));
}

void stun_client_add_u32(struct stun_client *client, uint16_t type, uint32_t value)
{
    uint8_t bytes[4];

    put(bytes, value, sizeof bytes);
    stun_client_add(client, type, bytes, sizeof bytes);
}

void stun_client_add_u64(struct stun_client *client, uint16_t type, uint64_t value)
{
    uint8_t bytes[8];

    put(bytes, value, sizeof bytes);
    stun_client_add(client, type, bytes, sizeof bytes);
}

void stun_client_sign(struct stun_client *client, const char *password)
{
    uint8_t tag[STUN_CLIENT_TAG];

    tag_of(client->bytes, client->len, password, tag);
    stun_client_add(client, STUN_CLIENT_INTEGRITY, tag, sizeof tag);
}

void stun_client_mark(struct stun_client *client)
{
    size_t before = client->len;

    stun_client_add_u32(client, STUN_CLIENT_FINGERPRINT,
                        0); /* the length counts it already */
    put(client->bytes + before + ATTRIBUTE, mark_of(client->bytes, before), MARK);
}

size_t stun_client_finish(struct stun_client *client, const char *password)
{
    stun_client_sign(client, password);
    stun_client_mark(client);
    return client->len;
}

size_t stun_client_check(uint8_t *bytes, const char *username, const char *password,
                         bool nominating)
{
    struct stun_client client;

    stun_client_begin(&client, bytes);
    if (nominating)
        stun_client_add(&client, STUN_CLIENT_USE_CANDIDATE, NULL, 0);
    stun_client_add_u32(&client, STUN_CLIENT_PRIORITY, 1234);
    stun_client_add_u64(&client, STUN_CLIENT_CONTROLLING, 5678);
    stun_client_add_text(&client, STUN_CLIENT_USERNAME, username);
    return stun_client_finish(&client, password);
}

/* --- reading -------------------------------------------------------------------------- */

size_t stun_client_find(const uint8_t *bytes, size_t len, uint16_t type)
{
    size_t at = STUN_CLIENT_HEADER, found = 0;

    if (len < STUN_CLIENT_HEADER || get(bytes + 2, 2) != len - STUN_CLIENT_HEADER)
        return 0;
    while (at + ATTRIBUTE <= len) {
        if (found == 0 && get(bytes + at, 2) == type)
            found = at + ATTRIBUTE;
        at += ATTRIBUTE + (get(bytes + at + 2, 2) + 3) / 4 * 4;
    }
    return at == len ? found : 0;
}

bool stun_client_finds_signed(const uint8_t *bytes, size_t len, const char *password)
{
    size_t tag_at = stun_client_find(bytes, len, STUN_CLIENT_INTEGRITY);
    size_t mark_at = stun_client_find(bytes, len, STUN_CLIENT_FINGERPRINT);
    uint8_t copy[2048], tag[STUN_CLIENT_TAG];

    if (len > sizeof copy || tag_at == 0 || mark_at + MARK != len
        || get(bytes + tag_at - 2, 2) != STUN_CLIENT_TAG)
        return false;
    memcpy(copy, bytes, len);
    tag_of(copy, tag_at - ATTRIBUTE, password, tag);
    return memcmp(tag, bytes + tag_at, STUN_CLIENT_TAG) == 0
        && get(bytes + mark_at, MARK) == mark_of(bytes, mark_at - ATTRIBUTE);
}

/* --- libcrypto ------------------------------------------------------------------------ */

bool stun_client_wants_fips(bool wanted)
{
    bool before = EVP_default_properties_is_fips_enabled(NULL) == 1;

    (void)!EVP_default_properties_enable_fips(NULL, wanted ? 1 : 0);
    return before;
}
