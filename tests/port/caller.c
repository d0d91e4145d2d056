/* caller.c - a port on loopback and those who call it. */
#include "caller.h"

#include "loopback.h"
#include "stream.h"
#include "suite.h"

#include <skiff/demux.h>

#include <arpa/inet.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* --- the port ------------------------------------------------------------------------- */

static void on_event(void *user, skiff_peer *peer, skiff_peer_event event,
                     skiff_bytes bytes)
{
    struct server *server = user;

    server->events.events[event]++;
    if (event == SKIFF_PEER_DATA && bytes.len < sizeof server->events.data)
        memcpy(server->events.data, bytes.ptr, bytes.len);
    if (server->on_event != NULL)
        server->on_event(server, peer, event);
}

static void on_media(void *user, skiff_peer *peer, skiff_packet *packet, skiff_kind kind)
{
    struct server *server = user;

    *(kind == SKIFF_RTP ? &server->events.rtp : &server->events.rtcp) += 1;
    if (server->on_media != NULL)
        server->on_media(server, peer, packet);
}

static skiff_context_config config_of(const struct server *server)
{
    skiff_context_config config = skiff_context_defaults();

    config.identity = server->identity;
    config.pool = server->pool;
    return config;
}

static skiff_context *context_of(const struct server *server)
{
    skiff_context_config config = config_of(server);
    skiff_context *context = NULL;

    CU_ASSERT_EQUAL_FATAL(skiff_context_new(&config, &context), SKIFF_OK);
    return context;
}

void server_new(struct server *server)
{
    skiff_pool_config pool = skiff_pool_defaults();

    memset(server, 0, sizeof *server);
    server->now = SKIFF_MSEC(1000);
    CU_ASSERT_EQUAL_FATAL(skiff_pool_new(&pool, &server->pool), SKIFF_OK);
    CU_ASSERT_EQUAL_FATAL(skiff_identity_generate(1700000000, 30, &server->identity),
                          SKIFF_OK);
    skiff_identity_fingerprint(server->identity, &server->fingerprint);
    server->context = context_of(server);
    server->callers_context = context_of(server);
    server->config = skiff_port_defaults();
    server->config.address = "127.0.0.1:0";
    server->config.context = server->context;
    server->config.user = server;
    server->config.on_event = on_event;
    server->config.on_media = on_media;
}

void server_set_max_version(struct server *server, uint16_t newest)
{
    skiff_context_config config = config_of(server);

    config.max_version = newest;
    skiff_context_free(server->context);
    skiff_context_free(server->callers_context);
    CU_ASSERT_EQUAL_FATAL(skiff_context_new(&config, &server->callers_context), SKIFF_OK);
    CU_ASSERT_EQUAL_FATAL(skiff_context_new(&config, &server->context), SKIFF_OK);
    server->config.context = server->context;
}

void server_use_ids_by(struct server *server,
                       void (*make)(void *user, skiff_dtls *dtls, uint8_t *id))
{
    skiff_context_config config = config_of(server);

    skiff_context_free(server->context);
    skiff_context_free(server->callers_context);
    config.connection_ids = true;
    CU_ASSERT_EQUAL_FATAL(skiff_context_new(&config, &server->callers_context), SKIFF_OK);
    config.connection_id_len = SKIFF_PORT_CONNECTION_ID;
    config.connection_id = make;
    CU_ASSERT_EQUAL_FATAL(skiff_context_new(&config, &server->context), SKIFF_OK);
    server->config.context = server->context;
}

void server_use_ids(struct server *server)
{
    server_use_ids_by(server, skiff_port_connection_id);
}

void server_open(struct server *server)
{
    CU_ASSERT_EQUAL_FATAL(skiff_port_new(&server->config, &server->port), SKIFF_OK);
}

void server_free(struct server *server)
{
    skiff_port_free(server->port);
    skiff_context_free(server->context);
    skiff_context_free(server->callers_context);
    skiff_identity_free(server->identity);
    skiff_pool_free(server->pool);
}

static bool is_readable(int fd)
{
    struct pollfd wait = { .fd = fd, .events = POLLIN };

    return poll(&wait, 1, 0) == 1;
}

static bool is_due(const struct server *server)
{
    return is_readable(skiff_port_fd(server->port))
        || skiff_port_deadline(server->port) <= server->now;
}

static bool has_something(const struct server *server)
{
    return is_due(server) || (server->other != NULL && is_due(server->other));
}

void server_run(struct server *server)
{
    do {
        skiff_port_run(server->port, server->now, 64);
        if (server->other != NULL)
            skiff_port_run(server->other->port, server->now, 64);
    } while (has_something(server));
}

