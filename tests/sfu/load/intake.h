/* intake.h - reads sockets with many datagrams a call, of which the kernel may hand over a
 * run of one sender whole (UDP_GRO). Knows IPv4 alone. */
#ifndef SFU_LOAD_INTAKE_H
#define SFU_LOAD_INTAKE_H

#include "../../load/udp.h"

struct intake;

struct intake *intake_new(void);
void intake_free(struct intake *intake);

/* Lets a socket hand over runs, where the kernel can, and gives it a large buffer, where we
 * may have one. */
void intake_prepare(int fd);

/* Reads what a socket has. False: nothing. */
bool intake_read(struct intake *intake, int fd);

/* The next datagram of the last read, which lives until the next read; NULL: that was all.
 */
skiff_packet *intake_next(struct intake *intake, struct udp_path *path);

#endif
