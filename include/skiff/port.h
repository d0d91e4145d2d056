/**
 * skiff/port.h - many peers behind one UDP port: the ICE-lite end, DTLS and media of a
 * server such as an SFU. Linux only.
 *
 * A port is one socket of one thread. It reads datagrams in batches into packets of its
 * pool, distinguishes STUN, DTLS and media (RFC 7983), answers connectivity checks as an
 * ICE-lite agent (RFC 8445 section 2.5), and passes DTLS and media to the transport of
 * their peer. It sends in batches, too: packets wait in a queue until skiff_port_run ends.
 * Where the kernel has UDP_SEGMENT, packets of equal length for one peer then leave as one
 * message, even if packets for others were queued between them. The order for each peer is
 * kept. Peers behind networks without UDP can use TCP (`tcp_connections`).
 *
 * The ports of several threads can share one address (skiff/port_group.h).
 *
 * The loop of a caller: wait until skiff_port_fd is readable or the deadline has come; then
 * call skiff_port_run. Several threads may use one skiff_port_group, but not one port.
 */
#ifndef SKIFF_PORT_H
#define SKIFF_PORT_H

#include <skiff/port_group.h>
#include <skiff/transport.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct skiff_port skiff_port; /**< one socket, with its peers */
typedef struct skiff_peer skiff_peer; /**< one peer, with its transport */

/** What a port reports about a peer. */
typedef enum skiff_peer_event {
    /** DTLS and SRTP are established: media can be sent. */
    SKIFF_PEER_CONNECTED = 1,
    /** The association is closed: see SKIFF_DTLS_CLOSED. */
    SKIFF_PEER_CLOSED,
    /** The association has failed: skiff_transport_failure says why. */
    SKIFF_PEER_FAILED,
    /** The peer has a path, or another one than before. */
    SKIFF_PEER_PATH,
    /**
     * Nothing that renews consent came for the time of `consent` (docs/paths.md says what
     * does). Nothing is sent until a check that counts comes.
     */
    SKIFF_PEER_CONSENT_LOST,
    /** `bytes` is the peer's certificate in DER: see SKIFF_DTLS_PEER_CERTIFICATE. */
    SKIFF_PEER_CERTIFICATE,
    /** `bytes` is one application message. */
    SKIFF_PEER_DATA,
    /** `bytes` is a ticket for skiff_dtls_resume. It is a secret. */
    SKIFF_PEER_TICKET,
    /** A check of this peer came from the address in `bytes`, which is another peer's. */
    SKIFF_PEER_CONFLICT,
    /** Another peer has taken over the path of this peer. `bytes` is the address. */
    SKIFF_PEER_DISPLACED,
    /** The port has made this peer: on_unknown_ufrag admitted it. `bytes` is its ufrag. */
    SKIFF_PEER_NEW,
    /** A ClientHello came after CONNECTED: see SKIFF_DTLS_HELLO and skiff_peer_renew. */
    SKIFF_PEER_HELLO,
    /** The new association has replaced the old one. */
    SKIFF_PEER_RENEWED,
    /**
     * The new association has failed (skiff_transport_renewal_failure). The old one goes
     * on.
     */
    SKIFF_PEER_NOT_RENEWED
} skiff_peer_event;

/** Returns the name of an event, such as "SKIFF_PEER_CONNECTED". Static, never NULL. */
SKIFF_API const char *skiff_peer_event_name(skiff_peer_event event);

/**
 * A check for a ufrag that no peer has (RFC 8445 section 7.2.2). Nothing about the check is
 * proven. All fields are views until the callback returns; no NUL ends the ufrags.
 */
typedef struct skiff_unknown_ufrag {
    /** The two ufrags of the check, 4 to 256 ice-chars each: ours, and the peer's. */
    skiff_bytes ours, theirs;
    /** The address that it came from, such as "192.0.2.1:5000". */
    const char *address;
} skiff_unknown_ufrag;