skiff_port_counters server_counters(const struct server *server)
{
    skiff_port_counters counters;

    skiff_port_get_counters(server->port, &counters, sizeof counters);
    return counters;
}

/* --- a caller ------------------------------------------------------------------------- */

int stranger_open(const struct caller *caller)
{
    int fd = socket(caller->port.ss_family, SOCK_DGRAM | SOCK_NONBLOCK, 0);

    CU_ASSERT_FATAL(fd >= 0);
    CU_ASSERT_EQUAL_FATAL(
        connect(fd, (const struct sockaddr *)&caller->port, caller->port_len), 0);
    return fd;
}

void stranger_send(int stranger, const void *bytes, size_t len)
{
    CU_ASSERT_EQUAL(send(stranger, bytes, len, 0), (ssize_t)len);
    loopback_wait();
}

bool stranger_received(int stranger)
{
    loopback_wait();
    return is_readable(stranger);
}

/* "127.0.0.1:5000" or "[::]:5000" */
static void read_port(struct caller *caller)
{
    const char *text = skiff_port_address(caller->server->port);
    in_port_t port = htons((uint16_t)atoi(strrchr(text, ':') + 1));
    struct sockaddr_in four = { .sin_family = AF_INET,
                                .sin_port = port,
                                .sin_addr = { htonl(INADDR_LOOPBACK) } };

    memcpy(&caller->port, &four, sizeof four);
    caller->port_len = sizeof four;
}

/* Knows the credentials, and is of the role that the peer is not of. */
static void set_up(struct caller *caller, struct server *server, skiff_role role,
                   const skiff_credentials *credentials)
{
    skiff_role other = role == SKIFF_ROLE_ACTIVE ? SKIFF_ROLE_PASSIVE : SKIFF_ROLE_ACTIVE;

    caller->server = server;
    caller->ufrag = credentials->ufrag;
    caller->pwd = credentials->password;
    CU_ASSERT_FATAL(strlen(caller->ufrag) + sizeof ":them" <= sizeof caller->username);
    strcat(strcpy(caller->username, caller->ufrag), ":them");
    CU_ASSERT_EQUAL_FATAL(skiff_transport_new(server->callers_context, other, NULL,
                                              server->now, &caller->transport),
                          SKIFF_OK);
    CU_ASSERT_EQUAL(
        skiff_dtls_expect(skiff_transport_dtls(caller->transport), &server->fingerprint, 1),
        SKIFF_OK);
    read_port(caller);
    caller->fd = stranger_open(caller);
    caller->old_fd = -1;
}

void caller_new_without_remote(struct caller *caller, struct server *server,
                               skiff_role role)
{
    skiff_credentials credentials;

    memset(caller, 0, sizeof *caller);
    CU_ASSERT_EQUAL_FATAL(skiff_peer_new(server->port, role, server->now, &caller->peer),
                          SKIFF_OK);
    skiff_peer_set_user(caller->peer, caller);
    skiff_peer_credentials(caller->peer, &credentials.ufrag, &credentials.password);
    set_up(caller, server, role, &credentials);
}

void caller_new_unknown(struct caller *caller, struct server *server,
                        const skiff_credentials *credentials)
{
    memset(caller, 0, sizeof *caller);
    set_up(caller, server, SKIFF_ROLE_PASSIVE, credentials);
}

void caller_new_with(struct caller *caller, struct server *server,
                     const skiff_credentials *credentials)
{
    caller_new_unknown(caller, server, credentials);
    CU_ASSERT_EQUAL_FATAL(skiff_peer_new_with(server->port, SKIFF_ROLE_PASSIVE, credentials,
                                              server->now, &caller->peer),
                          SKIFF_OK);
    skiff_peer_set_user(caller->peer, caller);
    CU_ASSERT_EQUAL(skiff_peer_set_remote(caller->peer, "them", &server->fingerprint, 1),
                    SKIFF_OK);
}

void caller_new(struct caller *caller, struct server *server)
{
    caller_new_without_remote(caller, server, SKIFF_ROLE_PASSIVE);
    CU_ASSERT_EQUAL(skiff_peer_set_remote(caller->peer, "them", &server->fingerprint, 1),
                    SKIFF_OK);
}

void caller_free(struct caller *caller)
{
    skiff_transport_free(caller->transport);
    close(caller->fd);
    if (caller->old_fd >= 0)
        close(caller->old_fd);
}

void caller_move_to_ipv6(struct caller *caller)
{
    struct sockaddr_in four;
    struct sockaddr_in6 six = { .sin6_family = AF_INET6,
                                .sin6_addr = IN6ADDR_LOOPBACK_INIT };

    memcpy(&four, &caller->port, sizeof four);
    six.sin6_port = four.sin_port;
    memcpy(&caller->port, &six, sizeof six);
    caller->port_len = sizeof six;
    caller_move(caller);
}

