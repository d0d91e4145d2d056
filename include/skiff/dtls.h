/**
 * skiff/dtls.h - DTLS 1.2 (RFC 6347) and 1.3 (RFC 9147), without input or output.
 *
 *     datagram --> skiff_dtls_receive --+
 *                                       +--> skiff_dtls_poll --> SEND, CONNECTED, DATA, ...
 *     time     -------------------------+
 *
 * The whole loop: receive what arrived; poll until NOTHING; sleep until the deadline.
 */
#ifndef SKIFF_DTLS_H
#define SKIFF_DTLS_H

#include <skiff/context.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Which end of the handshake we are, in the words of a=setup (RFC 5763 section 5). */
typedef enum skiff_role {
    SKIFF_ROLE_ACTIVE = 1, /**< the client */
    SKIFF_ROLE_PASSIVE,    /**< the server */
    SKIFF_ROLE_ACTPASS     /**< the server at a ClientHello, or what set_role says */
} skiff_role;

typedef enum skiff_dtls_event {
    SKIFF_DTLS_NOTHING = 0,      /**< until the deadline or the next receive */
    SKIFF_DTLS_SEND,             /**< the packet now holds one datagram for the peer */
    SKIFF_DTLS_PEER_CERTIFICATE, /**< bytes is its certificate in DER, of the chain that */
                                 /**< it sent the first alone, in 1.2 and in 1.3 */
    SKIFF_DTLS_CONNECTED,        /**< the peer is proven; SRTP keys can be had */
    SKIFF_DTLS_DATA,             /**< bytes is one application message */
    SKIFF_DTLS_MOVED,            /**< the peer is elsewhere; `path_proven` of the info
                                      says whether it has answered there */
    SKIFF_DTLS_CLOSED,           /**< the peer said close_notify, or a key is used up */
    SKIFF_DTLS_FAILED,           /**< over; see skiff_dtls_failure */
    SKIFF_DTLS_TICKET,           /**< bytes is a ticket to keep; see skiff_dtls_resume */
    SKIFF_DTLS_HELLO,            /**< a ClientHello came after CONNECTED: see below */
    SKIFF_DTLS_RENEWED,          /**< of a transport: see skiff_transport_renew */
    SKIFF_DTLS_NOT_RENEWED       /**< of a transport: the new association has failed */
} skiff_dtls_event;

/*
 * HELLO: a ClientHello in plaintext came to an association that is connected. The peer may
 * have lost its state and begin anew (RFC 6347 4.2.8, RFC 9147 5.11), the hello may be a
 * copy of an old one, and anybody can have forged it. The association drops it and stays as
 * it is. The event is told about once a second at most. Start a second association to serve
 * the peer: skiff_transport_renew does so.
 */

/** The name of an event, such as "SKIFF_DTLS_CONNECTED". Static, never NULL. */
SKIFF_API const char *skiff_dtls_event_name(skiff_dtls_event event);

/**
 * Makes one end of an association. Nothing is sent before the first poll.
 *
 * Owns:   *dtls is the caller's, until skiff_dtls_free; the context must outlive it.
 * Cost:   one allocation, the only one in the life of the handle. A handshake borrows a
 *         room of the context from its first flight to its last, never from here. A
 *         ClientHello of several datagrams waits in that room, and begins nothing before
 *         it is whole.
 * Errors: ARGUMENT, MEMORY; STATE the context is a port's (skiff_context_claim).
 */
SKIFF_API SKIFF_MUST_USE skiff_status skiff_dtls_new(skiff_context *context,
                                                     skiff_role role, skiff_time now,
                                                     skiff_dtls **dtls);

/** Frees the handle and wipes its secrets. Says nothing to the peer. NULL is allowed. */
SKIFF_API void skiff_dtls_free(skiff_dtls *dtls);

/** Takes the role from the answer's a=setup. Errors: ARGUMENT neither ACTIVE nor PASSIVE;
 *  STATE when it is another by now. */
