/*
 * share.h - what the ports of a group tell each other.
 *
 * The kernel gives a datagram to any of the threads that share an address, and always the
 * same one for the same pair of addresses. The name in a check says whose it is. Once the
 * check was good, its thread asks the one it came through for all that comes on that path.
 */
#ifndef SKF_SHARE_H
#define SKF_SHARE_H

#include "group.h"
#include "port.h"

/* Takes a thread of the config's group, if there is one. */
SKIFF_MUST_USE skiff_status skf_share_join(skiff_port *port);
void                        skf_share_leave(skiff_port *port);

/* Whether there is another thread of this number. */
bool skf_share_has(const skiff_port *port, unsigned thread);

/* Connection ids of ours may come from now on, through any socket; and whether a thread,
 * this one too, has said so: what looks like an id of another is not ours. */
void skf_share_give_ids(skiff_port *port);
bool skf_share_gives_ids(const skiff_port *port, unsigned thread);

/* Which thread has asked for what comes on a path, just now too; false when none has. */
bool skf_share_is_elsewhere(skiff_port *port, const struct path *path, unsigned *thread);

/* Gives a datagram to another thread that is there, or drops it. */
void skf_share_hand_over(skiff_port *port, unsigned to, const struct udp_arrival *arrival);

/* Says HERE or GONE to the thread that a path comes through, if that is another. */
void skf_share_say(skiff_port *port, unsigned to, enum letter_kind kind,
                   const struct path *path);

/* Wakes those to whom something was posted. */
void skf_share_ring(skiff_port *port);

/* Takes note of what was said. */
void skf_share_listen(skiff_port *port);

#endif
