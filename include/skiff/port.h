/**
 * skiff/port.h - many peers behind one UDP port: ICE-lite, DTLS and media of an SFU.
 *
 * A port is one socket of one thread. It reads datagrams in batches into packets of its
 * pool, tells STUN, DTLS and media apart (RFC 7983), answers connectivity checks as an
 * ICE-lite agent (RFC 8445 section 2.5), and gives the rest to the transport of the peer
 * that it comes from. What peers have to send leaves in batches,
 * runs of equal size for one peer in one call where the kernel segments (UDP_SEGMENT).
 *
 * Peers behind networks without UDP may reach it by TCP as well (tcp_connections).
 *
 * Ports of several threads may share one address: each has its number in the names it
 * gives out, and hands over what the kernel gave to the wrong one (skiff_port_group).
 *
 * The whole loop: wait until skiff_port_fd is readable or the deadline has come, and run.
 * Everything but skiff_port_group belongs to one thread. Linux only: there is no skiff_port
 * elsewhere.
 */
#ifndef SKIFF_PORT_H
#define SKIFF_PORT_H

#include <skiff/transport.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct skiff_port skiff_port;
typedef struct skiff_peer skiff_peer;
typedef struct skiff_port_group skiff_port_group;

/** What a port tells of a peer, besides the events of its DTLS. */
typedef enum skiff_peer_event {
    SKIFF_PEER_CONNECTED = 1, /**< DTLS and SRTP are there: media may be sent */
    SKIFF_PEER_CLOSED,        /**< the peer said close_notify, or a key is used up */
    SKIFF_PEER_FAILED,        /**< skiff_transport_failure says why */
    SKIFF_PEER_PATH,          /**< it is reached, or elsewhere from now on */
    SKIFF_PEER_CONSENT_LOST,  /**< no check for the time of consent; the path is closed */
    SKIFF_PEER_CERTIFICATE,   /**< bytes is its DER: expect or accept may follow */
    SKIFF_PEER_DATA,          /**< bytes is one application message */
    SKIFF_PEER_TICKET,        /**< bytes is a ticket to keep; see skiff_dtls_resume */
    SKIFF_PEER_CONFLICT,      /**< its check came from bytes, where another peer lives */
    SKIFF_PEER_DISPLACED,     /**< another peer has its path now; bytes is the address */
    SKIFF_PEER_NEW,           /**< on_unknown_ufrag knew it; bytes is the peer's ufrag */
    SKIFF_PEER_HELLO,         /**< a ClientHello, after CONNECTED: see skiff_peer_renew */
    SKIFF_PEER_RENEWED,       /**< the new association carries from now on */
    SKIFF_PEER_NOT_RENEWED    /**< it failed: skiff_transport_renewal_failure; the old */
                              /**< one lives on */
} skiff_peer_event;

/** The name of an event, such as "SKIFF_PEER_CONNECTED". Static, never NULL. */
SKIFF_API const char *skiff_peer_event_name(skiff_peer_event event);

/**
 * A check for a ufrag that no peer has (RFC 8445 section 7.2.2). Nothing of it is proven.
 * All are views until the callback returns; the ufrags end with no NUL.
 */
typedef struct skiff_unknown_ufrag {
    skiff_bytes ours, theirs; /**< 4 to 256 ice-chars; what the other side says */
    const char *address;      /**< from where it came, "192.0.2.1:5000" */
} skiff_unknown_ufrag;

/** What the peer of an unknown ufrag is to have. */
typedef struct skiff_admission {
    char password[257]; /**< 22 to 256 ice-chars and a NUL; it is wiped */
    skiff_role role;    /**< ACTPASS unless it is changed */
    void *user;         /**< for skiff_peer_user */
} skiff_admission;

/** What a good check from the address of another peer that lives does. */
typedef enum skiff_takeover {
    SKIFF_TAKEOVER_NEVER = 0, /**< nothing: it is not answered, and CONFLICT is told */
    SKIFF_TAKEOVER_NEWEST     /**< the address is its peer's; DISPLACED is told */
} skiff_takeover;

