/* testbed.c - a port, and callers who check, shake hands and then only listen. */
#define _GNU_SOURCE
#include "testbed.h"

#include "raw.h"

#include <netinet/udp.h>
#include <stun/stunagent.h>
#include <stun/usages/ice.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { POOL = 2048, TURNS_MAX = 1000, FIRST_ADDRESS = 0x7f010001 };

skiff_time testbed_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (skiff_time)t.tv_sec * 1000000u + (skiff_time)t.tv_nsec / 1000u;
}

/* --- the port ------------------------------------------------------------------------- */

static void on_media(void *user, skiff_peer *peer, skiff_packet *packet, skiff_kind kind)
{
    struct testbed *testbed = user;

    (void)peer, (void)kind;
    testbed->media++;
    if (testbed->on_media != NULL)
        testbed->on_media(testbed, packet);
}

static void on_event(void *user, skiff_peer *peer, skiff_peer_event event,
                     skiff_bytes bytes)
{
    struct testbed *testbed = user;

    (void)peer, (void)bytes;
    testbed->data += event == SKIFF_PEER_DATA;
    testbed->admitted += event == SKIFF_PEER_NEW;
    testbed->lost += event == SKIFF_PEER_CLOSED || event == SKIFF_PEER_FAILED
                  || event == SKIFF_PEER_CONSENT_LOST;
}

static skiff_context *context_of(const struct testbed *testbed)
{
    skiff_context_config config = skiff_context_defaults();
    skiff_context *context = NULL;

    config.identity = testbed->identity;
    config.pool = testbed->pool;
    demand(skiff_context_new(&config, &context) == SKIFF_OK, "skiff_context_new");
    return context;
}

static bool on_unknown(void *user, const skiff_unknown_ufrag *unknown,
                       skiff_admission *admission)
{
    struct testbed *testbed = user;

    (void)unknown;
    strcpy(admission->password, "it/has/signed/nothing/yet");
    return testbed->asked_unknown++ % 2 == 1;
}

static void open_port(struct testbed *testbed, const struct testbed_options *options)
{
    skiff_port_config config = skiff_port_defaults();

    config.address =
        testbed->other != NULL ? skiff_port_address(testbed->other->port) : "127.0.0.1:0";
    config.group = options->group;
    config.no_steering = options->no_steering;
    config.context = testbed->port_context;
    /* The hook is not asked while no place is vacant. */
    config.peers = (uint32_t)testbed->num + (options->asking ? 1 : 0);
    config.user = testbed;
    config.on_media = on_media;
    config.on_event = on_event;
    config.receive_buffer = 4u << 20;
    config.consent = options->consent;
    config.send_queue = options->send_queue;
    config.no_fragments = options->no_fragments;
    config.on_unknown_ufrag = options->asking ? on_unknown : NULL;
    demand(skiff_port_new(&config, &testbed->port) == SKIFF_OK, "skiff_port_new");

    const char *colon = strrchr(skiff_port_address(testbed->port), ':');
    testbed->address = (struct sockaddr_in){ .sin_family = AF_INET,
                                             .sin_port = htons((uint16_t)atoi(colon + 1)),
                                             .sin_addr = { htonl(INADDR_LOOPBACK) } };
}

void testbed_run(struct testbed *testbed)
{
    if (testbed->other != NULL)
        testbed_run_one(testbed->other);
    testbed_run_one(testbed);
}

void testbed_run_one(struct testbed *testbed)
{
    skiff_port_run(testbed->port, testbed_now(), UINT32_MAX);
}

/* --- a caller ------------------------------------------------------------------------ */

void caller_sets_source(const struct caller *caller, struct caller_source *source,
                        struct msghdr *header)
{
    const struct in_pktinfo info = { .ipi_spec_dst = caller->address.sin_addr };

    *source = (struct caller_source){ { 0 } };
    header->msg_control = source->bytes;
    header->msg_controllen = CMSG_SPACE(sizeof info);
    struct cmsghdr *first = CMSG_FIRSTHDR(header);
    *first = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof info),
                               .cmsg_level = IPPROTO_IP,
                               .cmsg_type = IP_PKTINFO };
    memcpy(CMSG_DATA(first), &info, sizeof info);
}

