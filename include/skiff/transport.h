/**
 * skiff/transport.h - DTLS-SRTP over one pair of addresses (RFC 5764), without sockets.
 *
 * A transport distinguishes DTLS and media, runs the handshake, makes the SRTP session from
 * the keys of DTLS, and opens and protects media in place.
 *
 * Media that arrives before the keys is held: the transport copies it into packets of the
 * context's pool, at most 16 of them, and none while half of the pool is in use. Take held
 * media with skiff_transport_take_held after CONNECTED. What is not held is dropped.
 */
#ifndef SKIFF_TRANSPORT_H
#define SKIFF_TRANSPORT_H

#include <skiff/dtls.h>
#include <skiff/srtp.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct skiff_transport skiff_transport;

/** What a received packet was (RFC 7983 section 7, RFC 5761 section 4). */
typedef enum skiff_kind {
    SKIFF_CONSUMED = 0, /**< DTLS, or media that was held: poll now */
    SKIFF_RTP,          /**< the packet now contains plain RTP */
    SKIFF_RTCP,         /**< the packet now contains plain RTCP */
    SKIFF_OTHER         /**< STUN, TURN, QUIC or something else; the packet is unchanged */
} skiff_kind;

/**
 * Makes a transport on a context.
 *
 * Shape:  `srtp` may be NULL for the defaults. The DTLS handle of the transport keeps the
 *         transport as its user pointer: set your own pointer with
 *         skiff_transport_set_user. A context must not have transports and other DTLS
 *         handles at the same time, because skiff_transport_due takes every DTLS handle of
 *         the context for that of a transport.
 * Owns:   *transport is the caller's, until skiff_transport_free. The context must outlive
 *         it.
 * Errors: as skiff_dtls_new; ARGUMENT also for a wrong SRTP config.
 * Cost:   two allocations, and those of skiff_srtp_new at CONNECTED.
 */
SKIFF_API SKIFF_MUST_USE skiff_status skiff_transport_new(skiff_context *context,
                                                          skiff_role role,
                                                          const skiff_srtp_config *srtp,
                                                          skiff_time now,
                                                          skiff_transport **transport);

/**
 * Frees a transport with its DTLS handles and SRTP sessions, and releases held packets.
 * Sends nothing to the peer. NULL is allowed.
 */
SKIFF_API void skiff_transport_free(skiff_transport *transport);

/**
 * Fills in why the transport ended, after FAILED or CLOSED: the failure of its DTLS handle,
 * or that the SRTP session could not be made. `size` is sizeof *failure.
 */
SKIFF_API void skiff_transport_failure(const skiff_transport *transport,
                                       skiff_failure *failure, size_t size);

/**
 * Returns the DTLS handle of the transport, for skiff_dtls_set_role, _expect, _set_trusted,
 * _send, _export, _get_info and _close. Poll the transport, not this handle. RENEWED
 * replaces it.
 */
SKIFF_API skiff_dtls *skiff_transport_dtls(skiff_transport *transport);

/**
 * Returns the SRTP session of the transport, for SSRCs and roll-over counters, or NULL
 * while there is none. RENEWED replaces it.
 */
SKIFF_API skiff_srtp *skiff_transport_srtp(skiff_transport *transport);

/**
 * Receives one packet from the network, and opens it in place. `*kind` is written on every
 * return except ARGUMENT. If it is SKIFF_CONSUMED, poll until NOTHING before the next
 * packet.
 *
 * Owns:   the packet stays the caller's. A packet that contains DTLS is lent until poll has
 *         returned NOTHING.
 * Errors: DROPPED for a packet that is forged, replayed or malformed, or could not be held;
 *         a counter says which. ARGUMENT for NULL or a `len` over `limit`. CLOSED, FAILED
 *         or CRYPTO if the association has ended.
 * Cost:   for media no lock, and as skiff_srtp_open. No copy, except of media that is held,
 *         and in a renewal (skiff_transport_renew).
 */
SKIFF_API SKIFF_MUST_USE skiff_status skiff_transport_receive(skiff_transport *transport,
                                                              skiff_time now,
                                                              skiff_packet *packet,
                                                              skiff_kind *kind);

