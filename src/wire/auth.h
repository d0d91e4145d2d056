/* auth.h - Certificate, CertificateRequest, CertificateVerify of both versions. */
#ifndef SKF_WIRE_AUTH_H
#define SKF_WIRE_AUTH_H

#include "wire/walk.h"

/* RFC 5246 section 7.4.2 */
struct certificate {
    skiff_bytes certificate_list;
};

static inline void certificate(struct walk *w, struct certificate *m)
{
    walk_vec(w, &m->certificate_list, 0, 0xffffff);
}
WALKABLE(certificate)

/* One ASN.1Cert<1..2^24-1> of the list. */
struct asn1_cert {
    skiff_bytes der;
};

static inline void asn1_cert(struct walk *w, struct asn1_cert *m)
{
    walk_vec(w, &m->der, 1, 0xffffff);
}
WALKABLE(asn1_cert)

/* RFC 5246 section 7.4.4 */
struct certificate_request {
    skiff_bytes certificate_types;
    skiff_bytes supported_signature_algorithms;
    skiff_bytes certificate_authorities;
};

static inline void certificate_request(struct walk *w, struct certificate_request *m)
{
    walk_vec(w, &m->certificate_types, 1, 255);
    walk_vec(w, &m->supported_signature_algorithms, 2, 65534);
    walk_require(w, m->supported_signature_algorithms.len % 2 == 0);
    walk_vec(w, &m->certificate_authorities, 0, 65535);
}
WALKABLE(certificate_request)

/* RFC 8446 section 4.4.2 */
struct certificate13 {
    skiff_bytes certificate_request_context;
    skiff_bytes certificate_list;
};

static inline void certificate13(struct walk *w, struct certificate13 *m)
{
    walk_vec(w, &m->certificate_request_context, 0, 255);
    walk_vec(w, &m->certificate_list, 0, 0xffffff);
}
WALKABLE(certificate13)

/* One CertificateEntry of the list. */
struct certificate_entry {
    skiff_bytes cert_data;
    skiff_bytes extensions;
};

static inline void certificate_entry(struct walk *w, struct certificate_entry *m)
{
    walk_vec(w, &m->cert_data, 1, 0xffffff);
    walk_vec(w, &m->extensions, 0, 65535);
}
WALKABLE(certificate_entry)

/* RFC 8446 section 4.3.2 */
struct certificate_request13 {
    skiff_bytes certificate_request_context;
    skiff_bytes extensions;
};

static inline void certificate_request13(struct walk *w, struct certificate_request13 *m)
{
    walk_vec(w, &m->certificate_request_context, 0, 255);
    walk_vec(w, &m->extensions, 2, 65535);
}
WALKABLE(certificate_request13)

/* RFC 5246 section 7.4.8, "digitally-signed" of section 4.7; RFC 8446 section 4.4.3 */
struct certificate_verify {
    uint16_t algorithm;
    skiff_bytes signature;
};

static inline void certificate_verify(struct walk *w, struct certificate_verify *m)
{
    walk_u16(w, &m->algorithm);
    walk_vec(w, &m->signature, 0, 65535);
}
WALKABLE(certificate_verify)

#endif
