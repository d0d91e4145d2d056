/*
 * group.h - what the threads that share an address have in common. Knows no ports and no
 * peers.
 *
 * Each thread has a box of two bounded queues, for datagrams and for the few that are long.
 * Any thread puts letters into them and only its own takes them out, without a lock; an
 * eventfd wakes who waits. A letter is written and read where it lies, so that a datagram
 * is copied once. What must not be lost is no letter: it stands in a table that all threads
 * see (shared_paths.h).
 */
#ifndef SKF_GROUP_H
#define SKF_GROUP_H

#include "address.h"
#include "mix.h"
#include "shared_paths.h"
#include "shared_ufrags.h"

#include <skiff/port.h>

#include <stdatomic.h>

enum {
    LETTER_BYTES      = 1536,  /* of a datagram that is not long */
    LETTER_ROOM       = LETTER_BYTES + SKIFF_TAIL,
    LETTER_LONG_ROOM  = UINT16_MAX + SKIFF_TAIL
};

enum letter_kind {
    LETTER_DATAGRAM,           /* that a peer of yours has sent, or so it seems */
    LETTER_LONG                /* the same, of more than LETTER_BYTES */
};

struct letter {
    atomic_uint_least32_t turn;         /* whose it is, in group.c */
    enum letter_kind      kind;
    unsigned              from;         /* thread */
    uint32_t              len, room;    /* of the datagram; and what there is room for */
    int                   fd;           /* of a connection, whose bytes these are; -1 */
    struct path           path;
    uint8_t               bytes[];
};

/* A thread of the group that nobody is yet; false when all are taken. What came for the one
 * before after it had left is thrown away, and added to *stale. */
SKIFF_MUST_USE bool skf_group_join(skiff_port_group *group, unsigned *thread,
                                   uint64_t *stale);
void                skf_group_leave(skiff_port_group *group, unsigned thread);

/* Whether somebody is this thread. */
bool skf_group_has(const skiff_port_group *group, unsigned thread);

/* Connection ids of a thread may come; whether they may, until it leaves. */
void skf_group_give_ids(skiff_port_group *group, unsigned thread);
bool skf_group_gives_ids(const skiff_port_group *group, unsigned thread);

/* What its threads hide connection ids with. */
const struct mix *skf_group_mix(const skiff_port_group *group);

/* Which thread has which path. Who joins it or leaves it holds the group's lock. */
struct path_table *skf_group_paths(skiff_port_group *group);
void               skf_group_lock(skiff_port_group *group);
void               skf_group_unlock(skiff_port_group *group);
uint32_t           skf_group_threads(const skiff_port_group *group);

/* Which thread has a ufrag that its caller chose. */
struct shared_ufrags *skf_group_ufrags(skiff_port_group *group);

/* When a thread has last read all that had come to its socket, as it says. */
void       skf_group_note_read(skiff_port_group *group, unsigned thread, skiff_time now);
skiff_time skf_group_read_at(const skiff_port_group *group, unsigned thread);

/* Readable after skf_group_ring, until skf_group_open. */
int skf_group_fd(const skiff_port_group *group, unsigned thread);

/* A letter to be filled in and posted at once; NULL: the queue of its kind is full. */
struct letter *skf_group_write(skiff_port_group *group, unsigned to, enum letter_kind kind);
void           skf_group_post(struct letter *letter);

/* After one or more letters were posted. */
void skf_group_ring(skiff_port_group *group, unsigned to);

/* By the thread itself: open before it reads, then the next letter, or NULL. It is the
 * reader's until it throws it away, with the descriptor that it has not taken out. */
void           skf_group_open(skiff_port_group *group, unsigned thread);
struct letter *skf_group_next(skiff_port_group *group, unsigned thread);
void           skf_group_throw_away(skiff_port_group *group, unsigned thread,
                                    struct letter *letter);

#endif
