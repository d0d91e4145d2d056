/*
 * received_checks.h - the peer's checks, which a lite agent only observes: whether they are
 * authentic, and new. Knows no sockets and no timers.
 *
 * libnice responds to them and reports nothing. A lite agent sends no checks, and has
 * nothing else that shows the peer's consent (RFC 7675 1).
 */
#ifndef SKF_RECEIVED_CHECKS_H
#define SKF_RECEIVED_CHECKS_H

#include <skiff/packet.h>

struct received_checks;

/* The ufrag and the password of MESSAGE-INTEGRITY; copied. NULL without memory. */
struct received_checks *skf_received_checks_new(const char *ufrag, const char *password);

/* Wipes the password. NULL is allowed. */
void skf_received_checks_free(struct received_checks *checks);

/* Whether a datagram is a good check for that ufrag, of a transaction that was not seen
 * before. */
bool skf_received_checks_read(struct received_checks *checks, skiff_bytes datagram);

#endif
