/* caller.c - a port on loopback and those who call it. */
#include "caller.h"

#include "loopback.h"
#include "stream.h"
#include "suite.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* --- the port ------------------------------------------------------------------------- */

static void on_event(void *context, skiff_peer *peer, skiff_peer_event event,
                     skiff_bytes bytes)
{
    struct office *office = context;

    office->told.events[event]++;
    if (event == SKIFF_PEER_DATA && bytes.len < sizeof office->told.data)
        memcpy(office->told.data, bytes.ptr, bytes.len);
    if (office->on_event != NULL)
        office->on_event(office, peer, event);
}

static void on_media(void *context, skiff_peer *peer, skiff_packet *packet, skiff_kind kind)
{
    struct office *office = context;

    *(kind == SKIFF_RTP ? &office->told.rtp : &office->told.rtcp) += 1;
    if (office->on_media != NULL)
        office->on_media(office, peer, packet);
}

static skiff_context_config config_of(const struct office *office)
{
    skiff_context_config config = skiff_context_defaults();

    config.identity = office->identity;
    config.pool = office->pool;
    return config;
}

static skiff_context *context_of(const struct office *office)
{
    skiff_context_config config = config_of(office);
    skiff_context *context = NULL;

    CU_ASSERT_EQUAL_FATAL(skiff_context_new(&config, &context), SKIFF_OK);
    return context;
}

void office_new(struct office *office)
{
    skiff_pool_config pool = skiff_pool_defaults();

    memset(office, 0, sizeof *office);
    office->now = SKIFF_MSEC(1000);
    CU_ASSERT_EQUAL_FATAL(skiff_pool_new(&pool, &office->pool), SKIFF_OK);
    CU_ASSERT_EQUAL_FATAL(skiff_identity_generate(1700000000, 30, &office->identity),
                          SKIFF_OK);
    skiff_identity_fingerprint(office->identity, &office->fingerprint);
    office->context = context_of(office);
    office->callers_context = context_of(office);
    office->config = skiff_port_defaults();
    office->config.address = "127.0.0.1:0";
    office->config.shared = office->context;
    office->config.context = office;
    office->config.on_event = on_event;
    office->config.on_media = on_media;
}

void office_speak(struct office *office, uint16_t newest)
{
    skiff_context_config config = config_of(office);

    config.newest = newest;
    skiff_context_free(office->context);
    skiff_context_free(office->callers_context);
    CU_ASSERT_EQUAL_FATAL(skiff_context_new(&config, &office->callers_context), SKIFF_OK);
    CU_ASSERT_EQUAL_FATAL(skiff_context_new(&config, &office->context), SKIFF_OK);
    office->config.shared = office->context;
}

void office_use_ids_by(struct office *office,
                       void (*make)(void *user, skiff_dtls *dtls, uint8_t *id))
{
    skiff_context_config config = config_of(office);

    skiff_context_free(office->context);
    skiff_context_free(office->callers_context);
    config.connection_ids = true;
    CU_ASSERT_EQUAL_FATAL(skiff_context_new(&config, &office->callers_context), SKIFF_OK);
    config.connection_id_len = SKIFF_PORT_CONNECTION_ID;
    config.connection_id = make;
    CU_ASSERT_EQUAL_FATAL(skiff_context_new(&config, &office->context), SKIFF_OK);
    office->config.shared = office->context;
}

void office_use_ids(struct office *office)
{
    office_use_ids_by(office, skiff_port_connection_id);
}

void office_open(struct office *office)
{
    CU_ASSERT_EQUAL_FATAL(skiff_port_new(&office->config, &office->port), SKIFF_OK);
}

void office_free(struct office *office)
{
    skiff_port_free(office->port);
    skiff_context_free(office->context);
    skiff_context_free(office->callers_context);
    skiff_identity_free(office->identity);
    skiff_pool_free(office->pool);
}

static bool is_readable(int fd)
{
    struct pollfd wait = { .fd = fd, .events = POLLIN };

    return poll(&wait, 1, 0) == 1;
}

static bool is_due(const struct office *office)
{
    return is_readable(skiff_port_fd(office->port))
           || skiff_port_deadline(office->port) <= office->now;
}

