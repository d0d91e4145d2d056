/**
 * skiff/dtls.h - DTLS 1.2 (RFC 6347) and 1.3 (RFC 9147), without input or output.
 *
 *     datagram --> skiff_dtls_receive --+
 *                                       +--> skiff_dtls_poll --> SEND, CONNECTED, DATA, ...
 *     time     -------------------------+
 *
 * The loop of a caller: pass each datagram that arrived to receive; after each of them poll
 * until NOTHING; sleep until the deadline.
 */
#ifndef SKIFF_DTLS_H
#define SKIFF_DTLS_H

#include <skiff/context.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The role of this end in the handshake, in the terms of a=setup (RFC 5763 section 5). */
typedef enum skiff_role {
    /** The client: it sends the first flight at the first poll. */
    SKIFF_ROLE_ACTIVE = 1,
    /** The server: it waits for a ClientHello. */
    SKIFF_ROLE_PASSIVE,
    /**
     * Not decided yet. The role becomes the one of skiff_dtls_set_role, or PASSIVE when a
     * ClientHello arrives first.
     */
    SKIFF_ROLE_ACTPASS
} skiff_role;

/** What skiff_dtls_poll and skiff_transport_poll return. */
typedef enum skiff_dtls_event {
    /** There is nothing to do until the deadline or the next receive. */
    SKIFF_DTLS_NOTHING = 0,
    /** The packet now contains one datagram: send it to the peer. */
    SKIFF_DTLS_SEND,
    /** `bytes` is the peer's certificate in DER: the first of its chain, in both versions.
     */
    SKIFF_DTLS_PEER_CERTIFICATE,
    /** The peer is verified: data can be sent and keys can be exported. */
    SKIFF_DTLS_CONNECTED,
    /** `bytes` is one application message. */
    SKIFF_DTLS_DATA,
    /**
     * The peer sends from another path, under one of our connection ids. If `path_proven`
     * of skiff_dtls_info is true, the peer has responded there: send there.
     */
    SKIFF_DTLS_MOVED,
    /**
     * The association is closed: the peer sent close_notify, a key has reached its limit,
     * or all numbers of handshake messages are used. Free the handle.
     */
    SKIFF_DTLS_CLOSED,
    /** The association has failed. Ask skiff_dtls_failure why, and free the handle. */
    SKIFF_DTLS_FAILED,
    /** `bytes` is a ticket for skiff_dtls_resume. It is a secret. */
    SKIFF_DTLS_TICKET,
    /**
     * A ClientHello in plaintext arrived after CONNECTED, and was dropped. The peer may
     * have lost its state and begin again (RFC 6347 4.2.8, RFC 9147 5.11). It may also be a
     * copy of an old one, or forged by anybody. The event comes about once a second at
     * most. To serve the peer, start a second association, for example by
     * skiff_transport_renew.
     */
    SKIFF_DTLS_HELLO,
    /** Of a transport: a new association has replaced the old one (skiff_transport_renew).
     */
    SKIFF_DTLS_RENEWED,
    /** Of a transport: the new association has failed, and the old one goes on. */
    SKIFF_DTLS_NOT_RENEWED
} skiff_dtls_event;

/** Returns the name of an event, such as "SKIFF_DTLS_CONNECTED". Static, never NULL. */
SKIFF_API const char *skiff_dtls_event_name(skiff_dtls_event event);

/**
 * Makes one end of an association. It sends nothing before the first poll.
 *
 * A handshake borrows a handshake slot of the context from its first flight to its last. A
 * new handle does not need a slot yet. While no slot is free, a client begins later, and a
 * server drops the ClientHello, which the client repeats.
 *
 * Owns:   *dtls is the caller's, until skiff_dtls_free. The context must outlive it.
 * Errors: ARGUMENT for NULL or an unknown role; MEMORY; STATE if a port has claimed the
 *         context (skiff_context_claim).
 * Cost:   one allocation, the only one in the life of the handle.
 */