void caller_move(struct caller *caller)
{
    CU_ASSERT_EQUAL_FATAL(caller->old_fd, -1);
    caller->old_fd = caller->fd;
    caller->fd = stranger_open(caller);
}

void caller_move_after(struct caller *caller, struct caller *other)
{
    CU_ASSERT_EQUAL_FATAL(caller->old_fd, -1);
    caller->old_fd = caller->fd;
    caller->fd = other->old_fd;
    other->old_fd = -1;
}

size_t caller_check(struct caller *caller, bool nominating, uint8_t *bytes)
{
    return stun_client_check(bytes, caller->username, caller->pwd, nominating);
}

void caller_send(struct caller *caller, const void *bytes, size_t len)
{
    if (caller->stream != NULL) {
        stream_send(caller->stream, bytes, len);
        return;
    }
    CU_ASSERT_EQUAL(send(caller->fd, bytes, len, 0), (ssize_t)len);
    loopback_wait();
}

void caller_use_stream(struct caller *caller, struct stream *stream)
{
    const struct stream_ends ends = { .to = (const struct sockaddr *)&caller->port,
                                      .len = caller->port_len };

    stream_open(stream, &ends);
    caller->stream = stream;
}

static ssize_t receive(struct caller *caller, skiff_packet *packet)
{
    if (caller->stream != NULL)
        return (ssize_t)stream_read(caller->stream, packet->data, packet->limit);
    return recv(caller->fd, packet->data, packet->limit, 0);
}

/* RFC 8489 14.8; 0 when there is none. */
static unsigned error_code_of(const skiff_packet *packet)
{
    uint32_t len;

    for (uint32_t at = 20; at + 8 <= packet->len; at += 4 + (len + 3) / 4 * 4) {
        const uint8_t *attribute = packet->data + at;
        if (attribute[0] == 0 && attribute[1] == STUN_CLIENT_ERROR_CODE)
            return attribute[6] * 100u + attribute[7];
        len = attribute[2] * 256u + attribute[3];
    }
    return 0;
}

static void read_stun(struct caller *caller, const skiff_packet *packet)
{
    if (packet->data[0] == 1 && packet->data[1] == 1) {
        caller->replies++;
        return;
    }
    caller->errors++;
    caller->error_code = error_code_of(packet);
}

static void release_held(struct caller *caller)
{
    skiff_packet *packet;
    skiff_kind kind;

    while (skiff_transport_take_held(caller->transport, &packet, &kind)) {
        caller->rtp += kind == SKIFF_RTP ? 1 : 0;
        skiff_packet_release(&packet);
    }
}

static void keep_message(struct caller *caller, skiff_bytes bytes)
{
    caller->messages++;
    caller->data_len = bytes.len;
    if (bytes.len > 0)
        memcpy(caller->data, bytes.ptr, bytes.len);
}

static void poll_transport(struct caller *caller)
{
    skiff_dtls_event event = SKIFF_DTLS_SEND;
    skiff_bytes bytes;

    while (event != SKIFF_DTLS_NOTHING) {
        skiff_packet *packet = skiff_pool_take(caller->server->pool);
        CU_ASSERT_PTR_NOT_NULL_FATAL(packet);
        event =
            skiff_transport_poll(caller->transport, caller->server->now, packet, &bytes);
        if (event == SKIFF_DTLS_SEND)
            caller_send(caller, packet->data, packet->len);
        caller->connected |= event == SKIFF_DTLS_CONNECTED;
        caller->closed |= event == SKIFF_DTLS_CLOSED;
        caller->hellos += event == SKIFF_DTLS_HELLO;
        caller->renewed += event == SKIFF_DTLS_RENEWED;
        caller->not_renewed += event == SKIFF_DTLS_NOT_RENEWED;
        if (event == SKIFF_DTLS_RENEWED)
            release_held(caller);
        if (event == SKIFF_DTLS_DATA)
            keep_message(caller, bytes);
        skiff_packet_release(&packet);
    }
}

static void receive_datagram(struct caller *caller, skiff_packet *packet)
{
    skiff_kind kind = SKIFF_CONSUMED;

    if (skiff_protocol_of(packet->data[0]) == SKIFF_PROTOCOL_STUN) {
        read_stun(caller, packet);
        return;
    }
    skiff_status status =
        skiff_transport_receive(caller->transport, caller->server->now, packet, &kind);
    caller->rtp += status == SKIFF_OK && kind == SKIFF_RTP ? 1 : 0;
    if (kind == SKIFF_CONSUMED)
        poll_transport(caller);
}

