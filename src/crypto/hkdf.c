/* hkdf.c - HKDF (RFC 5869), of the HMAC that either build has. Knows no labels. */
#include "base/memory.h"
#include "crypto/internal.h"

/* Section 2.2. HMAC pads its key with zeros, so no salt is the same as one of zeros. */
bool skf_hkdf_extract(enum skf_hash_alg alg, skiff_bytes salt, skiff_bytes ikm,
                      uint8_t *prk)
{
    return skf_hmac(alg, salt, &ikm, 1, prk);
}

/* Section 2.3: T(i) is the HMAC of T(i-1), info and i; T(0) is empty. */
bool skf_hkdf_expand(enum skf_hash_alg alg, skiff_bytes prk, skiff_bytes info, uint8_t *out,
                     size_t len)
{
    uint8_t block[SKF_HASH_MAX], i = 1;
    size_t size = skf_hash_len(alg), skip = 1;
    const skiff_bytes parts[] = { { block, size }, info, { &i, 1 } };
    bool ok = len <= 255 * size;

    while (ok && len > 0) {
        size_t n = len < size ? len : size;
        ok = skf_hmac(alg, prk, parts + skip, 3 - skip, block);
        memcpy(out, block, ok ? n : 0);
        out += n;
        len -= n;
        skip = 0;
        i++;
    }
    skf_wipe(block, sizeof block);
    return ok;
}

bool skf_hkdf_expand_each(enum skf_hash_alg alg, skiff_bytes prk,
                          const struct skf_expansion *each, size_t num)
{
    static const uint8_t first = 1;
    uint8_t blocks[SKF_EXPANSIONS][SKF_HASH_MAX];
    skiff_bytes parts[SKF_EXPANSIONS][2];
    struct skf_hmac_message messages[SKF_EXPANSIONS] = { { .mac = NULL } };
    bool ok = num <= SKF_EXPANSIONS;

    for (size_t i = 0; ok && i < num; i++) {
        parts[i][0] = each[i].info;
        parts[i][1] = (skiff_bytes){ &first, 1 };
        messages[i] = (struct skf_hmac_message){ parts[i], 2, blocks[i] };
        ok = each[i].len <= skf_hash_len(alg);
    }
    ok = ok && skf_hmac_each(alg, prk, messages, num);
    for (size_t i = 0; ok && i < num; i++)
        memcpy(each[i].out, blocks[i], each[i].len);
    skf_wipe(blocks, sizeof blocks);
    return ok;
}