static bool has_something(const struct office *office)
{
    return is_due(office) || (office->also != NULL && is_due(office->also));
}

void office_run(struct office *office)
{
    do {
        skiff_port_run(office->port, office->now, 64);
        if (office->also != NULL)
            skiff_port_run(office->also->port, office->now, 64);
    } while (has_something(office));
}

skiff_port_counters office_counters(const struct office *office)
{
    skiff_port_counters counters;

    skiff_port_get_counters(office->port, &counters, sizeof counters);
    return counters;
}

/* --- a caller ------------------------------------------------------------------------- */

int stranger_open(const struct caller *caller)
{
    int fd = socket(caller->port.ss_family, SOCK_DGRAM | SOCK_NONBLOCK, 0);

    CU_ASSERT_FATAL(fd >= 0);
    CU_ASSERT_EQUAL_FATAL(connect(fd, (const struct sockaddr *)&caller->port,
                                  caller->port_len), 0);
    return fd;
}

void stranger_send(int stranger, const void *bytes, size_t len)
{
    CU_ASSERT_EQUAL(send(stranger, bytes, len, 0), (ssize_t)len);
    loopback_settle();
}

bool stranger_heard(int stranger)
{
    loopback_settle();
    return is_readable(stranger);
}

/* "127.0.0.1:5000" or "[::]:5000" */
static void read_port(struct caller *caller)
{
    const char *text = skiff_port_address(caller->office->port);
    in_port_t port = htons((uint16_t)atoi(strrchr(text, ':') + 1));
    struct sockaddr_in four = { .sin_family = AF_INET, .sin_port = port,
                                .sin_addr = { htonl(INADDR_LOOPBACK) } };

    memcpy(&caller->port, &four, sizeof four);
    caller->port_len = sizeof four;
}

/* Knows the credentials, and is of the role that the peer is not of. */
static void set_up(struct caller *caller, struct office *office, skiff_role role,
                   const skiff_credentials *credentials)
{
    skiff_role other = role == SKIFF_ROLE_ACTIVE ? SKIFF_ROLE_PASSIVE : SKIFF_ROLE_ACTIVE;

    caller->office = office;
    caller->ufrag = credentials->ufrag;
    caller->pwd = credentials->password;
    CU_ASSERT_FATAL(strlen(caller->ufrag) + sizeof ":them" <= sizeof caller->name);
    strcat(strcpy(caller->name, caller->ufrag), ":them");
    CU_ASSERT_EQUAL_FATAL(skiff_transport_new(office->callers_context, other, NULL,
                                              office->now, &caller->transport), SKIFF_OK);
    CU_ASSERT_EQUAL(skiff_dtls_expect(skiff_transport_dtls(caller->transport),
                                      &office->fingerprint, 1), SKIFF_OK);
    read_port(caller);
    caller->fd = stranger_open(caller);
    caller->left = -1;
}

void caller_new_untold(struct caller *caller, struct office *office, skiff_role role)
{
    skiff_credentials credentials;

    memset(caller, 0, sizeof *caller);
    CU_ASSERT_EQUAL_FATAL(skiff_peer_new(office->port, role, office->now, &caller->peer),
                          SKIFF_OK);
    skiff_peer_set_user(caller->peer, caller);
    skiff_peer_credentials(caller->peer, &credentials.ufrag, &credentials.password);
    set_up(caller, office, role, &credentials);
}

void caller_new_unknown(struct caller *caller, struct office *office,
                        const skiff_credentials *credentials)
{
    memset(caller, 0, sizeof *caller);
    set_up(caller, office, SKIFF_ROLE_PASSIVE, credentials);
}

void caller_new_with(struct caller *caller, struct office *office,
                     const skiff_credentials *credentials)
{
    caller_new_unknown(caller, office, credentials);
    CU_ASSERT_EQUAL_FATAL(skiff_peer_new_with(office->port, SKIFF_ROLE_PASSIVE, credentials,
                                              office->now, &caller->peer), SKIFF_OK);
    skiff_peer_set_user(caller->peer, caller);
    CU_ASSERT_EQUAL(skiff_peer_set_remote(caller->peer, "them", &office->fingerprint, 1),
                    SKIFF_OK);
}

