/* scheme.c - which signature scheme goes with which key. */
#include "dtls/scheme.h"

#include "dtls/suite.h"
#include "wire/extension.h"

bool scheme_fits_12(uint16_t scheme, enum skf_key_kind kind)
{
    if (kind == KEY_P256 || kind == KEY_P384)
        return scheme == SCHEME_ECDSA_SECP256R1_SHA256
            || scheme == SCHEME_ECDSA_SECP384R1_SHA384;
    return skf_scheme_fits(scheme, kind);
}

uint16_t scheme_choose(enum skf_key_kind kind, skiff_bytes peer_list)
{
    for (size_t i = 0; i < SCHEME_COUNT; i++)
        if (skf_scheme_fits(schemes[i], kind) && u16_holds(peer_list, schemes[i]))
            return schemes[i];
    return 0;
}