static void send_from_address(const struct testbed *testbed, const struct caller *caller,
                              const void *bytes, size_t len)
{
    struct sockaddr_in to = testbed->address;
    struct iovec vector = { (void *)bytes, len }; /* sendmsg reads it */
    struct msghdr header = {
        .msg_name = &to, .msg_namelen = sizeof to, .msg_iov = &vector, .msg_iovlen = 1
    };
    struct caller_source source;

    caller_sets_source(caller, &source, &header);
    demand(sendmsg(caller->fd, &header, 0) == (ssize_t)len, "sendmsg");
}

static void send_datagram(const struct testbed *testbed, const struct caller *caller,
                          const void *bytes, size_t len)
{
    if (testbed->fd >= 0) {
        send_from_address(testbed, caller, bytes, len);
        return;
    }
    demand(sendto(caller->fd, bytes, len, 0, (const struct sockaddr *)&testbed->address,
                  sizeof testbed->address)
               == (ssize_t)len,
           "sendto");
}

void caller_sends(const struct testbed *testbed, const struct caller *caller,
                  const skiff_packet *packet)
{
    send_datagram(testbed, caller, packet->data, packet->len);
}

size_t caller_check(const struct caller *caller, const char *password, uint8_t *bytes)
{
    const char *ufrag, *own;

    skiff_peer_credentials(caller->peer, &ufrag, &own);
    return testbed_check(ufrag, password, bytes);
}

size_t testbed_check(const char *ufrag, const char *password, uint8_t *bytes)
{
    static const uint16_t known[] = { 0 };
    char name[512];
    StunAgent agent;
    StunMessage message;

    snprintf(name, sizeof name, "%s:them", ufrag);
    stun_agent_init(&agent, known, STUN_COMPATIBILITY_RFC5389,
                    STUN_AGENT_USAGE_SHORT_TERM_CREDENTIALS
                        | STUN_AGENT_USAGE_USE_FINGERPRINT);
    size_t len = stun_usage_ice_conncheck_create(
        &agent, &message, bytes, CALLER_CHECK, (const uint8_t *)name, strlen(name),
        (const uint8_t *)password, strlen(password), true, true, 1, 2, NULL,
        STUN_USAGE_ICE_COMPATIBILITY_RFC5245);
    demand(len > 0, "a check");
    return len;
}

size_t caller_checks(const struct testbed *testbed, const struct caller *caller,
                     uint8_t *bytes)
{
    const char *ufrag, *password;

    skiff_peer_credentials(caller->peer, &ufrag, &password);
    size_t len = caller_check(caller, password, bytes);
    send_datagram(testbed, caller, bytes, len);
    return len;
}

static void poll_caller(struct testbed *testbed, struct caller *caller)
{
    skiff_packet *packet = skiff_pool_take(testbed->pool);
    skiff_dtls_event event;
    skiff_bytes bytes;

    demand(packet != NULL, "skiff_pool_take");
    do {
        event = skiff_transport_poll(caller->transport, testbed_now(), packet, &bytes);
        if (event == SKIFF_DTLS_SEND)
            caller_sends(testbed, caller, packet);
        caller->connected |= event == SKIFF_DTLS_CONNECTED;
    } while (event != SKIFF_DTLS_NOTHING);
    skiff_packet_release(&packet);
}

static void on_datagram(struct testbed *testbed, struct caller *caller)
{
    skiff_packet *packet = skiff_pool_take(testbed->pool);
    skiff_kind kind;
    ssize_t len;

    demand(packet != NULL, "skiff_pool_take");
    while ((len = recv(caller->fd, packet->data, packet->limit, MSG_DONTWAIT)) > 0) {
        packet->len = (uint32_t)len;
        if (packet->data[0] >= 20
            && skiff_transport_receive(caller->transport, testbed_now(), packet, &kind)
                   == SKIFF_OK)
            poll_caller(testbed, caller);
    }
    skiff_packet_release(&packet);
}

static void place_caller(struct testbed *testbed, struct caller *caller)
{
    uint32_t at = FIRST_ADDRESS + (uint32_t)(caller - testbed->callers);
    socklen_t size = sizeof caller->address;

    if (testbed->fd < 0) {
        caller->fd = raw_socket(&caller->address, false);
        return;
    }
    caller->fd = testbed->fd;
    demand(getsockname(caller->fd, (struct sockaddr *)&caller->address, &size) == 0,
           "getsockname");
    caller->address.sin_addr.s_addr = htonl(at);
}

