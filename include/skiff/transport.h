/**
 * skiff/transport.h - DTLS-SRTP over one pair of addresses (RFC 5764), without sockets.
 *
 * A transport tells DTLS and media apart, runs the handshake, moves the keys into SRTP and
 * opens and protects media in place. What you pass in is yours again when the call returns,
 * but DTLS when poll has said NOTHING. Media that comes before the keys is copied into
 * packets of the context's pool, at most 16 of them and never more than half of all (where
 * there is no pool, none), and taken out after CONNECTED with skiff_transport_take_held.
 */
#ifndef SKIFF_TRANSPORT_H
#define SKIFF_TRANSPORT_H

#include <skiff/dtls.h>
#include <skiff/srtp.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct skiff_transport skiff_transport;

/** What a packet turned out to be (RFC 7983 section 7, RFC 5761 section 4). */
typedef enum skiff_kind {
    SKIFF_CONSUMED = 0, /**< used up or held; poll may have something to do */
    SKIFF_RTP,          /**< opened; the packet now holds plain RTP */
    SKIFF_RTCP,         /**< opened; the packet now holds plain RTCP */
    SKIFF_OTHER         /**< STUN, TURN, QUIC or something else; untouched */
} skiff_kind;

/**
 * Makes a transport on a context; `srtp` may be NULL for the defaults.
 *
 * Owns:   *transport is the caller's, until skiff_transport_free; the context must outlive
 *         it. Its DTLS end keeps the transport as its user pointer: set yours on the
 *         transport, and let a context have transports or bare DTLS ends, not both.
 * Cost:   two allocations; SRTP makes more once, at CONNECTED (skiff_srtp_new).
 * Errors: as skiff_dtls_new; ARGUMENT also for the config of SRTP.
 */
SKIFF_API SKIFF_MUST_USE skiff_status skiff_transport_new(skiff_context *context,
                                                          skiff_role role,
                                                          const skiff_srtp_config *srtp,
                                                          skiff_time now,
                                                          skiff_transport **transport);

/** Frees it with its DTLS end and SRTP session; packets held go back. NULL is allowed. */
SKIFF_API void skiff_transport_free(skiff_transport *transport);

/** Why it ended: what its DTLS end says, or that SRTP could not be set up. */
SKIFF_API void skiff_transport_failure(const skiff_transport *transport,
                                       skiff_failure *failure, size_t size);

/** Its DTLS end: for set_role, expect, accept, send, export, info and close. */
SKIFF_API skiff_dtls *skiff_transport_dtls(skiff_transport *transport);

/** Its SRTP session, or NULL while there is none: for SSRCs and roll-over counters. */
SKIFF_API skiff_srtp *skiff_transport_srtp(skiff_transport *transport);

/**
 * Takes in one packet from the network, opening it in place.
 *
 * Owns:   the packet stays the caller's; of DTLS it stays borrowed until poll says NOTHING.
 * Errors: DROPPED forged, replayed, malformed, or no place to hold it; CLOSED, FAILED.
 * Cost:   media: no allocation, no lock, no copy.
 */
SKIFF_API SKIFF_MUST_USE skiff_status skiff_transport_receive(skiff_transport *transport,
                                                              skiff_time now,
                                                              skiff_packet *packet,
                                                              skiff_kind *kind);

/**
 * The next packet held since before the keys, opened, in the order they came; false when
 * there is none left. Those that do not open are counted as in receive.
 *
 * Owns:   *packet is the caller's, until skiff_packet_release. What nobody takes goes back
 *         at the first receive or poll 10 s after CONNECTED, which counts it as
 *         drop_early, when the association ends, or with the transport.
 */
SKIFF_API SKIFF_MUST_USE bool skiff_transport_take_held(skiff_transport *transport,
                                                        skiff_packet **packet,
                                                        skiff_kind *kind);

/**
 * Protects one RTP or RTCP packet in place.
 *
 * Errors: STATE no keys; CLOSED, FAILED; as skiff_srtp_protect.
 * Cost:   no allocation once the SSRC is known, no lock, no copy.
 */
SKIFF_API SKIFF_MUST_USE skiff_status skiff_transport_protect(skiff_transport *transport,
                                                              skiff_packet *packet);

/** As protect, from one packet into another: the plain one stays for the next receiver. */
SKIFF_API SKIFF_MUST_USE skiff_status skiff_transport_protect_to(skiff_transport *transport,
                                                                 const skiff_packet *plain,
                                                                 skiff_packet *out);

/** Says whether datagrams can leave (at first they can): as skiff_dtls_set_path. */
SKIFF_API void skiff_transport_set_path(skiff_transport *transport, skiff_time now,
                                        bool open);

/**
 * As skiff_dtls_poll. At CONNECTED the SRTP session is there, unless none was agreed
 * (skiff_context_config.media_optional): media is then dropped. MOVED is told by DTLS
 * alone, as media names nobody.
 */
SKIFF_API SKIFF_MUST_USE skiff_dtls_event skiff_transport_poll(skiff_transport *transport,
                                                               skiff_time now,
                                                               skiff_packet *packet,
                                                               skiff_bytes *bytes);

