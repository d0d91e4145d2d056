/*
 * received_checks.h - the peer's checks, as a lite agent sees them go by: signed, and new.
 * Knows no sockets and no timers.
 *
 * libnice answers them, and tells nobody. Who sends none of its own has nothing else of the
 * peer's consent (RFC 7675 1).
 */
#ifndef SKF_RECEIVED_CHECKS_H
#define SKF_RECEIVED_CHECKS_H

#include <skiff/packet.h>

struct received_checks;

/* By whose name and password checks are signed; copied. NULL without memory. */
struct received_checks *skf_received_checks_new(const char *ufrag, const char *password);

/* Wipes the password. NULL is allowed. */
void skf_received_checks_free(struct received_checks *checks);

/* Whether a datagram is a good check for that name, of a transaction that was not seen. */
bool skf_received_checks_read(struct received_checks *checks, skiff_bytes datagram);

#endif
