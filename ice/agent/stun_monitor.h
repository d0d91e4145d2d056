/*
 * stun_monitor.h - looks at what waits in sockets of libnice's, before libnice reads it.
 * Takes nothing away. Knows no STUN beyond where a message may begin.
 *
 * libnice tells nobody of the answers to checks that it did not send, on any kind of path
 * (docs/decisions/0022). They lie in its sockets until it reads them, which it does in the
 * iteration of the main context that follows. So a source of the same context looks there
 * first, with MSG_PEEK, in the phase in which GLib asks who is ready; and again whenever
 * libnice hands out a datagram, as it reads on until nothing is left. Nothing is looked at
 * while nothing is awaited.
 */
#ifndef SKF_STUN_MONITOR_H
#define SKF_STUN_MONITOR_H

#include "ice/net/address.h"

#include <skiff/packet.h>

#include <glib.h>
#include <nice/agent.h>

/* The most sockets that one pair may be on: libnice's, and ours beside it. */
enum { MONITOR_SOCKETS = 4 };

/* What may be a STUN message of binding; valid until it returns. */
typedef void (*stun_monitor_callback)(void *user, skiff_bytes message);

struct stun_monitor;

/* Looks at nothing yet. */
struct stun_monitor *skf_stun_monitor_new(GMainContext *loop,
                                          stun_monitor_callback callback, void *user);

/* From here on it sees nothing; a call of `see` may be running. NULL is allowed. */
void skf_stun_monitor_free(struct stun_monitor *monitor);

/* Watches the sockets of the selected pair, looked for anew; false: none is there. */
bool skf_stun_monitor_watch(struct stun_monitor *monitor, NiceAgent *agent, guint stream);

/* Watches nothing. */
void skf_stun_monitor_pause(struct stun_monitor *monitor);

/* Looks now. */
void skf_stun_monitor_read(struct stun_monitor *monitor);

#endif
