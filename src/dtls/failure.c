/* failure.c - why an association ended. */
#include "dtls/failure.h"

#include "dtls/handshake.h"

void fail_with(skiff_failure *failure, skiff_failure why)
{
    if (!has_failed(failure))
        *failure = why;
}

enum verdict refuse(struct handshake *hs, int alert, const char *what, const char *spec)
{
    fail_with(hs->failure, (skiff_failure){ .status = SKIFF_ERR_FAILED, .alert = alert,
                                            .what = what, .spec = spec });
    return REFUSED;
}

enum verdict refuse_judged(struct handshake *hs, int alert, const char *what,
                           const char *spec)
{
    if (!skf_crypto_has_failed(hs->crypto))
        return refuse(hs, alert, what, spec);
    refuse_crypto(hs, "libcrypto failed to judge what the peer has sent");
    return REFUSED;
}

bool refuse_crypto(struct handshake *hs, const char *what)
{
    fail_with(hs->failure, (skiff_failure){ .status = SKIFF_ERR_CRYPTO,
                                            .alert = ALERT_INTERNAL_ERROR,
                                            .what = what, .spec = "RFC 5246 7.2.2" });
    return false;
}