/** Zero always means the default. Texts are copied, handles are not. */
typedef struct skiff_port_config {
    size_t size;                          /**< set by skiff_port_defaults */
    const char *address;                  /**< "192.0.2.1:5000", "[::]:0"; required */
    skiff_context *context;               /**< required, without `rrc` or handles; the
                                              port's alone until it is freed; outlives
                                              it */
    skiff_pool *pool;                     /**< NULL means the context's; outlives it */
    const skiff_srtp_config *srtp;        /**< NULL means the defaults; copied */
    uint32_t peers;                       /**< most at once, to 2^20; 0 means 1024 */
    skiff_port_group *group;              /**< outlives it; NULL: the address is its own */
    uint32_t receive_buffer, send_buffer; /**< SO_RCVBUF, SO_SNDBUF */
    bool no_offload;                      /**< neither UDP_SEGMENT nor UDP_GRO */
    bool no_steering;                     /**< in a group: see skiff_port_group_steers */
    skiff_time consent;                   /**< silence, also from new on; 0 means 30 s */
    void *user;                           /**< handed to every callback below */

    /** An opened media packet, to be read and changed, not longer, until it returns. It
     * stays the port's: send it by skiff_peer_send_copies, never by skiff_peer_send. */
    void (*on_media)(void *user, skiff_peer *peer, skiff_packet *packet, skiff_kind kind);
    /** What became of a peer; `bytes`, where the event has any, until it returns. */
    void (*on_event)(void *user, skiff_peer *peer, skiff_peer_event event,
                     skiff_bytes bytes);

    /**
     * Peers that may be reached by TCP at once (RFC 6544, passive), to 60,000: the port
     * then listens at its address and port number, too. 0 means no TCP. Each connection
     * takes 24 KB, and 512 KB of the kernel's at most; those from where no good check has
     * come yet are 256 at most, 16 of one address, and end after 10 s. In a group each port
     * has its own: a connection goes to the thread that its first check names.
     */
    uint32_t tcp_connections;

    /**
     * Whether there is a session for a ufrag that no peer has; NULL means none. When the
     * password signs the check, the port makes a peer with both, tells NEW, then PATH, and
     * goes on as if the peer had been there before. Otherwise nothing is kept. In a group
     * the thread that read the check asks its own hook, unless the ufrag looks like one
     * that another thread gives out: then that thread asks.
     *
     * Say no for a session that has ended: a check stays signed for ever, and whoever
     * copied it can send it again. The hook may make and free peers. It is not asked when
     * the port has all its `peers`, nor beyond two rates (drop_unknown_limit). Cost: 32 KB
     * for the port; one MESSAGE-INTEGRITY for each password that it gives.
     */
    bool (*on_unknown_ufrag)(void *user, const skiff_unknown_ufrag *unknown,
                             skiff_admission *admission);
    /** How often a second it may be asked: in all, 0 means 1000; and for each source, which
     * is an IPv4 address or an IPv6 /64 and may share its rate with a few others, 0 means
     * 10. To 1,000,000, and as many at once. */
    uint32_t unknown_rate, unknown_rate_each;

    /**
     * Up to 32 addresses where others reach this port, when that is not where it is bound:
     * behind a 1:1 NAT. "203.0.113.5" and "[2001:db8::1]" have the port number of the
     * socket, "203.0.113.5:40000" its own. The first is preferred. Copied.
     */
    const char *const *announced;
    size_t num_announced;

    /**
     * When our DTLS is the client: whether it speaks before a nomination. A check may have
     * been copied and sent with a forged address, which would get 2 KB for 130 bytes.
     */
    bool early_client;

    /**
     * Whether the attribute NOMINATION counts (draft-thatcher-ice-renomination): of its
     * values the highest wins. Say what skiff_port_ice_options says in the SDP then.
     */
    bool renomination;

    /**
     * Whose an address is when a second session checks from it. A peer that is closed,
     * failed or silent, or of whom nothing came there for 12 s, loses it in any case.
     */
    skiff_takeover takeover;
} skiff_port_config;

