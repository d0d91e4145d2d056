/**
 * skiff/port_group.h - what the ports of several threads share that have one address.
 *
 * The ufrags that a port of a group makes contain the number of its thread. If the kernel
 * gives a datagram to another thread than that of its peer, the port of that thread passes
 * the datagram on. Any thread may use a group.
 */
#ifndef SKIFF_PORT_GROUP_H
#define SKIFF_PORT_GROUP_H

#include <skiff/base.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct skiff_port_group skiff_port_group; /**< what ports of one address share */

/**
 * Makes what the ports of several threads share: a table that says which thread has which
 * path, and queues for datagrams that the kernel gave to the wrong thread. Make one port
 * with it for each thread. The first port gets any address, the others get what
 * skiff_port_address of the first returns.
 *
 * Ports may be made and freed at any time; the peers of other ports lose no media. All
 * threads must read the same clock.
 *
 * Shape:  `threads` is the number of ports, 1 to 64. `memory` may be NULL.
 * Owns:   *group is the caller's, until skiff_port_group_free. `memory` must outlive it,
 *         and must be safe to call from all its threads.
 * Errors: ARGUMENT for NULL or another number of threads; MEMORY; CRYPTO without random
 *         bytes; STATE without a file descriptor (errno).
 * Cost:   1.4 MB for each thread, and about 70 bytes for each path that its port can have.
 *         A datagram that is passed to another thread is copied once.
 */
SKIFF_API SKIFF_MUST_USE skiff_status skiff_port_group_new(uint16_t threads,
                                                           const skiff_allocator *memory,
                                                           skiff_port_group **group);

/**
 * Returns true if the kernel gives each datagram to the thread of its peer, so that only
 * first checks are passed between threads. For that the process must be allowed to load a
 * BPF program into the kernel (CAP_BPF and CAP_NET_ADMIN) when it makes a port of the group
 * without `no_steering`. If false, everything works the same, but each datagram that is
 * passed to another thread is copied. Any thread may call this function.
 */
SKIFF_API bool skiff_port_group_steers(const skiff_port_group *group);

/** Frees a group. Free all its ports first. NULL is allowed. */
SKIFF_API void skiff_port_group_free(skiff_port_group *group);

#ifdef __cplusplus
}
#endif
#endif
