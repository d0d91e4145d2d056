/* finished.c - Finished (RFC 5246 section 7.4.9, RFC 8446 section 4.4.4): both ends saw the
 * same handshake. */
#include "dtls/messages.h"

bool say_finished(struct handshake *hs, struct walk *w)
{
    uint8_t verify_data[VERIFY_DATA];

    if (!schedule12_verify_data(hs, hs->me, verify_data))
        return refuse_crypto(hs, "Finished: no verify_data from libcrypto");
    walk_fixed(w, verify_data, VERIFY_DATA);
    return true;
}

enum verdict hear_finished(struct handshake *hs, skiff_bytes body)
{
    uint8_t verify_data[VERIFY_DATA];
    enum role whose = hs->me == CLIENT ? SERVER : CLIENT;

    if (body.len != VERIFY_DATA)
        return refuse(hs, ALERT_DECODE_ERROR, "Finished: not 12 bytes", "RFC 5246 7.4.9");
    if (!schedule12_verify_data(hs, whose, verify_data)) {
        refuse_crypto(hs, "Finished: no verify_data from libcrypto");
        return REFUSED;
    }
    if (!skf_same(verify_data, body.ptr, VERIFY_DATA))
        return refuse(hs, ALERT_DECRYPT_ERROR, "Finished: verify_data does not match",
                      "RFC 5246 7.4.9");
    return HEARD;
}

bool say_finished13(struct handshake *hs, struct walk *w)
{
    uint8_t verify_data[SKF_HASH_MAX];

    if (!schedule13_verify_data(hs, hs->me, verify_data))
        return refuse_crypto(hs, "Finished: no verify_data from libcrypto");
    walk_fixed(w, verify_data, skf_hash_len(hs->suite->hash));
    return true;
}

enum verdict hear_finished13(struct handshake *hs, skiff_bytes body)
{
    uint8_t verify_data[SKF_HASH_MAX];
    enum role whose = hs->me == CLIENT ? SERVER : CLIENT;

    if (body.len != skf_hash_len(hs->suite->hash))
        return refuse(hs, ALERT_DECODE_ERROR, "Finished: not as long as the hash",
                      "RFC 8446 4.4.4");
    if (!schedule13_verify_data(hs, whose, verify_data)) {
        refuse_crypto(hs, "Finished: no verify_data from libcrypto");
        return REFUSED;
    }
    if (!skf_same(verify_data, body.ptr, body.len))
        return refuse(hs, ALERT_DECRYPT_ERROR, "Finished: verify_data does not match",
                      "RFC 8446 4.4.4");
    return HEARD;
}