SKIFF_API SKIFF_MUST_USE skiff_status skiff_dtls_new(skiff_context *context,
                                                     skiff_role role, skiff_time now,
                                                     skiff_dtls **dtls);

/** Frees the handle and wipes its secrets. Sends nothing to the peer. NULL is allowed. */
SKIFF_API void skiff_dtls_free(skiff_dtls *dtls);

/**
 * Sets the role of an ACTPASS handle, as the a=setup of the SDP answer decides it. Poll
 * after that.
 *
 * Errors: ARGUMENT for a role that is neither ACTIVE nor PASSIVE; STATE if the handle has
 *         the other role already.
 */
SKIFF_API SKIFF_MUST_USE skiff_status skiff_dtls_set_role(skiff_dtls *dtls,
                                                          skiff_role role);

/**
 * Sets the fingerprints of which the peer's certificate must match one. Poll after that.
 *
 * Until this call, or skiff_dtls_set_trusted, a handshake may finish, and then waits: there
 * is no CONNECTED, no key is exported and no data is delivered (RFC 8827 section 6.5). The
 * handshake does not time out while only this call is missing. The association fails if the
 * certificate does not match, whether that came before or after this call.
 *
 * Shape:  if the fingerprints use several hash functions, only those of the strongest one
 *         count (RFC 8122 section 5.1). At most 4 different fingerprints may use the
 *         strongest one, and any number the others. Repeated ones count once.
 * Errors: ARGUMENT for no fingerprint, a malformed one, or more than 4 that count; STATE
 *         after an earlier call of this function or of skiff_dtls_set_trusted; CRYPTO:
 *         nothing was set, call again.
 */
SKIFF_API SKIFF_MUST_USE skiff_status skiff_dtls_expect(skiff_dtls *dtls,
                                                        const skiff_fingerprint *any_of,
                                                        size_t num);

/**
 * Says whether the caller trusts the peer, in place of skiff_dtls_expect. Call it when you
 * have judged the certificate of PEER_CERTIFICATE yourself, and poll after that. With
 * `trusted` false the association fails, as with a wrong fingerprint.
 *
 * Errors: STATE after an earlier call of this function or of skiff_dtls_expect.
 */
SKIFF_API SKIFF_MUST_USE skiff_status skiff_dtls_set_trusted(skiff_dtls *dtls,
                                                             bool trusted);

/**
 * Offers a ticket to the server, so that the handshake needs no certificates and no
 * signatures. Call it before the first poll. Tickets come with the event TICKET, at or
 * after CONNECTED, to a client whose context has `tickets`.
 *
 * If the server accepts the ticket, neither side gets PEER_CERTIFICATE. The peer is the one
 * for which the ticket was made: skiff_dtls_expect compares with that certificate, and
 * skiff_dtls_info shows it in `resumed` and `peer`. If the server rejects the ticket, a
 * full handshake follows. The client does not offer a ticket that has expired, nor one of a
 * peer that does not match skiff_dtls_expect.
 *
 * Shape:  `ticket` is what the event TICKET gave, at most 1,300 bytes. It contains the time
 *         when it came, so the clock must still be the same. Tickets of a skiff server are
 *         valid for a day, those of other servers for a week at most. A ticket contains
 *         keys: a thief can impersonate this end. Use it once, with the same identity.
 * Errors: ARGUMENT for bytes that are no ticket; STATE if the handshake has begun, if the
 *         handle is a server, or if the context was made without `tickets`.
 * Spec:   RFC 8446 2.2, 4.2.11, 4.6.1. There is no early data.
 */
SKIFF_API SKIFF_MUST_USE skiff_status skiff_dtls_resume(skiff_dtls *dtls,
                                                        skiff_bytes ticket);

/**
 * Sets the time until a flight is sent again for the first time, for all flights that begin
 * after this call. The value takes precedence over the context's `initial_timeout` and over
 * round trips. 0 removes the value. The context's `max_timeout` is the upper bound.
 */