/** What the port needs to make a peer for an unknown ufrag. */
typedef struct skiff_admission {
    /** 22 to 256 ice-chars and a NUL. The port wipes it after use. */
    char password[257];
    /** The role of our end in DTLS. The port sets ACTPASS before the callback. */
    skiff_role role;
    /** The pointer that skiff_peer_user of the new peer returns. */
    void *user;
} skiff_admission;

/** What happens when a valid check comes from an address that another live peer uses. */
typedef enum skiff_takeover {
    /** The check gets no response, and the event CONFLICT is reported for its peer. */
    SKIFF_TAKEOVER_NEVER = 0,
    /** The peer of the check gets the address. DISPLACED is reported for the other peer. */
    SKIFF_TAKEOVER_NEWEST
} skiff_takeover;

/** Zero always means the default. Texts are copied; handles must outlive the port. */
typedef struct skiff_port_config {
    /** Set by skiff_port_defaults. */
    size_t size;
    /** The address to bind, such as "192.0.2.1:5000" or "[::]:0". Required. */
    const char *address;
    /**
     * The context of all peers. Required, without `rrc` and without handles. It belongs to
     * the port until skiff_port_free.
     */
    skiff_context *context;
    /** The pool of all packets; NULL means the context's. */
    skiff_pool *pool;
    /** The config of the SRTP sessions; copied. NULL means the defaults. */
    const skiff_srtp_config *srtp;
    /** The number of peers at the same time, to 2^20; 0 means 1,024. */
    uint32_t peers;
    /** The group whose ports share this address. NULL: no other port has this address. */
    skiff_port_group *group;
    /** SO_RCVBUF and SO_SNDBUF of the socket in bytes; 0 means those of the system. */
    uint32_t receive_buffer, send_buffer;
    /**
     * The number of packets that the queue holds, to 32,768; 0 means 512. A full queue is
     * sent.
     *
     * To forward a frame in runs (UDP_SEGMENT), packet by packet, the queue must hold all
     * its packets for all receivers: 4,096 for 8 packets and 500 receivers. The pool must
     * contain as many, and `send_buffer` what the network does not take at once.
     */
    uint32_t send_queue;
    /** Do not use UDP_SEGMENT and UDP_GRO. */
    bool no_offload;
    /** Set DF, and ignore ICMP about MTUs (RFC 9147 4.4): what is too long is lost. */
    bool no_fragments;
    /** In a group: load no BPF program into the kernel (skiff_port_group_steers). */
    bool no_steering;
    /**
     * How long consent lasts unless a check renews it, until CONSENT_LOST; also that of a
     * new peer. 0 means 30 s.
     */
    skiff_time consent;
    /** The first argument of the callbacks. */
    void *user;

    /**
     * Receives an opened media packet. Until it returns, the callback may read the packet
     * and change it, but not make it longer. The packet stays the port's: send it by
     * skiff_peer_send_copies, never by skiff_peer_send. NULL means media is dropped.
     */
    void (*on_media)(void *user, skiff_peer *peer, skiff_packet *packet, skiff_kind kind);
    /**
     * Receives an event of a peer. `bytes`, for events that have any, is valid until it
     * returns. The callback may free this peer and any other.
     */
    void (*on_event)(void *user, skiff_peer *peer, skiff_peer_event event,
                     skiff_bytes bytes);

    /**
     * The number of TCP connections of peers at the same time (RFC 6544, passive), to
     * 60,000. The port then listens for TCP at the same address and port number. 0 means no
     * TCP.
     *
     * A connection uses 24 KB, and at most 512 KB in the kernel. At most 256 connections
     * may be without a valid check, 16 of them from one address. Such a connection ends
     * after 10 s. In a group the number holds for each port, and a connection goes to the
     * thread of the peer that its first check names.
     */
    uint32_t tcp_connections;

    /**
     * Says whether there is a session for a ufrag that no peer has, and fills in
     * `admission`. NULL means that there is none.
     *
     * If MESSAGE-INTEGRITY of the check is right for that password, the port makes a peer
     * with this ufrag and password, and reports NEW and then PATH. Otherwise the port keeps
     * nothing. Return false for a session that has ended: a check stays valid for ever, and
     * anybody who has copied one can send it again.
     *
     * The callback may make and free peers. It is not called while all `peers` exist, nor
     * beyond the two rates below (drop_unknown_limit). In a group the thread that read the
     * check calls it. But if the ufrag looks like one that another thread makes, that
     * thread calls it. The callback costs 32 KB for the port, and one HMAC-SHA1 for each
     * password.
     */
    bool (*on_unknown_ufrag)(void *user, const skiff_unknown_ufrag *unknown,
                             skiff_admission *admission);
    /**
     * The most calls of on_unknown_ufrag in a second, to 1,000,000; all of them may come at
     * once. `unknown_rate` is for the whole port; 0 means 1,000. `unknown_rate_each` is for
     * each source; 0 means 10. A source is an IPv4 address or an IPv6 /64. A few sources
     * may share one rate.
     */
    uint32_t unknown_rate, unknown_rate_each;

    /**
     * Up to 32 addresses at which peers reach this port, if the socket is bound to others,
     * as behind a 1:1 NAT. "203.0.113.5" and "[2001:db8::1]" mean the port number of the
     * socket; "203.0.113.5:40000" contains another one. The first address is preferred.
     * Copied.
     */
    const char *const *announced;
    size_t num_announced;

    /**
     * As the DTLS client, send the ClientHello before the peer has nominated a path.
     * Beware: an attacker can copy a check of 130 bytes and send it with a forged address,
     * to which the port then sends 2 KB.
     */
    bool early_client;

    /**
     * Accept the attribute NOMINATION (draft-thatcher-ice-renomination): its highest value
     * wins. The SDP must then contain what skiff_port_ice_options returns.
     */
    bool renomination;

    /**
     * What happens when a valid check for one peer comes from the address of another. That
     * other peer loses the address in any case if it is closed, failed or without consent,
     * or if nothing came from it there for 12 s.
     */
    skiff_takeover takeover;
    /**
     * Receives an event for whatever happens to the port and its peers: see trace.h. The
     * trace callback of the context receives the events of the peers' transports. NULL
     * means no trace.
     */
    skiff_trace_fn *trace;

    /**
     * What the peer sends keeps its consent, too: a packet that opened, came on its path
     * and was newer than all before it counts like a check. Some peers send no checks while
     * media flows: GStreamer on libnice 0.1.21 (Debian 12), pion/ice before 4.0.8. The time
     * of such a packet is noted every 4 s, or four times in a `consent` of less than 16 s:
     * CONSENT_LOST may come that much earlier. After CONSENT_LOST only a check opens the
     * path again. RFC 7675 itself counts checks alone.
     */
    bool media_keeps_consent;
} skiff_port_config;

