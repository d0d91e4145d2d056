/*
 * mailbox.h - what the threads that share an address have in common. Knows no ports and no
 * peers.
 *
 * Each thread has a mailbox of two bounded queues, for datagrams and for the few that are
 * long. Any thread writes messages and only the owner reads them, without a lock; an
 * eventfd wakes a thread that waits. A message is written and read in place, so that a
 * datagram is copied once. What must not be lost is no message: it is in a table that all
 * threads share (group_paths.h).
 */
#ifndef SKF_MAILBOX_H
#define SKF_MAILBOX_H

#include "group_paths.h"
#include "group_ufrags.h"
#include "ice/net/address.h"
#include "ice/net/seeded_hash.h"

#include <skiff/port.h>

#include <stdatomic.h>

enum {
    MAILBOX_BYTES = 1536, /* of a datagram that is not long */
    MAILBOX_BUFFER = MAILBOX_BYTES + SKIFF_TAIL,
    MAILBOX_LONG_BUFFER = UINT16_MAX + SKIFF_TAIL
};

enum mailbox_kind {
    MAILBOX_DATAGRAM, /* for a peer of the other thread, or so it seems */
    MAILBOX_LONG      /* the same, of more than MAILBOX_BYTES */
};

struct mailbox_message {
    atomic_uint_least32_t sequence; /* which side may use it: see mailbox.c */
    enum mailbox_kind kind;
    unsigned sender;        /* thread */
    uint32_t len, capacity; /* of the datagram; and how many there may be */
    int fd;                 /* of a connection, whose bytes these are; or -1 */
    struct path path;
    uint8_t bytes[];
};

/* A free thread of the group; false if all are in use. Messages that came for its
 * predecessor after it had left are discarded, and added to *stale. */
SKIFF_MUST_USE bool skf_group_join(skiff_port_group *group, unsigned *thread,
                                   uint64_t *stale);
void skf_group_leave(skiff_port_group *group, unsigned thread);

/* Whether a thread is in use. */
bool skf_group_has(const skiff_port_group *group, unsigned thread);

/* Connection ids of a thread may arrive from now on; whether they may, until it leaves. */
void skf_group_enable_ids(skiff_port_group *group, unsigned thread);
bool skf_group_has_ids(const skiff_port_group *group, unsigned thread);

/* The key that masks the connection ids of its threads. */
const struct hash_key *skf_group_hash_key(const skiff_port_group *group);

/* The table of paths. A thread that joins or leaves it locks the group. */
struct path_table *skf_group_get_paths(skiff_port_group *group);
void skf_group_lock(skiff_port_group *group);
void skf_group_unlock(skiff_port_group *group);
uint32_t skf_group_threads(const skiff_port_group *group);

/* The table of ufrags that their callers chose. */
struct group_ufrags *skf_group_get_ufrags(skiff_port_group *group);

/* When a thread has last read all that had arrived at its socket, as it has recorded. */
void skf_mailbox_set_read(skiff_port_group *group, unsigned thread, skiff_time now);
skiff_time skf_mailbox_read_at(const skiff_port_group *group, unsigned thread);

/* Readable after skf_mailbox_wake, until skf_mailbox_open. */
int skf_mailbox_fd(const skiff_port_group *group, unsigned thread);

/* A message to be filled in and posted at once; NULL: the queue of its kind is full. */
struct mailbox_message *skf_mailbox_write(skiff_port_group *group, unsigned to,
                                          enum mailbox_kind kind);
void skf_mailbox_post(struct mailbox_message *message);

/* After one or more messages were posted. */
void skf_mailbox_wake(skiff_port_group *group, unsigned to);

/* By the thread itself: open before it reads, then the next message, or NULL. It is the
 * reader's until release, which also closes a descriptor that is still in it. */
void skf_mailbox_open(skiff_port_group *group, unsigned thread);
struct mailbox_message *skf_mailbox_next(skiff_port_group *group, unsigned thread);
void skf_mailbox_release(skiff_port_group *group, unsigned thread,
                         struct mailbox_message *message);

#endif
