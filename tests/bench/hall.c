/* hall.c - a port, and visitors who check, shake hands and then only listen. */
#define _GNU_SOURCE
#include "hall.h"

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

enum { POOL = 2048, TURNS_MAX = 1000 };

skiff_time hall_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (skiff_time)t.tv_sec * 1000000u + (skiff_time)t.tv_nsec / 1000u;
}

/* --- the port ------------------------------------------------------------------------- */

static void on_media(void *context, skiff_peer *peer, skiff_packet *packet, skiff_kind kind)
{
    struct hall *hall = context;

    (void)peer, (void)packet, (void)kind;
    hall->media++;
}

static void on_event(void *context, skiff_peer *peer, skiff_peer_event event,
                     skiff_bytes bytes)
{
    struct hall *hall = context;

    (void)peer, (void)bytes;
    hall->data += event == SKIFF_PEER_DATA;
    hall->admitted += event == SKIFF_PEER_NEW;
    hall->lost += event == SKIFF_PEER_CLOSED || event == SKIFF_PEER_FAILED
                  || event == SKIFF_PEER_SILENT;
}

static skiff_context *context_of(const struct hall *hall)
{
    skiff_context_config config = skiff_context_defaults();
    skiff_context *context = NULL;

    config.identity = hall->identity;
    config.pool = hall->pool;
    demand(skiff_context_new(&config, &context) == SKIFF_OK, "skiff_context_new");
    return context;
}

static bool on_unknown(void *context, const skiff_unknown_ufrag *unknown,
                       skiff_admission *admission)
{
    struct hall *hall = context;

    (void)unknown;
    strcpy(admission->password, "it/has/signed/nothing/yet");
    return hall->asked++ % 2 == 1;
}

static void open_port(struct hall *hall, const struct hall_options *options)
{
    skiff_port_config config = skiff_port_defaults();

    config.address = hall->beside != NULL ? skiff_port_address(hall->beside->port)
                                          : "127.0.0.1:0";
    config.group = options->group;
    config.no_steering = options->no_steering;
    config.shared = hall->ours;
    config.context = hall;
    config.on_media = on_media;
    config.on_event = on_event;
    config.receive_buffer = 4u << 20;
    config.consent = options->consent;
    config.on_unknown_ufrag = options->asking ? on_unknown : NULL;
    demand(skiff_port_new(&config, &hall->port) == SKIFF_OK, "skiff_port_new");

    const char *colon = strrchr(skiff_port_address(hall->port), ':');
    hall->address = (struct sockaddr_in){ .sin_family = AF_INET,
                                          .sin_port = htons((uint16_t)atoi(colon + 1)),
                                          .sin_addr = { htonl(INADDR_LOOPBACK) } };
}

void hall_run(struct hall *hall)
{
    if (hall->beside != NULL)
        hall_run_one(hall->beside);
    hall_run_one(hall);
}

void hall_run_one(struct hall *hall)
{
    skiff_port_run(hall->port, hall_now(), UINT32_MAX);
}

/* --- a visitor ------------------------------------------------------------------------ */

static void say(const struct hall *hall, const struct visitor *visitor, const void *bytes,
                size_t len)
{
    demand(sendto(visitor->fd, bytes, len, 0, (const struct sockaddr *)&hall->address,
                  sizeof hall->address) == (ssize_t)len,
           "sendto");
}

void visitor_says(const struct hall *hall, const struct visitor *visitor,
                  const skiff_packet *packet)
{
    say(hall, visitor, packet->data, packet->len);
}

size_t visitor_check(const struct visitor *visitor, const char *pwd, uint8_t *bytes)
{
    const char *ufrag, *own;

    skiff_peer_credentials(visitor->peer, &ufrag, &own);
    return hall_check(ufrag, pwd, bytes);
}

size_t hall_check(const char *ufrag, const char *pwd, uint8_t *bytes)
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
        &agent, &message, bytes, VISITOR_CHECK, (const uint8_t *)name, strlen(name),
        (const uint8_t *)pwd, strlen(pwd), true, true, 1, 2, NULL,
        STUN_USAGE_ICE_COMPATIBILITY_RFC5245);
    demand(len > 0, "a check");
    return len;
}

size_t visitor_checks(const struct hall *hall, const struct visitor *visitor,
                      uint8_t *bytes)
{
    const char *ufrag, *pwd;

    skiff_peer_credentials(visitor->peer, &ufrag, &pwd);
    size_t len = visitor_check(visitor, pwd, bytes);
    say(hall, visitor, bytes, len);
    return len;
}

