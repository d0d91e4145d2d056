/* peer_certificate.c - judges the certificate of the other end, whatever message it came
 * in. */
#include "handshake/messages.h"

enum verdict skf_judge_peer_certificate(struct handshake *hs, skiff_bytes end_entity)
{
    const char *why = NULL;

    if (!skf_certificate_key(end_entity, &hs->peer_key, &why))
        return skf_refuse(hs, ALERT_UNSUPPORTED_CERTIFICATE, why,
                          hs->protocol->spec.certificate);
    if (!skf_peer_identity_set_certificate(hs->peer_identity, end_entity)) {
        skf_refuse_crypto(hs, "Certificate: libcrypto made no digest");
        return REFUSED;
    }
    return skf_judge_identity(hs);
}