SKIFF_API void skiff_dtls_set_initial_timeout(skiff_dtls *dtls, skiff_time timeout);

/**
 * Tells the handle the round trip time of the path, as ICE has measured it. Until DTLS has
 * measured one itself, the first timeout of a flight is twice this time, but not less than
 * the context's `initial_timeout` (50 ms) and not more than 1 s. A port and an agent call
 * this function themselves.
 *
 * Shape:  0 means unknown, and changes nothing. A value of skiff_dtls_set_initial_timeout
 *         takes precedence.
 */
SKIFF_API void skiff_dtls_set_round_trip(skiff_dtls *dtls, skiff_time round_trip);

/**
 * Sets the size of the largest datagram, in bytes, from now on.
 *
 * Errors: ARGUMENT outside 228 to 65,507.
 */
SKIFF_API SKIFF_MUST_USE skiff_status skiff_dtls_set_mtu(skiff_dtls *dtls, uint16_t mtu);

/**
 * Says whether datagrams can leave; at first they can. While they cannot, for example
 * before ICE has a pair to send on, the handle receives as always, and poll returns every
 * event except SEND. When the path opens, poll: the handle goes on from there.
 */
SKIFF_API void skiff_dtls_set_path(skiff_dtls *dtls, skiff_time now, bool open);

/**
 * Receives one datagram, and decrypts it in place. Poll until NOTHING after that, before
 * the next datagram.
 *
 * Shape:  the datagram contains one or more DTLS records. Its bytes are not usable
 *         afterwards.
 * Owns:   the caller lends the datagram until poll has returned NOTHING, because DATA
 *         points into it.
 * Errors: DROPPED if no record was accepted: a counter says why, and the association goes
 *         on. ARGUMENT for NULL or a `len` over `limit`. CLOSED, FAILED or CRYPTO if the
 *         association has ended.
 * Cost:   no allocation by the engine.
 */
SKIFF_API SKIFF_MUST_USE skiff_status skiff_dtls_receive(skiff_dtls *dtls, skiff_time now,
                                                         skiff_packet *datagram);

/**
 * Lets timers expire, and returns the next thing to do.
 *
 * After a receive, timers do not expire in the polls up to NOTHING that have the same `now`
 * as that receive. So pass one time with all datagrams that you read in one go, and poll
 * once more, with a new time, when all are read. Then a handshake does not fail because the
 * process was paused while a reply waited in the socket.
 *
 * Shape:  for SEND, poll clears `packet` and writes the datagram into it, with at most MTU
 *         bytes. `path` of the packet is the path to send it on if `rrc` was negotiated,
 *         else 0. For other events the packet is unchanged. Some events write `bytes`,
 *         which is valid until the next call on the same handle. Pass a packet whose
 *         `limit` is the MTU or more. What does not fit into a smaller one waits: poll
 *         returns NOTHING, and the deadline does not include what waits.
 */
SKIFF_API SKIFF_MUST_USE skiff_dtls_event skiff_dtls_poll(skiff_dtls *dtls, skiff_time now,
                                                          skiff_packet *packet,
                                                          skiff_bytes *bytes);

/**
 * Encrypts one application message in place. Send the packet to the peer after that.
 *
 * Shape:  the packet contains the message, from `data` on. The record header is written
 *         before the message, and `data` then points to the header. Before you write the
 *         next message into the same packet, call skiff_packet_clear; otherwise the message
 *         is moved once the headroom is used up. `path` of the packet is the path to send
 *         it on, as for SEND: the old path until a new one is proven.
 * Errors: STATE before CONNECTED; SPACE for a message longer than skiff_dtls_max_data and
 *         for a packet without headroom; CLOSED, FAILED or CRYPTO if the association has
 *         ended, or ends now because the key has reached its limit.
 */
SKIFF_API SKIFF_MUST_USE skiff_status skiff_dtls_send(skiff_dtls *dtls, skiff_time now,
                                                      skiff_packet *packet);

