/* auth12.c - Certificate, CertificateRequest, CertificateVerify (RFC 5246 7.4.2, 7.4.4,
 * 7.4.8). */
#include "handshake/messages.h"
#include "handshake/signature_scheme.h"
#include "wire/auth.h"

/* --- Certificate ---------------------------------------------------------------------- */

/* A client without a suitable certificate says so, and the server decides (RFC 5246
 * 7.4.6). */
skiff_bytes skf_quote_certificate(const struct handshake *hs)
{
    static const uint8_t none[] = { 0, 0, 0 };

    if (hs->role == CLIENT && !hs->facts.auth_given)
        return (skiff_bytes){ none, sizeof none };
    return hs->our_certificates[0];
}

/* The first certificate of the list, the list being well formed to its end. */
static bool read_list(skiff_bytes list, skiff_bytes *end_entity)
{
    struct walk w = walk_reader(list);
    struct asn1_cert entry = { { NULL, 0 } };

    *end_entity = entry.der;
    while (!w.failed && w.at < w.end) {
        asn1_cert(&w, &entry);
        if (end_entity->ptr == NULL)
            *end_entity = entry.der;
    }
    return !w.failed;
}

enum verdict skf_hear_certificate(struct handshake *hs, skiff_bytes body)
{
    struct certificate m;
    skiff_bytes end_entity;

    if (!certificate_read(&m, body) || !read_list(m.certificate_list, &end_entity))
        return DROPPED;
    if (end_entity.len == 0)
        return skf_refuse(hs, ALERT_HANDSHAKE_FAILURE, "Certificate: the peer has none",
                          "RFC 8827 6.5");

    enum verdict v = skf_judge_peer_certificate(hs, end_entity);
    if (v == ACCEPTED && hs->role == CLIENT
        && hs->suite->ecdsa != (hs->peer_key.kind != KEY_RSA))
        return skf_refuse(hs, ALERT_ILLEGAL_PARAMETER,
                          "Certificate: its key does not go with the cipher suite",
                          "RFC 5246 7.4.2");
    if (v == ACCEPTED) {
        hs->peer_certificate = end_entity;
        if (hs->role == SERVER)
            hs->facts.auth_given = true; /* a client learns it from CertificateRequest */
    }
    return v;
}

/* --- CertificateRequest --------------------------------------------------------------- */

bool skf_say_certificate_request(struct handshake *hs, struct walk *w)
{
    static const uint8_t types[] = { CERTIFICATE_TYPE_ECDSA_SIGN,
                                     CERTIFICATE_TYPE_RSA_SIGN };
    uint8_t list[2 * SCHEME_COUNT];
    struct certificate_request m = { .certificate_types = { types, sizeof types },
                                     .supported_signature_algorithms = { list,
                                                                         sizeof list } };

    for (size_t i = 0; i < SCHEME_COUNT; i++) {
        list[2 * i] = (uint8_t)(skf_signature_schemes[i] >> 8);
        list[2 * i + 1] = (uint8_t)skf_signature_schemes[i];
    }
    hs->facts.auth_requested = true;
    certificate_request(w, &m);
    return true;
}

/* RFC 5246 section 7.4.4, RFC 8422 section 5.5: what kind of certificate may be shown. */
static bool type_is_requested(enum skf_key_kind kind, skiff_bytes types)
{
    int type = kind == KEY_RSA ? CERTIFICATE_TYPE_RSA_SIGN : CERTIFICATE_TYPE_ECDSA_SIGN;

    return memchr(types.ptr, type, types.len) != NULL;
}

enum verdict skf_hear_certificate_request(struct handshake *hs, skiff_bytes body)
{
    enum skf_key_kind kind = skf_identity_kind(hs->settings->identity);
    struct certificate_request m;

    if (!certificate_request_read(&m, body))
        return DROPPED;
    hs->scheme = type_is_requested(kind, m.certificate_types)
                   ? skf_scheme_choose(kind, m.supported_signature_algorithms)
                   : 0;
    hs->facts.auth_requested = true;
    hs->facts.auth_given = hs->scheme != 0;
    return ACCEPTED;
}

/* --- CertificateVerify ---------------------------------------------------------------- */

bool skf_say_certificate_verify(struct handshake *hs, struct walk *w)
{
    uint8_t digest[SKF_HASH_MAX], signature[SKF_SIGNATURE_MAX];
    struct certificate_verify m = { .algorithm = hs->scheme,
                                    .signature = { signature, 0 } };

    if (!skf_transcript_digest(&hs->transcript, skf_scheme_hash(hs->scheme), digest)
        || !skf_sign(hs->crypto, hs->scheme, digest, signature, &m.signature.len))
        return skf_refuse_crypto(hs, "CertificateVerify: no signature from libcrypto");
    certificate_verify(w, &m);
    return true;
}

enum verdict skf_hear_certificate_verify(struct handshake *hs, skiff_bytes body)
{
    struct certificate_verify m;
    uint8_t digest[SKF_HASH_MAX];

    if (!certificate_verify_read(&m, body))
        return DROPPED;
    if (!skf_scheme_fits_12(m.algorithm, hs->peer_key.kind))
        return skf_refuse(hs, ALERT_ILLEGAL_PARAMETER,
                          "CertificateVerify: not a signature scheme that was asked for",
                          "RFC 5246 7.4.8");
    if (!skf_transcript_digest(&hs->transcript, skf_scheme_hash(m.algorithm), digest)) {
        skf_refuse_crypto(hs, "CertificateVerify: no digest from libcrypto");
        return REFUSED;
    }
    if (!skf_verify(hs->crypto, &hs->peer_key, m.algorithm, digest, m.signature))
        return skf_refuse_judged(hs, ALERT_DECRYPT_ERROR,
                                 "CertificateVerify: the signature is wrong",
                                 "RFC 5246 7.4.8");
    return ACCEPTED;
}
