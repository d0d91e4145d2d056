/* load_mail.h - a UDP socket that reads and sends many datagrams in one call.
 *
 * It is bound to every address of the machine or to one; of each datagram it says at which
 * address of ours it came, and each leaves from the address that it is told (IP_PKTINFO).
 * So one descriptor has the ends of very many associations. Knows IPv4 alone. */
#ifndef LOAD_MAIL_H
#define LOAD_MAIL_H

#include <skiff/packet.h>

enum { MAIL_BATCH = 64, MAIL_ROOM = 2048 };

struct mail;

/* Where a datagram is from or goes: host byte order; near 0: as the kernel likes. */
struct mail_path {
    uint32_t near, far;
    uint16_t far_port;
};

/* Opens one at an address, 0: all of them; *granted is what the kernel gave for buffers in
 * bytes. NULL, errno says why. */
struct mail *mail_new(uint32_t address, size_t *granted);
void         mail_free(struct mail *mail);

int      mail_fd(const struct mail *mail);
uint16_t mail_port(const struct mail *mail);

/* Reads what has come, at most so many and MAIL_BATCH; the i-th is taken by mail_open, and
 * lives until the next read. */
size_t        mail_read(struct mail *mail, size_t most);
skiff_packet *mail_open(struct mail *mail, size_t i, struct mail_path *path);

/* An empty packet to be filled, and its posting: it leaves when the batch is full, or with
 * the flush. Without posting, the next blank is the same one. */
skiff_packet *mail_blank(struct mail *mail);
void          mail_post(struct mail *mail, const struct mail_path *path);
void          mail_flush(struct mail *mail);

/* Datagrams that the kernel did not take. */
uint64_t mail_refused(const struct mail *mail);

#endif