void caller_new(struct caller *caller, struct office *office)
{
    caller_new_untold(caller, office, SKIFF_ROLE_PASSIVE);
    CU_ASSERT_EQUAL(skiff_peer_set_remote(caller->peer, "them", &office->fingerprint, 1),
                    SKIFF_OK);
}

void caller_free(struct caller *caller)
{
    skiff_transport_free(caller->transport);
    close(caller->fd);
    if (caller->left >= 0)
        close(caller->left);
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
    CU_ASSERT_EQUAL_FATAL(caller->left, -1);
    caller->left = caller->fd;
    caller->fd = stranger_open(caller);
}

void caller_move_after(struct caller *caller, struct caller *other)
{
    CU_ASSERT_EQUAL_FATAL(caller->left, -1);
    caller->left = caller->fd;
    caller->fd = other->left;
    other->left = -1;
}

size_t caller_check(struct caller *caller, bool nominating, uint8_t *bytes)
{
    return asker_check(bytes, caller->name, caller->pwd, nominating);
}

void caller_send(struct caller *caller, const void *bytes, size_t len)
{
    if (caller->stream != NULL) {
        stream_send(caller->stream, bytes, len);
        return;
    }
    CU_ASSERT_EQUAL(send(caller->fd, bytes, len, 0), (ssize_t)len);
    loopback_settle();
}

void caller_use(struct caller *caller, struct stream *stream)
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
        if (attribute[0] == 0 && attribute[1] == 9)
            return attribute[6] * 100u + attribute[7];
        len = attribute[2] * 256u + attribute[3];
    }
    return 0;
}

static void take_stun(struct caller *caller, const skiff_packet *packet)
{
    if (packet->data[0] == 1 && packet->data[1] == 1) {
        caller->replies++;
        return;
    }
    caller->errors++;
    caller->error_code = error_code_of(packet);
}

static void take_out_held(struct caller *caller)
{
    skiff_packet *packet;
    skiff_kind kind;

    while (skiff_transport_next(caller->transport, &packet, &kind)) {
        caller->rtp += kind == SKIFF_RTP ? 1 : 0;
        skiff_packet_give(&packet);
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
        skiff_packet *packet = skiff_pool_take(caller->office->pool);
        CU_ASSERT_PTR_NOT_NULL_FATAL(packet);
        event = skiff_transport_poll(caller->transport, caller->office->now, packet,
                                     &bytes);
        if (event == SKIFF_DTLS_SEND)
            caller_send(caller, packet->data, packet->len);
        caller->connected |= event == SKIFF_DTLS_CONNECTED;
        caller->closed |= event == SKIFF_DTLS_CLOSED;
        caller->hellos += event == SKIFF_DTLS_HELLO;
        caller->renewed += event == SKIFF_DTLS_RENEWED;
        caller->not_renewed += event == SKIFF_DTLS_NOT_RENEWED;
        if (event == SKIFF_DTLS_RENEWED)
            take_out_held(caller);
        if (event == SKIFF_DTLS_DATA)
            keep_message(caller, bytes);
        skiff_packet_give(&packet);
    }
}

static void take_datagram(struct caller *caller, skiff_packet *packet)
{
    skiff_kind kind = SKIFF_SPENT;

    if (packet->data[0] <= 3) {
        take_stun(caller, packet);
        return;
    }
    skiff_status status = skiff_transport_receive(caller->transport, caller->office->now,
                                                  packet, &kind);
    caller->rtp += status == SKIFF_OK && kind == SKIFF_RTP ? 1 : 0;
    if (kind == SKIFF_SPENT)
        poll_transport(caller);
}

void caller_run(struct caller *caller)
{
    skiff_packet *packet = skiff_pool_take(caller->office->pool);
    ssize_t len;

    CU_ASSERT_PTR_NOT_NULL_FATAL(packet);
    loopback_settle();
    while ((len = receive(caller, packet)) > 0) {
        packet->len = (uint32_t)len;
        take_datagram(caller, packet);
    }
    skiff_packet_give(&packet);
}

