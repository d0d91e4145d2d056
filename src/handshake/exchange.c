/* exchange.c - ServerKeyExchange, ServerHelloDone and ClientKeyExchange of 1.2 (RFC 8422
 * sections 5.4 and 5.7). */
#include "handshake/messages.h"
#include "handshake/signature_scheme.h"
#include "wire/exchange.h"

enum { PARAMS_MAX = 4 + SKF_POINT_MAX };

/* RFC 5246 section 7.4.3: what the server signs, of its parameters and both randoms. */
static bool params_digest(const struct handshake *hs, uint16_t scheme, skiff_bytes params,
                          uint8_t *digest)
{
    const skiff_bytes parts[] = { { hs->client_random, RANDOM },
                                  { hs->server_random, RANDOM },
                                  params };

    return skf_digest(skf_scheme_hash(scheme), parts, 3, digest);
}

static bool sign_params(struct handshake *hs, skiff_bytes params, uint8_t *sig, size_t *len)
{
    uint8_t digest[SKF_HASH_MAX];

    return params_digest(hs, hs->scheme, params, digest)
        && skf_sign(hs->crypto, hs->scheme, digest, sig, len);
}

bool skf_say_server_key_exchange(struct handshake *hs, struct walk *w)
{
    uint8_t point[SKF_POINT_MAX], params[PARAMS_MAX], signature[SKF_SIGNATURE_MAX];
    struct server_ecdh_params m = { .curve_type = NAMED_CURVE, .named_curve = hs->group };
    size_t params_len, signature_len;

    if (!skf_share_make(hs->crypto, hs->group, &hs->key_shares[0], point, &m.point.len))
        return skf_refuse_crypto(hs, "ServerKeyExchange: no key share from libcrypto");
    m.point.ptr = point;
    if (!server_ecdh_params_write(&m, params, sizeof params, &params_len)
        || !sign_params(hs, (skiff_bytes){ params, params_len }, signature, &signature_len))
        return skf_refuse_crypto(hs, "ServerKeyExchange: no signature from libcrypto");

    skiff_bytes sig = { signature, signature_len };
    walk_fixed(w, params, params_len);
    walk_u16(w, &hs->scheme);
    walk_vec(w, &sig, 0, 65535);
    return true;
}

/* X25519MLKEM768 was offered for 1.3 only. */
static bool group_was_offered(const struct handshake *hs, uint16_t group)
{
    return skf_settings_have_group(hs->settings, group) && group != GROUP_X25519MLKEM768;
}

enum verdict skf_hear_server_key_exchange(struct handshake *hs, skiff_bytes body)
{
    struct server_key_exchange m;
    uint8_t digest[SKF_HASH_MAX];

    if (!server_key_exchange_read(&m, body))
        return DROPPED;
    if (m.params.curve_type != NAMED_CURVE || !group_was_offered(hs, m.params.named_curve)
        || m.params.point.len > SKF_POINT_MAX)
        return skf_refuse(hs, ALERT_ILLEGAL_PARAMETER,
                          "ServerKeyExchange: not a group that was offered",
                          "RFC 8422 5.4");
    if (!skf_scheme_fits_12(m.algorithm, hs->peer_key.kind))
        return skf_refuse(hs, ALERT_ILLEGAL_PARAMETER,
                          "ServerKeyExchange: not a signature scheme that was offered",
                          "RFC 5246 7.4.3");
    if (!params_digest(hs, m.algorithm, (skiff_bytes){ body.ptr, m.params_len }, digest)) {
        skf_refuse_crypto(hs, "ServerKeyExchange: no digest from libcrypto");
        return REFUSED;
    }
    if (!skf_verify(hs->crypto, &hs->peer_key, m.algorithm, digest, m.signature))
        return skf_refuse_judged(hs, ALERT_DECRYPT_ERROR,
                                 "ServerKeyExchange: the signature is wrong",
                                 "RFC 5246 7.4.3");

    hs->group = m.params.named_curve;
    hs->peer_share_len = m.params.point.len;
    memcpy(hs->peer_share, m.params.point.ptr, m.params.point.len);
    return ACCEPTED;
}

static bool agree(struct handshake *hs, skiff_bytes peer)
{
    bool good = skf_share_agree(hs->crypto, &hs->key_shares[0], peer, hs->shared_secret,
                                &hs->shared_secret_len);

    skf_share_wipe(&hs->key_shares[0]);
    return good;
}

bool skf_say_client_key_exchange(struct handshake *hs, struct walk *w)
{
    uint8_t point[SKF_POINT_MAX];
    struct client_key_exchange m = { .point = { point, 0 } };

    if (!skf_share_make(hs->crypto, hs->group, &hs->key_shares[0], point, &m.point.len))
        return skf_refuse_crypto(hs, "ClientKeyExchange: no key share from libcrypto");
    if (!agree(hs, (skiff_bytes){ hs->peer_share, hs->peer_share_len })) {
        skf_refuse_judged(hs, ALERT_ILLEGAL_PARAMETER,
                          "ServerKeyExchange: not a point of the group", "RFC 8422 5.11");
        return false;
    }
    client_key_exchange(w, &m);
    return true;
}

enum verdict skf_hear_client_key_exchange(struct handshake *hs, skiff_bytes body)
{
    struct client_key_exchange m;

    if (!client_key_exchange_read(&m, body))
        return DROPPED;
    if (!agree(hs, m.point))
        return skf_refuse_judged(hs, ALERT_ILLEGAL_PARAMETER,
                                 "ClientKeyExchange: not a point of the group",
                                 "RFC 8422 5.11");
    return ACCEPTED;
}

/* --- ServerHelloDone (RFC 5246 section 7.4.5) ----------------------------------------- */

bool skf_say_server_hello_done(struct handshake *hs, struct walk *w)
{
    (void)hs;
    (void)w;
    return true;
}

enum verdict skf_hear_server_hello_done(struct handshake *hs, skiff_bytes body)
{
    (void)hs;
    return body.len == 0 ? ACCEPTED : DROPPED;
}