SKIFF_API SKIFF_MUST_USE skiff_status skiff_dtls_set_role(skiff_dtls *dtls,
                                                          skiff_role role);

/**
 * Says who the peer must be: any one of `num` fingerprints. Until then a finished handshake
 * stays unannounced, no key leaves and nothing is delivered (RFC 8827 section 6.5); the
 * give-up time does not run while only this is missing. A mismatch, early or late, is
 * fatal.
 *
 * Shape:  of several hash functions the strongest alone counts: the certificate must match
 *         one fingerprint that uses it, and the others are not looked at (RFC 8122 5.1).
 *         At most 4 fingerprints of that hash function; any number of others.
 * Errors: ARGUMENT; STATE when it was said already; CRYPTO nothing was said, ask again.
 */
SKIFF_API SKIFF_MUST_USE skiff_status skiff_dtls_expect(skiff_dtls *dtls,
                                                        const skiff_fingerprint *any_of,
                                                        size_t num);

/** Instead of expect: the caller has judged the certificate itself. With `trusted` false
 *  poll says FAILED, as at a wrong fingerprint. Errors: STATE when it or expect was called
 *  already. */
SKIFF_API SKIFF_MUST_USE skiff_status skiff_dtls_set_trusted(skiff_dtls *dtls,
                                                             bool trusted);

/**
 * Offers a ticket to the server, so that the handshake needs no certificates and no
 * signatures. The event TICKET tells a client of a context with `tickets` of one, at or
 * after CONNECTED.
 *
 * When it is taken, no PEER_CERTIFICATE comes, on either side: the peer is who it was when
 * the ticket was made, as `resumed` and `peer` of skiff_dtls_info say, and is compared
 * with whom expect names as ever. Where the server does not take it, the handshake is a
 * full one; so it is where the ticket is too old, or of another than is expected by then,
 * and not even offered.
 *
 * Shape:  what TICKET said, at most 1,300 bytes; tickets of skiff live for a day. The time
 *         it came is in it: the clock has to be the same. It holds keys: who has it can be
 *         taken for us. Use it once, with the identity that it was got with.
 * Errors: ARGUMENT not a ticket; STATE the handshake has begun, or there are no tickets in
 *         this context or role.   Spec: RFC 8446 2.2, 4.2.11, 4.6.1; never early data.
 */
SKIFF_API SKIFF_MUST_USE skiff_status skiff_dtls_resume(skiff_dtls *dtls,
                                                        skiff_bytes ticket);

/** Sets the first timeout of the next flight, say to twice the round trip of ICE. */
SKIFF_API void skiff_dtls_set_initial_timeout(skiff_dtls *dtls, skiff_time timeout);

/**
 * Tells how long a round trip of the path takes, as ICE has measured it. Until one of DTLS
 * is known the first timeout of a flight is twice as long, from `initial_timeout` of the
 * config (50 ms) to 1 s. skiff_port and skiff_ice do it by themselves.
 *
 * Shape:  0 is not known, and changes nothing. What set_first_timeout said goes before.
 */
SKIFF_API void skiff_dtls_set_round_trip(skiff_dtls *dtls, skiff_time round_trip);

/** Sets the largest datagram from now on. Errors: ARGUMENT outside 228..65507. */
SKIFF_API SKIFF_MUST_USE skiff_status skiff_dtls_set_mtu(skiff_dtls *dtls, uint16_t mtu);

/**
 * Says whether datagrams can leave (at first they can). While they cannot, as before ICE
 * has a pair that we may send on, what arrives is taken in, a first flight too, and poll
 * says all but SEND; the call that opens the path makes it go on from there.
 */
SKIFF_API void skiff_dtls_set_path(skiff_dtls *dtls, skiff_time now, bool open);

