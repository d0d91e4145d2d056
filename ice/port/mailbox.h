/*
 * mailbox.h - what the threads that share an address have in common. Knows no ports and no
 * peers.
 *
 * Each thread has a box of two bounded queues, for datagrams and for the few that are long.
 * Any thread puts letters into them and only its own takes them out, without a lock; an
 * eventfd wakes who waits. A letter is written and read where it lies, so that a datagram
 * is copied once. What must not be lost is no letter: it stands in a table that all threads
 * see (group_paths.h).
 */
#ifndef SKF_MAILBOX_H
#define SKF_MAILBOX_H

#include "ice/net/address.h"
#include "ice/net/seeded_hash.h"
#include "group_paths.h"
#include "group_ufrags.h"

#include <skiff/port.h>

#include <stdatomic.h>

enum {
    MAILBOX_BYTES = 1536, /* of a datagram that is not long */
    MAILBOX_BUFFER = MAILBOX_BYTES + SKIFF_TAIL,
    MAILBOX_LONG_BUFFER = UINT16_MAX + SKIFF_TAIL
};

enum mailbox_kind {
    MAILBOX_DATAGRAM, /* that a peer of yours has sent, or so it seems */
    MAILBOX_LONG      /* the same, of more than MAILBOX_BYTES */
};

struct mailbox_message {
    atomic_uint_least32_t sequence; /* whose it is, in mailbox.c */
    enum mailbox_kind kind;
    unsigned sender;        /* thread */
    uint32_t len, capacity; /* of the datagram; and what there is room for */
    int fd;                 /* of a connection, whose bytes these are; -1 */
    struct path path;
    uint8_t bytes[];
};

/* A thread of the group that nobody is yet; false when all are taken. What came for the one
 * before after it had left is thrown away, and added to *stale. */
SKIFF_MUST_USE bool skf_group_join(skiff_port_group *group, unsigned *thread,
                                   uint64_t *stale);
void skf_group_leave(skiff_port_group *group, unsigned thread);

/* Whether somebody is this thread. */
bool skf_group_has(const skiff_port_group *group, unsigned thread);

/* Connection ids of a thread may come; whether they may, until it leaves. */
void skf_group_enable_ids(skiff_port_group *group, unsigned thread);
bool skf_group_has_ids(const skiff_port_group *group, unsigned thread);

/* What its threads hide connection ids with. */
const struct hash_key *skf_group_hash_key(const skiff_port_group *group);

/* Which thread has which path. Who joins it or leaves it holds the group's lock. */
struct path_table *skf_group_get_paths(skiff_port_group *group);
void skf_group_lock(skiff_port_group *group);
void skf_group_unlock(skiff_port_group *group);
uint32_t skf_group_threads(const skiff_port_group *group);

/* Which thread has a ufrag that its caller chose. */
struct group_ufrags *skf_group_get_ufrags(skiff_port_group *group);

/* When a thread has last read all that had come to its socket, as it says. */
void skf_mailbox_set_read(skiff_port_group *group, unsigned thread, skiff_time now);
skiff_time skf_mailbox_read_at(const skiff_port_group *group, unsigned thread);

/* Readable after skf_mailbox_wake, until skf_mailbox_open. */
int skf_mailbox_fd(const skiff_port_group *group, unsigned thread);

/* A letter to be filled in and posted at once; NULL: the queue of its kind is full. */
struct mailbox_message *skf_mailbox_write(skiff_port_group *group, unsigned to,
                                          enum mailbox_kind kind);
void skf_mailbox_post(struct mailbox_message *message);

/* After one or more letters were posted. */
void skf_mailbox_wake(skiff_port_group *group, unsigned to);

/* By the thread itself: open before it reads, then the next letter, or NULL. It is the
 * reader's until it throws it away, with the descriptor that it has not taken out. */
void skf_mailbox_open(skiff_port_group *group, unsigned thread);
struct mailbox_message *skf_mailbox_next(skiff_port_group *group, unsigned thread);
void skf_mailbox_release(skiff_port_group *group, unsigned thread,
                         struct mailbox_message *message);

#endif
