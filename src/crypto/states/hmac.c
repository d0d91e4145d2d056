/* states/hmac.c - HMAC (RFC 2104) and what TLS 1.2 makes of it (RFC 5246 section 5).
 *
 * The two padded keys are hashed once; every HMAC under a key starts from their states. */
#include "base/memory.h"
#include "crypto/crypto.h"

enum { BLOCK_MAX = 128 };

struct mac {
    struct skf_hash inner, outer; /* with the key already in */
};

static size_t block_len(enum skf_hash_alg alg)
{
    return alg == HASH_SHA256 ? 64 : 128;
}

static bool start_with(struct skf_hash *hash, enum skf_hash_alg alg, const uint8_t *key,
                       uint8_t mask)
{
    uint8_t pad[BLOCK_MAX];
    size_t len = block_len(alg);

    for (size_t i = 0; i < len; i++)
        pad[i] = key[i] ^ mask;
    bool ok = skf_hash_start(hash, alg) && skf_hash_add(hash, (skiff_bytes){ pad, len });
    skf_wipe(pad, sizeof pad);
    return ok;
}

/* RFC 2104 section 2: a key longer than a block is hashed first. */
static bool mac_start(struct mac *mac, enum skf_hash_alg alg, skiff_bytes key)
{
    uint8_t block[BLOCK_MAX] = { 0 };
    bool ok = true;

    if (key.len > block_len(alg))
        ok = skf_digest(alg, &key, 1, block);
    else if (key.len > 0)
        memcpy(block, key.ptr, key.len);
    ok = ok && start_with(&mac->inner, alg, block, 0x36)
      && start_with(&mac->outer, alg, block, 0x5c);
    skf_wipe(block, sizeof block);
    return ok;
}

static bool mac_over(const struct mac *mac, const skiff_bytes *parts, size_t num,
                     uint8_t *out)
{
    uint8_t digest[SKF_HASH_MAX];
    const skiff_bytes inner = { digest, skf_hash_len(mac->inner.alg) };
    bool ok = skf_hash_with(&mac->inner, parts, num, digest)
           && skf_hash_with(&mac->outer, &inner, 1, out);

    skf_wipe(digest, sizeof digest);
    return ok;
}

bool skf_hmac_each(enum skf_hash_alg alg, skiff_bytes key,
                   const struct skf_hmac_message *messages, size_t num)
{
    struct mac mac;
    bool ok = mac_start(&mac, alg, key);

    for (size_t i = 0; ok && i < num; i++)
        ok = mac_over(&mac, messages[i].parts, messages[i].num_parts, messages[i].mac);
    skf_wipe(&mac, sizeof mac);
    return ok;
}

/* P_hash: A(1) is the HMAC of the label and seed, A(i) that of A(i-1), and the output is
 * the HMACs of A(i), label and seed. */
static bool expand(const struct mac *mac, const struct skf_prf12 *what, uint8_t *out,
                   size_t len)
{
    uint8_t a[SKF_HASH_MAX], block[SKF_HASH_MAX];
    size_t size = skf_hash_len(what->alg);
    const skiff_bytes parts[] = {
        { a, size },   { (const uint8_t *)what->label, strlen(what->label) },
        what->seed[0], what->seed[1],
        what->seed[2],
    };
    bool ok = mac_over(mac, parts + 1, 4, a);

    while (ok && len > 0) {
        size_t n = len < size ? len : size;
        ok = mac_over(mac, parts, 5, block) && (n == len || mac_over(mac, parts, 1, a));
        memcpy(out, block, ok ? n : 0);
        out += n;
        len -= n;
    }
    skf_wipe(a, sizeof a);
    skf_wipe(block, sizeof block);
    return ok;
}

bool skf_prf12(const struct skf_prf12 *what, uint8_t *out, size_t len)
{
    struct mac mac;
    bool ok = mac_start(&mac, what->alg, what->secret) && expand(&mac, what, out, len);

    skf_wipe(&mac, sizeof mac);
    return ok;
}