static void poll_visitor(struct hall *hall, struct visitor *visitor)
{
    skiff_packet *packet = skiff_pool_take(hall->pool);
    skiff_dtls_event event;
    skiff_bytes bytes;

    demand(packet != NULL, "skiff_pool_take");
    do {
        event = skiff_transport_poll(visitor->transport, hall_now(), packet, &bytes);
        if (event == SKIFF_DTLS_SEND)
            visitor_says(hall, visitor, packet);
        visitor->connected |= event == SKIFF_DTLS_CONNECTED;
    } while (event != SKIFF_DTLS_NOTHING);
    skiff_packet_give(&packet);
}

static void hear(struct hall *hall, struct visitor *visitor)
{
    skiff_packet *packet = skiff_pool_take(hall->pool);
    skiff_kind kind;
    ssize_t len;

    demand(packet != NULL, "skiff_pool_take");
    while ((len = recv(visitor->fd, packet->data, packet->limit, MSG_DONTWAIT)) > 0) {
        packet->len = (uint32_t)len;
        if (packet->data[0] >= 20
            && skiff_transport_receive(visitor->transport, hall_now(), packet, &kind)
                   == SKIFF_OK)
            poll_visitor(hall, visitor);
    }
    skiff_packet_give(&packet);
}

static void let_in(struct hall *hall, struct visitor *visitor)
{
    uint8_t bytes[VISITOR_CHECK];

    visitor->fd = raw_socket(&visitor->address, false);
    demand(skiff_peer_new(hall->port, SKIFF_ROLE_PASSIVE, hall_now(), &visitor->peer)
                   == SKIFF_OK
               && skiff_peer_set_remote(visitor->peer, "them", &hall->fingerprint, 1)
                      == SKIFF_OK,
           "skiff_peer_new");
    demand(skiff_transport_new(hall->theirs, SKIFF_ROLE_ACTIVE, NULL, hall_now(),
                               &visitor->transport)
                   == SKIFF_OK
               && skiff_dtls_expect(skiff_transport_dtls(visitor->transport),
                                    &hall->fingerprint, 1)
                      == SKIFF_OK,
           "skiff_transport_new");
    (void)visitor_checks(hall, visitor, bytes);
    hall_run(hall);
    poll_visitor(hall, visitor);
    for (int turn = 0; turn < TURNS_MAX && !visitor->connected; turn++) {
        hall_run(hall);
        hear(hall, visitor);
    }
    demand(visitor->connected, "a handshake");
    hall_run(hall);
    hear(hall, visitor);                   /* the ACK, for which a client keeps its room */
}

/* --- all of them ---------------------------------------------------------------------- */

void hall_open_as(struct hall *hall, size_t visitors, const struct hall_options *options)
{
    skiff_pool_config pool = skiff_pool_defaults();

    *hall = (struct hall){ .num = visitors, .beside = options->beside };
    pool.packets = POOL;
    demand(skiff_pool_new(&pool, &hall->pool) == SKIFF_OK
               && skiff_identity_generate(1700000000, 30, &hall->identity) == SKIFF_OK,
           "skiff_pool_new");
    skiff_identity_fingerprint(hall->identity, &hall->fingerprint);
    hall->ours = context_of(hall);
    hall->theirs = context_of(hall);
    open_port(hall, options);
    hall->visitors = calloc(visitors, sizeof *hall->visitors);
    demand(hall->visitors != NULL, "calloc");
    for (size_t i = 0; i < visitors; i++)
        let_in(hall, &hall->visitors[i]);
    hall_run(hall);
}

void hall_open(struct hall *hall, size_t visitors, skiff_time consent)
{
    hall_open_as(hall, visitors, &(struct hall_options){ .consent = consent });
}

void hall_close(struct hall *hall)
{
    skiff_port_free(hall->port);
    for (size_t i = 0; i < hall->num; i++) {
        skiff_transport_free(hall->visitors[i].transport);
        close(hall->visitors[i].fd);
    }
    free(hall->visitors);
    skiff_context_free(hall->ours);
    skiff_context_free(hall->theirs);
    skiff_identity_free(hall->identity);
    skiff_pool_free(hall->pool);
}

void hall_take_runs(struct hall *hall)
{
    const int on = 1;

    for (size_t i = 0; i < hall->num; i++)
        demand(setsockopt(hall->visitors[i].fd, IPPROTO_UDP, UDP_GRO, &on, sizeof on) == 0,
               "UDP_GRO");
}

void hall_drain(struct hall *hall)
{
    for (size_t i = 0; i < hall->num; i++)
        raw_drain(hall->visitors[i].fd);
}