static inline skiff_port_config skiff_port_defaults(void)
{
    skiff_port_config config;
    memset(&config, 0, sizeof config);
    config.size = sizeof config;
    return config;
}

/**
 * Makes what the ports of several threads share: which thread has which path, and queues
 * for what the kernel gave to another thread than the one that has the peer. The only
 * handle here that threads share.
 *
 * Shape:  up to `threads` ports, 64 at most, are made with it, each used by its own thread;
 *         the second and later ones with the address that the first one says it has. A
 *         port may be made or freed at any time: the peers of the others lose no media by
 *         it. The times that the threads give come from one clock.
 * Owns:   `memory` must outlive it, and be usable by all its threads: it is called when
 *         ports are made and freed.
 * Errors: ARGUMENT, MEMORY, CRYPTO; STATE no descriptor is to be had.
 * Cost:   1.4 MB for each thread, and about 70 bytes for each path that its port can have.
 *         A datagram that is handed over is copied once.
 */
SKIFF_API SKIFF_MUST_USE skiff_status skiff_port_group_new(uint16_t threads,
                                                           const skiff_allocator *memory,
                                                           skiff_port_group **group);

/**
 * Whether the kernel gives each datagram to the thread that has its peer, so that only
 * first checks are handed over. It does where the process may load a program into it
 * (CAP_BPF and CAP_NET_ADMIN) when a port of the group is made without `no_steering`. Where
 * it does not, everything works as well, and the threads hand over. Any thread may ask.
 */
SKIFF_API bool skiff_port_group_steers(const skiff_port_group *group);

/** Frees it; every port made with it must be gone. NULL is allowed. */
SKIFF_API void skiff_port_group_free(skiff_port_group *group);

/**
 * Opens the socket and takes all the memory that `peers` of them need for being found.
 *
 * Owns:   *port is the caller's, until skiff_port_free.
 * Errors: ARGUMENT; MEMORY; SPACE the group has all its ports; STATE the context is another
 *         port's or has handles, or the address cannot be had (`errno` is kept).
 */
SKIFF_API SKIFF_MUST_USE skiff_status skiff_port_new(const skiff_port_config *config,
                                                     skiff_port **port);

/** Frees it with every peer, not from a callback. NULL is allowed. */
SKIFF_API void skiff_port_free(skiff_port *port);

/** A descriptor that is readable when run has something to do; and by when it must run. */
SKIFF_API int skiff_port_fd(const skiff_port *port);
SKIFF_API skiff_time skiff_port_deadline(const skiff_port *port);

/**
 * Reads what has come, at most `most` datagrams, lets due timers fire, sends what is to be
 * sent. Callbacks come from here only; they may do anything but run or free the port.
 */
SKIFF_API void skiff_port_run(skiff_port *port, skiff_time now, uint32_t most);

/** Sends what skiff_peer_send has queued; run does so too, at its end. */
SKIFF_API void skiff_port_flush(skiff_port *port);

/** The address with its port, "192.0.2.1:5000". */
SKIFF_API const char *skiff_port_address(const skiff_port *port);

/**
 * The values of its a=candidate lines for SDP (RFC 8839 5.1), those for UDP first, by
 * falling priority; NULL for an index past the end.
 *
 * They are the announced addresses, if there are any; else the one that it is bound to. A
 * port that is bound to a wildcard has those that the host had when it was made: of IPv4,
 * and of IPv6 too for "[::]", without link-local ones, and loopback where there is nothing
 * else. Each comes again for TCP where the config has `tcp_connections`.
 */
SKIFF_API const char *skiff_port_candidate_at(const skiff_port *port, size_t index);

/** The first of them; NULL: the host has no address. */
SKIFF_API const char *skiff_port_candidate(const skiff_port *port);

/**
 * What a=ice-options for SDP must say of the port (RFC 8839 5.6), or NULL: nothing. It
 * counts only if the other side's description says the same.
 */
