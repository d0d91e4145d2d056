/* stun.c - connectivity checks as bytes. HMAC is libcrypto's. */
#include "stun.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <skiff/demux.h>
#include <stdlib.h>

enum {
    HEADER = 20,
    ATTRIBUTE = 4,
    DIGEST = 20,
    INTEGRITY = ATTRIBUTE + DIGEST,
    FINGERPRINT = ATTRIBUTE + 4,

    REQUEST = 0x0001,
    SUCCESS = 0x0101,

    USERNAME = 0x0006,
    MESSAGE_INTEGRITY = 0x0008,
    XOR_MAPPED_ADDRESS = 0x0020,
    PRIORITY = 0x0024,
    USE_CANDIDATE = 0x0025,
    FINGERPRINT_TYPE = 0x8028,
    CONTROLLING = 0x802a,

    MAPPED = 8,
    FAMILY_IPV4 = 1,

    /* Of a host candidate: type 126, local 65535, component 1 (RFC 8445 5.1.2.1). */
    OUR_PRIORITY = 126 << 24 | 65535 << 8 | 255
};

static const uint32_t cookie = 0x2112a442, fingerprint_mask = 0x5354554e;

static void put16(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
    put16(at, value >> 16);
    put16(at + 2, value);
}

static uint32_t get16(const uint8_t *at)
{
    return (uint32_t)at[0] << 8 | at[1];
}

static uint32_t get32(const uint8_t *at)
{
    return get16(at) << 16 | get16(at + 2);
}

/* CRC-32 of ISO 3309, four bits at a time (RFC 8489 section 14.7). */
static uint32_t crc32(const uint8_t *bytes, size_t len)
{
    static const uint32_t step[16] = { 0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac,
                                       0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
                                       0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
                                       0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c };
    uint32_t crc = 0xffffffff;

    for (size_t i = 0; i < len; i++) {
        crc = step[(crc ^ bytes[i]) & 15] ^ crc >> 4;
        crc = step[(crc ^ bytes[i] >> 4) & 15] ^ crc >> 4;
    }
    return ~crc;
}

/* --- MESSAGE-INTEGRITY ------------------------------------------------------------- */

struct stun {
    EVP_MAC_CTX *hmac;
};

static bool set_up(struct stun *stun)
{
    char sha1[] = "SHA1";
    const OSSL_PARAM digest[] = { OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST,
                                                                   sha1, 0),
                                  OSSL_PARAM_construct_end() };
    EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);

    stun->hmac = hmac != NULL ? EVP_MAC_CTX_new(hmac) : NULL;
    EVP_MAC_free(hmac);
    return stun->hmac != NULL && EVP_MAC_CTX_set_params(stun->hmac, digest) == 1;
}

struct stun *stun_new(void)
{
    struct stun *stun = calloc(1, sizeof *stun);

    if (stun == NULL || set_up(stun))
        return stun;
    stun_free(stun);
    return NULL;
}

void stun_free(struct stun *stun)
{
    if (stun == NULL)
        return;
    EVP_MAC_CTX_free(stun->hmac);
    free(stun);
}

static bool integrity(struct stun *stun, skiff_bytes bytes, const char *password,
                      uint8_t digest[DIGEST])
{
    size_t len = 0;

    return EVP_MAC_init(stun->hmac, (const uint8_t *)password, strlen(password), NULL) == 1
        && EVP_MAC_update(stun->hmac, bytes.ptr, bytes.len) == 1
        && EVP_MAC_final(stun->hmac, digest, &len, DIGEST) == 1;
}

/* --- writing ----------------------------------------------------------------------- */

static uint8_t *put_attribute(uint8_t *at, uint32_t type, size_t len)
{
    put16(at, type);
    put16(at + 2, (uint32_t)len);
    return at + ATTRIBUTE;
}

static uint8_t *put_username(uint8_t *at, const struct stun_credentials *credentials)
{
    size_t theirs = strlen(credentials->remote), ours = strlen(credentials->local);
    size_t len = theirs + 1 + ours, padding = (4 - len % 4) % 4;

    at = put_attribute(at, USERNAME, len);
    memcpy(at, credentials->remote, theirs);
    at[theirs] = ':';
    memcpy(at + theirs + 1, credentials->local, ours);
    memset(at + len, 0, padding);
    return at + len + padding;
}

