/* hellos.h - first ClientHellos that come in several datagrams, where nothing is kept for
 * their sender: a table of the context. One address has one place in it, whatever it sends.
 *
 * Not here: hellos for a handle. They wait in a room of that handle, see first_hello.h. */
#ifndef SKF_HELLOS_H
#define SKF_HELLOS_H

#include "dtls/join.h"

enum {
    HELLOS        = 64,                /* partial hellos at once                          */
    HELLO_MAX     = 4096,              /* bytes of the largest ClientHello that is joined */
    HELLO_KEY     = 32,
    HELLO_ROOM    = HELLO_MAX + HELLO_MAX / 8
};

/* From whom it comes: a digest of an address. */
struct hello_key {
    uint8_t bytes[HELLO_KEY];
};

struct half_hello {
    struct hello_key key;
    skiff_time       since;               /* when its first fragment came                 */
    struct join      join;                /* not begun: the place is free                 */
    uint8_t          room[HELLO_ROOM];
};

struct hellos {
    uint64_t           chance;            /* who gives way when all are fresh             */
    struct half_hello *accepted;          /* whole, its cookie good: waits for its handle */
    struct half_hello  halves[HELLOS];
};

/* Adds a fragment of a ClientHello from `key`; the half it belongs to once that is whole,
 * otherwise NULL. It stays until hello_void. A new one takes a free place, or that of the
 * oldest. While even that is fresh it takes the place of any: with more at once than there
 * are places some get through, and those that do not are said again. */
struct half_hello *hello_add(struct hellos *hellos, skiff_time now,
                             const struct hello_key *key, const struct fragment *fragment);

/* The accepted hello, if the fragment is a part of it, byte for byte. */
struct half_hello *hello_accepted(struct hellos *hellos, const struct fragment *fragment);

void hello_void(struct hellos *hellos, struct half_hello *half);

#endif