/**
 * Returns the length of the longest message for skiff_dtls_send, in bytes. The MTU and the
 * peer's record_size_limit (RFC 8449) bound it. Returns 0 before CONNECTED and after the
 * end.
 */
SKIFF_API size_t skiff_dtls_max_data(const skiff_dtls *dtls);

/**
 * Updates our sending keys, and with `both` also asks the peer to update its own (RFC 9147
 * section 8). Poll sends a KeyUpdate, and repeats it until the peer acknowledges it. Only
 * then the engine uses the new keys. SRTP keys do not change.
 *
 * The engine itself updates keys before they reach their limits. Records that the peer
 * encrypted with its old keys are accepted until two minutes after its first record with
 * the new ones. Each KeyUpdate uses a message_seq, of which there are 65,535 in each
 * direction. When all are used, the association closes.
 *
 * Errors: STATE before CONNECTED, and with DTLS 1.2, which has no KeyUpdate; CLOSED, FAILED
 *         or CRYPTO if the association has ended.
 */
SKIFF_API SKIFF_MUST_USE skiff_status skiff_dtls_update_keys(skiff_dtls *dtls,
                                                             skiff_time now, bool both);

/**
 * Returns how many encrypted records were newer than all before them, by epoch and number,
 * modulo 2^16. Compare the result before and after a receive: see skiff_transport_newest.
 */
SKIFF_API uint32_t skiff_dtls_newest(const skiff_dtls *dtls);

/** Returns the time by which poll must be called again, or SKIFF_NEVER. */
SKIFF_API skiff_time skiff_dtls_deadline(const skiff_dtls *dtls);

/**
 * Returns an association of the context whose deadline has passed, or NULL. Poll it until
 * NOTHING, which sets its next deadline; then call this function again for the next one.
 *
 * Cost:   constant.
 */
SKIFF_API skiff_dtls *skiff_dtls_due(skiff_context *context, skiff_time now);

/** Sets and returns a pointer of the caller's, which the handle keeps. */
SKIFF_API void skiff_dtls_set_user(skiff_dtls *dtls, void *user);
SKIFF_API void *skiff_dtls_user(const skiff_dtls *dtls);

/**
 * Exports the SRTP keys of both directions (RFC 5764 section 4.2). Wipe them after use.
 *
 * Errors: ARGUMENT for NULL; STATE before CONNECTED, and if no SRTP profile was negotiated;
 *         CRYPTO.
 */
SKIFF_API SKIFF_MUST_USE skiff_status skiff_dtls_srtp_keys(const skiff_dtls *dtls,
                                                           skiff_srtp_keys *keys);

/**
 * Exports keying material for a label and a context (RFC 5705, RFC 8446 section 7.5).
 *
 * Shape:  `context` is the context value of RFC 5705. A NULL `ptr` in it means that no
 *         context value is provided. In DTLS 1.2 that differs from an empty one.
 * Errors: ARGUMENT for a label of 0 or more than 249 characters, a context over 65,535
 *         bytes, a NULL `out` or a `len` of 0; STATE before CONNECTED; CRYPTO.
 */
SKIFF_API SKIFF_MUST_USE skiff_status skiff_dtls_export(const skiff_dtls *dtls,
                                                        const char *label,
                                                        skiff_bytes context, uint8_t *out,
                                                        size_t len);

/**
 * Gives the peer a new connection id of ours, to use from its next record on. Poll sends a
 * NewConnectionId, and repeats it until the peer acknowledges it (RFC 9147 section 9).
 * Earlier ids stay valid until newer ones replace them: eight are valid at the same time.
 *
 * Errors: STATE before CONNECTED, with DTLS 1.2, and if the peer sends no connection id;
 *         SPACE while the peer has six ids that it has not used; CLOSED, FAILED or CRYPTO
 *         if the association has ended.
 */