/**
 * Takes in one datagram, decrypting it where it lies. Poll afterwards until NOTHING.
 *
 * Shape:  one or more DTLS records; the bytes are spent afterwards.
 * Owns:   the datagram stays borrowed until poll has said NOTHING: DATA points into it.
 * Errors: DROPPED no record in it was good; harmless, counted by reason. CLOSED, FAILED.
 * Cost:   no allocation by the engine.
 */
SKIFF_API SKIFF_MUST_USE skiff_status skiff_dtls_receive(skiff_dtls *dtls, skiff_time now,
                                                         skiff_packet *datagram);

/**
 * Lets due timers fire and says the next thing to be done.
 *
 * Timers do not fire between a receive and the NOTHING of the polls behind it while these
 * have the same `now`: give one time to all datagrams that are read in one go, and poll
 * once more, with the time of then, when all are read. So a process that was paused ends
 * nothing whose answer waits to be read.
 *
 * Shape:  for SEND the datagram is written into `packet`, at most the MTU, after
 *         skiff_packet_clear, and its `path` says where it goes, if `rrc` was agreed on
 *         (see skiff_dtls_info), else 0; otherwise the packet is untouched. `bytes`, where
 *         the event has any, is valid until the next call on the same handle. A packet
 *         whose limit is the MTU takes all that is said. What finds no room in a smaller
 *         one waits for a poll with a larger one, and deadline does not ask for that poll.
 */
SKIFF_API SKIFF_MUST_USE skiff_dtls_event skiff_dtls_poll(skiff_dtls *dtls, skiff_time now,
                                                          skiff_packet *packet,
                                                          skiff_bytes *bytes);

/**
 * Seals one application message in place, ready for the wire.
 *
 * Shape:  the packet holds the message, from `data` on. The record header goes before it,
 *         and `data` moves back by so much. A packet may be used again: call
 *         skiff_packet_clear before the next message is written. The message is moved if
 *         that was forgotten and no headroom is left. Its
 *         `path` says where it goes, as for SEND: to the old one until a new one is proven.
 * Errors: STATE before CONNECTED; SPACE when the record would pass the MTU, or what the
 *         peer takes (RFC 8449), and for a packet without headroom.
 */
SKIFF_API SKIFF_MUST_USE skiff_status skiff_dtls_send(skiff_dtls *dtls, skiff_time now,
                                                      skiff_packet *packet);

/**
 * The longest message that skiff_dtls_send takes, in bytes: what the MTU, and the peer by
 * record_size_limit (RFC 8449), leave of a datagram. 0 before CONNECTED and after the end.
 */
SKIFF_API size_t skiff_dtls_max_data(const skiff_dtls *dtls);

/**
 * Asks for new keys for what we send (RFC 9147 section 8), and with `both` for what the
 * peer sends as well. Poll says the KeyUpdate, and repeats it until it is acknowledged;
 * only then the new keys are used. The engine does so by itself long before a key has
 * sealed all it may. The keys of SRTP stay.
 *
 * What the peer sealed under keys that were replaced is taken for another two minutes
 * after the first record under the new ones. An association has 65,535 messages in each
 * direction: poll closes it in order instead of saying one more.
 *
 * Errors: STATE before CONNECTED, and with DTLS 1.2, which has none; CLOSED, FAILED.
 */
SKIFF_API SKIFF_MUST_USE skiff_status skiff_dtls_update_keys(skiff_dtls *dtls,
                                                             skiff_time now, bool both);

/**
 * How many sealed records opened that were newer than all before them, by epoch and number,
 * modulo 2^16. See skiff_transport_newest.
 */
SKIFF_API uint32_t skiff_dtls_newest(const skiff_dtls *dtls);

/** The time by which poll must be called again, or SKIFF_NEVER. */
SKIFF_API skiff_time skiff_dtls_deadline(const skiff_dtls *dtls);

/** The next association of a context whose deadline has passed, or NULL. Cost: constant. */
SKIFF_API skiff_dtls *skiff_dtls_due(skiff_context *context, skiff_time now);

