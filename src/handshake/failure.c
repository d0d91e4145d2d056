/* failure.c - why an association ended. */
#include "handshake/failure.h"

#include "handshake/handshake.h"

void skf_failure_set(skiff_failure *failure, skiff_failure why)
{
    if (!has_failed(failure))
        *failure = why;
}

enum verdict skf_refuse(struct handshake *hs, int alert, const char *what, const char *spec)
{
    skf_failure_set(hs->failure, (skiff_failure){ .status = SKIFF_ERR_FAILED,
                                                  .alert = alert,
                                                  .what = what,
                                                  .spec = spec });
    return REFUSED;
}

enum verdict skf_refuse_judged(struct handshake *hs, int alert, const char *what,
                               const char *spec)
{
    if (!skf_crypto_has_failed(hs->crypto))
        return skf_refuse(hs, alert, what, spec);
    skf_refuse_crypto(hs, "libcrypto failed to judge what the peer has sent");
    return REFUSED;
}

enum verdict skf_judge_identity(struct handshake *hs)
{
    skiff_failure refusal = skf_peer_identity_refusal(hs->peer_identity);

    if (!has_failed(&refusal))
        return ACCEPTED;
    skf_failure_set(hs->failure, refusal);
    return REFUSED;
}

bool skf_refuse_crypto(struct handshake *hs, const char *what)
{
    skf_failure_set(hs->failure, (skiff_failure){ .status = SKIFF_ERR_CRYPTO,
                                                  .alert = ALERT_INTERNAL_ERROR,
                                                  .what = what,
                                                  .spec = hs->protocol->spec.error_alert });
    return false;
}
