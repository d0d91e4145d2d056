/* key_share.c - key exchange as TLS sees it: groups, halves and the lengths they must
 * have. */
#include "base/memory.h"
#include "crypto/internal.h"

enum { X25519_SECRET = 32, UNCOMPRESSED = 4 };

static const struct group {
    uint16_t number;
    const char *keys; /* what OpenSSL calls its keys */
    bool is_curve;    /* of points that have a form */
    size_t client_len, server_len, secret_len;
    bool (*make)(struct skf_groups *groups, struct skf_share *share, uint8_t *key_exchange);
    bool (*agree)(struct skf_groups *groups, const struct skf_share *share,
                  skiff_bytes peer, uint8_t *secret);
} groups[] = {
    { GROUP_X25519, "X25519", false, 32, 32, 32, skf_x25519_make, skf_x25519_agree },
    { GROUP_SECP256R1, "EC", true, 65, 65, 32, skf_ec_make, skf_ec_agree },
    { GROUP_SECP384R1, "EC", true, 97, 97, 48, skf_ec_make, skf_ec_agree },
    { GROUP_X25519MLKEM768, "X25519MLKEM768", false, 1216, 1120, 64, skf_kem_make,
      skf_kem_agree },
};

static const struct group *group_of(uint16_t number)
{
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
        if (groups[i].number == number)
            return &groups[i];
    return NULL;
}

bool skf_group_is_available(uint16_t group)
{
    const struct group *g = group_of(group);

    return g != NULL && skf_keys_are_available(g->keys);
}

bool skf_share_make(struct skf_crypto *crypto, uint16_t group, struct skf_share *share,
                    uint8_t *key_exchange, size_t *len)
{
    const struct group *g = group_of(group);

    skf_share_wipe(share);
    if (g == NULL)
        return false;
    share->group = group;
    if (!g->make(crypto->groups, share, key_exchange)) {
        skf_share_wipe(share);
        return clear_errors(false);
    }
    *len = g->client_len;
    return true;
}

/* RFC 7748 6.1: a secret of zeros means that the peer's point has a small order. The
 * secret of X25519 is the end of the hybrid one. The other curves do not yield such a
 * secret. */
static bool is_secret(const struct group *g, const uint8_t *secret)
{
    static const uint8_t zeros[X25519_SECRET];

    return !skf_same(secret + g->secret_len - X25519_SECRET, zeros, X25519_SECRET);
}

/* RFC 8422 5.4.1: uncompressed points only. Loading one sees if it is on the curve. */
static bool agree_by(struct skf_crypto *crypto, const struct group *g,
                     const struct skf_share *share, skiff_bytes peer, uint8_t *secret)
{
    if (g->is_curve && peer.ptr[0] != UNCOMPRESSED)
        return false;
    ERR_clear_error();
    bool ok = g->agree(crypto->groups, share, peer, secret);
    crypto->has_failed = !ok && !skf_blames_input();
    return ok && is_secret(g, secret);
}

bool skf_share_agree(struct skf_crypto *crypto, const struct skf_share *share,
                     skiff_bytes peer, uint8_t *secret, size_t *len)
{
    const struct group *g = group_of(share->group);

    crypto->has_failed = false;
    if (g == NULL || peer.len != g->server_len)
        return false;
    bool ok = agree_by(crypto, g, share, peer, secret);
    if (ok)
        *len = g->secret_len;
    return clear_errors(ok);
}

/* Makes a share, agrees, and wipes the share. */
static bool make_and_agree(struct skf_crypto *crypto, const struct group *g,
                           skiff_bytes peer, uint8_t *key_exchange, uint8_t *secret)
{
    struct skf_share share = { .group = g->number };
    bool made = g->make(crypto->groups, &share, key_exchange);
    bool ok = made && agree_by(crypto, g, &share, peer, secret);

    crypto->has_failed = crypto->has_failed || !made;
    skf_share_wipe(&share);
    return ok;
}

static bool encapsulate(struct skf_crypto *crypto, const struct group *g, skiff_bytes peer,
                        uint8_t *key_exchange, uint8_t *secret)
{
    ERR_clear_error();
    bool ok = skf_kem_encapsulate(peer, key_exchange, secret);

    crypto->has_failed = !ok && !skf_blames_input();
    return ok && is_secret(g, secret);
}

/* NOLINTNEXTLINE(readability-function-size): each output has a length */
bool skf_share_reply(struct skf_crypto *crypto, uint16_t group, skiff_bytes peer,
                     uint8_t *key_exchange, size_t *key_exchange_len, uint8_t *secret,
                     size_t *secret_len)
{
    const struct group *g = group_of(group);

    crypto->has_failed = false;
    if (g == NULL || peer.len != g->client_len)
        return false;
    bool ok = group == GROUP_X25519MLKEM768
                ? encapsulate(crypto, g, peer, key_exchange, secret)
                : make_and_agree(crypto, g, peer, key_exchange, secret);
    if (!ok)
        return clear_errors(false);
    *key_exchange_len = g->server_len;
    *secret_len = g->secret_len;
    return true;
}

void skf_share_wipe(struct skf_share *share)
{
    EVP_PKEY_CTX_free(share->held);
    skf_wipe(share, sizeof *share);
}