/** A pointer of the caller's, kept with the handle. */
SKIFF_API void skiff_dtls_set_user(skiff_dtls *dtls, void *user);
SKIFF_API void *skiff_dtls_user(const skiff_dtls *dtls);

/** Exports the SRTP keys of both directions (RFC 5764 4.2). Errors: STATE. */
SKIFF_API SKIFF_MUST_USE skiff_status skiff_dtls_srtp_keys(const skiff_dtls *dtls,
                                                           skiff_srtp_keys *keys);

/** Exports keying material for any label and context (RFC 5705, RFC 8446 7.5). Errors:
 *  ARGUMENT a label not of 1 to 249 letters, or 0 bytes to be made; STATE before CONNECTED.
 */
SKIFF_API SKIFF_MUST_USE skiff_status skiff_dtls_export(const skiff_dtls *dtls,
                                                        const char *label,
                                                        skiff_bytes context, uint8_t *out,
                                                        size_t len);

/**
 * Gives the peer another id by which to name us, from its next record on; those it had stay
 * good for a while (RFC 9147 section 9). Poll says it, until it is acknowledged.
 *
 * Errors: STATE before CONNECTED, with DTLS 1.2, and where the peer names us by none; SPACE
 *         while the peer has not used the ones it has; CLOSED, FAILED.
 */
SKIFF_API SKIFF_MUST_USE skiff_status skiff_dtls_new_connection_id(skiff_dtls *dtls,
                                                                   skiff_time now);

/**
 * Asks the peer for as many spare ids as are kept, 3, to have them when our path changes.
 *
 * Errors: STATE before CONNECTED, with DTLS 1.2, where we name the peer by none, and while
 *         the last request is not answered; SPACE when all are there; CLOSED, FAILED.
 */
SKIFF_API SKIFF_MUST_USE skiff_status skiff_dtls_request_connection_ids(skiff_dtls *dtls,
                                                                        skiff_time now);

/**
 * Names the peer by a spare id of its from now on, so that nobody on the way knows us again
 * on our new path. Errors: STATE when there is none.
 */
SKIFF_API SKIFF_MUST_USE skiff_status skiff_dtls_use_spare_connection_id(skiff_dtls *dtls);

/**
 * Says on which path we want to speak with the peer from now on, as when another interface
 * of ours is the better one. What is sent says so in the `path` of its packet. Where the
 * peer asks on another path whether we are there, it hears that we left (path_drop, RFC
 * 9853 section 5.2); a check of the peer's that runs ends.
 *
 * Shape:  `path` is a number as in skiff_packet. Before the handshake it says where the
 *         peer is; else that is the path of the first datagram that was given in.
 * Errors: ARGUMENT for 0; STATE where return routability checks are not agreed on, or not
 *         in the config; CLOSED, FAILED.
 */
SKIFF_API SKIFF_MUST_USE skiff_status skiff_dtls_prefer_path(skiff_dtls *dtls,
                                                             skiff_time now, uint64_t path);

/**
 * Looks for the connection id in a datagram that no handle is known for yet: who gives all
 * peers ids of one length finds by it whose datagram it is. False when there is none.
 *
 * Shape:  `*id` points into the datagram; nothing about it is proven.
 */
SKIFF_API SKIFF_MUST_USE bool skiff_connection_id_peek(skiff_bytes datagram, size_t id_len,
                                                       skiff_bytes *id);

/** Queues close_notify, which poll says by SEND. No CLOSED is told of it: the caller knows.
 *  After that the handle only takes free(). */
SKIFF_API void skiff_dtls_close(skiff_dtls *dtls, skiff_time now);