/**
 * Starts a second association with the same peer on the same path (RFC 8842, RFC 6347
 * 4.2.8, RFC 9147 5.11): for a peer that begins anew (the event HELLO), or that signalling
 * has said is to have other keys. The old association keeps its DTLS keys and carries media
 * in both directions, until the new one is connected and the peer matches a fingerprint.
 * Then poll tells RENEWED: the new one has replaced the old one in one step. Media that was
 * protected under the old keys is opened for another 120 s (RFC 5764 5.2).
 *
 * When the new association fails or has no answer in time, poll tells NOT_RENEWED. It alone
 * goes, and the old association lives on. When the old one ends, both do.
 *
 * Shape:  `role` is ACTIVE or PASSIVE, whatever it was before. At least one fingerprint. A
 *         passive end waits for a hello, however long, and asks it for a cookie first: what
 *         others forge takes no memory and no room. A client of DTLS 1.3 is told RENEWED
 *         once the server has verified it, too; NOT_RENEWED where the server never says so,
 *         and a server that has changed even so hears a close_notify. A second call
 *         replaces a renewal that is not over; nothing is told of that one. If the other
 *         side has changed to it already, media of the new keys does not open here until
 *         the next renewal: call again only when both sides agree to begin anew.
 *         Counters of DTLS begin anew at RENEWED, those of media go on. Ask for the DTLS
 *         end and the SRTP session again then: the pointers to the old ones are no more.
 *         New SRTP keys know no SSRCs yet, and their roll-over counters begin at 0. Take
 *         out what was held (skiff_transport_take_held), as after CONNECTED: up to 16
 * packets that came before the keys that open them. Errors: ARGUMENT; STATE before
 * CONNECTED; MEMORY, CRYPTO, and a renewal that was there is still there; CLOSED, FAILED.
 * Cost:   two allocations, here, and SRTP's at RENEWED. While there are two associations,
 *         and for 120 s after that, media is copied before it is opened.
 */
SKIFF_API SKIFF_MUST_USE skiff_status skiff_transport_renew(skiff_transport *transport,
                                                            skiff_role role,
                                                            const skiff_fingerprint *any_of,
                                                            size_t num, skiff_time now);

/** The DTLS end of the new association, until RENEWED or NOT_RENEWED; NULL: there is none.
 *  For info, MTU and round trip. */
SKIFF_API skiff_dtls *skiff_transport_renewal(skiff_transport *transport);

/** Why the last renewal failed. Meaningful after NOT_RENEWED. */
SKIFF_API void skiff_transport_renewal_failure(const skiff_transport *transport,
                                               skiff_failure *failure, size_t size);

/** The time by which poll must be called again, or SKIFF_NEVER. */
SKIFF_API skiff_time skiff_transport_deadline(const skiff_transport *transport);

/** The next transport of a context whose deadline has passed, or NULL. Cost: constant. */
SKIFF_API skiff_transport *skiff_transport_due(skiff_context *context, skiff_time now);

/**
 * How many records and packets opened that were newer than all before them in their kind:
 * of DTLS by epoch and number, of SRTP and SRTCP by the index of their SSRC, whose first
 * packet counts. It grows by one each, and wraps. A copy that somebody sends again, and a
 * packet that was overtaken, never counts. Compare before and after receive to learn
 * whether a datagram shows that the peer sends from where it came. Media that was held
 * counts when skiff_transport_take_held opens it.
 *
 * Cost:   none to speak of.
 */
SKIFF_API uint32_t skiff_transport_newest(const skiff_transport *transport);

/** A pointer of the caller's, kept with the transport. */
SKIFF_API void skiff_transport_set_user(skiff_transport *transport, void *user);
SKIFF_API void *skiff_transport_user(const skiff_transport *transport);

/* What one transport counts beside DTLS. docs/drops.md has a line for each drop. */
/* clang-format off */
#define SKIFF_MEDIA_COUNTER_LIST(X)                                                        \
    X(rtp_opened,        "RTP packets opened")                                             \
    X(rtp_protected,     "RTP packets protected")                                          \
    X(rtcp_opened,       "RTCP packets opened")                                            \
    X(rtcp_protected,    "RTCP packets protected")                                         \
    X(held_early,        "media held until the keys came")                                 \
    X(drop_early,        "media before or without keys: no place, or nobody took it")      \
    X(drop_forged,       "media whose tag did not verify")                                 \
    X(drop_replayed,     "media seen before, or older than the window")                    \
    X(drop_media,        "media that does not parse")                                      \
    X(drop_other,        "datagrams that are neither DTLS nor media")                      \
    X(drop_ssrc_refused, "media of an SSRC that is refused, or has no memory")             \
    X(drop_failed_media, "media that libcrypto failed to open")                            \
    X(drop_no_cookie,    "hellos that brought no cookie to a renewal")
/* clang-format on */

/* One list for every floor, 32 bits each in the handle. */
#define SKIFF_COUNTER_LIST(X)                                                              \
  SKIFF_DTLS_COUNTER_LIST(X)                                                               \
  SKIFF_MEDIA_COUNTER_LIST(X)

typedef struct skiff_counters {
#define X(name, text) uint32_t name;
    SKIFF_COUNTER_LIST(X)
#undef X
} skiff_counters;

/** What was carried, held and dropped, by reason; `size` is sizeof *counters. */
SKIFF_API void skiff_transport_get_counters(const skiff_transport *transport,
                                            skiff_counters *counters, size_t size);

#ifdef __cplusplus
}
#endif
#endif
