/* relay.h - a network between the browser and us that loses what it is told to, and a
 * check of hellos that asks every first hello back. */
#ifndef BROWSER_RELAY_H
#define BROWSER_RELAY_H

#include <gio/gio.h>
#include <skiff/context.h>

struct relay;

struct impairments {
    const char *losses;         /* of each DTLS datagram, both ways: '1' is lost */
    unsigned percent;           /* of all datagrams, both ways, lost at random */
    skiff_context *hello_check; /* judges DTLS before the agent; NULL: nobody */
};

/* Stands before the agent at `address` and `port`. What is neither lost nor a first hello
 * passes. The texts and the context must outlive it. NULL when there can be no relay. */
struct relay *relay_new(const char *address, guint16 port,
                        const struct impairments *obstacles);
void relay_free(struct relay *relay);

/* Where the browser finds us. */
guint16 relay_port(const struct relay *relay);

/* How many were lost, and how many asked back. */
unsigned relay_lost(const struct relay *relay);
unsigned relay_asked(const struct relay *relay);

#endif
