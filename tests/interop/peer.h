/* peer.h - one DTLS 1.2 library that skiff talks to. Each peer_*.c defines `peer`. */
#ifndef SKF_INTEROP_PEER_H
#define SKF_INTEROP_PEER_H

#include "credential.h"
#include "wire.h"

/* What a library can do, as built by the distribution: who cannot is not asked. */
enum {
    CAN_SRTP = 1 << 0,      /* use_srtp with AES128_CM */
    CAN_SRTP_GCM = 1 << 1,  /* and with AEAD */
    CAN_COOKIE = 1 << 2,    /* its server sends HelloVerifyRequest */
    CAN_MTU = 1 << 3,       /* cuts its own messages */
    CAN_CUT_HELLO = 1 << 4, /* and its ClientHello too */
    CAN_RENEGOTIATE = 1 << 5,
    CAN_OMIT_EMS = 1 << 6,
    CAN_LOSE_ANY = 1 << 7,   /* its server gets over the loss of every datagram */
    CAN_CCM = 1 << 8,        /* ECDHE_ECDSA with AES_128_CCM and AES_128_CCM_8 */
    CAN_JOIN_HELLO = 1 << 9, /* its server takes a ClientHello in several datagrams */
    CAN_OMIT_SRTP = 1 << 10, /* and one that offers other SRTP profiles than its own */
    CAN_ALPN = 1 << 11,
    CAN_LIMIT = 1 << 12,  /* record_size_limit (RFC 8449) */
    CAN_ASK_ANY = 1 << 13 /* its server of 1.2 asks for certificates of any kind */
};

/* What an end shall be. Suites, groups and profiles are IANA numbers; 0 leaves it to the
 * library. What is named is the only suite or profile, and the first of the groups. */
struct end_config {
    bool server;
    const struct credential *credential; /* NULL: it has none */
    uint16_t suite, group;
    uint16_t profile; /* 0: no use_srtp */
    uint16_t mtu;
    bool cookie; /* the server sends HelloVerifyRequest */
    bool without_ems;
    bool asks_nobody; /* the server wants no certificate */
    bool tickets;
    const char *server_name;        /* sent by the client; NULL: not */
    const char *protocol;           /* of ALPN, the only one; NULL: none */
    uint16_t max_record;            /* that it takes; 0: the library's own */
    uint32_t first_wait, last_wait; /* microseconds; 0: the library's own */
};

enum end_state { END_WAITS, END_READY, END_FAILED };
#define NO_DEADLINE UINT64_MAX
enum { NO_ALERT = -1, READ_NOTHING = -1, READ_CLOSED = -2, READ_FAILED = -3 };

struct end; /* each peer has its own */

struct peer {
    const char *name;
    unsigned can; /* CAN_ bits */

    /* NULL when the library refuses the configuration. The wire must outlive the end. */
    struct end *(*open)(const struct end_config *config, struct wire *wire);
    void (*close)(struct end *end);

    /* Lets due timers fire and goes on with the handshake. */
    enum end_state (*go_on)(struct end *end);

    bool (*write)(struct end *end, const void *bytes, size_t len);
    int (*read)(struct end *end, void *bytes, size_t size); /* bytes, or READ_ */
    void (*shut)(struct end *end);                          /* sends close_notify */
    void (*renegotiate)(struct end *end);                   /* sends a hello once more */

    bool (*export)(struct end *end, const char *label, uint8_t *out, size_t len);
    uint16_t (*profile)(struct end *end); /* 0: none */
    int (*alert)(struct end *end);        /* the last it received */

    /* On the clock of clock.h, NO_DEADLINE when no timer runs; NULL: not known. */
    uint64_t (*deadline)(struct end *end);
};
extern const struct peer peer;

#endif