SKIFF_API const char *skiff_port_ice_options(const skiff_port *port);

/**
 * Makes a peer, which is found by its name and password until it has shown its address.
 *
 * Owns:   *peer is the caller's, until skiff_peer_free or skiff_port_free.
 * Errors: ARGUMENT; SPACE there are as many as the config says; MEMORY, CRYPTO.
 */
SKIFF_API SKIFF_MUST_USE skiff_status skiff_peer_new(skiff_port *port, skiff_role role,
                                                     skiff_time now, skiff_peer **peer);

/** A ufrag of 4 to 256 and a password of 22 to 256 ice-chars (RFC 8839 section 5.4). */
typedef struct skiff_credentials {
    const char *ufrag, *password;
} skiff_credentials;

/**
 * Makes a peer with credentials of the caller's own. The port finds it by a seeded hash in
 * constant time.
 *
 * Shape:  the credentials are copied. All ufrags of a port differ, and all of a group. A
 *         check may come to any thread of a group: the thread of its peer answers it. A
 *         ufrag of 13 letters must not look like one that another thread gives out.
 * Errors: as skiff_peer_new; ARGUMENT also for lengths and letters; STATE the ufrag belongs
 *         to a living peer, or may have been given out by another thread.
 * Cost:   the first such peer takes six pointers at most for each of the port's `peers`,
 *         once. Each takes one block of memory more than another peer.
 */
SKIFF_API SKIFF_MUST_USE skiff_status
skiff_peer_new_with(skiff_port *port, skiff_role role, const skiff_credentials *credentials,
                    skiff_time now, skiff_peer **peer);

/** Frees it, in callbacks too; says close_notify first where DTLS is up. NULL: nothing. */
SKIFF_API void skiff_peer_free(skiff_peer *peer);

/** The name and password for our SDP (RFC 8839 5.4), beside a=ice-lite. Until restart. */
SKIFF_API void skiff_peer_credentials(const skiff_peer *peer, const char **ufrag,
                                      const char **password);

/**
 * Says the name of the other side, so that checks of others are refused, and whom to
 * expect. Checks before that are answered: they may overtake the answer (RFC 8445 7.3).
 *
 * Shape:  `num` may be 0 where the caller says it through skiff_peer_transport. After a
 *         restart it may be 0, too, or the fingerprints are those that were said before;
 *         others are an error (ARGUMENT).
 * Errors: ARGUMENT; STATE when it was said already; as skiff_dtls_expect.
 */
SKIFF_API SKIFF_MUST_USE skiff_status skiff_peer_set_remote(skiff_peer *peer,
                                                            const char *ufrag,
                                                            const skiff_fingerprint *any_of,
                                                            size_t num);

/**
 * Gives it another name and password, as for an ICE restart (RFC 8445 9); set_remote
 * follows. DTLS, media and the path go on. Checks under the name before are answered until
 * the first good one under the new name: the other side may not have heard of it. What was
 * nominated before that counts no more then. Errors: CRYPTO.
 */
SKIFF_API SKIFF_MUST_USE skiff_status skiff_peer_restart(skiff_peer *peer);

/** As restart, with credentials of the caller's own. Errors: as skiff_peer_new_with. */
SKIFF_API SKIFF_MUST_USE skiff_status
skiff_peer_restart_with(skiff_peer *peer, const skiff_credentials *credentials);

/**
 * Starts a second association of DTLS on the peer's path, beside the one that carries
 * media: as skiff_transport_renew, which says how. For a peer that begins anew
 * behind the same credentials (HELLO), or that has been given other keys by signalling (RFC
 * 8842). Anybody who knows the addresses can cause a HELLO, about once a second: renew as
 * PASSIVE then, which takes nothing before the peer has shown a cookie. A peer with
 * credentials of its own needs no renewal, but a peer of its own.
 *
 * Poll and take out nothing: the port does. RENEWED or NOT_RENEWED follows. From RENEWED on
 * set_remote after a restart wants these fingerprints.
 *
 * Errors: as skiff_transport_renew.
 */
