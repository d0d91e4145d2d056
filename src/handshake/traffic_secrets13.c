/* traffic_secrets13.c - when which secret of 1.3 is made (RFC 8446 section 7.1), and what
 * follows. */
#include "base/memory.h"
#include "handshake/keylog.h"
#include "handshake/messages.h"
#include "handshake/schedule13.h"

/* Early Secret -> Handshake Secret -> Master Secret. */
static bool extract_next(enum skf_hash_alg alg, const uint8_t *secret, skiff_bytes ikm,
                         uint8_t *next)
{
    static const uint8_t zeros[SKF_HASH_MAX];
    uint8_t derived[SKF_HASH_MAX];
    size_t len = skf_hash_len(alg);

    if (ikm.ptr == NULL)
        ikm = (skiff_bytes){ zeros, len };
    bool good = skf_derive_secret(alg, secret, "derived", NULL, derived)
             && skf_hkdf_extract(alg, (skiff_bytes){ derived, len }, ikm, next);
    skf_wipe(derived, sizeof derived);
    return good;
}

/* Both traffic secrets of an epoch, and the keys under them. */
struct labels {
    uint16_t epoch;
    const char *client, *server;         /* of Derive-Secret */
    const char *log_client, *log_server; /* of the key log */
};

static bool derive_keyset(struct handshake *hs, struct keyset *set,
                          const struct labels *labels, uint8_t *our_secret,
                          uint8_t *their_secret)
{
    enum skf_hash_alg alg = hs->suite->hash;
    bool client = hs->role == CLIENT;
    const skiff_bytes client_secret = { client ? our_secret : their_secret,
                                        skf_hash_len(alg) };
    const skiff_bytes server_secret = { client ? their_secret : our_secret,
                                        skf_hash_len(alg) };
    uint8_t digest[SKF_HASH_MAX];

    if (!skf_transcript_digest(&hs->transcript, alg, digest)
        || !skf_derive_secret(alg, hs->master_secret,
                              client ? labels->client : labels->server, digest, our_secret)
        || !skf_derive_secret(alg, hs->master_secret,
                              client ? labels->server : labels->client, digest,
                              their_secret)
        || !skf_traffic_keys(alg, hs->suite->aead, our_secret, &set->ours)
        || !skf_traffic_keys(alg, hs->suite->aead, their_secret, &set->theirs))
        return false;
    set->epoch = labels->epoch;
    skf_key_log(hs->settings, labels->log_client, hs->client_random, client_secret);
    skf_key_log(hs->settings, labels->log_server, hs->client_random, server_secret);
    return true;
}

bool skf_schedule13_handshake(struct handshake *hs)
{
    static const struct labels labels = { 2, "c hs traffic", "s hs traffic",
                                          "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
                                          "SERVER_HANDSHAKE_TRAFFIC_SECRET" };
    enum skf_hash_alg alg = hs->suite->hash;
    uint8_t early[SKF_HASH_MAX];
    bool good =
        skf_early_secret(alg, hs->facts.resumed ? hs->psk : NULL, early)
        && extract_next(alg, early,
                        (skiff_bytes){ hs->shared_secret, hs->shared_secret_len },
                        hs->master_secret)
        && derive_keyset(hs, &hs->keysets[0], &labels, hs->our_traffic, hs->their_traffic);

    skf_wipe(early, sizeof early);
    skf_wipe(hs->shared_secret, sizeof hs->shared_secret);
    return good || skf_refuse_crypto(hs, "key schedule: libcrypto failed");
}

/* Behind the server's Finished: the application keys and the exporter's secret. */
static bool application_secrets(struct handshake *hs)
{
    static const struct labels labels = { 3, "c ap traffic", "s ap traffic",
                                          "CLIENT_TRAFFIC_SECRET_0",
                                          "SERVER_TRAFFIC_SECRET_0" };
    enum skf_hash_alg alg = hs->suite->hash;
    uint8_t handshake[SKF_HASH_MAX], digest[SKF_HASH_MAX];
    bool good;

    memcpy(handshake, hs->master_secret, sizeof handshake);
    good = extract_next(alg, handshake, (skiff_bytes){ NULL, 0 }, hs->master_secret)
        && skf_transcript_digest(&hs->transcript, alg, digest)
        && skf_derive_secret(alg, hs->master_secret, "exp master", digest,
                             hs->exporter_secret)
        && derive_keyset(hs, &hs->keysets[1], &labels, hs->our_application,
                         hs->their_application);
    if (good)
        skf_key_log(hs->settings, "EXPORTER_SECRET", hs->client_random,
                    (skiff_bytes){ hs->exporter_secret, skf_hash_len(alg) });
    skf_wipe(handshake, sizeof handshake);
    return good;
}

/* Behind the client's: what tickets are made of. */
static bool resumption_secret(struct handshake *hs)
{
    enum skf_hash_alg alg = hs->suite->hash;
    uint8_t digest[SKF_HASH_MAX];

    return !hs->settings->tickets
        || (skf_transcript_digest(&hs->transcript, alg, digest)
            && skf_derive_secret(alg, hs->master_secret, "res master", digest,
                                 hs->resumption_secret));
}

bool skf_schedule13_finished(struct handshake *hs)
{
    bool by_server = hs->keysets[1].epoch == 0;

    return (by_server ? application_secrets(hs) : resumption_secret(hs))
        || skf_refuse_crypto(hs, "key schedule: libcrypto failed");
}

bool skf_schedule13_verify_data(struct handshake *hs, enum role sender,
                                uint8_t *verify_data)
{
    const uint8_t *base = sender == hs->role ? hs->our_traffic : hs->their_traffic;
    uint8_t digest[SKF_HASH_MAX];

    return skf_transcript_digest(&hs->transcript, hs->suite->hash, digest)
        && skf_finished_mac(hs->suite->hash, base, digest, verify_data);
}
