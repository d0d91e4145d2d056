/* awslc/ec.c - P-256 and P-384 through EC_KEYs. What has a point of the peer's is used
 * again for every handshake. What has a scalar of ours is made for one call: AWS-LC cannot
 * take a scalar out of a key, and wipes what it frees. */
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/ec_key.h>
#include <openssl/ecdh.h>
#include <openssl/ecdsa.h>
#include <openssl/nid.h>

#include "base/memory.h"
#include "crypto/internal.h"

enum { CURVE_P256, CURVE_P384, CURVE_COUNT };

static const struct {
    int nid;
    size_t scalar_len, point_len;
} curves[CURVE_COUNT] = {
    [CURVE_P256] = { NID_X9_62_prime256v1, 32, 65 },
    [CURVE_P384] = { NID_secp384r1, 48, 97 },
};

struct skf_groups {
    EC_KEY *theirs[CURVE_COUNT];  /* has the peer's key */
    EC_POINT *point[CURVE_COUNT]; /* a point of the peer's */
    const EC_KEY *signer;         /* the identity's, when it is ECDSA; never changes */
};

static bool prepare(struct skf_groups *groups)
{
    for (size_t i = 0; i < CURVE_COUNT; i++) {
        groups->theirs[i] = EC_KEY_new_by_curve_name(curves[i].nid);
        if (groups->theirs[i] == NULL)
            return false;
        groups->point[i] = EC_POINT_new(EC_KEY_get0_group(groups->theirs[i]));
        if (groups->point[i] == NULL)
            return false;
    }
    return true;
}

bool skf_groups_new(const skiff_allocator *memory, const skiff_identity *identity,
                    struct skf_groups **groups)
{
    *groups = skf_acquire(memory, sizeof **groups);
    if (*groups == NULL || !prepare(*groups))
        return false;
    if (identity == NULL || identity->kind == KEY_RSA)
        return true;
    (*groups)->signer = EVP_PKEY_get0_EC_KEY(identity->key);
    return (*groups)->signer != NULL;
}

void skf_groups_free(const skiff_allocator *memory, struct skf_groups *groups)
{
    if (groups == NULL)
        return;
    for (size_t i = 0; i < CURVE_COUNT; i++) {
        EC_POINT_free(groups->point[i]);
        EC_KEY_free(groups->theirs[i]);
    }
    skf_release(memory, groups, sizeof *groups);
}

static size_t curve_of(const struct skf_share *share)
{
    return share->group == GROUP_SECP256R1 ? CURVE_P256 : CURVE_P384;
}

/* Reads a point of the peer's, and sees if it is on the curve. */
static bool load_point(struct skf_groups *groups, size_t curve, skiff_bytes bytes)
{
    return EC_POINT_oct2point(EC_KEY_get0_group(groups->theirs[curve]),
                              groups->point[curve], bytes.ptr, bytes.len, NULL)
        == 1;
}

bool skf_ec_make(struct skf_groups *groups, struct skf_share *share, uint8_t *key_exchange)
{
    size_t curve = curve_of(share);
    size_t scalar_len = curves[curve].scalar_len, point_len = curves[curve].point_len;
    EC_KEY *key = EC_KEY_new_by_curve_name(curves[curve].nid);
    bool ok =
        key != NULL && EC_KEY_generate_key(key) == 1
        && BN_bn2bin_padded(share->private_bytes, scalar_len, EC_KEY_get0_private_key(key))
               == 1
        && EC_POINT_point2oct(EC_KEY_get0_group(key), EC_KEY_get0_public_key(key),
                              POINT_CONVERSION_UNCOMPRESSED, key_exchange, point_len, NULL)
               == point_len;

    (void)groups;
    EC_KEY_free(key);
    return ok;
}

/* NULL, or a key that the caller frees. */
static EC_KEY *private_key(const struct skf_share *share, size_t curve)
{
    BIGNUM *scalar = BN_bin2bn(share->private_bytes, curves[curve].scalar_len, NULL);
    EC_KEY *key = scalar != NULL ? EC_KEY_new_by_curve_name(curves[curve].nid) : NULL;
    bool ok = key != NULL && EC_KEY_set_private_key(key, scalar) == 1;

    BN_clear_free(scalar);
    if (ok)
        return key;
    EC_KEY_free(key);
    return NULL;
}

bool skf_ec_agree(struct skf_groups *groups, const struct skf_share *share,
                  skiff_bytes peer, uint8_t *secret)
{
    size_t curve = curve_of(share), len = curves[curve].scalar_len;
    EC_KEY *key = private_key(share, curve);
    bool ok = key != NULL && load_point(groups, curve, peer)
           && ECDH_compute_key(secret, len, groups->point[curve], key, NULL) == (int)len;

    EC_KEY_free(key);
    return ok;
}

bool skf_ec_sign(struct skf_groups *groups, skiff_bytes digest, uint8_t *sig, size_t *len)
{
    unsigned written = 0;

    if (ECDSA_sign(0, digest.ptr, digest.len, sig, &written, groups->signer) != 1)
        return false;
    *len = written;
    return true;
}

enum verification skf_ec_verify(struct skf_groups *groups, const struct skf_public_key *key,
                                skiff_bytes digest, skiff_bytes sig)
{
    size_t curve = key->kind == KEY_P256 ? CURVE_P256 : CURVE_P384;
    EC_KEY *theirs = groups->theirs[curve];

    if (!load_point(groups, curve, (skiff_bytes){ key->bytes, key->len })
        || EC_KEY_set_public_key(theirs, groups->point[curve]) != 1)
        return skf_blames_input() ? SIGNATURE_WRONG : SIGNATURE_UNKNOWN;
    return skf_verification_ec(
        ECDSA_verify(0, digest.ptr, digest.len, sig.ptr, sig.len, theirs), sig);
}
