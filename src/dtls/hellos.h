/* hellos.h - first ClientHellos that come in several datagrams, before anything is kept for
 * their sender: a small table of the context, oldest out first. */
#ifndef SKF_HELLOS_H
#define SKF_HELLOS_H

#include "dtls/join.h"

enum {
    HELLOS        = 16,                   /* halves at once                               */
    HELLO_MAX     = 4096,              /* bytes of the largest ClientHello that is joined */
    HELLO_KEY     = 32,
    HELLO_ROOM    = HELLO_MAX + HELLO_MAX / 8
};

/* From whom it comes: a digest of an address, or a handle. */
struct hello_key {
    uint8_t bytes[HELLO_KEY];
};

struct half_hello {
    struct hello_key key;
    uint64_t         order;               /* the lowest is the oldest; 0: free            */
    struct join      join;
    uint8_t          room[HELLO_ROOM];
};

struct hellos {
    uint64_t           count;             /* halves ever begun                            */
    struct half_hello *accepted;          /* whole, its cookie good: waits for its handle */
    struct half_hello  halves[HELLOS];
};

/* Adds a fragment of a ClientHello from `key`; the half it belongs to once that is whole,
 * otherwise NULL. It stays until hello_void. */
struct half_hello *hello_add(struct hellos *hellos, const struct hello_key *key,
                             const struct fragment *fragment);

/* The accepted hello, if the fragment is a part of it, byte for byte. */
struct half_hello *hello_accepted(struct hellos *hellos, const struct fragment *fragment);

void hello_void(struct hellos *hellos, struct half_hello *half);

/* Voids the half that came from `key`, if there is one. */
void hello_forget(struct hellos *hellos, const struct hello_key *key);

#endif
