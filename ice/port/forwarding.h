/*
 * forwarding.h - what the ports of a group do for each other.
 *
 * The kernel gives a datagram to any of the threads that share an address. The ufrag in a
 * check leads to the thread of its peer. Once a check was good, its path is in the table of
 * the group: a thread that receives a datagram of another's path forwards it.
 */
#ifndef SKF_FORWARDING_H
#define SKF_FORWARDING_H

#include "mailbox.h"
#include "port_state.h"

/* Joins the group of the config as one of its threads, with space in its table, if there is
 * a group. Watch waits for what comes, once there is a socket. */
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

/* Connection ids of ours may arrive from now on, on any socket. And whether a thread, also
 * this one, has enabled them: otherwise what looks like its id is none. */
void skf_forward_enable_ids(skiff_port *port);
bool skf_forward_has_ids(const skiff_port *port, unsigned thread);

/* Adds the path of one of our routes to the table; false if another thread's peer keeps it.
 * A peer that may be displaced has lost the path when this returns. */
SKIFF_MUST_USE bool skf_forward_add_path(skiff_port *port, uint32_t route);
void skf_forward_drop_path(skiff_port *port, uint32_t route);

/* Which other thread has a path; false if none has. */
bool skf_forward_find_path(skiff_port *port, const struct path *path, unsigned *thread);

/* Gives a datagram to another thread, or drops it. */
void skf_forward_datagram(skiff_port *port, unsigned to, const struct udp_arrival *arrival);

/* Records that all datagrams of its socket were read; and whether every other thread has
 * done so since a time. Those that have not are woken. */
void skf_forward_set_read(skiff_port *port);
bool skf_forward_all_read(skiff_port *port, skiff_time since);

/* Wakes the threads to which something was given, or from which a path was taken. */
void skf_forward_wake(skiff_port *port);

#endif