SKIFF_API SKIFF_MUST_USE skiff_status skiff_dtls_new_connection_id(skiff_dtls *dtls,
                                                                   skiff_time now);

/**
 * Asks the peer for spare connection ids, so that we have 3 of them. The request takes a
 * round trip: call this function well before our path changes.
 *
 * Errors: STATE before CONNECTED, with DTLS 1.2, if we send no connection id, and while the
 *         last request is not answered; SPACE if we have 3; CLOSED, FAILED or CRYPTO if the
 *         association has ended.
 */
SKIFF_API SKIFF_MUST_USE skiff_status skiff_dtls_request_connection_ids(skiff_dtls *dtls,
                                                                        skiff_time now);

/**
 * Uses a spare connection id of the peer from now on. Call it when you begin to send on a
 * new path, so that an observer cannot link the new path to the old one.
 *
 * Errors: STATE if there is no spare id.
 */
SKIFF_API SKIFF_MUST_USE skiff_status skiff_dtls_use_spare_connection_id(skiff_dtls *dtls);

/**
 * Chooses the path on which we send from now on, for example when another of our interfaces
 * is the better one. The `path` of each packet to be sent is then this path. If the peer
 * sends a path_challenge on another path, we send a path_drop there (RFC 9853 section 5.2).
 * If we are just checking a path of the peer, that check ends.
 *
 * Before the handshake this call says on which path the peer is. Without this call that is
 * the path of the first received datagram.
 *
 * Shape:  `path` is a number as in skiff_packet.
 * Errors: ARGUMENT for 0; STATE if return routability checks were not negotiated or are off
 *         in the config; CLOSED, FAILED or CRYPTO if the association has ended.
 */
SKIFF_API SKIFF_MUST_USE skiff_status skiff_dtls_prefer_path(skiff_dtls *dtls,
                                                             skiff_time now, uint64_t path);

/**
 * Finds the connection id in a datagram from an unknown address. A server that gives all
 * its peers ids of one length can find the handle by the id. The id proves nothing: pass
 * the datagram to the handle, which accepts or drops it.
 *
 * Shape:  `*id` points into the datagram.
 * Returns: false if the datagram contains no id, or fewer than `id_len` bytes of one.
 */
SKIFF_API SKIFF_MUST_USE bool skiff_connection_id_peek(skiff_bytes datagram, size_t id_len,
                                                       skiff_bytes *id);

/**
 * Closes the association. Poll until NOTHING: a SEND contains the close_notify, if a
 * handshake has begun. There is no event CLOSED. After that call only skiff_dtls_free.
 */
SKIFF_API void skiff_dtls_close(skiff_dtls *dtls, skiff_time now);

/** What was negotiated, and the state of the association. */
typedef struct skiff_dtls_info {
    /**
     * IANA numbers, or 0 while unknown: the version, the cipher suite, the group of the key
     * exchange, and the scheme of our own signature.
     */
    uint16_t version, cipher_suite, group, signature;
    /** A skiff_srtp_profile, or 0 for none. */
    uint16_t srtp_profile;
    /** The handshake resumed an earlier one by a ticket. */
    bool resumed;
    /** How often a flight was sent again. */
    uint32_t flights_resent;
    /** The time from the first ClientHello to CONNECTED; 0 before CONNECTED. */
    skiff_time handshake_time;
    /** The sha-256 fingerprint of the peer's certificate; a `len` of 0 means not known yet.
     */
    skiff_fingerprint peer;
    /** The application protocol, a string of the context; NULL means none. */
    const char *alpn;
    /**
     * The server name that the client asked for, unverified. Only a server sees it, and
     * only during the handshake, for example at PEER_CERTIFICATE. Valid until the next
     * call; NULL means none.
     */
    const char *server_name;
    /** Connection ids were negotiated: at least one end uses them. */
    bool connection_ids;
    /** ACTPASS until a ClientHello or skiff_dtls_set_role decides. */
    skiff_role role;
    /**
     * The last round trip that DTLS measured, from a flight that was sent only once to the
     * reply; 0 means none yet.
     */
    skiff_time round_trip;
    /** Return routability checks were negotiated (RFC 9853). */
    bool rrc;
    /** The peer has answered a challenge on `path`. */
    bool path_proven;
    /** The number of the path on which the peer is; 0 means unknown. */
    uint64_t path;
    /**
     * The association is connected, and the peer has verified us too. A client of DTLS 1.3
     * learns that from the ACK of its last flight, after CONNECTED.
     */
    bool confirmed;
    /** The largest datagram in bytes, from skiff_dtls_set_mtu or the config. */
    uint16_t mtu;
    /**
     * A client of DTLS 1.3 got no ACK of its last flight within `handshake_timeout`:
     * `confirmed` stays false.
     */
    bool never_confirmed;
} skiff_dtls_info;

