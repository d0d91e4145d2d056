/*
 * credentials.h - the ufrags and passwords that the port generates (RFC 8839 5.4). Knows no
 * peers.
 *
 * A ufrag contains the thread and the slot of its peer, so nothing has to be looked up. The
 * rest is random, so that the next peer in a slot has another ufrag:
 *
 *     thread 1 character | slot 4 characters | random 8 characters
 */
#ifndef SKF_CREDENTIALS_H
#define SKF_CREDENTIALS_H

#include <skiff/base.h>

enum {
    UFRAG_LENGTH = 13,
    PASSWORD_LENGTH = 24, /* RFC 8445 5.3: 24 and 128 random bits */
    UFRAG_THREADS = 64,
    UFRAG_SLOTS = 1 << 24 /* For tests: that a ufrag can name. A port has fewer. */
};

struct credentials {
    char ufrag[UFRAG_LENGTH + 1], pwd[PASSWORD_LENGTH + 1];
};

/* False if the system has no random bytes. */
SKIFF_MUST_USE bool skf_credentials_make(struct credentials *credentials, unsigned thread,
                                         uint32_t slot);

/* The thread and the slot in a ufrag; false if no port generates such a one. */
SKIFF_MUST_USE bool skf_ufrag_decode(skiff_bytes ufrag, unsigned *thread, uint32_t *slot);

static inline bool has_ufrag_text(const struct credentials *credentials, skiff_bytes ufrag)
{
    return ufrag.len == UFRAG_LENGTH
        && memcmp(credentials->ufrag, ufrag.ptr, UFRAG_LENGTH) == 0;
}

#endif
