/*
 * stun_monitor.h - looks at datagrams in libnice's sockets, before libnice reads them.
 * Removes none. Knows no STUN except where a message may begin.
 *
 * libnice does not report the responses to checks that it did not send, on any kind of path
 * (docs/decisions/0022). They wait in its sockets until it reads them, in the next
 * iteration of the main context. So a source of the same context looks there first, with
 * MSG_PEEK, in the phase in which GLib checks which sources are ready; and again whenever
 * libnice returns a datagram, as it reads on until nothing is left. It looks only while a
 * response is awaited.
 */
#ifndef SKF_STUN_MONITOR_H
#define SKF_STUN_MONITOR_H

#include "ice/net/address.h"

#include <skiff/packet.h>

#include <glib.h>
#include <nice/agent.h>

/* Called with what may be a STUN message of binding; valid until it returns. */
typedef void (*stun_monitor_callback)(void *user, skiff_bytes message);

struct stun_monitor;

/* Watches nothing yet. */
struct stun_monitor *skf_stun_monitor_new(GMainContext *loop,
                                          stun_monitor_callback callback, void *user);

/* From here on `callback` is not called again; a call may be running. NULL is allowed. */
void skf_stun_monitor_free(struct stun_monitor *monitor);

/* Watches the sockets of the selected pair, which are looked up anew; false if there is
 * none. */
bool skf_stun_monitor_watch(struct stun_monitor *monitor, NiceAgent *agent, guint stream);

/* Watches nothing. */
void skf_stun_monitor_pause(struct stun_monitor *monitor);

/* Looks at the sockets now. */
void skf_stun_monitor_read(struct stun_monitor *monitor);

#endif
