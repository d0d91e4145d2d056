/* integrity.c - HMAC-SHA1 on libcrypto's SHA-1 states (RFC 2104), which allocates nothing.
 * The two padded keys are hashed once for a check and its response. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "ice/stun/integrity.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

struct keyed {
    SHA_CTX inner, outer; /* after the key xor 0x36.. and 0x5c.. */
};

_Static_assert(sizeof(struct keyed) <= sizeof(((struct integrity *)0)->state),
               "two SHA-1 states fit");
_Static_assert(_Alignof(struct keyed) <= 8, "and lie well there");

bool skf_integrity_new(struct integrity *integrity)
{
    *integrity = (struct integrity){ .mac_context = NULL };
    return true;
}

void skf_integrity_free(struct integrity *integrity)
{
    skf_integrity_forget(integrity);
}

void skf_integrity_forget(struct integrity *integrity)
{
    OPENSSL_cleanse(integrity->state, sizeof integrity->state);
}

static bool start(SHA_CTX *state, const uint8_t key[SHA_CBLOCK], uint8_t mask)
{
    uint8_t pad[SHA_CBLOCK];

    for (size_t i = 0; i < sizeof pad; i++)
        pad[i] = key[i] ^ mask;
    bool started = SHA1_Init(state) == 1 && SHA1_Update(state, pad, sizeof pad) == 1;
    OPENSSL_cleanse(pad, sizeof pad);
    return started;
}

/* RFC 2104 section 2: a key longer than a block is hashed first. */
bool skf_integrity_key(struct integrity *integrity, skiff_bytes password)
{
    struct keyed *keyed = (struct keyed *)(void *)integrity->state;
    uint8_t key[SHA_CBLOCK] = { 0 };
    bool valid = true;

    if (password.len > sizeof key)
        valid = SHA1_Init(&keyed->inner) == 1
             && SHA1_Update(&keyed->inner, password.ptr, password.len) == 1
             && SHA1_Final(key, &keyed->inner) == 1;
    else if (password.len > 0)
        memcpy(key, password.ptr, password.len);
    valid = valid && start(&keyed->inner, key, 0x36) && start(&keyed->outer, key, 0x5c);
    OPENSSL_cleanse(key, sizeof key);
    return valid;
}

bool skf_integrity_tag(struct integrity *integrity, const skiff_bytes *parts, size_t num,
                       uint8_t tag[INTEGRITY_TAG])
{
    const struct keyed *keyed = (const struct keyed *)(const void *)integrity->state;
    SHA_CTX running = keyed->inner;
    uint8_t digest[SHA_DIGEST_LENGTH];
    bool done = true;

    for (size_t i = 0; done && i < num; i++)
        done = SHA1_Update(&running, parts[i].ptr, parts[i].len) == 1;
    done = done && SHA1_Final(digest, &running) == 1;
    running = keyed->outer;
    done = done && SHA1_Update(&running, digest, sizeof digest) == 1
        && SHA1_Final(tag, &running) == 1;
    OPENSSL_cleanse(&running, sizeof running);
    return done;
}

bool skf_integrity_same(const uint8_t *a, const uint8_t *b)
{
    return CRYPTO_memcmp(a, b, INTEGRITY_TAG) == 0;
}
