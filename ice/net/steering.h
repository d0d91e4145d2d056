/*
 * steering.h - a program in the kernel that gives each datagram to the socket of the thread
 * that has its path. Knows no ports and no peers.
 *
 * The kernel distributes datagrams over the sockets of one address (SO_REUSEPORT) by a
 * hash. The program (BPF_PROG_TYPE_SK_REUSEPORT) looks up the two addresses of a datagram,
 * and leaves it to the hash if it finds nothing. To load it needs CAP_BPF and
 * CAP_NET_ADMIN. If the kernel refuses, nothing is steered, and everything else works as
 * before.
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

/* Loads it, for so many paths and threads; false if the kernel refuses. */
bool skf_steering_open(struct steering *steering, uint32_t paths, uint32_t threads);
void skf_steering_close(struct steering *steering);
bool skf_steering_is_open(const struct steering *steering);

/* Attaches it to a socket that is bound, which is that of a thread until it is closed. */
bool skf_steering_join(const struct steering *steering, unsigned thread, int socket);

/* Steers a path to a thread; false if there is no space, or it is not open. A known path is
 * the new thread's from now on. Cost: one system call. */
bool skf_steering_add(const struct steering *steering, const struct path *path,
                      unsigned thread);
void skf_steering_remove(const struct steering *steering, const struct path *path);

/* For tests: whether the kernel has any path. */
bool skf_steering_has_any(const struct steering *steering);

#endif