SKIFF_API SKIFF_MUST_USE skiff_status skiff_peer_renew(skiff_peer *peer, skiff_role role,
                                                       const skiff_fingerprint *any_of,
                                                       size_t num, skiff_time now);

/** Its transport, for the DTLS and SRTP below; its user pointer is the port's. */
SKIFF_API skiff_transport *skiff_peer_transport(skiff_peer *peer);

/** After anything that is done to the DTLS below: the next run polls it, and is due. */
SKIFF_API void skiff_peer_wake(skiff_peer *peer);

/** A pointer of the caller's, kept with the peer. */
SKIFF_API void skiff_peer_set_user(skiff_peer *peer, void *user);
SKIFF_API void *skiff_peer_user(const skiff_peer *peer);

/**
 * Where a peer is reached, and what went there and came; `size` is sizeof *info, and the
 * rest is left alone. What was sent was queued; what was received has opened. Bytes are
 * those of the datagrams.
 */
typedef struct skiff_peer_info {
    bool open;             /**< there is a path, and the peer is not silent */
    skiff_time last_check; /**< the last check that kept it alive; 0: none yet */
    char remote[64];       /**< "192.0.2.1:5000", "[2001:db8::1]:5000"; "": none yet */
    bool tcp;              /**< it is reached through a connection */
    /** 0: none yet. Smoothed (RFC 6298 2.3) from reports of RTCP that name sender reports
     * of ours (RFC 3550 6.4.1); until there is one, that of DTLS: see skiff_dtls_info. */
    skiff_time round_trip;
    uint64_t bytes_sent, bytes_received;     /**< of DTLS, RTP and RTCP */
    uint32_t packets_sent, packets_received; /**< of RTP and RTCP, modulo 2^32 */
    skiff_time last_media; /**< when one of those last opened; 0: none yet */
} skiff_peer_info;
SKIFF_API void skiff_peer_get_info(const skiff_peer *peer, skiff_peer_info *info,
                                   size_t size);

/**
 * Protects `num` packets in place and queues them, in order: a flush sends them.
 *
 * Owns:   each packet that is queued is the port's, which gives it back to its pool, and
 *         the caller's pointer to it is NULL then. It must be of a pool and the caller's:
 *         the packet of on_media is not, and is not always refused.
 * Errors: STATE before CONNECTED, or without a path; SPACE also for a packet with a `head`
 *         of less than 2; as skiff_transport_protect. The first packet that fails and those
 *         after it stay the caller's.
 * Cost:   no allocation, no copy. A full queue is flushed first.
 */
SKIFF_API SKIFF_MUST_USE skiff_status skiff_peer_send(skiff_peer *peer,
                                                      skiff_packet **packets, size_t num);

/**
 * As send, for one receiver of many: each plain packet is copied into one of the pool,
 * shown to `rewrite` (which may change its header, NULL: nothing), protected, and queued.
 * The plain ones stay for the next receiver.
 *
 * Errors: as send; SPACE the pool is dry, or has packets shorter than the plain one.
 */
SKIFF_API SKIFF_MUST_USE skiff_status skiff_peer_send_copies(
    skiff_peer *peer, const skiff_packet *const *plain, size_t num,
    void (*rewrite)(void *user, skiff_peer *peer, skiff_packet *copy), void *user);

/**
 * Seals one application message of DTLS in place and queues it: a flush sends it.
 *
 * Shape:  the packet holds the message from `data` on, at most skiff_dtls_max_data of the
 *         peer's DTLS end. It is one datagram, which may be lost.
 * Owns:   a packet that is queued is the port's, which gives it back to its pool, and
 *         *packet is NULL then. It must be of a pool.
 * Errors: STATE before CONNECTED, or without a path; SPACE for a longer message, and a
 *         packet without headroom for a record header and two bytes; as skiff_dtls_send.
 *         The packet stays the caller's. What the kernel does not take is counted
 *         (drop_unsent, drop_slow).
 * Cost:   no allocation, no copy.
 */