/**
 * Takes the next packet of media that was held until the keys came. The packet is opened.
 * Packets come in the order of arrival. After CONNECTED and after RENEWED, call this
 * function until it returns false. It drops held packets that cannot be opened, and counts
 * them like skiff_transport_receive.
 *
 * Owns:   *packet is the caller's, until skiff_packet_release. The transport releases what
 *         nobody takes: at the first receive or poll that comes 10 s after CONNECTED or
 *         RENEWED (counted in `drop_early`), when the association ends, and when it is
 *         freed.
 */
SKIFF_API SKIFF_MUST_USE bool skiff_transport_take_held(skiff_transport *transport,
                                                        skiff_packet **packet,
                                                        skiff_kind *kind);

/**
 * Protects one RTP or RTCP packet in place.
 *
 * Errors: STATE before CONNECTED, and if no SRTP profile was negotiated; CLOSED or FAILED
 *         if the association has ended; as skiff_srtp_protect.
 * Cost:   no lock, no copy, and no allocation once the SSRC is known.
 */
SKIFF_API SKIFF_MUST_USE skiff_status skiff_transport_protect(skiff_transport *transport,
                                                              skiff_packet *packet);

/**
 * Like skiff_transport_protect, but writes into another packet, so that `plain` can be
 * protected again for the next receiver. Errors: also those of skiff_srtp_protect_to.
 */
SKIFF_API SKIFF_MUST_USE skiff_status skiff_transport_protect_to(skiff_transport *transport,
                                                                 const skiff_packet *plain,
                                                                 skiff_packet *out);

/** Says whether datagrams can leave; at first they can. See skiff_dtls_set_path. */
SKIFF_API void skiff_transport_set_path(skiff_transport *transport, skiff_time now,
                                        bool open);

/**
 * Like skiff_dtls_poll, for the DTLS of the transport. Before it returns CONNECTED, it
 * makes the SRTP session. If no profile was negotiated (`media_optional` of the context's
 * config) there is no session, and media is dropped. Media never causes MOVED, because SRTP
 * packets contain no connection id.
 */
SKIFF_API SKIFF_MUST_USE skiff_dtls_event skiff_transport_poll(skiff_transport *transport,
                                                               skiff_time now,
                                                               skiff_packet *packet,
                                                               skiff_bytes *bytes);

/**
 * Starts a renewal: a second association with the same peer on the same path. Call it after
 * HELLO, when the peer has lost its state and begins again (RFC 6347 section 4.2.8,
 * RFC 9147 section 5.11), or when signalling says that the peer will have other keys
 * (RFC 8842).
 *
 * Until the new association is connected, the old one carries media and data in both
 * directions. Then poll returns RENEWED: the new association has replaced the old one in
 * one step. Media that the peer protected with the old keys is opened for another 120 s
 * (RFC 5764 section 5.2). If the new association fails, poll returns NOT_RENEWED, and the
 * old one goes on. If the old association ends before RENEWED, both end.
 *
 * At RENEWED ask again for skiff_transport_dtls and skiff_transport_srtp: the old pointers
 * are invalid. Add your SSRCs again and set their roll-over counters, which begin at 0.
 * Take the held packets, as after CONNECTED. DTLS counters begin again at 0, media counters
 * go on.
 *
 * A PASSIVE end waits for a ClientHello without a limit of time. It replies to the first
 * one with a request for a cookie (a HelloVerifyRequest or HelloRetryRequest), so that a
 * forged ClientHello uses no handshake slot. A client of DTLS 1.3 gets RENEWED when the
 * server has verified it. If the server does not confirm that in time, the client gets
 * NOT_RENEWED and sends a close_notify in the new association, in case the server has
 * changed to it.
 *
 * A second call replaces a renewal that has not ended, without an event. If the peer
 * already uses the keys of the replaced renewal, its media does not open until the next
 * renewal. So call again only if both sides agree on another renewal.
 *
 * Shape:  `role` is ACTIVE or PASSIVE; it may differ from before. `any_of` contains at
 *         least one fingerprint, as in skiff_dtls_expect.
 * Errors: ARGUMENT for NULL, another role or no fingerprint; STATE before CONNECTED; CLOSED
 *         or FAILED if the association has ended; MEMORY and CRYPTO. On an error an earlier
 *         renewal goes on.
 * Cost:   two allocations, and those of skiff_srtp_new at RENEWED. While there are two
 *         associations, and for 120 s after that, media is copied before it is opened.
 */