static void connect_caller(struct testbed *testbed, struct caller *caller)
{
    uint8_t bytes[CALLER_CHECK];

    place_caller(testbed, caller);
    demand(skiff_peer_new(testbed->port, SKIFF_ROLE_PASSIVE, testbed_now(), &caller->peer)
                   == SKIFF_OK
               && skiff_peer_set_remote(caller->peer, "them", &testbed->fingerprint, 1)
                      == SKIFF_OK,
           "skiff_peer_new");
    demand(skiff_transport_new(testbed->caller_context, SKIFF_ROLE_ACTIVE, NULL,
                               testbed_now(), &caller->transport)
                   == SKIFF_OK
               && skiff_dtls_expect(skiff_transport_dtls(caller->transport),
                                    &testbed->fingerprint, 1)
                      == SKIFF_OK,
           "skiff_transport_new");
    (void)caller_checks(testbed, caller, bytes);
    testbed_run(testbed);
    poll_caller(testbed, caller);
    for (int turn = 0; turn < TURNS_MAX && !caller->connected; turn++) {
        testbed_run(testbed);
        on_datagram(testbed, caller);
    }
    demand(caller->connected, "a handshake");
    testbed_run(testbed);
    on_datagram(testbed, caller); /* the ACK, for which a client keeps its slot */
}

/* A socket to which datagrams come that are for any address of this machine. */
static int open_one_socket(void)
{
    const struct sockaddr_in any = { .sin_family = AF_INET };
    const int space = 4 << 20;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);

    demand(fd >= 0 && bind(fd, (const struct sockaddr *)&any, sizeof any) == 0
               && setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &space, sizeof space) == 0,
           "a socket");
    return fd;
}

/* --- all of them ---------------------------------------------------------------------- */

void testbed_open_as(struct testbed *testbed, size_t callers,
                     const struct testbed_options *options)
{
    skiff_pool_config pool = skiff_pool_defaults();

    *testbed = (struct testbed){ .num = callers, .fd = -1, .other = options->other };
    pool.packets = options->pool_packets != 0 ? options->pool_packets : POOL;
    demand(skiff_pool_new(&pool, &testbed->pool) == SKIFF_OK
               && skiff_identity_generate(1700000000, 30, &testbed->identity) == SKIFF_OK,
           "skiff_pool_new");
    skiff_identity_fingerprint(testbed->identity, &testbed->fingerprint);
    testbed->port_context = context_of(testbed);
    testbed->caller_context = context_of(testbed);
    open_port(testbed, options);
    if (options->one_socket)
        testbed->fd = open_one_socket();
    testbed->callers = calloc(callers, sizeof *testbed->callers);
    demand(testbed->callers != NULL, "calloc");
    for (size_t i = 0; i < callers; i++)
        connect_caller(testbed, &testbed->callers[i]);
    testbed_run(testbed);
}

void testbed_open(struct testbed *testbed, size_t callers, skiff_time consent)
{
    testbed_open_as(testbed, callers, &(struct testbed_options){ .consent = consent });
}

void testbed_close(struct testbed *testbed)
{
    skiff_port_free(testbed->port);
    for (size_t i = 0; i < testbed->num; i++) {
        skiff_transport_free(testbed->callers[i].transport);
        if (testbed->fd < 0)
            close(testbed->callers[i].fd);
    }
    if (testbed->fd >= 0)
        close(testbed->fd);
    free(testbed->callers);
    skiff_context_free(testbed->port_context);
    skiff_context_free(testbed->caller_context);
    skiff_identity_free(testbed->identity);
    skiff_pool_free(testbed->pool);
}

void testbed_use_gro(struct testbed *testbed)
{
    const int on = 1;

    for (size_t i = 0; i < testbed->num; i++)
        demand(setsockopt(testbed->callers[i].fd, IPPROTO_UDP, UDP_GRO, &on, sizeof on)
                   == 0,
               "UDP_GRO");
}

void testbed_drain(struct testbed *testbed)
{
    if (testbed->fd >= 0) {
        raw_drain(testbed->fd);
        return;
    }
    for (size_t i = 0; i < testbed->num; i++)
        raw_drain(testbed->callers[i].fd);
}
