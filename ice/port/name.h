/*
 * name.h - the names and passwords that peers are found by (RFC 8839 5.4). Knows no peers.
 *
 * A name says the thread and the place of its peer, so nothing has to be looked up; the
 * rest is random, so that the next peer of a place has another name:
 *
 *     thread 1 letter | place 4 letters | random 8 letters
 */
#ifndef SKF_NAME_H
#define SKF_NAME_H

#include <skiff/base.h>

enum {
    NAME_LETTERS = 13, PASSWORD_LETTERS = 24,     /* RFC 8445 5.3: 24 and 128 random bits */
    NAME_THREADS = 64, NAME_PLACES = 1 << 24
};

struct name {
    char ufrag[NAME_LETTERS + 1], pwd[PASSWORD_LETTERS + 1];
};

/* False when the system gives no random bytes. */
SKIFF_MUST_USE bool skf_name_make(struct name *name, unsigned thread, uint32_t place);

/* Reads whose it would be; false when it is a name that nobody makes. */
SKIFF_MUST_USE bool skf_name_read(skiff_bytes ufrag, unsigned *thread, uint32_t *place);

static inline bool name_is(const struct name *name, skiff_bytes ufrag)
{
    return ufrag.len == NAME_LETTERS && memcmp(name->ufrag, ufrag.ptr, NAME_LETTERS) == 0;
}

#endif
