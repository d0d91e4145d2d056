/* exporter.c - keying material for others (RFC 5705), SRTP keys (RFC 5764 section 4.2). */
#include "base/memory.h"
#include "association/association_state.h"
#include "handshake/schedule13.h"

enum { KEYING_MATERIAL_MAX = 2 * 44 };

/* RFC 5705 section 4: the context's length comes first, and no context is not an empty
 * one. */
static bool export_12(const struct secrets *secrets, const char *label, skiff_bytes context,
                      uint8_t *out, size_t len)
{
    uint8_t length[2] = { (uint8_t)(context.len >> 8), (uint8_t)context.len };
    struct skf_prf12 prf = { .alg = (enum skf_hash_alg)secrets->hash,
                             .secret = { secrets->exporter, MASTER_SECRET },
                             .label = label,
                             .seed = { { secrets->randoms, 2 * RANDOM } } };

    if (context.ptr != NULL) {
        prf.seed[1] = (skiff_bytes){ length, sizeof length };
        prf.seed[2] = context;
    }
    return skf_prf12(&prf, out, len);
}

/* RFC 8446 section 7.5: no context is the same as an empty one. */
static bool export_13(const struct secrets *secrets, const char *label, skiff_bytes context,
                      uint8_t *out, size_t len)
{
    enum skf_hash_alg alg = (enum skf_hash_alg)secrets->hash;
    uint8_t secret[SKF_HASH_MAX], digest[SKF_HASH_MAX];
    bool good = skf_derive_secret(alg, secrets->exporter, label, NULL, secret)
             && skf_digest(alg, &context, 1, digest)
             && skf_expand_label(alg, secret, "exporter",
                                 (skiff_bytes){ digest, skf_hash_len(alg) }, out, len);

    skf_wipe(secret, sizeof secret);
    return good;
}

/* An HkdfLabel has space for no longer one. */
static bool is_label(const char *label)
{
    return label != NULL && label[0] != '\0' && strlen(label) <= LABEL_MAX - LABEL_PREFIX;
}

skiff_status skiff_dtls_export(const skiff_dtls *dtls, const char *label,
                               skiff_bytes context, uint8_t *out, size_t len)
{
    if (!is_label(label))
        return skiff_fault_set(SKIFF_ERR_ARGUMENT, "label: not 1 to 249 letters");
    if (out == NULL || len == 0)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT, "out, len: NULL, or 0 bytes");
    if (context.len > 0xffff || (context.ptr == NULL && context.len > 0))
        return skiff_fault_set(SKIFF_ERR_ARGUMENT, "context: NULL, or over 65,535 bytes");
    if (!dtls->connected)
        return skiff_fault_set(SKIFF_ERR_STATE, "export: not CONNECTED yet");
    bool good = dtls->protocol->has_exporter_secret
                  ? export_13(&dtls->stage.agreed.secrets, label, context, out, len)
                  : export_12(&dtls->stage.agreed.secrets, label, context, out, len);
    return good ? SKIFF_OK : SKIFF_ERR_CRYPTO;
}

/* RFC 5764 section 4.1.2, RFC 7714 section 12: bytes of master key and salt. */
struct sizes {
    uint16_t profile;
    uint8_t key, salt;
};

/* clang-format off */
static const struct sizes sizes[] = {
    { SKIFF_SRTP_AES128_CM_SHA1_80, 16, 14 },
    { SKIFF_SRTP_AES128_CM_SHA1_32, 16, 14 },
    { SKIFF_SRTP_AEAD_AES_128_GCM,  16, 12 },
    { SKIFF_SRTP_AEAD_AES_256_GCM,  32, 12 },
};
/* clang-format on */

static const struct sizes *sizes_of(uint16_t profile)
{
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        if (sizes[i].profile == profile)
            return &sizes[i];
    return NULL;
}

/* Keying material is client key, server key, client salt, server salt. */
static void cut(const struct sizes *s, const uint8_t *material, size_t side, uint8_t *out)
{
    memcpy(out, material + side * s->key, s->key);
    memcpy(out + s->key, material + 2u * s->key + side * s->salt, s->salt);
}

skiff_status skiff_dtls_srtp_keys(const skiff_dtls *dtls, skiff_srtp_keys *keys)
{
    const struct sizes *s = sizes_of(dtls->srtp_profile);
    uint8_t material[KEYING_MATERIAL_MAX];
    size_t our_side = dtls->role == SKIFF_ROLE_ACTIVE ? 0 : 1;

    if (keys == NULL)
        return skiff_fault_set(SKIFF_ERR_ARGUMENT, "keys: must not be NULL");
    if (!dtls->connected)
        return skiff_fault_set(SKIFF_ERR_STATE, "keys: not CONNECTED yet");
    if (s == NULL)
        return skiff_fault_set(SKIFF_ERR_STATE, "keys: no SRTP profile was agreed");

    skiff_status status =
        skiff_dtls_export(dtls, "EXTRACTOR-dtls_srtp", (skiff_bytes){ NULL, 0 }, material,
                          2u * (size_t)(s->key + s->salt));
    if (status == SKIFF_OK) {
        memset(keys, 0, sizeof *keys);
        keys->profile = (skiff_srtp_profile)s->profile;
        keys->len = (uint8_t)(s->key + s->salt);
        cut(s, material, our_side, keys->ours);
        cut(s, material, 1 - our_side, keys->theirs);
    }
    skf_wipe(material, sizeof material);
    return status;
}
