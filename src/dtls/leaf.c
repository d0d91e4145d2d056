/* leaf.c - judges the certificate of the other end, whatever message it came in. */
#include "dtls/messages.h"

enum verdict judge_leaf(struct handshake *hs, skiff_bytes leaf)
{
    const char *why = NULL;

    if (!skf_certificate_key(leaf, &hs->peer_key, &why))
        return refuse(hs, ALERT_UNSUPPORTED_CERTIFICATE, why, "RFC 5246 7.4.2");
    if (!peer_heard(hs->peer, leaf)) {
        refuse_crypto(hs, "Certificate: libcrypto made no digest");
        return REFUSED;
    }
    if (hs->peer->trust == TRUST_REFUSED)
        return refuse(hs, ALERT_BAD_CERTIFICATE,
                      "Certificate: it matches no expected fingerprint", "RFC 8122 5");
    return HEARD;
}
