/* keying.h - how keys go from DTLS to SRTP (RFC 5764 4.2). Knows no transport. */
#ifndef SKF_KEYING_H
#define SKF_KEYING_H

#include <skiff/dtls.h>
#include <skiff/srtp.h>

/* Makes the session of a handshake that is connected; NULL if no profile was agreed. The
 * keys are wiped here. */
SKIFF_MUST_USE skiff_status skf_keying_make_session(const skiff_dtls *dtls,
                                                    const skiff_srtp_config *config,
                                                    skiff_srtp **srtp);

/* The failure to report when it could not be made. */
skiff_failure skf_keying_failure(skiff_status status);

#endif