SKIFF_API SKIFF_MUST_USE skiff_status skiff_peer_send_data(skiff_peer *peer,
                                                           skiff_packet **packet);

#define SKIFF_PORT_CONNECTION_ID 8u /**< bytes of the ids below */

/**
 * The `connection_id` for the config of the port's context, with a `connection_id_len` of
 * SKIFF_PORT_CONNECTION_ID: whose DTLS comes from elsewhere is then known by it, and its
 * media from there taken. It is sent to there when a check has come, as always.
 */
SKIFF_API void skiff_port_connection_id(void *user, skiff_dtls *dtls, uint8_t *id);

/* What one port counts, 64 bits each. docs/drops.md has a line for each drop. */
/* clang-format off */
#define SKIFF_PORT_COUNTER_LIST(X)                                                         \
    X(datagrams_read, "datagrams that the kernel gave")                                    \
    X(datagrams_sent, "datagrams that the kernel took")                                    \
    X(checks_succeeded, "connectivity checks that were good")                              \
    X(checks_refused, "signed checks answered by an error, of role or attributes")         \
    X(paths_moved, "peers that were reached elsewhere from then on")                       \
    X(consent_lost, "peers of whom no check came for the time of consent")                 \
    X(forwarded, "datagrams given to the thread that has their peer")                      \
    X(drop_stun, "STUN that is no well-formed binding request")                            \
    X(drop_ufrag, "checks for a name that no peer has")                                    \
    X(drop_integrity, "checks that the password has not signed")                           \
    X(drop_replayed_check, "checks seen before, from an address that has proven nothing")  \
    X(drop_address_in_use, "good checks from where another peer is")                       \
    X(drop_stranger, "DTLS and media from where no peer is")                               \
    X(drop_oversized, "datagrams longer than packets of the pool")                         \
    X(drop_queue, "datagrams for another thread whose queue was full")                     \
    X(drop_pool_empty, "copies of media, and no packet in the pool")                       \
    X(drop_unsent, "datagrams that the kernel did not take")                               \
    X(drop_receive_buffer, "datagrams that found the socket's receive buffer full")        \
    X(drop_control, "reads of which the kernel cut what it says about them")               \
    X(tcp_accepted, "TCP connections that were accepted")                                  \
    X(tcp_closed_half_open, "of them, those that ended before a good check came")          \
    X(tcp_closed, "of them, those that ended later")                                       \
    X(frames_read, "frames that came through TCP connections")                             \
    X(frames_sent, "frames for TCP connections that were sent or wait for the kernel")     \
    X(drop_frame, "TCP connections ended by a frame too long, or no check at first")       \
    X(drop_slow, "frames for a TCP connection whose other side reads too slowly")          \
    X(drop_tcp_limit, "TCP connections without a place, or that lost it by being slow")    \
    X(unknown_asked, "checks for unknown ufrags that the hook was asked about")            \
    X(peers_admitted, "peers that were made for unknown ufrags")                           \
    X(drop_unknown_limit, "checks for unknown ufrags: too many, or the port is full")      \
    X(drop_unadmitted, "good checks for unknown ufrags of which no peer could be made")    \
    X(unsteered, "paths that the kernel gives to a thread of a group by chance")           \
    X(nominations_held, "nominations that have to be proven before they count")            \
    X(paths_reverted, "paths given up again, as nothing opened that came from there")      \
    X(drop_ended, "datagrams for peers whose DTLS is closed, or has failed")
/* clang-format on */

typedef struct skiff_port_counters {
#define X(name, text) uint64_t name;
    SKIFF_PORT_COUNTER_LIST(X)
#undef X
} skiff_port_counters;

/** What was taken, sent and dropped, by reason; `size` is sizeof *counters. */
SKIFF_API void skiff_port_get_counters(const skiff_port *port,
                                       skiff_port_counters *counters, size_t size);

#ifdef __cplusplus
}
#endif
#endif
