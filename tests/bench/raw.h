/* raw.h - media without skiff: the calls and the crypto that it cannot do without. */
#ifndef SKF_BENCH_RAW_H
#define SKF_BENCH_RAW_H

#include "raw_crypto.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    RTP_HEADER = 12,
    RTP_PLAIN = RTP_HEADER + 1200,
    RTP_SEALED = RTP_PLAIN + 16, /* the tag of GCM */
    RAW_READS = 32,              /* datagrams or runs in one call */
    RAW_SENDS = 64,              /* messages in one call */
    RAW_RUN = 32,                /* packets in one message, at most */
    RAW_GRO = 65536,
    RAW_ROUNDS = 301 /* of a benchmark, at most */
};

/* Writes an RTP header, leaving the payload as it is. */
void rtp_write(uint8_t *packet, uint16_t sequence, uint32_t ssrc);

/* AES-128-GCM with its key loaded, and its floor: one packet in place, by a library alone.
 */
struct gcm {
    const struct raw_library *library;
    void *key;
};

struct gcm gcm_new(const struct raw_library *library, uint8_t key);
void gcm_free(struct gcm *gcm);
void gcm_run(const struct gcm *gcm, uint8_t *packet);

/* A socket of 127.0.0.1, and where it is. */
int raw_socket(struct sockaddr_in *address, bool gro);

/* Throws away what has come. */
void raw_drain(int fd);

struct raw_in;
struct raw_out;

struct raw_in *raw_in_new(int fd, bool gro);
void raw_in_free(struct raw_in *in);

/* Waits for the socket, reads once, and runs the crypto over each packet unless it is NULL;
 * how many. */
size_t raw_in_read(struct raw_in *in, const struct gcm *gcm);

struct raw_out *raw_out_new(int fd);
void raw_out_free(struct raw_out *out);

/* Adds `run` packets of one length as one message; it is read when it is sent. */
void raw_out_add(struct raw_out *out, const struct sockaddr_in *to, uint8_t *const *packets,
                 size_t run);

/* Sends what was added. A full one does so itself. */
void raw_out_flush(struct raw_out *out);

/* What the benchmarks of media share: a clock of CPU time, in ns, and the usual ends. */
double cpu_ns(void);
double median_of(double *values, size_t num);

/* The library whose rounds have the least median. */
size_t fastest_of(double times[][RAW_ROUNDS], size_t libraries, size_t rounds);
void demand(bool condition, const char *what);

#endif