/** Returns the default config; the address and the context are still to be set. */
static inline skiff_port_config skiff_port_defaults(void)
{
    skiff_port_config config;
    memset(&config, 0, sizeof config);
    config.size = sizeof config;
    return config;
}

/**
 * Makes a port: opens its socket, and allocates the tables for `peers` of the config.
 *
 * Owns:   *port is the caller's, until skiff_port_free.
 * Errors: ARGUMENT for NULL or a config that breaks a rule (skiff_fault names the field);
 *         MEMORY; CRYPTO; SPACE if the group has all its ports; STATE if another port has
 *         claimed the context, if the context has handles, and if the system refuses the
 *         socket (errno).
 */
SKIFF_API SKIFF_MUST_USE skiff_status skiff_port_new(const skiff_port_config *config,
                                                     skiff_port **port);

/**
 * Frees a port with all its peers. Never call it from a callback. Established associations
 * send a close_notify. NULL is allowed.
 */
SKIFF_API void skiff_port_free(skiff_port *port);

/**
 * Returns a descriptor that is readable when skiff_port_run has something to do. It stays
 * the same until free. Wait for it level-triggered (POLLIN, EPOLLIN without EPOLLET).
 */
SKIFF_API int skiff_port_fd(const skiff_port *port);

/**
 * Returns the time by which skiff_port_run must be called, or SKIFF_NEVER. Each call on the
 * port or on one of its peers may change it. Packets that wait for skiff_port_flush do not.
 */
