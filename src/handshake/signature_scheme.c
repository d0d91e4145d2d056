/* signature_scheme.c - which signature scheme goes with which key. */
#include "handshake/signature_scheme.h"

#include "handshake/suite.h"
#include "wire/extension.h"

bool skf_scheme_fits_12(uint16_t scheme, enum skf_key_kind kind)
{
    if (kind == KEY_P256 || kind == KEY_P384)
        return scheme == SCHEME_ECDSA_SECP256R1_SHA256
            || scheme == SCHEME_ECDSA_SECP384R1_SHA384;
    return skf_scheme_fits(scheme, kind);
}

bool skf_scheme_fits_13(uint16_t scheme, enum skf_key_kind kind)
{
    return scheme != SCHEME_RSA_PKCS1_SHA256 && scheme != SCHEME_RSA_PKCS1_SHA384
        && skf_scheme_fits(scheme, kind);
}

static uint16_t choose(bool fits(uint16_t, enum skf_key_kind), enum skf_key_kind kind,
                       skiff_bytes peer_list)
{
    for (size_t i = 0; i < SCHEME_COUNT; i++)
        if (fits(skf_signature_schemes[i], kind)
            && u16_holds(peer_list, skf_signature_schemes[i]))
            return skf_signature_schemes[i];
    return 0;
}

uint16_t skf_scheme_choose(enum skf_key_kind kind, skiff_bytes peer_list)
{
    return choose(skf_scheme_fits, kind, peer_list);
}

uint16_t skf_scheme_choose_13(enum skf_key_kind kind, skiff_bytes peer_list)
{
    return choose(skf_scheme_fits_13, kind, peer_list);
}
