/* caller.h - a port on loopback and those who call it: STUN by hand, a transport, a socket
 * each. Time is the test's: what is sent is delivered before the call returns. */
#ifndef TESTS_PORT_CALLER_H
#define TESTS_PORT_CALLER_H

#include "stun_client.h"

#include <skiff/port.h>

#include <netinet/in.h>

enum { CALLER_DATAGRAM = 2048 };

/* What the port has reported of a peer, by event. */
struct port_events {
    unsigned events[24], rtp, rtcp;
    char data[32];
};

struct server {
    struct server *other; /* is run with this one; NULL: none */
    skiff_pool *pool;
    skiff_identity *identity;
    skiff_fingerprint fingerprint;
    skiff_context *context, *callers_context;
    skiff_port_config config;
    skiff_port *port;
    skiff_time now;
    struct port_events events; /* of all peers */
    void (*on_event)(struct server *server, skiff_peer *peer, skiff_peer_event event);
    void (*on_media)(struct server *server, skiff_peer *peer, skiff_packet *packet);
    void *user;
};

struct caller {
    struct server *server;
    skiff_peer *peer; /* at the port; freed with it */
    skiff_transport *transport;
    int fd, old_fd;        /* its socket, and the one that it has left */
    struct stream *stream; /* instead of the socket; NULL: none */
    struct sockaddr_storage port;
    socklen_t port_len;
    const char *ufrag, *pwd; /* of the peer at the port */
    char username[640];      /* "theirs:ours" */
    unsigned replies, errors, error_code, rtp;
    unsigned hellos, renewed, not_renewed;
    bool connected, closed;
    uint16_t sequence;
    unsigned messages; /* of DTLS, and the last of them */
    size_t data_len;
    uint8_t data[CALLER_DATAGRAM];
};

/* Everything but the port itself, whose config may be changed before server_open. */
void server_new(struct server *server);
void server_open(struct server *server);

/* From now on neither side uses a version that is newer. */
void server_set_max_version(struct server *server, uint16_t newest);

/* From now on its peers get connection ids; its callers use none of their own. */
void server_use_ids(struct server *server);

/* And those ids are not made by the port. */
void server_use_ids_by(struct server *server,
                       void (*make)(void *user, skiff_dtls *dtls, uint8_t *id));
void server_free(struct server *server);

/* Runs the port until the kernel has no datagram for it. */
void server_run(struct server *server);
skiff_port_counters server_counters(const struct server *server);

/* Makes a peer at the port, and a caller with its ufrag. */
void caller_new(struct caller *caller, struct server *server);
void caller_free(struct caller *caller);

/* What the port reports of its peer. */
skiff_peer_info caller_info(const struct caller *caller);

/* Goes on with another socket, as if its network had changed; once. The one it leaves stays
 * open: the peer is still known there, so that port must not come to another by chance. */
void caller_move(struct caller *caller);

/* As that, to the socket that another has left. */
void caller_move_after(struct caller *caller, struct caller *other);
void caller_move_to_ipv6(struct caller *caller);

/* From now on it sends through a connection, which stays the test's. */
void caller_use_stream(struct caller *caller, struct stream *stream);

/* Builds a check signed with the password; returns its length. */
size_t caller_check(struct caller *caller, bool nominating, uint8_t *bytes);

void caller_send(struct caller *caller, const void *bytes, size_t len);

/* Sends a check and runs the port; returns whether a success arrived. */
bool caller_checks(struct caller *caller, bool nominating);

/* Reads what has arrived for it, and polls its transport. */
void caller_run(struct caller *caller);

/* Polls its transport until that has nothing to send, and no more. */
void caller_poll(struct caller *caller);

/* As that, and runs both until neither has anything to send. */
void caller_begin_dtls(struct caller *caller);

/* Checks and does that, until DTLS is up on both sides. */
void caller_connect(struct caller *caller);

/* As caller_new; the test itself sets the remote side of peer and caller. */
void caller_new_without_remote(struct caller *caller, struct server *server,
                               skiff_role role);

/* As caller_new, whose peer has credentials of the test's, which stay with it. */
void caller_new_with(struct caller *caller, struct server *server,
                     const skiff_credentials *credentials);

/* As that, without a peer at the port. */
void caller_new_unknown(struct caller *caller, struct server *server,
                        const skiff_credentials *credentials);

/* Sends one message of DTLS; or writes it into a buffer, and returns its length. */
void caller_write(struct caller *caller, const char *text);
size_t caller_seal(struct caller *caller, const char *text, uint8_t *bytes);

/* Sends one RTP packet; or what only looks like one. */
void caller_send_media(struct caller *caller);
void caller_send_raw(struct caller *caller);

/* Another socket that sends to the same port; and whether something has come for it. */
int stranger_open(const struct caller *caller);
void stranger_send(int stranger, const void *bytes, size_t len);
bool stranger_received(int stranger);

/* A port and one who calls it. */
struct fixture {
    struct server server;
    struct caller caller;
};

void fixture_new(struct fixture *fixture);
void fixture_free(struct fixture *fixture);

/* Sends `num` packets to the peer; how many its caller has opened by then. */
unsigned fixture_send(struct fixture *fixture, uint16_t num);

/* Writes an RTP packet of 100 bytes. */
void write_rtp_packet(skiff_packet *packet, uint16_t sequence);

#endif
