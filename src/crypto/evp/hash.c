/* evp/hash.c - running hashes through EVP_MD_CTX: one that runs, one to end copies in. */
#include "base/memory.h"
#include "crypto/internal.h"

enum { RUNNING, SPARE };

bool skf_hash_new(struct skf_hash *hash)
{
    memset(hash, 0, sizeof *hash);
    hash->held[RUNNING] = EVP_MD_CTX_new();
    hash->held[SPARE] = EVP_MD_CTX_new();
    if (hash->held[RUNNING] != NULL && hash->held[SPARE] != NULL)
        return true;
    skf_hash_free(hash);
    return clear_errors(false);
}

void skf_hash_free(struct skf_hash *hash)
{
    EVP_MD_CTX_free(hash->held[RUNNING]);
    EVP_MD_CTX_free(hash->held[SPARE]);
    skf_wipe(hash, sizeof *hash);
}

bool skf_hash_start(struct skf_hash *hash, enum skf_hash_alg alg)
{
    hash->alg = alg;
    return clear_errors(EVP_DigestInit_ex(hash->held[RUNNING], skf_md(alg), NULL) == 1);
}

bool skf_hash_add(struct skf_hash *hash, skiff_bytes bytes)
{
    return clear_errors(EVP_DigestUpdate(hash->held[RUNNING], bytes.ptr, bytes.len) == 1);
}

bool skf_hash_with(const struct skf_hash *hash, const skiff_bytes *parts, size_t num,
                   uint8_t *digest)
{
    EVP_MD_CTX *spare = hash->held[SPARE];
    bool ok = EVP_MD_CTX_copy_ex(spare, hash->held[RUNNING]) == 1;

    for (size_t i = 0; ok && i < num; i++)
        ok = EVP_DigestUpdate(spare, parts[i].ptr, parts[i].len) == 1;
    return clear_errors(ok && EVP_DigestFinal_ex(spare, digest, NULL) == 1);
}

bool skf_digest(enum skf_hash_alg alg, const skiff_bytes *parts, size_t num,
                uint8_t *digest)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ok = ctx != NULL && EVP_DigestInit_ex(ctx, skf_md(alg), NULL) == 1;

    for (size_t i = 0; ok && i < num; i++)
        ok = EVP_DigestUpdate(ctx, parts[i].ptr, parts[i].len) == 1;
    ok = ok && EVP_DigestFinal_ex(ctx, digest, NULL) == 1;
    EVP_MD_CTX_free(ctx);
    return clear_errors(ok);
}