/** Fills in the info. `size` is sizeof *info; no byte behind it is written. */
SKIFF_API void skiff_dtls_get_info(const skiff_dtls *dtls, skiff_dtls_info *info,
                                   size_t size);

/** The counters of return routability checks (RFC 9853 section 7.1). */
/* clang-format off */
#define SKIFF_RRC_COUNTER_LIST(X)                                                          \
    X(paths_proven,        "moves of the peer that it proved by a path_response")          \
    X(paths_unproven,      "moves of the peer that it did not prove in time")              \
    X(paths_retained,      "moves of the peer that turned out to be none")                 \
    X(path_responses_sent, "path_challenges of the peer that were answered")               \
    X(drop_rrc_message,    "path check messages that are malformed or answer no challenge")
/* clang-format on */

/** The counters of one association, 32 bits each. docs/drops.md explains each of them. */
#define SKIFF_DTLS_COUNTER_LIST(X)                                                         \
  SKIFF_RECORD_COUNTER_LIST(X)                                                             \
  SKIFF_RRC_COUNTER_LIST(X)

/* clang-format off */
#define SKIFF_RECORD_COUNTER_LIST(X)                                                       \
    X(records_opened, "DTLS records accepted")                                             \
    X(flights_resent, "DTLS flights sent again")                                           \
    X(drop_malformed, "DTLS records and handshake messages that do not parse")             \
    X(drop_version, "DTLS records whose version is not one of DTLS")                       \
    X(drop_epoch, "DTLS records of an epoch for which there are no keys")                  \
    X(drop_unverified, "DTLS records that cannot be decrypted: a wrong tag or none")       \
    X(drop_replayed_record, "DTLS records received before or older than the window")       \
    X(drop_plaintext, "DTLS records in plaintext where they must be encrypted")            \
    X(drop_unexpected, "handshake messages that are not expected at this point")           \
    X(drop_retransmitted, "handshake messages received before")                            \
    X(drop_fragment, "handshake fragments that contradict others or find no space")        \
    X(drop_no_slot, "handshakes that could not begin because no slot was free")            \
    X(drop_alert, "alerts that are ignored: in plaintext or without an effect")            \
    X(drop_data, "application data that arrived before CONNECTED")                         \
    X(drop_connection_id, "DTLS records whose connection id is missing or not ours")
/* clang-format on */

typedef struct skiff_dtls_counters {
#define X(name, text) uint32_t name;
    SKIFF_DTLS_COUNTER_LIST(X)
#undef X
} skiff_dtls_counters;

/** Fills in the counters of one association. `size` is sizeof *counters. */
SKIFF_API void skiff_dtls_get_counters(const skiff_dtls *dtls,
                                       skiff_dtls_counters *counters, size_t size);

/** Fills in why the association ended, after FAILED or CLOSED. `size` is sizeof *failure.
 */
SKIFF_API void skiff_dtls_failure(const skiff_dtls *dtls, skiff_failure *failure,
                                  size_t size);

#ifdef __cplusplus
}
#endif
#endif
