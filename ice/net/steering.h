/*
 * steering.h - a program in the kernel that gives each datagram to the socket of the thread
 * that has its path. Knows no ports and no peers.
 *
 * The kernel deals datagrams to the sockets of one address (SO_REUSEPORT) by a hash. The
 * program (BPF_PROG_TYPE_SK_REUSEPORT) looks up where a datagram comes from and goes to,
 * and leaves to that hash what it does not know. It takes CAP_BPF and CAP_NET_ADMIN to load
 * it: where the kernel refuses, nothing is steered, and everything else works as before.
 */
#ifndef SKF_STEERING_H
#define SKF_STEERING_H

#include "address.h"

#include <stdatomic.h>

/* Descriptors. Zeros: not open. */
struct steering {
    atomic_bool open;
    int program, paths, sockets;
};

/* Loads it, for so many paths of so many threads; false where the kernel refuses. */
bool skf_steering_open(struct steering *steering, uint32_t paths, uint32_t threads);
void skf_steering_close(struct steering *steering);
bool skf_steering_is_open(const struct steering *steering);

/* Attaches it to a socket that is bound, which is that of a thread until it is closed. */
bool skf_steering_join(const struct steering *steering, unsigned thread, int socket);

/* Gives what comes on a path to a thread; false: there is no place, or it is not open. The
 * path may be known: it is the new thread's then. Cost: one system call. */
bool skf_steering_add(const struct steering *steering, const struct path *path,
                      unsigned thread);
void skf_steering_remove(const struct steering *steering, const struct path *path);

/* Whether the kernel knows of any path. */
bool skf_steering_has_any(const struct steering *steering);

#endif
