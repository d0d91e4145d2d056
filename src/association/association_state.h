/* association_state.h - what lives as long as an association does. Small: a service has
 * 200,000. */
#ifndef SKF_ASSOCIATION_STATE_H
#define SKF_ASSOCIATION_STATE_H

#include <skiff/dtls.h>

#include "association/ack_list.h"
#include "association/handshake_slot.h"
#include "base/wheel.h"
#include "handshake/failure.h"
#include "handshake/peer_identity.h"
#include "record/record.h"

enum {
    SECRET_MAX = 48,   /* a master secret, or as long as SHA-384 */
    KEPT_MESSAGES = 2, /* messages of a flight kept after the handshake */
    KEPT_BYTES = 16    /* and their bytes */
};

/* The phase of an association. */
enum phase { WAITING_FOR_START, HANDSHAKING, ESTABLISHED, ENDED };

/* What poll has still to report. */
enum {
    EVENT_CERTIFICATE = 1,
    EVENT_CONNECTED = 2,
    EVENT_DATA = 4,
    EVENT_CLOSED = 8,
    EVENT_FAILED = 16,
    EVENT_MOVED = 32,
    EVENT_TICKET = 64,
    EVENT_HELLO = 128
};

/* Time in periods of 2^20 microseconds, about a second. A hello that comes after CONNECTED
 * is reported once in a period: it may be forged. */
enum { HELLO_PERIOD = 20, HELLO_PERIODS = 0x7f, HELLO_WAS_REPORTED = 0x80 };

/* The secrets of the exporter, and in 1.3 those of the next keys. */
struct secrets {
    uint16_t hash;
    uint8_t exporter[SECRET_MAX]; /* 1.2: the master secret (RFC 5705 section 4) */
    union {
        uint8_t randoms[2 * RANDOM]; /* 1.2: the client's, the server's */
        struct {
            uint8_t ours[SECRET_MAX], theirs[SECRET_MAX]; /* 1.3: of application traffic */
        };
    };
};

/* The datagram that is being read, and what is left of it. */
struct incoming_datagram {
    uint8_t *at;
    uint32_t remaining;
    uint32_t wasted;       /* how much of it, by weight: see waste.h */
    skiff_bytes fragments; /* handshake fragments left of the current record */
    uint64_t number;       /* of that record */
    uint32_t epoch;
    bool held : 1; /* it lies in the slot: records that came before their keys */
    bool any_good : 1;
    bool fragment_kept : 1; /* the fragment in hand: see pending_ack.h */
    bool spoiled : 1;       /* a fragment of the record was dropped */
    bool ack_wanted : 1;    /* the record is to be acknowledged */
    bool ack_at_once : 1;   /* the same, and the ACK does not wait */
    bool latest : 1;        /* it came at this very time, and poll reports it */
    /* Of all datagrams: the period of the last HELLO, with HELLO_WAS_REPORTED. */
    uint8_t hello_reported;
    /* Of all datagrams: how many records were newer than all before. */
    uint16_t newest;
};

/* The counters of each association. Those of an optional part lie in that: see
 * optional_state.h. */
struct record_counters {
#define X(name, text) uint32_t name;
    SKIFF_RECORD_COUNTER_LIST(X)
#undef X
};

struct skiff_dtls {
    struct wheel_node timer; /* first: skiff_dtls_due gives it back */
    struct skiff_context *context;
    struct handshake_slot *slot; /* NULL unless a handshake runs */
    void *user;

    uint8_t role;                 /* enum skiff_role */
    uint8_t phase;                /* enum phase */
    uint8_t events;               /* EVENT_ bits */
    bool connected : 1;           /* CONNECTED was reported, or will be next */
    bool alert_pending : 1;       /* `alert` is to be sent */
    bool alert_is_fatal : 1;      /* its level */
    bool path_is_closed : 1;      /* nothing can be sent */
    bool resumed : 1;             /* by a ticket */
    bool round_trip_is_given : 1; /* by the caller, and none of DTLS is known yet */
    bool has_ticket_store : 1;    /* behind the handle: see optional_state.h */
    bool nothing_fits : 1;        /* the last packet was too small for the next datagram */
    uint16_t mtu;
    uint8_t alpn;    /* place in the config's list, from 1; 0: none */
    uint8_t pending; /* PENDING_ bits: see post_handshake.h */

    const struct protocol *protocol; /* the version, once the handshake is complete */
    uint16_t cipher_suite, group, signature, srtp_profile;
    skiff_time now;               /* the latest that was given */
    skiff_time started, finished; /* first hello; last line of the script */
    skiff_time initial_timeout;   /* 0: not set by the caller */
    skiff_time round_trip;        /* 0: not known */

    uint64_t next_plain_number; /* number of our next record of epoch 0 */
    uint32_t write_epoch, read_epoch, previous_epoch;
    /* message_seq of the next post-handshake message of the peer, and of ours. */
    uint16_t next_receive_seq, next_send_seq;
    struct sealing ours;      /* of write_epoch: see epoch.h */
    struct opening theirs;    /* of read_epoch */
    struct ack_list ack_list; /* their records that our next ACK will list */
    skiff_time ack_due;       /* SKIFF_NEVER: none is */

    struct peer_identity peer_identity;
    union { /* what is expected until the certificate comes; what was agreed after it */
        union expectation expectation;
        struct {
            struct digests digests; /* the same as in `expectation` */
            struct secrets secrets;
            struct opening previous; /* of previous_epoch */
        } agreed;
    } stage;
    struct flight flight;
    union { /* without a slot: */
        /* 1.2: the last flight, to be sent again. */
        struct flight_message kept_messages[KEPT_MESSAGES];
        struct { /* 1.3: */
            struct flight_message post_handshake_message;
            skiff_time previous_expiry; /* of the keys of previous_epoch */
        };
    };
    uint8_t kept_bytes[KEPT_BYTES]; /* the bodies of either */
    uint64_t message_records[2];    /* of post_handshake_message: its first, its newest */

    struct incoming_datagram datagram;
    skiff_bytes data;
    skiff_failure failure;
    struct record_counters counters;

    unsigned alert : 8;
    /* Bytes of the post-handshake message that is coming in. */
    unsigned post_handshake_received : 24;
};

/* The version, or as long as none is chosen the newest that is enabled. NULL: there is no
 * handshake yet. */
static inline const struct protocol *protocol_of(const struct skiff_dtls *dtls)
{
    return dtls->slot != NULL ? dtls->slot->hs.protocol : dtls->protocol;
}

/* The next datagram, or none. Some fields are about all datagrams, and stay. */
static inline void begin_datagram(struct skiff_dtls *dtls, struct incoming_datagram next)
{
    next.hello_reported = dtls->datagram.hello_reported;
    next.newest = dtls->datagram.newest;
    dtls->datagram = next;
}

/* A part of the peer's next flight is here: ours has arrived (RFC 9147 sections 5.8.1 and
 * 7.2), and an ACK shows what is missing of theirs. The part is a sealed record or, for a
 * client, the ServerHello that it has accepted. */
static inline bool reply_has_begun(const struct skiff_dtls *dtls)
{
    bool has_hello = dtls->role == SKIFF_ROLE_ACTIVE && dtls->read_epoch == 2;

    return dtls->phase == HANDSHAKING && (dtls->ack_list.epochs[1] > 0 || has_hello);
}

/* A counter that is full stays so. */
static inline void count(uint32_t *counter)
{
    *counter += *counter != UINT32_MAX;
}

#endif
