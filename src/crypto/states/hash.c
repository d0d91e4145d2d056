/* states/hash.c - running hashes as plain states: a copy is an assignment, and nothing is
 * ever allocated. The calls are deprecated, bypass providers, and cost a fraction. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include "base/memory.h"
#include "crypto/internal.h"

enum { STATE_SIZE = sizeof((struct skf_hash *)0)->state };

_Static_assert(sizeof(SHA256_CTX) <= STATE_SIZE && sizeof(SHA512_CTX) <= STATE_SIZE,
               "state too small");

bool skf_hash_new(struct skf_hash *hash)
{
    memset(hash, 0, sizeof *hash);
    return true;
}

void skf_hash_free(struct skf_hash *hash)
{
    skf_wipe(hash, sizeof *hash);
}

bool skf_hash_start(struct skf_hash *hash, enum skf_hash_alg alg)
{
    void *state = hash->state;

    hash->alg = alg;
    switch (alg) {
    case HASH_SHA256:
        return SHA256_Init(state) == 1;
    case HASH_SHA384:
        return SHA384_Init(state) == 1;
    case HASH_SHA512:
        return SHA512_Init(state) == 1;
    }
    return false;
}

bool skf_hash_add(struct skf_hash *hash, skiff_bytes bytes)
{
    void *state = hash->state;

    switch (hash->alg) {
    case HASH_SHA256:
        return SHA256_Update(state, bytes.ptr, bytes.len) == 1;
    case HASH_SHA384:
        return SHA384_Update(state, bytes.ptr, bytes.len) == 1;
    case HASH_SHA512:
        return SHA512_Update(state, bytes.ptr, bytes.len) == 1;
    }
    return false;
}

static bool finish(struct skf_hash *hash, uint8_t *digest)
{
    void *state = hash->state;

    switch (hash->alg) {
    case HASH_SHA256:
        return SHA256_Final(digest, state) == 1;
    case HASH_SHA384:
        return SHA384_Final(digest, state) == 1;
    case HASH_SHA512:
        return SHA512_Final(digest, state) == 1;
    }
    return false;
}

bool skf_hash_with(const struct skf_hash *hash, const skiff_bytes *parts, size_t num,
                   uint8_t *digest)
{
    struct skf_hash copy = *hash;
    bool ok = true;

    for (size_t i = 0; ok && i < num; i++)
        ok = skf_hash_add(&copy, parts[i]);
    ok = ok && finish(&copy, digest);
    skf_wipe(&copy, sizeof copy);
    return ok;
}

bool skf_digest(enum skf_hash_alg alg, const skiff_bytes *parts, size_t num,
                uint8_t *digest)
{
    struct skf_hash hash;
    bool ok = skf_hash_start(&hash, alg);

    for (size_t i = 0; ok && i < num; i++)
        ok = skf_hash_add(&hash, parts[i]);
    ok = ok && finish(&hash, digest);
    skf_wipe(&hash, sizeof hash);
    return ok;
}