/** What was agreed and how it went; `size` is sizeof *info, and the rest is left alone. */
typedef struct skiff_dtls_info {
    uint16_t version, cipher_suite, group, signature; /**< IANA numbers, 0: not yet */
    uint16_t srtp_profile;
    bool resumed;
    uint32_t flights_resent;
    skiff_time handshake_time; /**< first hello to CONNECTED */
    skiff_fingerprint peer;    /**< sha-256 of its certificate */
    const char *alpn;          /**< the context's; NULL: none */
    const char *server_name;   /**< a client's word, until the next call; NULL: none */
    bool connection_ids;       /**< agreed on: one end at least may be named by them */
    skiff_role role;           /**< ACTPASS until a ClientHello or set_role settles it */
    skiff_time round_trip;     /**< from a flight that was sent once to its answer, the */
                               /**< latest; 0: none yet */
    bool rrc;                  /**< return routability checks were agreed on */
    bool path_proven;          /**< the peer has answered on that path (RFC 9853) */
    uint64_t path;             /**< where the peer is, as MOVED told; 0: not known */
    bool confirmed;            /**< CONNECTED, and the peer has verified us too: with */
                               /**< DTLS 1.3 a client learns it by an ACK */
    uint16_t mtu;              /**< what set_mtu said, or the config */
    bool never_confirmed;      /**< CONNECTED, and that ACK is not waited for any more: */
                               /**< it did not come within `handshake_timeout` */
} skiff_dtls_info;
SKIFF_API void skiff_dtls_get_info(const skiff_dtls *dtls, skiff_dtls_info *info,
                                   size_t size);

/* What return routability checks count (RFC 9853 section 7.1). */
/* clang-format off */
#define SKIFF_RRC_COUNTER_LIST(X)                                                          \
    X(paths_proven,        "moves of a peer that its answer has proven")                   \
    X(paths_unproven,      "moves of a peer that no answer has proven in time")            \
    X(paths_retained,      "moves that the peer has contradicted")                         \
    X(path_responses_sent, "path challenges of the peer that were answered")               \
    X(drop_rrc_message,    "messages of a return routability check that answer nothing")
/* clang-format on */

/* What one association counts, 32 bits each. docs/drops.md has a line for each drop. */
#define SKIFF_DTLS_COUNTER_LIST(X)                                                         \
  SKIFF_RECORD_COUNTER_LIST(X)                                                             \
  SKIFF_RRC_COUNTER_LIST(X)

/* clang-format off */
#define SKIFF_RECORD_COUNTER_LIST(X)                                                       \
    X(records_opened, "DTLS records taken in")                                             \
    X(flights_resent, "DTLS flights sent again")                                           \
    X(drop_malformed, "DTLS records and messages that do not parse")                       \
    X(drop_version, "DTLS records of another version")                                     \
    X(drop_epoch, "DTLS records of an epoch that has no keys")                             \
    X(drop_unverified, "DTLS records that did not open: a wrong tag or none")              \
    X(drop_replayed_record, "DTLS records seen before, or older than the window")          \
    X(drop_plaintext, "DTLS records in plaintext where only ciphertext counts")            \
    X(drop_unexpected, "handshake messages out of place")                                  \
    X(drop_retransmitted, "handshake messages heard before")                               \
    X(drop_fragment, "handshake fragments that contradict others or find no room")         \
    X(drop_no_slot, "first flights that found no free handshake room")                     \
    X(drop_alert, "alerts in plaintext, or of no meaning here")                            \
    X(drop_data, "application data that came before CONNECTED")                            \
    X(drop_connection_id, "DTLS records whose connection id is none of ours, or missing")
/* clang-format on */

typedef struct skiff_dtls_counters {
#define X(name, text) uint32_t name;
    SKIFF_DTLS_COUNTER_LIST(X)
#undef X
} skiff_dtls_counters;

/** What was taken in and what was dropped, by reason; `size` is sizeof *counters. */
SKIFF_API void skiff_dtls_get_counters(const skiff_dtls *dtls,
                                       skiff_dtls_counters *counters, size_t size);

/** Why it ended. Meaningful after FAILED. */
SKIFF_API void skiff_dtls_failure(const skiff_dtls *dtls, skiff_failure *failure,
                                  size_t size);

#ifdef __cplusplus
}
#endif
#endif
