/* association.h - what lives as long as an association does. Small: a service has
 * 200,000. */
#ifndef SKF_ASSOCIATION_H
#define SKF_ASSOCIATION_H

#include <skiff/dtls.h>

#include "base/wheel.h"
#include "dtls/ack.h"
#include "dtls/failure.h"
#include "dtls/peer.h"
#include "dtls/record.h"
#include "dtls/room.h"

enum {
    SECRET_MAX = 48,                   /* a master secret, or as long as SHA-384          */
    LAST_SAID  = 2,                    /* messages of a flight kept after the handshake   */
    LAST_WORDS = 16                    /* and their bytes                                 */
};

/* The maximum segment lifetime of TCP (RFC 793): so long a datagram may be on its way. */
#define MSL SKIFF_MSEC(120000)

/* How long the last flight is answered when it comes again (RFC 6347 section 4.2.4, RFC
 * 9147 section 5.8.1), and how long keys of theirs are kept behind the first record under
 * newer ones (RFC 9147 section 4.2.1). */
#define LAST_FLIGHT_ANSWERED (2 * MSL)
#define OLD_KEYS_KEPT        MSL

/* How far it has come. */
enum phase { WAITING_FOR_START, HANDSHAKING, ESTABLISHED, ENDED };

/* What poll has still to say. */
enum { TELL_CERTIFICATE = 1, TELL_CONNECTED = 2, TELL_DATA = 4, TELL_CLOSED = 8,
       TELL_FAILED = 16, TELL_MOVED = 32, TELL_TICKET = 64, TELL_HELLO = 128 };

/* Time in slots of 2^20 microseconds, about a second. A hello that comes after CONNECTED is
 * told of once in a slot: anybody can forge them. */
enum { HELLO_SLOT = 20, HELLO_SLOTS = 0x7f, HELLO_WAS_TOLD = 0x80 };

/* What the exporter needs, and 1.3 for the next keys. */
struct secrets {
    uint16_t hash;
    uint8_t  exporter[SECRET_MAX];     /* 1.2: the master secret (RFC 5705 section 4)     */
    union {
        uint8_t randoms[2 * RANDOM];   /* 1.2: the client's, the server's                 */
        struct {
            uint8_t ours[SECRET_MAX], theirs[SECRET_MAX];  /* 1.3: of application traffic */
        };
    };
};

/* The datagram that is being taken in, and what is left of it. */
struct arriving {
    uint8_t    *at;
    uint32_t    left;
    uint32_t    vain;                  /* what of it was, by weight: see vain.h           */
    skiff_bytes fragments;             /* handshake fragments left of the current record  */
    uint64_t    number;                /* of that record                                  */
    uint32_t    epoch;
    bool        held : 1;              /* it lies in the room: what came before its keys  */
    bool        any_good : 1;
    bool        kept : 1;              /* the fragment in hand: see receipt.h             */
    bool        spoiled : 1;           /* a fragment of the record was dropped            */
    bool        receipt_wanted : 1;    /* the record is to be acknowledged,               */
    bool        receipt_at_once : 1;   /* and not only soon                               */
    bool        latest : 1;            /* came at this very time, and poll is telling it  */
    uint8_t     hello_told;            /* of all datagrams: the last slot, HELLO_WAS_TOLD */
    uint16_t    newest;                /* of all datagrams, records newer than all before */
};

/* What each association counts; those of an extra are with it: see extras.h. */
struct record_counters {
#define X(name, text) uint32_t name;
    SKIFF_RECORD_COUNTER_LIST(X)
#undef X
};

struct skiff_dtls {
    struct wheel_node     timer;       /* first: skiff_dtls_due gives it back             */
    struct skiff_context *context;
    struct room          *room;        /* NULL unless a handshake runs                    */
    void                 *user;

    uint8_t  role;                     /* enum skiff_role                                 */
    uint8_t  phase;                    /* enum phase                                      */
    uint8_t  tell;                     /* TELL_ bits                                      */
    bool     connected : 1;            /* CONNECTED was said                              */
    bool     alert_waits : 1;          /* `alert` is to be sent,                          */
    bool     alert_is_fatal : 1;       /* and not a warning                               */
    bool     path_is_closed : 1;       /* nothing can be sent                             */
    bool     resumed : 1;              /* by a ticket                                     */
    bool     round_trip_told : 1;      /* by the caller, and none of DTLS is known yet    */
    bool     has_wallet : 1;           /* behind the handle: see extras.h                 */
    bool     nothing_fits : 1;         /* what is to be sent next, into the last packet   */
    uint16_t mtu;
    uint8_t  alpn;                     /* place in the config's list, from 1; 0: none     */
    uint8_t  owed;                     /* OWED_ bits: see late.h                          */

    const struct dialect *dialect;     /* the version, once it is settled                 */
    uint16_t   cipher_suite, group, signature, srtp_profile;
    skiff_time now;                    /* the latest that was said                        */
    skiff_time started, finished;      /* first hello; last line of the script            */
    skiff_time first_timeout;          /* 0: not set by the caller                        */
    skiff_time round_trip;             /* 0: not known                                    */

    uint64_t       plain_next;         /* number of our next record of epoch 0            */
    uint32_t       speaks_epoch, hears_epoch, before_epoch;
    uint16_t       hears_seq, speaks_seq;  /* message_seq of the next late messages       */
    struct sealing ours;               /* of the epoch we speak in: see epoch.h           */
    struct opening theirs;             /* of the epoch we hear in                         */
    struct receipts receipts;          /* their records that an ACK of ours will name     */
    skiff_time     ack_due;            /* SKIFF_NEVER: none is                            */

    struct peer      peer;
    union {                        /* wishes until the certificate comes, agreement after */
        union kept kept;
        struct {
            struct digests   digests;          /* as in `kept`                            */
            struct secrets   secrets;
            struct opening   before;           /* of the epoch we heard in before         */
        } agreed;
    } share;
    struct flight    flight;
    union {                                        /* outside of rooms:                   */
        struct said     last_said[LAST_SAID];      /* 1.2: the last flight, for repeats   */
        struct {                                   /* 1.3:                                */
            struct said late_said;                 /* a message after the handshake       */
            skiff_time  before_until;              /* how long `before` is kept           */
        };
    };
    uint8_t          last_words[LAST_WORDS];       /* bytes of either                     */
    uint64_t         sent_in[2];                   /* the latter's records: first, newest */

    struct arriving     arriving;
    skiff_bytes         data;
    skiff_failure       failure;
    struct record_counters counters;

    unsigned alert : 8;
    unsigned late_heard : 24;          /* bytes of the late message that is being heard   */
};

/* The tenant's room was given to another handshake. */
void room_evicted(struct skiff_dtls *dtls);

#endif