/* MESSAGE-INTEGRITY and FINGERPRINT each count themselves in the header's length. */
static uint8_t *put_proofs(struct stun *stun, uint8_t *start, uint8_t *at,
                           const char *password)
{
    size_t len = (size_t)(at - start);
    uint8_t *digest = put_attribute(at, MESSAGE_INTEGRITY, DIGEST);

    put16(start + 2, (uint32_t)(len - HEADER + INTEGRITY));
    (void)integrity(stun, (skiff_bytes){ start, len }, password, digest);
    at += INTEGRITY;
    put16(start + 2, (uint32_t)(len - HEADER + INTEGRITY + FINGERPRINT));
    put32(put_attribute(at, FINGERPRINT_TYPE, 4),
          crc32(start, len + INTEGRITY) ^ fingerprint_mask);
    return at + FINGERPRINT;
}

void stun_request(struct stun *stun, const struct stun_credentials *credentials,
                  const uint8_t transaction[STUN_TRANSACTION], skiff_packet *packet)
{
    uint8_t *start = packet->data, *at = start + HEADER, *tie;

    put16(start, REQUEST);
    put32(start + 4, cookie);
    memcpy(start + 8, transaction, STUN_TRANSACTION);
    at = put_username(at, credentials);
    put32(put_attribute(at, PRIORITY, 4), OUR_PRIORITY);
    at = put_attribute(at + ATTRIBUTE + 4, USE_CANDIDATE, 0);
    tie = put_attribute(at, CONTROLLING, 8);
    memset(tie, 1, 8);
    at = put_proofs(stun, start, tie + 8, credentials->password);
    packet->len = (uint32_t)(at - start);
}

/* RFC 8489 section 14.2 */
static uint8_t *put_mapped(uint8_t *at, const struct stun_source *source)
{
    at = put_attribute(at, XOR_MAPPED_ADDRESS, MAPPED);
    put16(at, FAMILY_IPV4);
    put16(at + 2, source->port ^ cookie >> 16);
    put32(at + 4, source->address ^ cookie);
    return at + MAPPED;
}

void stun_respond(struct stun *stun, skiff_bytes request, const char *password,
                  const struct stun_source *source, skiff_packet *packet)
{
    uint8_t *start = packet->data, *at;

    memcpy(start, request.ptr, HEADER);
    put16(start, SUCCESS);
    at = put_proofs(stun, start, put_mapped(start + HEADER, source), password);
    packet->len = (uint32_t)(at - start);
}

/* --- reading ----------------------------------------------------------------------- */

bool stun_is(skiff_bytes datagram)
{
    return datagram.len >= HEADER
        && skiff_protocol_of(datagram.ptr[0]) == SKIFF_PROTOCOL_STUN
        && get32(datagram.ptr + 4) == cookie;
}

bool stun_is_request(skiff_bytes datagram)
{
    return stun_is(datagram) && get16(datagram.ptr) == REQUEST;
}

/* Where MESSAGE-INTEGRITY begins, or 0. */
static size_t find_integrity(skiff_bytes datagram)
{
    size_t at = HEADER;

    while (at + ATTRIBUTE <= datagram.len) {
        size_t len = get16(datagram.ptr + at + 2);
        if (get16(datagram.ptr + at) == MESSAGE_INTEGRITY)
            return len == DIGEST && at + INTEGRITY <= datagram.len ? at : 0;
        at += ATTRIBUTE + (len + 3) / 4 * 4;
    }
    return 0;
}

/* The header's length is as it was when the digest was made (RFC 8489 section 14.5). */
static bool has_integrity(struct stun *stun, skiff_bytes datagram, const char *password)
{
    uint8_t copy[512], digest[DIGEST];
    size_t at = find_integrity(datagram);

    if (at == 0 || at > sizeof copy)
        return false;
    memcpy(copy, datagram.ptr, at);
    put16(copy + 2, (uint32_t)(at - HEADER + INTEGRITY));
    return integrity(stun, (skiff_bytes){ copy, at }, password, digest)
        && memcmp(digest, datagram.ptr + at + ATTRIBUTE, DIGEST) == 0;
}

bool stun_is_response_to(struct stun *stun, skiff_bytes datagram, const char *password,
                         const uint8_t transaction[STUN_TRANSACTION])
{
    return stun_is(datagram) && get16(datagram.ptr) == SUCCESS
        && memcmp(datagram.ptr + 8, transaction, STUN_TRANSACTION) == 0
        && has_integrity(stun, datagram, password);
}
