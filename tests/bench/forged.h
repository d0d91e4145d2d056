/* forged.h - datagrams that anybody can write to who is in DTLS with somebody else: each is
 * as full as its kind allows. */
#ifndef SKF_BENCH_FORGED_H
#define SKF_BENCH_FORGED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { FORGED_LEN = 1200, FORGED_ID = 8 };

/* HandshakeType (RFC 5246 section 7.4), of what may be due. */
enum { HANDSHAKE_CLIENT_HELLO = 1, HANDSHAKE_SERVER_HELLO = 2, HANDSHAKE_CERTIFICATE = 11 };

/* What a forger sees of whom he writes to. */
struct forged_target {
    bool is_13;
    uint8_t due; /* type of the message that is due in plaintext */
    bool has_id; /* its peers name it by an id, of FORGED_ID bytes */
    uint8_t id[FORGED_ID];
    uint16_t epoch;      /* that it receives in */
    uint16_t next;       /* message_seq of the message that is due there */
    const uint8_t *copy; /* a record that it has opened before, if any */
    size_t copy_len;
    uint32_t nth; /* datagram to it */
};

struct forged_kind {
    const char *name;
    size_t (*write)(const struct forged_target *target, uint8_t *out); /* its length */
};

/* The first is the long one that all others are compared with: one record, or one fragment
 * where there are no keys yet. */
extern const struct forged_kind forged_kinds[];
extern const size_t forged_num;

#endif
