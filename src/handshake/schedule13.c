/* schedule13.c - the key schedule of DTLS 1.3 (RFC 8446 section 7.1, RFC 9147 section
 * 5.9). */
#include "handshake/schedule13.h"

#include "base/memory.h"

static skiff_bytes bytes(const uint8_t *ptr, size_t len)
{
    return (skiff_bytes){ ptr, len };
}

/* struct { uint16 length; opaque label<7..255>; opaque context<0..255>; } HkdfLabel */
static void hkdf_label(struct walk *w, size_t len, const char *label, skiff_bytes context)
{
    static const uint8_t prefix[] = { 'd', 't', 'l', 's', '1', '3' };
    uint16_t length = (uint16_t)len;
    uint8_t full[LABEL_MAX];
    size_t label_len = strlen(label);

    walk_require(w, label_len <= LABEL_MAX - sizeof prefix);
    if (w->failed)
        return;
    memcpy(full, prefix, sizeof prefix);
    memcpy(full + sizeof prefix, label, label_len);
    skiff_bytes whole = bytes(full, sizeof prefix + label_len);
    walk_u16(w, &length);
    walk_vec(w, &whole, 7, 255);
    walk_vec(w, &context, 0, 255);
}

/* HkdfLabel as bytes. */
struct label_info {
    uint8_t bytes[2 + 1 + LABEL_MAX + 1 + LABEL_CONTEXT_MAX];
};

/* Empty: the label or the context is too long. */
static skiff_bytes write_info(struct label_info *info, size_t len, const char *label,
                              skiff_bytes context)
{
    struct walk w = walk_writer(info->bytes, sizeof info->bytes);

    hkdf_label(&w, len, label, context);
    return bytes(info->bytes, w.failed ? 0 : w.at);
}

/* NOLINTNEXTLINE(readability-function-size): the function of RFC 8446 7.1 */
bool skf_expand_label(enum skf_hash_alg alg, const uint8_t *secret, const char *label,
                      skiff_bytes context, uint8_t *out, size_t len)
{
    struct label_info info;
    skiff_bytes written = write_info(&info, len, label, context);

    return written.len > 0
        && skf_hkdf_expand(alg, bytes(secret, skf_hash_len(alg)), written, out, len);
}

bool skf_derive_secret(enum skf_hash_alg alg, const uint8_t *secret, const char *label,
                       const uint8_t *digest, uint8_t *out)
{
    uint8_t of_nothing[SKF_HASH_MAX];

    if (digest == NULL && !skf_digest(alg, NULL, 0, of_nothing))
        return false;
    return skf_expand_label(alg, secret, label,
                            bytes(digest != NULL ? digest : of_nothing, skf_hash_len(alg)),
                            out, skf_hash_len(alg));
}

bool skf_traffic_keys(enum skf_hash_alg alg, enum skf_aead_alg aead,
                      const uint8_t *traffic_secret, struct keys *keys)
{
    const skiff_bytes none = { NULL, 0 };
    size_t key_len = skf_aead_key_len(aead);
    struct label_info key, iv, sn;
    const struct skf_expansion each[] = {
        { write_info(&key, key_len, "key", none), keys->key, key_len },
        { write_info(&iv, SKF_NONCE, "iv", none), keys->iv, SKF_NONCE },
        { write_info(&sn, key_len, "sn", none), keys->number_key, key_len },
    };

    keys->aead = (uint8_t)aead;
    keys->unified = true;
    for (size_t i = 0; i < sizeof each / sizeof *each; i++)
        if (each[i].info.len == 0)
            return false;
    return skf_hkdf_expand_each(alg, bytes(traffic_secret, skf_hash_len(alg)), each,
                                sizeof each / sizeof *each);
}

bool skf_next_traffic_secret(enum skf_hash_alg alg, uint8_t *traffic_secret)
{
    uint8_t next[SKF_HASH_MAX];
    bool good = skf_expand_label(alg, traffic_secret, "traffic upd", bytes(NULL, 0), next,
                                 skf_hash_len(alg));

    if (good)
        memcpy(traffic_secret, next, skf_hash_len(alg));
    skf_wipe(next, sizeof next);
    return good;
}

bool skf_finished_mac(enum skf_hash_alg alg, const uint8_t *base_key, const uint8_t *digest,
                      uint8_t *verify_data)
{
    uint8_t key[SKF_HASH_MAX];
    const skiff_bytes over = bytes(digest, skf_hash_len(alg));
    bool good =
        skf_expand_label(alg, base_key, "finished", bytes(NULL, 0), key, skf_hash_len(alg))
        && skf_hmac(alg, bytes(key, skf_hash_len(alg)), &over, 1, verify_data);

    skf_wipe(key, sizeof key);
    return good;
}

bool skf_early_secret(enum skf_hash_alg alg, const uint8_t *psk, uint8_t *secret)
{
    static const uint8_t zeros[SKF_HASH_MAX];

    return skf_hkdf_extract(alg, bytes(NULL, 0),
                            bytes(psk != NULL ? psk : zeros, skf_hash_len(alg)), secret);
}

bool skf_resumption_binder(enum skf_hash_alg alg, const uint8_t *psk, const uint8_t *digest,
                           uint8_t *binder)
{
    uint8_t early[SKF_HASH_MAX], key[SKF_HASH_MAX];
    bool good = skf_early_secret(alg, psk, early)
             && skf_derive_secret(alg, early, "res binder", NULL, key)
             && skf_finished_mac(alg, key, digest, binder);

    skf_wipe(early, sizeof early);
    skf_wipe(key, sizeof key);
    return good;
}

bool skf_resumption_psk(enum skf_hash_alg alg, const uint8_t *resumption_secret,
                        skiff_bytes nonce, uint8_t *psk)
{
    return skf_expand_label(alg, resumption_secret, "resumption", nonce, psk,
                            skf_hash_len(alg));
}