SKIFF_API skiff_time skiff_port_deadline(const skiff_port *port);

/**
 * Reads at most `most` datagrams, lets timers expire, and sends what is queued. Only this
 * function calls the callbacks. They may call everything except skiff_port_run and
 * skiff_port_free.
 *
 * Timers expire only when all datagrams that had arrived are read. So no peer loses its
 * consent because the process was paused while a check waited in the socket.
 */
SKIFF_API void skiff_port_run(skiff_port *port, skiff_time now, uint32_t most);

/**
 * Sends the packets that are queued. skiff_port_run does so at its end. A loop that queues
 * packets outside of skiff_port_run calls this function before it waits.
 */
SKIFF_API void skiff_port_flush(skiff_port *port);

/** Returns the address of the socket, such as "192.0.2.1:5000". Valid until free. */
SKIFF_API const char *skiff_port_address(const skiff_port *port);

/**
 * Returns the value of one of the port's a=candidate lines for SDP (RFC 8839 section 5.1),
 * or NULL for an index past the end. Lines for UDP come first, with falling priority.
 *
 * The lines contain the announced addresses. If there are none, they contain the address
 * that the port is bound to. For a wildcard they contain the addresses that the host had
 * when the port was made: those of IPv4, and for "[::]" also those of IPv6, without
 * link-local ones, and with loopback only if there is nothing else. With `tcp_connections`
 * each address has a second line, for TCP.
 *
 * Owns:   valid until skiff_port_free.
 */
SKIFF_API const char *skiff_port_candidate_at(const skiff_port *port, size_t index);

/** Returns skiff_port_candidate_at(port, 0): NULL if the host has no address. */
SKIFF_API const char *skiff_port_candidate(const skiff_port *port);

/**
 * Returns the value of a=ice-options that our SDP must contain (RFC 8839 section 5.6), or
 * NULL for none. An option is in use only if the description of the peer contains it, too.
 */
SKIFF_API const char *skiff_port_ice_options(const skiff_port *port);

/**
 * Makes a peer, with a ufrag and password that the port makes (skiff_peer_credentials). The
 * port learns the address of the peer from the checks with that ufrag.
 *
 * Owns:   *peer is the caller's, until skiff_peer_free or skiff_port_free.
 * Errors: ARGUMENT for NULL or an unknown role; SPACE if the config's `peers` exist;
 *         MEMORY; CRYPTO.
 */
SKIFF_API SKIFF_MUST_USE skiff_status skiff_peer_new(skiff_port *port, skiff_role role,
                                                     skiff_time now, skiff_peer **peer);

/** A ufrag of 4 to 256 and a password of 22 to 256 ice-chars (RFC 8839 section 5.4). */
typedef struct skiff_credentials {
    const char *ufrag, *password;
} skiff_credentials;

/**
 * Makes a peer with a ufrag and password that the caller chose. They are copied.
 *
 * Shape:  all ufrags of a port, or of all ports of a group, must differ. In a group any
 *         thread may get a check; the thread of the peer responds to it. Do not choose a
 *         ufrag of 13 characters. The ufrags that ports make have this length, and their
 *         first character names a thread. In a group a chosen ufrag of this length is a
 *         STATE error if its first character names another thread.
 * Owns:   as skiff_peer_new.
 * Errors: as skiff_peer_new; ARGUMENT also for a wrong length or character; STATE if
 *         another peer has the ufrag, or another thread may make it.
 * Cost:   the port finds such a peer in constant time. For the first such peer the port
 *         allocates six pointers for each of its `peers`, once. Each such peer needs one
 *         allocation more than other peers.
 */
SKIFF_API SKIFF_MUST_USE skiff_status
skiff_peer_new_with(skiff_port *port, skiff_role role, const skiff_credentials *credentials,
                    skiff_time now, skiff_peer **peer);

/**
 * Frees a peer; callbacks may do so, too. An established association sends a close_notify.
 * NULL is allowed.
 */
