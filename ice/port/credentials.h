/*
 * credentials.h - the names and passwords that peers are found by (RFC 8839 5.4). Knows no
 * peers.
 *
 * A name says the thread and the place of its peer, so nothing has to be looked up; the
 * rest is random, so that the next peer of a place has another name:
 *
 *     thread 1 letter | place 4 letters | random 8 letters
 */
#ifndef SKF_CREDENTIALS_H
#define SKF_CREDENTIALS_H

#include <skiff/base.h>

enum {
    UFRAG_LENGTH = 13,
    PASSWORD_LENGTH = 24, /* RFC 8445 5.3: 24 and 128 random bits */
    UFRAG_THREADS = 64,
    UFRAG_SLOTS = 1 << 24
};

struct credentials {
    char ufrag[UFRAG_LENGTH + 1], pwd[PASSWORD_LENGTH + 1];
};

/* False when the system gives no random bytes. */
SKIFF_MUST_USE bool skf_credentials_make(struct credentials *credentials, unsigned thread,
                                         uint32_t slot);

/* Reads whose it would be; false when it is a name that nobody makes. */
SKIFF_MUST_USE bool skf_ufrag_decode(skiff_bytes ufrag, unsigned *thread, uint32_t *slot);

static inline bool has_ufrag_text(const struct credentials *credentials, skiff_bytes ufrag)
{
    return ufrag.len == UFRAG_LENGTH
        && memcmp(credentials->ufrag, ufrag.ptr, UFRAG_LENGTH) == 0;
}

#endif
