/* auth13.c - Certificate, CertificateRequest, CertificateVerify of 1.3 (RFC 8446 4.3.2,
 * 4.4). */
#include "handshake/extensions/extensions.h"
#include "handshake/messages.h"
#include "handshake/signature_scheme.h"
#include "wire/auth.h"

/* --- Certificate ---------------------------------------------------------------------- */

/* A client without a suitable certificate says so, and the server decides (RFC 8446
 * 4.4.2.3). */
skiff_bytes skf_quote_certificate13(const struct handshake *hs)
{
    static const uint8_t none[] = { 0, 0, 0, 0 };

    if (hs->role == CLIENT && !hs->facts.auth_given)
        return (skiff_bytes){ none, sizeof none };
    return hs->our_certificates[1];
}

static bool read_list(skiff_bytes list, skiff_bytes *end_entity, bool *extended)
{
    struct walk w = walk_reader(list);
    struct certificate_entry entry = { .cert_data = { NULL, 0 } };

    *end_entity = entry.cert_data;
    *extended = false;
    while (!w.failed && w.at < w.end) {
        certificate_entry(&w, &entry);
        *extended = *extended || entry.extensions.len > 0;
        if (end_entity->ptr == NULL)
            *end_entity = entry.cert_data;
    }
    return !w.failed;
}

enum verdict skf_hear_certificate13(struct handshake *hs, skiff_bytes body)
{
    struct certificate13 m;
    skiff_bytes end_entity;
    bool extended;

    if (!certificate13_read(&m, body)
        || !read_list(m.certificate_list, &end_entity, &extended))
        return DROPPED;
    if (extended)
        return skf_refuse(hs, ALERT_UNSUPPORTED_EXTENSION,
                          "Certificate: an extension that we have not offered",
                          "RFC 8446 4.4.2");
    if (m.certificate_request_context.len != 0)
        return skf_refuse(hs, ALERT_ILLEGAL_PARAMETER,
                          "Certificate: a context that was not asked for",
                          "RFC 8446 4.4.2");
    if (end_entity.len == 0)
        return skf_refuse(
            hs, hs->role == SERVER ? ALERT_CERTIFICATE_REQUIRED : ALERT_DECODE_ERROR,
            "Certificate: the peer has none", "RFC 8446 4.4.2.4");

    enum verdict v = skf_judge_peer_certificate(hs, end_entity);
    if (v == ACCEPTED) {
        hs->peer_certificate = end_entity;
        if (hs->role == SERVER)
            hs->facts.auth_given = true; /* a client learns it from CertificateRequest */
    }
    return v;
}

/* --- CertificateRequest --------------------------------------------------------------- */

bool skf_say_certificate_request13(struct handshake *hs, struct walk *w)
{
    skiff_bytes no_context = { NULL, 0 };

    walk_vec(w, &no_context, 0, 255);
    skf_say_extensions(hs, IN_CERTIFICATE_REQUEST, w);
    hs->facts.auth_requested = true;
    return true;
}

enum verdict skf_hear_certificate_request13(struct handshake *hs, skiff_bytes body)
{
    struct certificate_request13 m;

    if (!certificate_request13_read(&m, body))
        return DROPPED;
    if (m.certificate_request_context.len != 0)
        return skf_refuse(hs, ALERT_ILLEGAL_PARAMETER,
                          "CertificateRequest: a context in the handshake",
                          "RFC 8446 4.3.2");
    if (hs->facts.resumed)
        return skf_refuse(hs, ALERT_UNEXPECTED_MESSAGE,
                          "CertificateRequest: by a server that took our ticket",
                          "RFC 8446 4.3.2");
    hs->scheme = 0;
    hs->their_schemes = (skiff_bytes){ NULL, 0 };
    enum verdict v = skf_hear_extensions(hs, IN_CERTIFICATE_REQUEST, m.extensions);
    if (v != ACCEPTED)
        return v;
    if (hs->their_schemes.ptr == NULL)
        return skf_refuse(hs, ALERT_MISSING_EXTENSION,
                          "CertificateRequest: without signature_algorithms",
                          "RFC 8446 4.3.2");
    hs->facts.auth_requested = true;
    hs->facts.auth_given = hs->scheme != 0;
    return ACCEPTED;
}

/* --- CertificateVerify ---------------------------------------------------------------- */

/* RFC 8446 section 4.4.3: 64 spaces, the context string of the sender, a zero, the
 * transcript. */
static bool content_digest(const struct handshake *hs, enum role sender, uint16_t scheme,
                           uint8_t *digest)
{
    static const char server[] = "TLS 1.3, server CertificateVerify";
    static const char client[] = "TLS 1.3, client CertificateVerify";
    uint8_t spaces[64], transcript[SKF_HASH_MAX];
    const skiff_bytes parts[] = {
        { spaces, sizeof spaces },
        { (const uint8_t *)(sender == CLIENT ? client : server), sizeof server },
        { transcript, skf_hash_len(hs->suite->hash) },
    };

    memset(spaces, ' ', sizeof spaces);
    return skf_transcript_digest(&hs->transcript, hs->suite->hash, transcript)
        && skf_digest(skf_scheme_hash(scheme), parts, 3, digest);
}

bool skf_say_certificate_verify13(struct handshake *hs, struct walk *w)
{
    uint8_t digest[SKF_HASH_MAX], signature[SKF_SIGNATURE_MAX];
    struct certificate_verify m = { .algorithm = hs->scheme,
                                    .signature = { signature, 0 } };

    if (!content_digest(hs, hs->role, hs->scheme, digest)
        || !skf_sign(hs->crypto, hs->scheme, digest, signature, &m.signature.len))
        return skf_refuse_crypto(hs, "CertificateVerify: no signature from libcrypto");
    certificate_verify(w, &m);
    return true;
}

enum verdict skf_hear_certificate_verify13(struct handshake *hs, skiff_bytes body)
{
    struct certificate_verify m;
    uint8_t digest[SKF_HASH_MAX];
    enum role sender = hs->role == CLIENT ? SERVER : CLIENT;

    if (!certificate_verify_read(&m, body))
        return DROPPED;
    if (!skf_scheme_fits_13(m.algorithm, hs->peer_key.kind))
        return skf_refuse(hs, ALERT_ILLEGAL_PARAMETER,
                          "CertificateVerify: not a signature scheme that was offered",
                          "RFC 8446 4.4.3");
    if (!content_digest(hs, sender, m.algorithm, digest)) {
        skf_refuse_crypto(hs, "CertificateVerify: no digest from libcrypto");
        return REFUSED;
    }
    if (!skf_verify(hs->crypto, &hs->peer_key, m.algorithm, digest, m.signature))
        return skf_refuse_judged(hs, ALERT_DECRYPT_ERROR,
                                 "CertificateVerify: the signature is wrong",
                                 "RFC 8446 4.4.3");
    return ACCEPTED;
}