SKIFF_API void skiff_peer_free(skiff_peer *peer);

/**
 * Returns the ufrag and password of this peer for our SDP (RFC 8839 section 5.4), which
 * must also contain a=ice-lite. Valid until a restart or free.
 */
SKIFF_API void skiff_peer_credentials(const skiff_peer *peer, const char **ufrag,
                                      const char **password);

/**
 * Sets the ufrag of the peer's description, and the fingerprints of which its certificate
 * must match one. After that, checks with another ufrag are refused. Checks that come
 * before this call are answered: they may overtake the SDP answer (RFC 8445 section 7.3).
 *
 * Shape:  `num` may be 0 if the caller sets the fingerprints on the DTLS handle of
 *         skiff_peer_transport, and after a restart. Other fingerprints than before the
 *         restart are an error.
 * Errors: ARGUMENT for a malformed ufrag or fingerprint, and for other fingerprints after a
 *         restart; STATE for a second call without a restart; as skiff_dtls_expect.
 */
SKIFF_API SKIFF_MUST_USE skiff_status skiff_peer_set_remote(skiff_peer *peer,
                                                            const char *ufrag,
                                                            const skiff_fingerprint *any_of,
                                                            size_t num);

/**
 * Makes a new ufrag and password of ours for an ICE restart (RFC 8445 section 9). Send both
 * to the peer, and call skiff_peer_set_remote with the peer's new ufrag. DTLS, media and
 * the path go on.
 *
 * The peer may not know the new ufrag yet. So checks with the old ufrag get responses until
 * the first valid check with the new one. From that check on, earlier nominations do not
 * count.
 *
 * Errors: CRYPTO; MEMORY.
 */
SKIFF_API SKIFF_MUST_USE skiff_status skiff_peer_restart(skiff_peer *peer);

/**
 * Like skiff_peer_restart, with a ufrag and password that the caller chose.
 *
 * Errors: as skiff_peer_new_with.
 */
SKIFF_API SKIFF_MUST_USE skiff_status
skiff_peer_restart_with(skiff_peer *peer, const skiff_credentials *credentials);

/**
 * Starts a renewal: a second association on the peer's path, while the first one carries
 * media; see skiff_transport_renew. Call it after HELLO, when a peer begins again with the
 * same credentials, or when signalling says that the peer will have other keys (RFC 8842).
 * A peer with other credentials needs a new skiff_peer instead.
 *
 * Anybody who knows the addresses can cause a HELLO, about once a second. So be PASSIVE in
 * a renewal after a HELLO: then no handshake slot is used before the peer has returned a
 * cookie.
 *
 * RENEWED or NOT_RENEWED follows. The port polls, and delivers held packets to on_media.
 * From RENEWED on, skiff_peer_set_remote after a restart accepts these fingerprints only.
 *
 * Errors: as skiff_transport_renew.
 */
SKIFF_API SKIFF_MUST_USE skiff_status skiff_peer_renew(skiff_peer *peer, skiff_role role,
                                                       const skiff_fingerprint *any_of,
                                                       size_t num, skiff_time now);

/**
 * Returns the transport of the peer, for its DTLS handle and SRTP session. Its user pointer
 * belongs to the port.
 */
SKIFF_API skiff_transport *skiff_peer_transport(skiff_peer *peer);

/**
 * Makes the next skiff_port_run poll the peer, and sets the deadline of the port to now.
 * Call it after every call that may give the peer's DTLS handle something to do.
 */
SKIFF_API void skiff_peer_wake(skiff_peer *peer);

/** Sets and returns a pointer of the caller's, which the peer keeps. */
SKIFF_API void skiff_peer_set_user(skiff_peer *peer, void *user);
SKIFF_API void *skiff_peer_user(const skiff_peer *peer);

