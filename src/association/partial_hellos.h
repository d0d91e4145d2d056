/* partial_hellos.h - first ClientHellos that come in several datagrams, from senders
 * without a handle: a table of the context. One address has one place in it, whatever it
 * sends.
 *
 * Not here: hellos for a handle. They wait in the slot of that handle, see
 * first_hello.h.
 */
#ifndef SKF_PARTIAL_HELLOS_H
#define SKF_PARTIAL_HELLOS_H

#include "handshake/reassembly.h"

enum {
    PARTIAL_HELLOS = 64, /* partial hellos at once */
    HELLO_MAX = 4096,    /* bytes of the largest ClientHello that is put together */
    ADDRESS_DIGEST = 32,
    HELLO_BUFFER = HELLO_MAX + HELLO_MAX / 8
};

/* The sender: a digest of its address. */
struct address_digest {
    uint8_t bytes[ADDRESS_DIGEST];
};

struct partial_hello {
    struct address_digest sender;
    skiff_time since;             /* when its first fragment came */
    struct reassembly reassembly; /* not begun: the place is free */
    uint8_t buffer[HELLO_BUFFER];
};

struct partial_hellos {
    uint64_t random_state;          /* chooses which one gives way when all are fresh */
    struct partial_hello *accepted; /* whole, its cookie good: waits for its handle */
    struct partial_hello entries[PARTIAL_HELLOS];
};

/* Adds a fragment of a ClientHello from `sender`. Returns the hello once it is whole,
 * otherwise NULL; it stays until skf_partial_hello_drop. A new one takes a free place,
 * or that of the oldest. While even that is fresh it takes any place: with more at once
 * than there are places some get through, and the others are sent again. */
struct partial_hello *skf_partial_hello_add(struct partial_hellos *partial_hellos,
                                            skiff_time now,
                                            const struct address_digest *sender,
                                            const struct fragment *fragment);

/* The accepted hello, if the fragment is a part of it, byte for byte. */
struct partial_hello *skf_partial_hello_accepted(struct partial_hellos *partial_hellos,
                                                 const struct fragment *fragment);

void skf_partial_hello_drop(struct partial_hellos *partial_hellos,
                            struct partial_hello *partial);

#endif
