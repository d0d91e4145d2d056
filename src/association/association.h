/* association.h - what lives as long as an association does. Small: a service has
 * 200,000. */
#ifndef SKF_ASSOCIATION_H
#define SKF_ASSOCIATION_H

#include <skiff/dtls.h>

#include "base/wheel.h"
#include "association/ack_list.h"
#include "handshake/failure.h"
#include "handshake/peer_identity.h"
#include "record/record.h"
#include "association/handshake_slot.h"

enum {
    SECRET_MAX = 48,   /* a master secret, or as long as SHA-384 */
    KEPT_MESSAGES = 2, /* messages of a flight kept after the handshake */
    KEPT_BYTES = 16    /* and their bytes */
};

/* How far it has come. */
enum phase { WAITING_FOR_START, HANDSHAKING, ESTABLISHED, ENDED };

/* What poll has still to say. */
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

/* Time in slots of 2^20 microseconds, about a second. A hello that comes after CONNECTED is
 * told of once in a slot: anybody can forge them. */
enum { HELLO_PERIOD = 20, HELLO_PERIODS = 0x7f, HELLO_WAS_REPORTED = 0x80 };

/* What the exporter needs, and 1.3 for the next keys. */
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

/* The datagram that is being taken in, and what is left of it. */
struct incoming_datagram {
    uint8_t *at;
    uint32_t remaining;
    uint32_t wasted;       /* what of it was, by weight: see waste.h */
    skiff_bytes fragments; /* handshake fragments left of the current record */
    uint64_t number;       /* of that record */
    uint32_t epoch;
    bool held : 1; /* it lies in the room: what came before its keys */
    bool any_good : 1;
    bool fragment_kept : 1; /* the fragment in hand: see ack_message.h */
    bool spoiled : 1;       /* a fragment of the record was dropped */
    bool ack_wanted : 1;    /* the record is to be acknowledged, */
    bool ack_at_once : 1;   /* and not only soon */
    bool latest : 1;        /* came at this very time, and poll is telling it */
    uint8_t hello_reported; /* of all datagrams: the last slot, HELLO_WAS_REPORTED */
    uint16_t newest;        /* of all datagrams, records newer than all before */
};

/* What each association counts; those of an extra are with it: see optional_state.h. */
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
    bool connected : 1;           /* CONNECTED was said */
    bool alert_pending : 1;       /* `alert` is to be sent, */
    bool alert_is_fatal : 1;      /* and not a warning */
    bool path_is_closed : 1;      /* nothing can be sent */
    bool resumed : 1;             /* by a ticket */
    bool round_trip_is_given : 1; /* by the caller, and none of DTLS is known yet */
    bool has_ticket_store : 1;    /* behind the handle: see optional_state.h */
    bool nothing_fits : 1;        /* what is to be sent next, into the last packet */
    uint16_t mtu;
    uint8_t alpn;    /* place in the config's list, from 1; 0: none */
    uint8_t pending; /* PENDING_ bits: see post_handshake.h */

    const struct protocol *protocol; /* the version, once it is settled */
    uint16_t cipher_suite, group, signature, srtp_profile;
    skiff_time now;               /* the latest that was said */
    skiff_time started, finished; /* first hello; last line of the script */
    skiff_time initial_timeout;   /* 0: not set by the caller */
    skiff_time round_trip;        /* 0: not known */

    uint64_t next_plain_number; /* number of our next record of epoch 0 */
    uint32_t write_epoch, read_epoch, previous_epoch;
    uint16_t next_receive_seq, next_send_seq; /* message_seq of the next late messages */
    struct sealing ours;                      /* of the epoch we speak in: see epoch.h */
    struct opening theirs;                    /* of the epoch we hear in */
    struct ack_list ack_list; /* their records that an ACK of ours will name */
    skiff_time ack_due;       /* SKIFF_NEVER: none is */

    struct peer_identity peer_identity;
    union { /* wishes until the certificate comes, agreement after */
        union expectation expectation;
        struct {
            struct digests digests; /* as in `kept` */
            struct secrets secrets;
            struct opening previous; /* of the epoch we heard in before */
        } agreed;
    } stage;
    struct flight flight;
    union { /* outside of rooms: */
        struct flight_message
            kept_messages[KEPT_MESSAGES]; /* 1.2: the last flight, for repeats */
        struct {                          /* 1.3: */
            struct flight_message
                post_handshake_message; /* a message after the handshake */
            skiff_time previous_expiry; /* how long `before` is kept */
        };
    };
    uint8_t kept_bytes[KEPT_BYTES]; /* bytes of either */
    uint64_t message_records[2];    /* the latter's records: first, newest */

    struct incoming_datagram datagram;
    skiff_bytes data;
    skiff_failure failure;
    struct record_counters counters;

    unsigned alert : 8;
    unsigned
        post_handshake_received : 24; /* bytes of the late message that is being heard */
};

/* The version, or as long as none is chosen the newest that is enabled. NULL: there is no
 * handshake yet. */
static inline const struct protocol *protocol_of(const struct skiff_dtls *dtls)
{
    return dtls->slot != NULL ? dtls->slot->hs.protocol : dtls->protocol;
}

/* Sealed records of the peer's next flight are here, and it is not whole: ours has
 * arrived (RFC 9147 section 5.8.1), and an ACK says what is missing of theirs. */
static inline bool reply_has_begun(const struct skiff_dtls *dtls)
{
    return dtls->phase == HANDSHAKING && dtls->ack_list.epochs[1] > 0;
}

static inline void count(uint32_t *counter)
{
    *counter += *counter != UINT32_MAX;
}

#endif
