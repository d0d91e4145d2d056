/* udp.h - a UDP socket that reads and sends many datagrams in one call.
 *
 * It is bound to every address of the machine or to one; of each datagram it says at which
 * address of ours it came, and each leaves from the address that it is told (IP_PKTINFO).
 * So one descriptor has the ends of very many associations. Knows IPv4 alone. */
#ifndef LOAD_UDP_H
#define LOAD_UDP_H

#include <skiff/packet.h>

enum { UDP_BATCH = 64, UDP_DATAGRAM = 2048 };

struct udp;

/* Where a datagram is from or goes: host byte order; near 0: as the kernel likes. */
struct udp_path {
    uint32_t near, far;
    uint16_t far_port;
};

/* Opens one at an address, 0: all of them; *granted is what the kernel gave for buffers in
 * bytes. NULL, errno says why. */
struct udp *udp_new(uint32_t address, size_t *granted);
void udp_free(struct udp *udp);

int udp_fd(const struct udp *udp);
uint16_t udp_port(const struct udp *udp);

/* Reads what has come, at most so many and UDP_BATCH; the i-th is taken by udp_open, and
 * lives until the next read. */
size_t udp_read(struct udp *udp, size_t most);
skiff_packet *udp_open(struct udp *udp, size_t i, struct udp_path *path);

/* An empty packet to be filled, and its posting: it leaves when the batch is full, or with
 * the flush. Without posting, the next blank is the same one. */
skiff_packet *udp_blank(struct udp *udp);
void udp_post(struct udp *udp, const struct udp_path *path);
void udp_flush(struct udp *udp);

/* Datagrams that the kernel did not take. */
uint64_t udp_refused(const struct udp *udp);

#endif