void caller_run(struct caller *caller)
{
    skiff_packet *packet = skiff_pool_take(caller->server->pool);
    ssize_t len;

    CU_ASSERT_PTR_NOT_NULL_FATAL(packet);
    loopback_wait();
    while ((len = receive(caller, packet)) > 0) {
        packet->len = (uint32_t)len;
        receive_datagram(caller, packet);
    }
    skiff_packet_release(&packet);
}

bool caller_checks(struct caller *caller, bool nominating)
{
    uint8_t bytes[CALLER_DATAGRAM];
    unsigned before = caller->replies;

    caller_send(caller, bytes, caller_check(caller, nominating, bytes));
    server_run(caller->server);
    caller_run(caller);
    return caller->replies > before;
}

void caller_poll(struct caller *caller)
{
    poll_transport(caller);
}

void caller_begin_dtls(struct caller *caller)
{
    poll_transport(caller);
    do {
        server_run(caller->server);
        caller_run(caller);
    } while (has_something(caller->server));
}

void caller_connect(struct caller *caller)
{
    struct server *server = caller->server;
    unsigned before = server->events.events[SKIFF_PEER_CONNECTED];

    CU_ASSERT_TRUE(caller_checks(caller, true));
    caller_begin_dtls(caller);
    CU_ASSERT_TRUE_FATAL(caller->connected);
    CU_ASSERT_EQUAL_FATAL(server->events.events[SKIFF_PEER_CONNECTED], before + 1);
}

void write_rtp_packet(skiff_packet *packet, uint16_t sequence)
{
    const uint8_t header[] = {
        0x80, 96, (uint8_t)(sequence >> 8), (uint8_t)sequence, 0, 0, 0, 0, 's', 's',
        'r',  'c'
    };

    packet->len = 100;
    memset(packet->data, (uint8_t)sequence, packet->len);
    memcpy(packet->data, header, sizeof header);
}

size_t caller_seal(struct caller *caller, const char *text, uint8_t *bytes)
{
    skiff_packet *packet = skiff_pool_take(caller->server->pool);

    CU_ASSERT_PTR_NOT_NULL_FATAL(packet);
    packet->len = (uint32_t)strlen(text);
    memcpy(packet->data, text, packet->len);
    CU_ASSERT_EQUAL(skiff_dtls_send(skiff_transport_dtls(caller->transport),
                                    caller->server->now, packet),
                    SKIFF_OK);
    size_t len = packet->len;
    memcpy(bytes, packet->data, len);
    skiff_packet_release(&packet);
    return len;
}

void caller_write(struct caller *caller, const char *text)
{
    uint8_t bytes[CALLER_DATAGRAM];

    caller_send(caller, bytes, caller_seal(caller, text, bytes));
}

void caller_send_raw(struct caller *caller)
{
    skiff_packet *packet = skiff_pool_take(caller->server->pool);

    CU_ASSERT_PTR_NOT_NULL_FATAL(packet);
    write_rtp_packet(packet, caller->sequence);
    caller_send(caller, packet->data, packet->len);
    skiff_packet_release(&packet);
}

void caller_send_media(struct caller *caller)
{
    skiff_packet *packet = skiff_pool_take(caller->server->pool);

    CU_ASSERT_PTR_NOT_NULL_FATAL(packet);
    write_rtp_packet(packet, caller->sequence++);
    CU_ASSERT_EQUAL(skiff_transport_protect(caller->transport, packet), SKIFF_OK);
    caller_send(caller, packet->data, packet->len);
    skiff_packet_release(&packet);
}

skiff_peer_info caller_info(const struct caller *caller)
{
    skiff_peer_info info;

    skiff_peer_get_info(caller->peer, &info, sizeof info);
    return info;
}

/* --- both ----------------------------------------------------------------------------- */

void fixture_new(struct fixture *fixture)
{
    server_new(&fixture->server);
    server_open(&fixture->server);
    caller_new(&fixture->caller, &fixture->server);
}

void fixture_free(struct fixture *fixture)
{
    caller_free(&fixture->caller);
    server_free(&fixture->server);
}

unsigned fixture_send(struct fixture *fixture, uint16_t num)
{
    for (uint16_t i = 0; i < num; i++) {
        skiff_packet *packet = skiff_pool_take(fixture->server.pool);
        write_rtp_packet(packet, i);
        CU_ASSERT_EQUAL(skiff_peer_send(fixture->caller.peer, &packet, 1), SKIFF_OK);
        CU_ASSERT_PTR_NULL(packet);
    }
    skiff_port_flush(fixture->server.port);
    caller_run(&fixture->caller);
    return fixture->caller.rtp;
}
