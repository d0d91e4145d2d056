/*
 * peek.h - looks at what waits in sockets of libnice's, before libnice reads it. Takes
 * nothing away. Knows no STUN beyond where a message may begin.
 *
 * libnice tells nobody of the answers to checks that it did not send, on any kind of path
 * (docs/decisions/0022). They lie in its sockets until it reads them, which it does in the
 * iteration of the main context that follows. So a source of the same context looks there
 * first, with MSG_PEEK, in the phase in which GLib asks who is ready; and again whenever
 * libnice hands out a datagram, as it reads on until nothing is left. Nothing is looked at
 * while nothing is awaited.
 */
#ifndef SKF_PEEK_H
#define SKF_PEEK_H

#include "port/address.h"

#include <skiff/packet.h>

#include <glib.h>
#include <nice/agent.h>

/* The most sockets that one pair may be on: libnice's, and ours beside it. */
enum { PEEK_SOCKETS = 4 };

/* What may be a STUN message of binding; valid until it returns. */
typedef void (*peek_see)(void *user, skiff_bytes message);

struct peek;

/* Looks at nothing yet. */
struct peek *skf_peek_new(GMainContext *loop, peek_see see, void *user);

/* From here on it sees nothing; a call of `see` may be running. NULL is allowed. */
void skf_peek_free(struct peek *peek);

/* Watches the sockets of the selected pair, looked for anew; false: none is there. */
bool skf_peek_watch(struct peek *peek, NiceAgent *agent, guint stream);

/* Watches nothing. */
void skf_peek_rest(struct peek *peek);

/* Looks now. */
void skf_peek_look(struct peek *peek);

#endif
