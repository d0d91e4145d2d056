/* size_limit.c - record_size_limit (RFC 8449): how much plaintext a record may protect. */
#include "handshake/extensions/extensions.h"
#include "wire/extension.h"
#include "wire/record.h"

/* A hello may be for both versions; 1.2 has no type in the plaintext to count. */
void skf_say_size_limit(struct handshake *hs, enum place place, struct walk *w)
{
    bool for_12 = place == IN_SERVER_HELLO_12 || !hs->settings->has_dtls13;
    struct record_size_limit m = { .limit = hs->settings->max_record };

    if (for_12 && m.limit > CONTENT_MAX)
        m.limit = CONTENT_MAX;
    record_size_limit(w, &m);
}

/* More than there can be is no error: a later version may allow it. */
enum verdict skf_hear_size_limit(struct handshake *hs, enum place place, skiff_bytes body)
{
    struct record_size_limit m;

    (void)place;
    if (!record_size_limit_read(&m, body))
        return DROPPED;
    if (m.limit < SMALLEST_RECORD)
        return skf_refuse(hs, ALERT_ILLEGAL_PARAMETER, "record_size_limit: less than 64",
                          "RFC 8449 4");
    hs->size_limit = m.limit;
    return ACCEPTED;
}
