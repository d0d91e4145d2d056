/* signature_scheme.h - which signature scheme goes with which key. */
#ifndef SKF_SIGNATURE_SCHEME_H
#define SKF_SIGNATURE_SCHEME_H

#include "crypto/crypto.h"

/* Whether a peer's key of that kind may sign with the scheme in 1.2, and we know it.
 * There an ECDSA scheme names the hash only and not the curve (RFC 8446 section 4.2.3,
 * last note). */
bool skf_scheme_fits_12(uint16_t scheme, enum skf_key_kind kind);

/* The same for 1.3, where a scheme names its curve, and PKCS1 is for certificates only
 * (RFC 8446 section 4.2.3). */
bool skf_scheme_fits_13(uint16_t scheme, enum skf_key_kind kind);

/* Our first scheme that fits a key and is in the peer's list; 0 when there is none. */
uint16_t skf_scheme_choose(enum skf_key_kind kind, skiff_bytes peer_list);
uint16_t skf_scheme_choose_13(enum skf_key_kind kind, skiff_bytes peer_list);

#endif
