/*
 * asked.h - the peer's checks, as a lite agent sees them go by: signed, and new.
 * Knows no sockets and no timers.
 *
 * libnice answers them, and tells nobody. Who sends none of its own has nothing else of the
 * peer's consent (RFC 7675 1).
 */
#ifndef SKF_ASKED_H
#define SKF_ASKED_H

#include <skiff/packet.h>

struct asked;

/* By whose name and password checks are signed; copied. NULL without memory. */
struct asked *skf_asked_new(const char *ufrag, const char *password);

/* Wipes the password. NULL is allowed. */
void skf_asked_free(struct asked *asked);

/* Whether a datagram is a good check for that name, of a transaction that was not seen. */
bool skf_asked_read(struct asked *asked, skiff_bytes datagram);

#endif