/** How a peer is reached, and how much was sent and received. */
typedef struct skiff_peer_info {
    /** The peer has a path, and its consent was renewed within the time of `consent`. */
    bool open;
    /** The time when the peer's consent was last renewed; 0 means never. */
    skiff_time last_check;
    /** The peer's address, as "192.0.2.1:5000" or "[2001:db8::1]:5000"; "": none yet. */
    char remote[64];
    /** The path is a TCP connection. */
    bool tcp;
    /**
     * The smoothed round trip time (RFC 6298 section 2.3) by RTCP reports that name our
     * sender reports (RFC 3550 section 6.4.1). Before the first of them it is that of DTLS
     * (see skiff_dtls_info). 0 means none yet.
     */
    skiff_time round_trip;
    /** Bytes of DTLS, RTP and RTCP datagrams: those that were queued, and those accepted.
     */
    uint64_t bytes_sent, bytes_received;
    /** RTP and RTCP packets, modulo 2^32: those that were queued, and those opened. */
    uint32_t packets_sent, packets_received;
    /** The time when an RTP or RTCP packet last opened; 0 means none yet. */
    skiff_time last_media;
} skiff_peer_info;

/** Fills in the info of a peer. `size` is sizeof *info; no byte behind it is written. */
SKIFF_API void skiff_peer_get_info(const skiff_peer *peer, skiff_peer_info *info,
                                   size_t size);

/**
 * Protects `num` packets in place and queues them in order. The end of skiff_port_run, or
 * skiff_port_flush, sends them.
 *
 * Owns:   the port owns and releases each packet that is queued, and sets the caller's
 *         pointer to NULL. The packets must be of a pool, and the caller's: never pass the
 *         packet of on_media. The first packet that fails, and those after it, stay the
 *         caller's.
 * Errors: STATE before CONNECTED, and without an open path; SPACE also for a packet with a
 *         `head` of less than 2, the length field of TCP (RFC 4571); ARGUMENT also for
 *         NULL; as skiff_transport_protect.
 * Cost:   as skiff_transport_protect. If the queue is full, the port sends it first.
 */
SKIFF_API SKIFF_MUST_USE skiff_status skiff_peer_send(skiff_peer *peer,
                                                      skiff_packet **packets, size_t num);

/**
 * Fetches into the caches what packets to these peers touch, and changes nothing. A program
 * that sends to hundreds of peers in turn calls it for the next 16 to 32 of them, then
 * sends to those: so the misses overlap.
 *
 * Shape:  `num` may be 0; no peer is NULL.
 */
SKIFF_API void skiff_peer_prefetch(skiff_peer *const *peers, size_t num);

/**
 * Like skiff_peer_send for one receiver of many. For each plain packet the port copies it
 * into a packet of the pool, calls `rewrite`, protects the copy and queues it. The plain
 * packets stay as they are for the next receiver.
 *
 * Shape:  `rewrite` may change the headers of the copy. It may be NULL.
 * Errors: as skiff_peer_send; SPACE if the pool is empty, or if its packets are shorter
 *         than a plain one.
 * Cost:   one copy of each packet; else as skiff_peer_send.
 */
SKIFF_API SKIFF_MUST_USE skiff_status skiff_peer_send_copies(
    skiff_peer *peer, const skiff_packet *const *plain, size_t num,
    void (*rewrite)(void *user, skiff_peer *peer, skiff_packet *copy), void *user);

/**
 * Encrypts one application message of DTLS in place and queues it. The end of
 * skiff_port_run, or skiff_port_flush, sends it.
 *
 * Shape:  the packet contains the message, from `data` on, with at most skiff_dtls_max_data
 *         bytes. It becomes one datagram, which may be lost. Datagrams that the kernel does
 *         not take are counted (drop_unsent, drop_slow).
 * Owns:   the port owns and releases a packet that is queued, and sets *packet to NULL. The
 *         packet must be of a pool. On an error it stays the caller's.
 * Errors: STATE before CONNECTED, and without an open path; SPACE for a longer message, and
 *         for a packet with too little headroom for the record header and two bytes;
 *         ARGUMENT for NULL and for the packet of on_media; as skiff_dtls_send.
 * Cost:   no allocation and no copy.
 */
