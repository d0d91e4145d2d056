/*
 * forwarding.h - what the ports of a group do for each other.
 *
 * The kernel gives a datagram to any of the threads that share an address. The name in a
 * check says whose it is. Once a check was good, its path stands in the table of the group:
 * whoever gets what comes on it hands it over.
 */
#ifndef SKF_FORWARDING_H
#define SKF_FORWARDING_H

#include "mailbox.h"
#include "port.h"

/* Takes a thread of the config's group and room in its table, if there is one; and once
 * there is a socket, waits for what comes. */
SKIFF_MUST_USE skiff_status skf_forward_join(skiff_port *port);
SKIFF_MUST_USE skiff_status skf_forward_watch(skiff_port *port);
void skf_forward_leave(skiff_port *port);

/* Whether there is another thread of this number. */
bool skf_forward_has_thread(const skiff_port *port, unsigned thread);

/* Whether a datagram may be forwarded: not a second time, when it came from another thread.
 */
static inline bool forward_is_allowed(const skiff_port *port)
{
    return port->received_by == port->thread;
}

/* Connection ids of ours may come from now on, through any socket; and whether a thread,
 * this one too, has said so: what looks like an id of another is not ours. */
void skf_forward_enable_ids(skiff_port *port);
bool skf_forward_has_ids(const skiff_port *port, unsigned thread);

/* Says that a route of ours is where its path leads; false: another thread's peer is there,
 * and stays. A peer that may be driven away has lost the path when this returns. */
SKIFF_MUST_USE bool skf_forward_add_path(skiff_port *port, uint32_t route);
void skf_forward_drop_path(skiff_port *port, uint32_t route);

/* Which other thread has a path; false when none has. */
bool skf_forward_find_path(skiff_port *port, const struct path *path, unsigned *thread);

/* Gives a datagram to another thread that is there, or drops it. */
void skf_forward_datagram(skiff_port *port, unsigned to, const struct udp_arrival *arrival);

/* Says that all that had come to its socket was read; and whether every other thread has
 * said so since a time. Those that have not are woken. */
void skf_forward_set_read(skiff_port *port);
bool skf_forward_all_read(skiff_port *port, skiff_time since);

/* Wakes those to whom something was given, or from whom something was taken. */
void skf_forward_wake(skiff_port *port);

#endif
