/* share.c - key exchange as TLS sees it: groups, halves and the lengths they must have. */
#include "base/memory.h"
#include "crypto/keep.h"

static const struct group {
    uint16_t number;
    size_t   public_len, secret_len;
} groups[] = {
    { GROUP_X25519,    32, 32 },
    { GROUP_SECP256R1, 65, 32 },
    { GROUP_SECP384R1, 97, 48 },
};

static const struct group *group_of(uint16_t number)
{
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
        if (groups[i].number == number)
            return &groups[i];
    return NULL;
}

bool skf_share_make(struct skf_crypto *crypto, uint16_t group, struct skf_share *share,
                    uint8_t *public_half, size_t *len)
{
    const struct group *g = group_of(group);

    skf_share_wipe(share);
    if (g == NULL)
        return false;
    share->group = group;
    bool ok = group == GROUP_X25519 ? skf_x25519_make(crypto->groups, share, public_half)
                                    : skf_ec_make(crypto->groups, share, public_half);
    if (!ok) {
        skf_share_wipe(share);
        return settled(false);
    }
    *len = g->public_len;
    return true;
}

/* RFC 7748 6.1: a secret of zeros means that the peer's point has a small order. */
static bool x25519_agree(struct skf_groups *kept, const struct skf_share *share,
                         skiff_bytes peer, uint8_t *secret)
{
    static const uint8_t zeros[32];

    return skf_x25519_agree(kept, share, peer, secret) && !skf_same(secret, zeros, 32);
}

/* RFC 8422 5.4.1: uncompressed points only. Loading one sees if it is on the curve. */
static bool ec_agree(struct skf_groups *kept, const struct skf_share *share,
                     skiff_bytes peer, uint8_t *secret)
{
    return peer.ptr[0] == 4 && skf_ec_agree(kept, share, peer, secret);
}

bool skf_share_agree(struct skf_crypto *crypto, const struct skf_share *share,
                     skiff_bytes peer, uint8_t *secret, size_t *len)
{
    const struct group *g = group_of(share->group);

    if (g == NULL || peer.len != g->public_len)
        return false;
    bool ok = share->group == GROUP_X25519
                  ? x25519_agree(crypto->groups, share, peer, secret)
                  : ec_agree(crypto->groups, share, peer, secret);
    if (ok)
        *len = g->secret_len;
    return settled(ok);
}

void skf_share_wipe(struct skf_share *share)
{
    EVP_PKEY_CTX_free(share->held);
    skf_wipe(share, sizeof *share);
}
