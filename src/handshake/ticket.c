/* ticket.c - tickets: a salt, and a session sealed under a key that salt and secret make.
 *
 * With a key for each ticket no nonce can come twice, however many contexts have the
 * same secret. The label contains the format: a ticket of another one does not open.
 */
#include "handshake/ticket.h"

#include "base/memory.h"

static const char label[] = "skiff ticket, format 1";

/* A key and its nonce, which is used once. */
enum { SEAL_KEY = 32, SEAL_KEYS = SEAL_KEY + SKF_NONCE };

static bool make_keys(const struct ticket_keys *with, const uint8_t *salt,
                      uint8_t keys[SEAL_KEYS])
{
    const skiff_bytes info = { (const uint8_t *)label, sizeof label - 1 };
    uint8_t prk[SKF_HASH_MAX];
    bool good =
        skf_hkdf_extract(HASH_SHA256, (skiff_bytes){ salt, TICKET_SALT },
                         (skiff_bytes){ with->key, TICKET_KEY }, prk)
        && skf_hkdf_expand(HASH_SHA256, (skiff_bytes){ prk, skf_hash_len(HASH_SHA256) },
                           info, keys, SEAL_KEYS);

    skf_wipe(prk, sizeof prk);
    return good;
}

static struct skf_aead aead_of(const struct ticket_keys *with, const uint8_t *keys)
{
    return (struct skf_aead){
        .alg = AEAD_AES_256_GCM, .key = keys, .nonce = keys + SEAL_KEY, .ad = with->issuer
    };
}

bool skf_ticket_make(const struct ticket_keys *with, const struct session *of,
                     uint8_t ticket[TICKET_MAX], size_t *len)
{
    uint8_t keys[SEAL_KEYS] = { 0 };
    struct skf_aead aead = aead_of(with, keys);
    size_t size = 0;
    bool good = skf_random(ticket, TICKET_SALT) && make_keys(with, ticket, keys)
             && session_write(of, ticket + TICKET_SALT, SESSION_MAX, &size)
             && skf_aead_seal(with->crypto, &aead, ticket + TICKET_SALT, size);

    *len = TICKET_SALT + size + SKF_TAG;
    skf_wipe(keys, sizeof keys);
    return good;
}

bool skf_ticket_open(const struct ticket_keys *with, skiff_bytes ticket,
                     uint8_t buffer[TICKET_MAX], struct session *opened)
{
    uint8_t keys[SEAL_KEYS] = { 0 };
    struct skf_aead aead = aead_of(with, keys);

    if (ticket.len <= TICKET_SALT + SKF_TAG || ticket.len > TICKET_MAX)
        return false;

    size_t len = ticket.len - TICKET_SALT;
    memcpy(buffer, ticket.ptr + TICKET_SALT, len);
    bool good = make_keys(with, ticket.ptr, keys)
             && skf_aead_open(with->crypto, &aead, buffer, len)
             && session_read(opened, (skiff_bytes){ buffer, len - SKF_TAG })
             && session_suite(opened) != NULL;
    skf_wipe(keys, sizeof keys);
    return good;
}
