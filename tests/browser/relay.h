/* relay.h - a network between the browser and us that loses what it is told to. */
#ifndef BROWSER_RELAY_H
#define BROWSER_RELAY_H

#include <gio/gio.h>
#include <stdbool.h>

struct relay;

/* Stands before the agent at `address` and `port`. `losses` says of each DTLS datagram, of
 * both ways in the order they come, whether it is lost ('1'); all else passes. It is kept.
 * NULL when there can be no relay. */
struct relay *relay_new(const char *address, guint16 port, const char *losses);
void          relay_free(struct relay *relay);

/* Where the browser finds us. */
guint16       relay_port(const struct relay *relay);

/* How many were lost. */
unsigned      relay_lost(const struct relay *relay);

#endif
