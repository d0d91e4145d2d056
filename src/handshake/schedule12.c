/* schedule12.c - the key schedule of TLS 1.2 (RFC 5246 sections 5, 6.3, 7.4.9, 8.1; RFC
 * 7627). */
#include "handshake/messages.h"
#include "base/memory.h"
#include "handshake/keylog.h"

enum { KEY_BLOCK_MAX = 2 * (SKF_KEY_MAX + SKF_NONCE) };

static skiff_bytes bytes(const uint8_t *ptr, size_t len)
{
    return (skiff_bytes){ ptr, len };
}

static bool master_secret(struct handshake *hs)
{
    uint8_t session_hash[SKF_HASH_MAX];
    enum skf_hash_alg hash = hs->suite->hash;
    struct skf_prf12 prf = { .alg = hash,
                             .secret = bytes(hs->shared_secret, hs->shared_secret_len) };

    if (hs->extended_master_secret) {
        if (!skf_transcript_digest(&hs->transcript, hash, session_hash))
            return false;
        prf.label = "extended master secret"; /* RFC 7627 section 4 */
        prf.seed[0] = bytes(session_hash, skf_hash_len(hash));
    } else {
        prf.label = "master secret";
        prf.seed[0] = bytes(hs->client_random, RANDOM);
        prf.seed[1] = bytes(hs->server_random, RANDOM);
    }
    return skf_prf12(&prf, hs->master_secret, MASTER_SECRET);
}

/* RFC 5246 section 6.3; the AEAD suites have no MAC keys. The fixed IV is 4 bytes for GCM
 * and CCM (RFC 5288 and RFC 6655 section 3), and 12 for ChaCha20 (RFC 7905 section 2). */
static void cut(struct handshake *hs, const uint8_t *block, size_t key_len, size_t iv_len)
{
    struct keyset *set = &hs->keysets[0];
    struct keys *client = hs->role == CLIENT ? &set->ours : &set->theirs;
    struct keys *server = hs->role == CLIENT ? &set->theirs : &set->ours;

    set->epoch = hs->protocol->last_epoch;
    client->aead = server->aead = (uint8_t)hs->suite->aead;
    memcpy(client->key, block, key_len);
    memcpy(server->key, block + key_len, key_len);
    memcpy(client->iv, block + 2 * key_len, iv_len);
    memcpy(server->iv, block + 2 * key_len + iv_len, iv_len);
}

static bool key_block(struct handshake *hs)
{
    uint8_t block[KEY_BLOCK_MAX];
    size_t key_len = skf_aead_key_len(hs->suite->aead);
    size_t iv_len = hs->suite->aead == AEAD_CHACHA20_POLY1305 ? SKF_NONCE : 4;
    struct skf_prf12 prf = { .alg = hs->suite->hash,
                             .secret = bytes(hs->master_secret, MASTER_SECRET),
                             .label = "key expansion",
                             .seed = { bytes(hs->server_random, RANDOM),
                                       bytes(hs->client_random, RANDOM) } };
    bool good = skf_prf12(&prf, block, 2 * (key_len + iv_len));

    if (good)
        cut(hs, block, key_len, iv_len);
    skf_wipe(block, sizeof block);
    return good;
}

bool skf_schedule12_keys(struct handshake *hs)
{
    bool good = master_secret(hs) && key_block(hs);

    skf_wipe(hs->shared_secret, sizeof hs->shared_secret);
    if (!good)
        return skf_refuse_crypto(hs, "key schedule: libcrypto failed");
    memcpy(hs->exporter_secret, hs->master_secret, MASTER_SECRET);
    skf_key_log(hs->settings, "CLIENT_RANDOM", hs->client_random,
                bytes(hs->master_secret, MASTER_SECRET));
    return true;
}

/* RFC 5246 section 7.4.9 */
bool skf_schedule12_verify_data(struct handshake *hs, enum role sender,
                                uint8_t *verify_data)
{
    uint8_t digest[SKF_HASH_MAX];
    enum skf_hash_alg hash = hs->suite->hash;
    struct skf_prf12 prf = { .alg = hash,
                             .secret = bytes(hs->master_secret, MASTER_SECRET),
                             .label =
                                 sender == CLIENT ? "client finished" : "server finished",
                             .seed = { bytes(digest, skf_hash_len(hash)) } };

    return skf_transcript_digest(&hs->transcript, hash, digest)
        && skf_prf12(&prf, verify_data, VERIFY_DATA);
}
