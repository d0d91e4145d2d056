/* awslc/x25519.c - X25519 (RFC 7748) of plain bytes: a share is its scalar. */
#include <openssl/curve25519.h>

#include "crypto/internal.h"

bool skf_x25519_make(struct skf_groups *groups, struct skf_share *share,
                     uint8_t *key_exchange)
{
    (void)groups;
    X25519_keypair(key_exchange, share->private_bytes);
    return true;
}

/* Its result says whether the secret is zeros (RFC 7748 6.1), which key_share.c judges. */
bool skf_x25519_agree(struct skf_groups *groups, const struct skf_share *share,
                      skiff_bytes peer, uint8_t *secret)
{
    (void)groups;
    (void)X25519(secret, share->private_bytes, peer.ptr);
    return true;
}