bool caller_checks(struct caller *caller, bool nominating)
{
    uint8_t bytes[CALLER_DATAGRAM];
    unsigned before = caller->replies;

    caller_send(caller, bytes, caller_check(caller, nominating, bytes));
    office_run(caller->office);
    caller_run(caller);
    return caller->replies > before;
}

void caller_say_hello(struct caller *caller)
{
    poll_transport(caller);
}

void caller_begin_dtls(struct caller *caller)
{
    poll_transport(caller);
    do {
        office_run(caller->office);
        caller_run(caller);
    } while (has_something(caller->office));
}

void caller_connect(struct caller *caller)
{
    struct office *office = caller->office;
    unsigned before = office->told.events[SKIFF_PEER_CONNECTED];

    CU_ASSERT_TRUE(caller_checks(caller, true));
    caller_begin_dtls(caller);
    CU_ASSERT_TRUE_FATAL(caller->connected);
    CU_ASSERT_EQUAL_FATAL(office->told.events[SKIFF_PEER_CONNECTED], before + 1);
}

void write_rtp_packet(skiff_packet *packet, uint16_t sequence)
{
    const uint8_t header[] = { 0x80, 96, (uint8_t)(sequence >> 8), (uint8_t)sequence,
                               0,    0,  0, 0, 's', 's', 'r', 'c' };

    packet->len = 100;
    memset(packet->data, (uint8_t)sequence, packet->len);
    memcpy(packet->data, header, sizeof header);
}

size_t caller_seal(struct caller *caller, const char *text, uint8_t *bytes)
{
    skiff_packet *packet = skiff_pool_take(caller->office->pool);

    CU_ASSERT_PTR_NOT_NULL_FATAL(packet);
    packet->len = (uint32_t)strlen(text);
    memcpy(packet->data, text, packet->len);
    CU_ASSERT_EQUAL(skiff_dtls_send(skiff_transport_dtls(caller->transport),
                                    caller->office->now, packet), SKIFF_OK);
    size_t len = packet->len;
    memcpy(bytes, packet->data, len);
    skiff_packet_give(&packet);
    return len;
}

void caller_write(struct caller *caller, const char *text)
{
    uint8_t bytes[CALLER_DATAGRAM];

    caller_send(caller, bytes, caller_seal(caller, text, bytes));
}

void caller_speak_raw(struct caller *caller)
{
    skiff_packet *packet = skiff_pool_take(caller->office->pool);

    CU_ASSERT_PTR_NOT_NULL_FATAL(packet);
    write_rtp_packet(packet, caller->sequence);
    caller_send(caller, packet->data, packet->len);
    skiff_packet_give(&packet);
}

void caller_speak(struct caller *caller)
{
    skiff_packet *packet = skiff_pool_take(caller->office->pool);

    CU_ASSERT_PTR_NOT_NULL_FATAL(packet);
    write_rtp_packet(packet, caller->sequence++);
    CU_ASSERT_EQUAL(skiff_transport_protect(caller->transport, packet), SKIFF_OK);
    caller_send(caller, packet->data, packet->len);
    skiff_packet_give(&packet);
}

skiff_peer_info caller_info(const struct caller *caller)
{
    skiff_peer_info info;

    skiff_peer_get_info(caller->peer, &info, sizeof info);
    return info;
}

/* --- both ----------------------------------------------------------------------------- */

void desk_new(struct desk *desk)
{
    office_new(&desk->office);
    office_open(&desk->office);
    caller_new(&desk->caller, &desk->office);
}

void desk_free(struct desk *desk)
{
    caller_free(&desk->caller);
    office_free(&desk->office);
}

unsigned desk_send(struct desk *desk, uint16_t num)
{
    for (uint16_t i = 0; i < num; i++) {
        skiff_packet *packet = skiff_pool_take(desk->office.pool);
        write_rtp_packet(packet, i);
        CU_ASSERT_EQUAL(skiff_peer_send(desk->caller.peer, &packet, 1), SKIFF_OK);
        CU_ASSERT_PTR_NULL(packet);
    }
    skiff_port_flush(desk->office.port);
    caller_run(&desk->caller);
    return desk->caller.rtp;
}
