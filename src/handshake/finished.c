/* finished.c - Finished (RFC 5246 section 7.4.9, RFC 8446 section 4.4.4): both ends saw the
 * same handshake. */
#include "handshake/messages.h"

bool skf_say_finished(struct handshake *hs, struct walk *w)
{
    uint8_t verify_data[VERIFY_DATA];

    if (!skf_schedule12_verify_data(hs, hs->role, verify_data))
        return skf_refuse_crypto(hs, "Finished: no verify_data from libcrypto");
    walk_fixed(w, verify_data, VERIFY_DATA);
    return true;
}

enum verdict skf_hear_finished(struct handshake *hs, skiff_bytes body)
{
    uint8_t verify_data[VERIFY_DATA];
    enum role sender = hs->role == CLIENT ? SERVER : CLIENT;

    if (body.len != VERIFY_DATA)
        return skf_refuse(hs, ALERT_DECODE_ERROR, "Finished: not 12 bytes",
                          "RFC 5246 7.4.9");
    if (!skf_schedule12_verify_data(hs, sender, verify_data)) {
        skf_refuse_crypto(hs, "Finished: no verify_data from libcrypto");
        return REFUSED;
    }
    if (!skf_same(verify_data, body.ptr, VERIFY_DATA))
        return skf_refuse(hs, ALERT_DECRYPT_ERROR, "Finished: verify_data does not match",
                          "RFC 5246 7.4.9");
    return ACCEPTED;
}

bool skf_say_finished13(struct handshake *hs, struct walk *w)
{
    uint8_t verify_data[SKF_HASH_MAX];

    if (!skf_schedule13_verify_data(hs, hs->role, verify_data))
        return skf_refuse_crypto(hs, "Finished: no verify_data from libcrypto");
    walk_fixed(w, verify_data, skf_hash_len(hs->suite->hash));
    return true;
}

enum verdict skf_hear_finished13(struct handshake *hs, skiff_bytes body)
{
    uint8_t verify_data[SKF_HASH_MAX];
    enum role sender = hs->role == CLIENT ? SERVER : CLIENT;

    if (body.len != skf_hash_len(hs->suite->hash))
        return skf_refuse(hs, ALERT_DECODE_ERROR, "Finished: not as long as the hash",
                          "RFC 8446 4.4.4");
    if (!skf_schedule13_verify_data(hs, sender, verify_data)) {
        skf_refuse_crypto(hs, "Finished: no verify_data from libcrypto");
        return REFUSED;
    }
    if (!skf_same(verify_data, body.ptr, body.len))
        return skf_refuse(hs, ALERT_DECRYPT_ERROR, "Finished: verify_data does not match",
                          "RFC 8446 4.4.4");
    return ACCEPTED;
}