SKIFF_API SKIFF_MUST_USE skiff_status skiff_peer_send_data(skiff_peer *peer,
                                                           skiff_packet **packet);

#define SKIFF_PORT_CONNECTION_ID 8u /**< bytes of a connection id of a port */

/**
 * Writes a connection id that names a peer of a port. Set this function as `connection_id`
 * of the context's config, and SKIFF_PORT_CONNECTION_ID as `connection_id_len`. Then the
 * port recognizes a peer whose address changes: it accepts the peer's DTLS from the new
 * address at once, and after that the peer's media. The port sends to the new address only
 * after a check from there.
 */
SKIFF_API void skiff_port_connection_id(void *user, skiff_dtls *dtls, uint8_t *id);

/** The counters of one port, 64 bits each. docs/drops.md explains each of them. */
/* clang-format off */
#define SKIFF_PORT_COUNTER_LIST(X)                                                         \
    X(datagrams_read, "UDP datagrams read")                                                \
    X(datagrams_sent, "UDP datagrams sent")                                                \
    X(checks_succeeded, "connectivity checks answered with success")                       \
    X(checks_refused, "authentic connectivity checks answered with an error")              \
    X(paths_moved, "moves of peers to another path")                                       \
    X(consent_lost, "peers that did not renew their consent in time")                      \
    X(forwarded, "datagrams passed to the thread of their peer")                           \
    X(drop_stun, "STUN messages that are not well-formed binding requests")                \
    X(drop_ufrag, "connectivity checks for a ufrag that no peer has")                      \
    X(drop_integrity, "connectivity checks with a wrong MESSAGE-INTEGRITY")                \
    X(drop_replayed_check, "repeated checks from an address that proved nothing")          \
    X(drop_address_in_use, "valid checks from the address of another live peer")           \
    X(drop_stranger, "DTLS and media from an address that is no peer's")                   \
    X(drop_oversized, "datagrams longer than the packets of the pool")                     \
    X(drop_queue, "datagrams for another thread whose queue was full")                     \
    X(drop_pool_empty, "copies of media for which the pool had no packet")                 \
    X(drop_unsent, "datagrams that the kernel did not send")                               \
    X(drop_receive_buffer, "datagrams for which the socket's receive buffer was full")     \
    X(drop_control, "reads with control messages that the kernel truncated")               \
    X(tcp_accepted, "TCP connections accepted")                                            \
    X(tcp_closed_half_open, "TCP connections that ended before a valid check")             \
    X(tcp_closed, "TCP connections that ended after a valid check")                        \
    X(frames_read, "frames read from TCP connections")                                     \
    X(frames_sent, "frames sent to TCP connections or waiting for the kernel")             \
    X(drop_frame, "TCP connections ended by a wrong first frame or a long frame")          \
    X(drop_slow, "frames dropped as the other end of the TCP connection is slow")          \
    X(drop_tcp_limit, "TCP connections ended because all places are taken")                \
    X(unknown_asked, "calls of on_unknown_ufrag")                                          \
    X(peers_admitted, "peers made for unknown ufrags")                                     \
    X(drop_unknown_limit, "checks for unknown ufrags above a rate or while full")          \
    X(drop_unadmitted, "valid checks for unknown ufrags whose peer could not be made")     \
    X(unsteered, "paths of a group that the kernel's program does not know")               \
    X(nominations_held, "nominations that must be proven before they count")               \
    X(paths_reverted, "moves undone because nothing opened from the new path")             \
    X(drop_ended, "datagrams for peers whose DTLS is closed or has failed")                \
    X(drop_no_route, "valid checks without memory or a TCP place for their route")
/* clang-format on */

typedef struct skiff_port_counters {
#define X(name, text) uint64_t name;
    SKIFF_PORT_COUNTER_LIST(X)
#undef X
} skiff_port_counters;

/** Fills in the counters of one port. `size` is sizeof *counters. */
SKIFF_API void skiff_port_get_counters(const skiff_port *port,
                                       skiff_port_counters *counters, size_t size);

#ifdef __cplusplus
}
#endif
#endif
