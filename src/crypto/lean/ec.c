/* lean/ec.c - P-256 and P-384 through EC_KEYs that are used again for every handshake.
 * Putting a point into one costs a hundredth of what parsing a certificate's key does. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/obj_mac.h>

#include "base/memory.h"
#include "crypto/lean/groups.h"

static const struct {
    int nid;
    size_t scalar_len, point_len;
} curves[CURVE_COUNT] = {
    [CURVE_P256] = { NID_X9_62_prime256v1, 32, 65 },
    [CURVE_P384] = { NID_secp384r1, 48, 97 },
};

static bool prepare_curves(struct skf_groups *groups)
{
    groups->scratch = BN_CTX_new();
    if (groups->scratch == NULL)
        return false;
    for (size_t i = 0; i < CURVE_COUNT; i++) {
        groups->mine[i] = EC_KEY_new_by_curve_name(curves[i].nid);
        groups->theirs[i] = EC_KEY_new_by_curve_name(curves[i].nid);
        if (groups->mine[i] == NULL || groups->theirs[i] == NULL)
            return false;
    }
    return true;
}

/* A copy: contexts of other threads share the identity, and nothing that changes. */
static bool prepare_signer(struct skf_groups *groups, const skiff_identity *identity)
{
    if (identity == NULL || identity->kind == KEY_RSA)
        return true;

    const EC_KEY *key = EVP_PKEY_get0_EC_KEY(identity->key);
    groups->signer = key != NULL ? EC_KEY_dup(key) : NULL;
    return groups->signer != NULL;
}

bool skf_groups_new(const skiff_allocator *memory, const skiff_identity *identity,
                    struct skf_groups **groups)
{
    *groups = skf_acquire(memory, sizeof **groups);
    return *groups != NULL && skf_x25519_prepare(*groups) && prepare_curves(*groups)
        && prepare_signer(*groups, identity);
}

void skf_groups_free(const skiff_allocator *memory, struct skf_groups *groups)
{
    if (groups == NULL)
        return;
    for (size_t i = 0; i < CURVE_COUNT; i++) {
        EC_KEY_free(groups->mine[i]);
        EC_KEY_free(groups->theirs[i]);
    }
    EC_KEY_free(groups->signer);
    BN_CTX_free(groups->scratch);
    EVP_PKEY_free(groups->point);
    EVP_PKEY_CTX_free(groups->generate);
    skf_release(memory, groups, sizeof *groups);
}

static size_t curve_of(const struct skf_share *share)
{
    return share->group == GROUP_SECP256R1 ? CURVE_P256 : CURVE_P384;
}

/* Clears the scalar. libcrypto documents that this call then returns 0. */
static void forget_scalar(EC_KEY *key)
{
    (void)EC_KEY_set_private_key(key, NULL);
}

bool skf_ec_make(struct skf_groups *groups, struct skf_share *share, uint8_t *key_exchange)
{
    size_t curve = curve_of(share);
    EC_KEY *key = groups->mine[curve];
    size_t scalar_len = curves[curve].scalar_len, point_len = curves[curve].point_len;
    bool ok = EC_KEY_generate_key(key) == 1
           && EC_KEY_priv2oct(key, share->private_bytes, scalar_len) == scalar_len
           && EC_POINT_point2oct(EC_KEY_get0_group(key), EC_KEY_get0_public_key(key),
                                 POINT_CONVERSION_UNCOMPRESSED, key_exchange, point_len,
                                 groups->scratch)
                  == point_len;

    forget_scalar(key);
    return ok;
}

bool skf_ec_agree(struct skf_groups *groups, const struct skf_share *share,
                  skiff_bytes peer, uint8_t *secret)
{
    size_t curve = curve_of(share);
    EC_KEY *mine = groups->mine[curve], *theirs = groups->theirs[curve];
    size_t len = curves[curve].scalar_len;
    bool ok = EC_KEY_oct2key(theirs, peer.ptr, peer.len, groups->scratch) == 1
           && EC_KEY_oct2priv(mine, share->private_bytes, len) == 1
           && ECDH_compute_key(secret, len, EC_KEY_get0_public_key(theirs), mine, NULL)
                  == (int)len;

    forget_scalar(mine);
    return ok;
}

bool skf_ec_sign(struct skf_groups *groups, skiff_bytes digest, uint8_t *sig, size_t *len)
{
    unsigned written = 0;

    if (ECDSA_sign(0, digest.ptr, (int)digest.len, sig, &written, groups->signer) != 1)
        return false;
    *len = written;
    return true;
}

enum verification skf_ec_verify(struct skf_groups *groups, const struct skf_public_key *key,
                                skiff_bytes digest, skiff_bytes sig)
{
    EC_KEY *theirs = groups->theirs[key->kind == KEY_P256 ? CURVE_P256 : CURVE_P384];

    if (EC_KEY_oct2key(theirs, key->bytes, key->len, groups->scratch) != 1)
        return skf_blames_input() ? SIGNATURE_WRONG : SIGNATURE_UNKNOWN;
    return skf_verification_ec(
        ECDSA_verify(0, digest.ptr, (int)digest.len, sig.ptr, (int)sig.len, theirs), sig);
}