SKIFF_API SKIFF_MUST_USE skiff_status skiff_transport_renew(skiff_transport *transport,
                                                            skiff_role role,
                                                            const skiff_fingerprint *any_of,
                                                            size_t num, skiff_time now);

/**
 * Returns the DTLS handle of the new association until RENEWED or NOT_RENEWED, else NULL.
 * Use the handle for its info, MTU and round trip.
 */
SKIFF_API skiff_dtls *skiff_transport_renewal(skiff_transport *transport);

/** Fills in why the last renewal failed, after NOT_RENEWED. `size` is sizeof *failure. */
SKIFF_API void skiff_transport_renewal_failure(const skiff_transport *transport,
                                               skiff_failure *failure, size_t size);

/** Returns the time by which poll must be called again, or SKIFF_NEVER. */
SKIFF_API skiff_time skiff_transport_deadline(const skiff_transport *transport);

/**
 * Returns a transport of the context whose deadline has passed, or NULL. Poll it until
 * NOTHING, which sets its next deadline; then call this function again for the next one.
 *
 * Cost:   constant.
 */
SKIFF_API skiff_transport *skiff_transport_due(skiff_context *context, skiff_time now);

/**
 * Counts the DTLS records and media packets that were newer than all before them. Compare
 * the result before and after a receive. If it differs, the peer sends from the address
 * from which that datagram came. A copy that somebody sends again never counts, and neither
 * does a packet that another one has overtaken.
 *
 * Shape:  DTLS records are compared by epoch and number; SRTP and SRTCP packets by their
 *         index, for each SSRC. The first packet of an SSRC counts. Held media counts when
 *         skiff_transport_take_held opens it.
 * Cost:   constant.
 */
SKIFF_API uint32_t skiff_transport_newest(const skiff_transport *transport);

/**
 * Fetches into the caches what a packet of media touches of each transport, for many of
 * them at the same time. A program with a batch of packets of many transports calls it
 * before the first one is received (SKIFF_INCOMING) or protected (SKIFF_OUTGOING). It
 * changes nothing. If the transports are in the caches already, it saves no time.
 *
 * Shape:  `num` may be 0; no transport is NULL.
 * Cost:   constant for each transport, but for one search of libsrtp's list of the
 *         session's SSRCs.
 */
SKIFF_API void skiff_transport_prefetch(skiff_transport *const *transports, size_t num,
                                        skiff_direction direction);

/** Sets and returns a pointer of the caller's, which the transport keeps. */
SKIFF_API void skiff_transport_set_user(skiff_transport *transport, void *user);
SKIFF_API void *skiff_transport_user(const skiff_transport *transport);

/** The counters of one transport for media. docs/drops.md explains each of them. */
/* clang-format off */
#define SKIFF_MEDIA_COUNTER_LIST(X)                                                        \
    X(rtp_opened,        "RTP packets opened")                                             \
    X(rtp_protected,     "RTP packets protected")                                          \
    X(rtcp_opened,       "RTCP packets opened")                                            \
    X(rtcp_protected,    "RTCP packets protected")                                         \
    X(held_early,        "media packets held until the keys came")                         \
    X(drop_early,        "media packets without keys that were not held or not taken")     \
    X(drop_forged,       "media packets whose authentication tag is wrong")                \
    X(drop_replayed,     "media packets received before or older than the window")         \
    X(drop_media,        "media packets that do not parse, and RTCP in plaintext")         \
    X(drop_other,        "datagrams that are neither DTLS nor media")                      \
    X(drop_ssrc_refused, "media packets of an SSRC that is refused or without memory")     \
    X(drop_failed_media, "media packets that libcrypto failed to decrypt")                 \
    X(drop_no_cookie,    "ClientHellos for a renewal without a valid cookie")
/* clang-format on */

/** All counters of one transport, 32 bits each. */
#define SKIFF_COUNTER_LIST(X)                                                              \
  SKIFF_DTLS_COUNTER_LIST(X)                                                               \
  SKIFF_MEDIA_COUNTER_LIST(X)

typedef struct skiff_counters {
#define X(name, text) uint32_t name;
    SKIFF_COUNTER_LIST(X)
#undef X
} skiff_counters;

/** Fills in the counters of one transport. `size` is sizeof *counters. */
SKIFF_API void skiff_transport_get_counters(const skiff_transport *transport,
                                            skiff_counters *counters, size_t size);

#ifdef __cplusplus
}
#endif
#endif
